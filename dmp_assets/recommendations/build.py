"""Tables of recommendations from item lines: models chosen and proved, items related, lists made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.values.contracts import TableContract, facts_of
from dmp_assets.recommendations.bought_together import build_bought_together
from dmp_assets.recommendations.choice.proof import compared_choices, prove, unproven
from dmp_assets.recommendations.choice.reach import reach_of
from dmp_assets.recommendations.choice.selection import BEST_SELLERS, Selection, judged_tasks, select, undecided
from dmp_assets.recommendations.choice.sitting import choose_next
from dmp_assets.recommendations.choice.stored import restored_choices, served_choices, with_recipes
from dmp_assets.recommendations.dataset.holdout import Holdout
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, build_interactions
from dmp_assets.recommendations.dataset.timed_lines import has_lines
from dmp_assets.recommendations.dataset.windows import hold_out
from dmp_assets.recommendations.models.content_neighbours import alike_items
from dmp_assets.recommendations.models.item_neighbours import similar_items
from dmp_assets.recommendations.models.popularity import fit_fallback
from dmp_assets.recommendations.ranking.blend import Choice, fit_choices
from dmp_assets.recommendations.schema.choice import ModelChoice, RecommendationMetrics
from dmp_assets.recommendations.schema.lists import RecommendationCandidates, Recommendations, ServingPaths
from dmp_assets.recommendations.schema.relations import BoughtTogether, ItemNeighbours
from dmp_assets.recommendations.schema.tasks import CONTENT, DAYS_AHEAD, PEOPLE
from dmp_assets.recommendations.serving.codes import Codes, in_text
from dmp_assets.recommendations.serving.lists import Restrictions, Serving, serve_lists
from dmp_assets.recommendations.serving.new_items import new_item_ids, rank_new, with_new_items, within_categories
from dmp_assets.recommendations.serving.places import serving_paths, with_reasons_of_few
from dmp_assets.recommendations.serving.rules import item_rules, recently_bought, refused_people

Contract = type[TableContract]
Tables = dict[Contract, pl.DataFrame]

PROOF_REACH = 0.25
"""Share of the history that stacked windows of a proof may take."""

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
    names: pl.DataFrame
    """``analytics.items``: what reasons call an item and rules group it by; events and orders name items too."""


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
    related = relate(lines, as_of_date, sources.items)
    return {**chosen, **related, **{contract: in_text(rows) for contract, rows in served.items()}}


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
    holdout = _proof(lines, as_of_date, holdout_days, time_zone)
    selection = _selection(holdout, holdout_days, time_zone, boost=rerank)
    metrics = _metrics(holdout, selection, as_of_date, holdout_days)
    in_sitting, its_metrics = choose_next(lines.lazy(), as_of_date, time_zone)
    tables = [with_recipes(some.table, some.choices) for some in (selection, in_sitting)]
    table = pl.concat(tables, how="diagonal_relaxed").with_columns(
        items=pl.lit(lines["item_id"].n_unique() if items is None else items, pl.Int64),
        made_by=pl.lit(made_by),
        **reach_of(lines, as_of_date, holdout_days).columns(),
    )
    proof = pl.concat([metrics, its_metrics], how="diagonal_relaxed")
    return _all_finished({ModelChoice: table, RecommendationMetrics: proof}, as_of_date)


def tasks_with_enough(lines: pl.DataFrame, as_of_date: date, holdout_days: int, time_zone: str = "UTC") -> set[str]:
    """Return the tasks of days ahead that :func:`choose` has enough people to judge by."""
    holdout = _proof(lines, as_of_date, holdout_days, time_zone)
    if holdout is None or not has_lines(holdout.known):
        return set()
    return set(judged_tasks(hold_out(holdout.known, None, holdout_days, time_zone)))


def relate(lines: pl.DataFrame, as_of_date: date, items: pl.DataFrame) -> Tables:
    """Return which items are alike, and which stand in one order.

    Args:
        lines: From :func:`usable_lines`.
        as_of_date: Last day that counts.
        items: ``ingest.raw_items``: those of them that are like no other by people are related by content.
    """
    by_people = similar_items(build_interactions(lines.lazy()))
    takers = lines.lazy().group_by("item_id").agg(people=pl.col("person_id").n_unique())
    others = items.join(by_people, on="item_id", how="anti")["item_id"]
    by_content = alike_items(items, takers.collect(engine="streaming"), others)
    tables: Tables = {
        ItemNeighbours: pl.concat(
            [
                by_people.with_columns(likeness=pl.lit(PEOPLE)),
                by_content.with_columns(likeness=pl.lit(CONTENT), people_together=pl.lit(0, pl.Int64)),
            ],
            how="diagonal",
        ),
        BoughtTogether: build_bought_together(lines.lazy(), as_of_date),
    }
    return _all_finished(tables, as_of_date)


def serve(sources: Sources, choices: Mapping[str, Choice], as_of_date: date, rules: RecommendationSettings) -> Tables:
    """Return everybody's lists, and what the rules did to each candidate; the choices are fitted on all lines.

    Args:
        sources: As for :func:`build_recommendations`.
        choices: Task -> what serves it. Popularity is no list of *next*.
        as_of_date: Last day that counts.
        rules: What may be shown to whom.

    Columns of texts are ``Enum`` where the same ones stand in many rows.
    """
    choices = served_choices(choices)
    refused = refused_people(sources.consent, sources.people, rules)
    interactions, bought, touched = _histories(sources, refused, as_of_date, rules)
    groups = groups_of_items(sources, interactions.items)
    items = item_rules(groups, rules)
    of_field = sources.demographics.filter(pl.col("field") == rules.segment_field)
    fallback = fit_fallback(interactions, of_field.select("person_id", segment="value"))
    catalogue = pl.concat([sources.items, groups], how="diagonal")
    codes = Codes(interactions, catalogue, fallback, choices.values())
    restrictions = Restrictions(
        rules, codes.numbered(items), codes.numbered(bought), codes.numbers(refused, "person_id").drop_nulls()
    )
    blends = dict(zip(choices, fit_choices(interactions, choices.values()), strict=True))
    candidates = serve_lists(Serving(blends, interactions, fallback, codes, restrictions))
    new = rank_new(sources.items, interactions, new_item_ids(items, touched), rules)
    if new is not None:
        new = within_categories(codes.numbered(new), candidates, restrictions.items, rules.max_per_category)
        candidates = with_new_items(candidates, new, rules.per_person)
    candidates = codes.named(candidates)
    shown = candidates.filter(pl.col("rank").is_not_null())
    tables: Tables = {
        Recommendations: with_reasons_of_few(shown.with_columns(score="boosted_score"), _names(sources.names)),
        RecommendationCandidates: candidates,
        ServingPaths: serving_paths(shown, interactions.people.len()),
    }
    return _all_finished(tables, as_of_date)


def _histories(
    sources: Sources, refused: pl.Series, as_of_date: date, rules: RecommendationSettings
) -> tuple[Interactions, pl.DataFrame, pl.Series]:
    """Return what everybody touched, what was bought too lately to be shown, and every item that anybody touched.

    No line is held afterwards.
    """
    lines = usable_lines(sources.lines, refused, as_of_date).lazy()
    # With everybody who is known, or people without a line would get no list.
    interactions = build_interactions(lines, people=sources.people.unique())
    touched = lines.select(pl.col("item_id").unique()).collect()["item_id"]
    return interactions, recently_bought(lines, as_of_date, rules), touched


def groups_of_items(sources: Sources, sold: pl.Series) -> pl.DataFrame:
    """Return item_id, item_category and item_department of every item, by which rules look at it.

    The catalogue counts first, then what events and orders name: rules hold in a shop without a catalogue, too.

    Args:
        sources: Their ``items`` and ``names`` are read.
        sold: More item_ids.
    """
    known = [frame.select("item_id", "item_category", "item_department") for frame in (sources.items, sources.names)]
    every = pl.concat([*known, sold.rename("item_id").to_frame()], how="diagonal")
    first = pl.col("item_category", "item_department").drop_nulls().first()
    return every.group_by("item_id", maintain_order=True).agg(first)


def _names(items: pl.DataFrame) -> pl.DataFrame:
    """Return item_id and item_name; items without a name are called by their finest category and id."""
    kind = pl.coalesce("item_category2", "item_category")
    return items.select("item_id", item_name=pl.coalesce("item_name", pl.format("{} ({})", kind, "item_id")))


def _proof(lines: pl.DataFrame, as_of_date: date, holdout_days: int, time_zone: str) -> Holdout | None:
    """Return the holdout that proves the choice; None where there is nothing in it, or nothing known without it.

    Windows are stacked over a quarter of the history at most: what is left to choose by must be most of it, as what
    serves best changes while a history grows.
    """
    if not has_lines(lines.lazy(), as_of_date):
        return None
    holdout = hold_out(lines.lazy(), as_of_date, holdout_days, time_zone, reach=PROOF_REACH)
    return holdout if holdout.newest.interactions.people.len() else None


def _selection(holdout: Holdout | None, holdout_days: int, time_zone: str, *, boost: bool) -> Selection:
    """Return the choice made on what the holdout does not hold out; popularity where that is nothing.

    A holdout may begin within the only day that has lines: it proves popularity then, and nothing is chosen.
    """
    if holdout is None or not has_lines(holdout.known):
        reason = "no days to judge by: popularity"
        return undecided({task: Choice(task, (BEST_SELLERS,), (1.0,), reason) for task in DAYS_AHEAD})
    return select(holdout.known, horizon_days=holdout_days, boost=boost, time_zone=time_zone)


def _metrics(holdout: Holdout | None, selection: Selection, as_of_date: date, holdout_days: int) -> pl.DataFrame:
    """Return the proof of the choice, or rows that say that there is none."""
    if holdout is None:
        return unproven(DAYS_AHEAD, as_of_date - timedelta(days=holdout_days), as_of_date)
    return prove(holdout, compared_choices(selection), selection.choices)


def _all_finished(tables: Tables, as_of_date: date) -> Tables:
    return {contract: _finished(table, contract, as_of_date) for contract, table in tables.items()}


def _finished(table: pl.DataFrame, contract: Contract, as_of_date: date) -> pl.DataFrame:
    """Return the table with exactly the columns of its contract (null where absent), sorted by its key."""
    columns = {name: column.dtype.type for name, column in contract.to_schema().columns.items()}
    if "as_of_date" in columns:
        table = table.with_columns(as_of_date=pl.lit(as_of_date, pl.Date))
    absent = [pl.lit(None).alias(name) for name in columns if name not in table.columns]
    held = table.schema
    # What is held once for all rows stays so, until it is written.
    typed = table.with_columns(absent).select(
        pl.col(name) if held.get(name) == pl.Enum else pl.col(name).cast(dtype) for name, dtype in columns.items()
    )
    return typed.sort(facts_of(contract).key)
