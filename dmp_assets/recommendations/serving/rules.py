"""What may be shown: each candidate with the rule that keeps it out, its boost, and the place it gets."""

from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.recommendations.schema.tasks import EXCLUSIONS

NO_CONSENT, OUT_OF_STOCK, BLOCKED_CATEGORY, BOUGHT_RECENTLY, MAX_PER_CATEGORY = EXCLUSIONS

LIST = ("person_id", "task")


def refused_people(consent: pl.DataFrame, people: pl.Series, rules: RecommendationSettings) -> pl.Series:
    """Return the sorted ids of those of ``people`` whose data may not be used for recommendations.

    Args:
        consent: ``profiles.consent``: person_id, purpose, status.
        people: person_id of everybody.
        rules: ``consent_purposes`` and whether a grant is required; a denial of one of them always counts.

    >>> consent = pl.DataFrame(
    ...     {"person_id": ["a", "b"], "purpose": ["personalisation"] * 2, "status": ["denied", "granted"]})
    >>> people = pl.Series("person_id", ["a", "b", "c"])
    >>> refused_people(consent, people, RecommendationSettings()).to_list()
    ['a']
    >>> refused_people(consent, people, RecommendationSettings(consent_required=True)).to_list()
    ['a', 'c']
    """
    choices = consent.filter(pl.col("purpose").is_in(rules.consent_purposes))
    denied = choices.filter(pl.col("status") == "denied")["person_id"]
    is_refused = pl.col("person_id").is_in(denied.unique().implode())
    if rules.consent_required:
        is_refused |= ~pl.col("person_id").is_in(choices["person_id"].unique().implode())
    return people.rename("person_id").to_frame().filter(is_refused)["person_id"].unique().sort()


def recently_bought(lines: pl.LazyFrame, as_of_date: date, rules: RecommendationSettings) -> pl.DataFrame:
    """Return person_id and item_id of what was bought in the last ``exclude_bought_days`` days, each pair once.

    Args:
        lines: Item lines with person_id.
        as_of_date: The last of those days.
        rules: With 0 days nothing is returned.
    """
    before = as_of_date - timedelta(days=rules.exclude_bought_days)
    bought = lines.filter(pl.col("is_bought"), pl.col("event_date") > before, pl.col("event_date") <= as_of_date)
    return bought.select("person_id", "item_id").unique().sort("person_id", "item_id").collect(engine="streaming")


def item_rules(items: pl.DataFrame, rules: RecommendationSettings) -> pl.DataFrame:
    """Return item_id, item_category, boost and item_rule (keeps it from everybody; null: none) of each item.

    Args:
        items: item_id, item_category and item_department, the last two null where unknown.
        rules: out_of_stock, blocked_categories and boosts.

    >>> items = pl.DataFrame(
    ...     {"item_id": ["1", "2"], "item_category": ["BREAD", "FUEL"], "item_department": ["FOOD", None]})
    >>> rules = RecommendationSettings(blocked_categories=("FUEL",), boosts={"BREAD": 2.0})
    >>> item_rules(items, rules).rows()
    [('1', 'BREAD', 2.0, None), ('2', 'FUEL', 1.0, 'blocked_category')]
    """
    of_category, of_item = (
        pl.col(name).replace_strict(rules.boosts, default=None, return_dtype=pl.Float64)
        if rules.boosts
        else pl.lit(None, pl.Float64)
        for name in ("item_category", "item_id")
    )
    blocked = pl.col("item_category", "item_department").is_in(rules.blocked_categories)
    return items.select(
        "item_id",
        "item_category",
        boost=pl.coalesce(of_item, of_category, pl.lit(1.0)),
        item_rule=pl.when(pl.col("item_id").is_in(rules.out_of_stock))
        .then(pl.lit(OUT_OF_STOCK))
        .when(pl.any_horizontal(blocked.fill_null(value=False)))
        .then(pl.lit(BLOCKED_CATEGORY)),
    )


def apply_rules(
    candidates: pl.DataFrame,
    items: pl.DataFrame,
    bought: pl.DataFrame,
    refused: pl.Series,
    rules: RecommendationSettings,
) -> pl.DataFrame:
    """Return the candidates, judged: with item_category, boost, boosted_score, excluded_by and rank.

    Args:
        candidates: person_id, task, round, candidate_rank (from 1), item_id, score (0 or more), served_by and more.
        items: Items from :func:`item_rules`; a candidate that is not among them has no category and no rule.
        bought: person_id and item_id that are not to be shown again, from :func:`recently_bought`.
        refused: People who get no list, from :func:`refused_people`.
        rules: per_person and max_per_category.

    A boost changes the order among candidates of one path and round only: scores of two paths, or of two times that
    the models were asked, do not compare. ``rank`` is the place in the list: null for what a rule keeps out, and for
    what comes after the last place.
    """
    is_refused = pl.col("person_id").is_in(refused.implode())
    judged = (
        candidates.join(items, on="item_id", how="left", maintain_order="left")
        .join(bought.with_columns(is_bought=pl.lit(value=True)), on=["person_id", "item_id"], how="left")
        .with_columns(
            pl.col("boost").fill_null(1.0), _path=pl.col("candidate_rank").min().over(*LIST, "round", "served_by")
        )
        .with_columns(
            boosted_score=pl.col("score") * pl.col("boost"),
            excluded_by=pl.when(is_refused)
            .then(pl.lit(NO_CONSENT))
            .when(pl.col("item_rule").is_not_null())
            .then("item_rule")
            .when(pl.col("is_bought"))
            .then(pl.lit(BOUGHT_RECENTLY)),
        )
        .sort(*LIST, "_path", "boosted_score", "candidate_rank", descending=[False, False, False, True, False])
    )
    if rules.max_per_category is not None:
        judged = judged.with_columns(excluded_by=_full_categories(rules.max_per_category))
    is_shown = pl.col("excluded_by").is_null()
    place = pl.when(is_shown).then(is_shown.cum_sum().over(*LIST)).cast(pl.Int64)
    judged = judged.with_columns(rank=pl.when(place <= rules.per_person).then(place))
    return judged.drop("item_rule", "is_bought", "_path")


def within_reach(judged: pl.DataFrame, per_person: int) -> pl.DataFrame:
    """Return the candidates up to the last place of a full list, and all of lists that are not full.

    Later candidates were not needed: no row says anything of them.

    Args:
        judged: Candidates from :func:`apply_rules`, in its order.
        per_person: Places of a full list.
    """
    is_reached = pl.col("rank").is_not_null().reverse().cum_max().reverse()
    return judged.filter((is_reached | (pl.col("rank").count() < per_person)).over(*LIST))


def _full_categories(most: int) -> pl.Expr:
    """Return excluded_by, filled where a list has ``most`` earlier items of the category that may be shown."""
    may_be_shown = pl.col("excluded_by").is_null()
    earlier = may_be_shown.cum_sum().over(*LIST, "item_category")
    is_full = may_be_shown & pl.col("item_category").is_not_null() & (earlier > most)
    return pl.when(is_full).then(pl.lit(MAX_PER_CATEGORY)).otherwise("excluded_by")
