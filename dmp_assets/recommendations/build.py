"""Tables of recommendations from item lines: models chosen and proved, items related, lists made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.values.contracts import TableContract, facts_of
from dmp_assets.recommendations.bought_together import build_bought_together
from dmp_assets.recommendations.choice.proof import USUAL, compared_choices, prove, unproven
from dmp_assets.recommendations.choice.selection import Selection, judged_tasks, select, validation
from dmp_assets.recommendations.choice.stored import restored_choices, with_recipes
from dmp_assets.recommendations.dataset.holdout import Holdout, has_lines, hold_out
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, build_interactions
from dmp_assets.recommendations.models.families import POPULARITY
from dmp_assets.recommendations.models.item_neighbours import similar_items
from dmp_assets.recommendations.models.popularity import fit_fallback
from dmp_assets.recommendations.ranking.blend import Choice, fit_choices
from dmp_assets.recommendations.schema import (
    TASKS,
    BoughtTogether,
    ItemNeighbours,
    ModelChoice,
    RecommendationCandidates,
    RecommendationMetrics,
    Recommendations,
    ServingPaths,
)
from dmp_assets.recommendations.serving.lists import Restrictions, serve_lists, serving_paths, with_reasons
from dmp_assets.recommendations.serving.new_items import new_item_ids, rank_new, with_new_items
from dmp_assets.recommendations.serving.rules import item_rules, recently_bought, refused_people

Contract = type[TableContract]
Tables = dict[Contract, pl.DataFrame]

LINE_COLUMNS = ("event_date", "event_at", "order_id", "event_name", "is_bought", "person_id", "item_id")


@dataclass(frozen=True)
class Sources:
    """What recommendations are made from."""

    lines: pl.LazyFrame
    """Item lines (``item_lines``) with person_id: no bots, nobody without an id."""
    people: pl.Series
    """person_id of everybody who is known, with or without lines."""
    consent: pl.DataFrame
    """``profiles.consent``."""
    items: pl.DataFrame
    """``ingest.raw_items``."""
    demographics: pl.DataFrame
    """``profiles.demographics``."""


def build_recommendations(
    sources: Sources, as_of_date: date, holdout_days: int, rules: RecommendationSettings
) -> Tables:
    """Return all tables of recommendations as of a day, sorted by key: a choice, then what it serves.

    Args:
        sources: Lines of any days; later ones than ``as_of_date`` are left out.
        as_of_date: Last day that counts.
        holdout_days: Days at the end that prove the choice; the same number before them makes it.
        rules: What may be shown to whom.

    People who refused are in no model, no metric and no list.
    """
    refused = refused_people(sources.consent, sources.people, rules)
    lines = usable_lines(sources.lines, refused, as_of_date)
    chosen = choose(lines, as_of_date, holdout_days, rerank=rules.rerank)
    choices = restored_choices(chosen[ModelChoice])
    served = serve(replace(sources, lines=lines.lazy()), choices, as_of_date, rules)
    return {**chosen, **relate(lines, as_of_date), **served}


def usable_lines(lines: pl.LazyFrame, refused: pl.Series, as_of_date: date) -> pl.DataFrame:
    """Return the lines up to the day that name an item, of people who did not refuse."""
    named = lines.filter(pl.col("event_date") <= as_of_date, pl.col("item_id") != "")
    allowed = named.filter(~pl.col("person_id").is_in(refused.implode()))
    # Read once: the split, the choice, the fit and the pairs each go through all lines.
    return allowed.select(LINE_COLUMNS).collect(engine="streaming")


def choose(
    lines: pl.DataFrame,
    as_of_date: date,
    holdout_days: int,
    *,
    rerank: bool = False,
    items: int | None = None,
    made_by: str = "",
    time_zone: str = "UTC",
) -> Tables:
    """Return the choice of models and its proof.

    Args:
        lines: From :func:`usable_lines`.
        as_of_date: Last day that counts.
        holdout_days: Days at the end that prove the choice; the same number before them makes it.
        rerank: Whether the best blends are tried re-ranked.
        items: Size of the catalogue, kept with the choice; by default that of the lines.
        made_by: Fingerprint of settings and code, kept with the choice.
        time_zone: Zone of the business's days.

    The choice is made on the days before the holdout, so that the holdout judges it on days that it has not seen.
    """
    holdout = _proof_days(lines, as_of_date, holdout_days, time_zone)
    selection = _selection(lines, holdout, holdout_days, time_zone, boost=rerank)
    table = with_recipes(selection.table, selection.choices).with_columns(
        items=pl.lit(lines["item_id"].n_unique() if items is None else items, pl.Int64), made_by=pl.lit(made_by)
    )
    metrics = _metrics(holdout, selection, as_of_date, holdout_days)
    return _all_finished({ModelChoice: table, RecommendationMetrics: metrics}, as_of_date)


def tasks_with_enough(lines: pl.DataFrame, as_of_date: date, holdout_days: int, time_zone: str = "UTC") -> set[str]:
    """Return the tasks that :func:`choose` has enough people to judge by."""
    last_date = _last_date_of_choice(lines, _proof_days(lines, as_of_date, holdout_days, time_zone))
    if last_date is None:
        return set()
    return set(judged_tasks(validation(lines.lazy(), last_date, holdout_days, time_zone)))


def relate(lines: pl.DataFrame, as_of_date: date) -> Tables:
    """Return which items are alike, and which stand in one order (lines from :func:`usable_lines`)."""
    tables: Tables = {
        ItemNeighbours: similar_items(build_interactions(lines.lazy())),
        BoughtTogether: build_bought_together(lines.lazy(), as_of_date),
    }
    return _all_finished(tables, as_of_date)


def serve(sources: Sources, choices: Mapping[str, Choice], as_of_date: date, rules: RecommendationSettings) -> Tables:
    """Return everybody's lists, and what the rules did to each candidate; the choices are fitted on all lines.

    Args:
        sources: As for :func:`build_recommendations`.
        choices: Task -> what serves it.
        as_of_date: Last day that counts.
        rules: What may be shown to whom.
    """
    refused = refused_people(sources.consent, sources.people, rules)
    lines = usable_lines(sources.lines, refused, as_of_date)
    # With everybody who is known, or people without a line would get no list.
    interactions = build_interactions(lines.lazy(), people=sources.people.unique())
    restrictions = Restrictions(
        rules,
        item_rules(_catalogue(sources.items, interactions.items), rules),
        recently_bought(lines.lazy(), as_of_date, rules),
        refused,
    )
    candidates = _candidates(interactions, choices, sources.demographics, restrictions)
    new = rank_new(sources.items, interactions, new_item_ids(restrictions.items, interactions), rules)
    candidates = candidates if new is None else with_new_items(candidates, new, rules.per_person)
    shown = candidates.filter(pl.col("rank").is_not_null())
    tables: Tables = {
        Recommendations: with_reasons(shown.with_columns(score="boosted_score"), _names(sources.items)),
        RecommendationCandidates: candidates,
        ServingPaths: serving_paths(shown, interactions.people.len()),
    }
    return _all_finished(tables, as_of_date)


def _catalogue(items: pl.DataFrame, sold: pl.Series) -> pl.DataFrame:
    """Return the items with their groups, those that only events name among them."""
    known = items.select("item_id", "item_category", "item_department")
    unknown = sold.rename("item_id").to_frame().join(known, on="item_id", how="anti")
    return pl.concat([known, unknown], how="diagonal")


def _names(items: pl.DataFrame) -> pl.DataFrame:
    """Return item_id and item_name; items without a name are called by their finest category and id."""
    kind = pl.coalesce("item_category2", "item_category")
    return items.select("item_id", item_name=pl.coalesce("item_name", pl.format("{} ({})", kind, "item_id")))


def _proof_days(lines: pl.DataFrame, as_of_date: date, holdout_days: int, time_zone: str) -> Holdout | None:
    """Return the holdout that proves the choice; None where there is nothing in it, or nothing before it."""
    if not has_lines(lines.lazy(), as_of_date):
        return None
    holdout = hold_out(lines.lazy(), as_of_date, holdout_days, time_zone)
    return holdout if holdout.interactions.people.len() else None


def _last_date_of_choice(lines: pl.DataFrame, holdout: Holdout | None) -> date | None:
    """Return the day before the holdout, the last that may choose; None where no line counts up to it.

    A holdout may begin within the only day that has lines: it proves popularity then, and nothing is chosen.
    """
    if holdout is None:
        return None
    before = holdout.first_date - timedelta(days=1)
    return before if has_lines(lines.lazy(), before) else None


def _selection(
    lines: pl.DataFrame, holdout: Holdout | None, holdout_days: int, time_zone: str, *, boost: bool
) -> Selection:
    """Return the choice made on the days before the holdout; popularity where there are none."""
    last_date = _last_date_of_choice(lines, holdout)
    if last_date is None:
        reason = "no days to judge by: popularity"
        choices = {task: Choice(task, USUAL[:1], (1.0,), reason) for task in TASKS}
        rows = [
            {"task": task, "candidate": POPULARITY, "members": str(choice), "is_chosen": True, "reason": reason}
            for task, choice in choices.items()
        ]
        table = pl.DataFrame(rows).with_columns(people=0, status=pl.lit("not_enough_data"))
        return Selection(choices, dict.fromkeys(choices, ()), table)
    return select(lines.lazy(), last_date=last_date, horizon_days=holdout_days, boost=boost, time_zone=time_zone)


def _candidates(
    interactions: Interactions, choices: Mapping[str, Choice], demographics: pl.DataFrame, restrictions: Restrictions
) -> pl.DataFrame:
    """Return the judged candidates of everybody, by the choices fitted on everything."""
    blends = dict(zip(choices, fit_choices(interactions, choices.values()), strict=True))
    of_field = demographics.filter(pl.col("field") == restrictions.rules.segment_field)
    fallback = fit_fallback(interactions, of_field.select("person_id", segment="value"))
    return serve_lists(blends, interactions, fallback, restrictions)


def _metrics(holdout: Holdout | None, selection: Selection, as_of_date: date, holdout_days: int) -> pl.DataFrame:
    """Return the proof of the choice, or rows that say that there is none."""
    if holdout is None:
        return unproven(as_of_date - timedelta(days=holdout_days), as_of_date)
    return prove(holdout, compared_choices(selection), selection.choices)


def _all_finished(tables: Tables, as_of_date: date) -> Tables:
    return {contract: _finished(table, contract, as_of_date) for contract, table in tables.items()}


def _finished(table: pl.DataFrame, contract: Contract, as_of_date: date) -> pl.DataFrame:
    """Return the table with exactly the columns of its contract (null where absent), sorted by its key."""
    columns = {name: column.dtype.type for name, column in contract.to_schema().columns.items()}
    if "as_of_date" in columns:
        table = table.with_columns(as_of_date=pl.lit(as_of_date, pl.Date))
    absent = [pl.lit(None).alias(name) for name in columns if name not in table.columns]
    typed = table.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in columns.items())
    return typed.sort(facts_of(contract).key)
