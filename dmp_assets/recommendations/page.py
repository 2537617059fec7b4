"""The page of recommendations: what is served, whether it is better than the obvious, why, and which items."""

from collections.abc import Collection, Iterator
from typing import Any

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, Headline, NotEnough, Section, Table, Text
from dmp_assets.foundation.pages.charts import bars, stacked
from dmp_assets.foundation.pages.page import Edition, Page
from dmp_assets.recommendations.schema.tasks import DAYS_AHEAD, NEXT, REASON_KINDS, TASKS

LEAST_PEOPLE = 30
"""A rate from fewer people than this is no headline: one person more or less moves it by more than three points."""

SHOWN_ITEMS = 15
BASELINES = ("popularity", "personal")

PATHS = """SELECT task, served_by, people, people_rate, places, places_rate
FROM recommendations.serving_paths WHERE people > 0 OR places > 0 ORDER BY task DESC, people DESC, served_by"""

CHOSEN = """SELECT task, candidate, members, reason, people, judged_by, status, items_left_out, touches_left_out_rate,
       nameable_people_rate, nameable_sales_rate
FROM recommendations.model_choice WHERE is_chosen ORDER BY task DESC"""

PROOF = """SELECT task, model, metric, value, difference_to_popularity, popularity_low, popularity_high,
       difference_to_personal, personal_low, personal_high, is_served, people, holdout_first_date, holdout_last_date,
       status
FROM recommendations.recommendation_metrics
WHERE k = 10 AND metric IN ('hit_rate', 'ndcg', 'recall') AND (is_served OR model IN ('popularity', 'personal'))
ORDER BY task DESC, metric, is_served DESC, model"""

REASONS = """SELECT task, reason_kind, count(*) AS places,
       count(*) / sum(count(*)) OVER (PARTITION BY task) AS share_rate, min(reason) AS example
FROM recommendations.recommendations GROUP BY task, reason_kind ORDER BY task DESC, places DESC, reason_kind"""

ITEMS = """WITH counted AS (
    SELECT task, item_id, count(*) AS people, sum(count(*)) OVER (PARTITION BY task) AS places
    FROM recommendations.recommendations GROUP BY task, item_id
    QUALIFY row_number() OVER (PARTITION BY task ORDER BY people DESC, item_id) <= 15
)
SELECT task, item_id, coalesce(display_name, item_id) AS item_name, item_category,
       c.people, c.people / served AS share_rate, c.people / places AS places_rate
FROM counted AS c LEFT JOIN item_catalogue USING (item_id)
JOIN (SELECT task, count(DISTINCT person_id) AS served FROM recommendations.recommendations GROUP BY task) USING (task)
ORDER BY task DESC, people DESC, item_id"""


def build_recommendations(edition: Edition) -> Iterator[Block]:
    """Yield the headline, then what is served, its proof, its reasons, and the items."""
    words = edition.words
    paths, proof = edition.ask(PATHS), edition.ask(PROOF)
    served = paths.filter(pl.col("served_by") != "none")
    if served.is_empty():
        yield Headline(words("recommendations.none"))
        yield NotEnough(words("recommendations.no_lists"))
        return
    yield Headline(_headline(edition, served, proof))
    yield _served_section(edition, paths)
    yield _proof_section(edition, proof, set(served["task"]))
    yield _reasons_section(edition)
    yield _items_section(edition)


def _headline(edition: Edition, served: pl.DataFrame, proof: pl.DataFrame) -> str:
    """Return how the lists to buy again, or else those to discover, do beside the better baseline."""
    for task in DAYS_AHEAD:
        verdict = _verdict(proof, task)
        if verdict is not None and verdict["people"] >= LEAST_PEOPLE:
            return _sentence(edition, task, verdict)
    people = served.group_by("task").agg(pl.col("people").sum())["people"].max()
    return edition.words("recommendations.unproven", people=people)


def _verdict(proof: pl.DataFrame, task: str, metric: str = "hit_rate") -> dict[str, Any] | None:
    """Return what is served beside the better baseline: value, difference with interval; None where it is unknown."""
    rows = proof.filter((pl.col("task") == task) & (pl.col("metric") == metric) & (pl.col("status") == "ok"))
    known = {row["model"]: row for row in rows.iter_rows(named=True) if row["value"] is not None}
    served = next((row for row in known.values() if row["is_served"]), None)
    # Of next best sellers are no list.
    if served is not None and task == NEXT and served["model"] == "popularity":
        return None
    found = [known[name] for name in BASELINES if name in known]
    if served is None or not found:
        return None
    # A baseline that is served is not compared with itself.
    others = [row for row in found if row["model"] != served["model"]]
    if not others:
        return None
    best = max(others, key=lambda row: row["value"])
    name = best["model"]
    difference = {key: served[f"{name}_{key}"] for key in ("low", "high")} | {"points": served[f"difference_to_{name}"]}
    if None in difference.values():
        return None
    return {**difference, "value": served["value"], "people": served["people"], "baseline": name, "of": best["value"]}


def _sentence(edition: Edition, task: str, verdict: dict[str, Any]) -> str:
    """Return the verdict in words; an interval that holds 0 is no difference to rely on."""
    words, low, high = edition.words, verdict["low"], verdict["high"]
    name = "better" if low > 0 else "worse" if high < 0 else "unsure"
    points = {key: 100 * verdict[key] for key in ("points", "low", "high")}
    if name == "worse":
        points = {"points": -points["points"], "low": -points["high"], "high": -points["low"]}
    return words(
        f"recommendations.{name}",
        task=words(f"recommendations.task.{task}"),
        value=verdict["value"],
        baseline=words.named("recommendations.model", verdict["baseline"]),
        of=verdict["of"],
        **points,
    )


def _served_section(edition: Edition, paths: pl.DataFrame) -> Section:
    """Return which path serves how many people, and which models were chosen."""
    words, blocks = edition.words, list[Block]()
    chosen = edition.ask(CHOSEN)
    blocks += _promise(edition, chosen)
    unready = chosen.filter(pl.col("status") != "ok")
    # Where no models could be compared, the chosen one is best sellers, and is called so.
    is_unready = pl.col("task").is_in(unready["task"].implode()) & (pl.col("served_by") == "blend")
    paths = paths.with_columns(
        served_by=pl.when(is_unready).then(pl.lit("popularity")).otherwise(pl.col("served_by").cast(pl.String))
    )
    for task in TASKS:
        rows = paths.filter(pl.col("task") == task, pl.col("served_by") != "none")
        if not rows.is_empty():
            first = rows.row(0, named=True)
            values = {"task": words(f"recommendations.task.{task}"), "share": first["people_rate"]}
            path = words.named("recommendations.path", first["served_by"])
            blocks.append(Text(words("recommendations.most_served", path=path, people=first["people"], **values)))
    columns = [
        Column("task", words("recommendations.list")),
        Column("served_by", words("recommendations.path_name")),
        Column("people", words("recommendations.people"), "number"),
        Column("people_rate", words("recommendations.people_rate"), "percent"),
        Column("places", words("recommendations.places"), "number"),
        Column("places_rate", words("recommendations.places_rate"), "percent"),
    ]
    named = _named(edition, paths, served_by="path")
    blocks.append(Table("paths", words("recommendations.paths"), columns, named, query=PATHS))
    blocks += [
        NotEnough(words("recommendations.not_compared", task=words(f"recommendations.task.{task}")))
        for task in unready["task"]
        if task != NEXT
    ]
    if paths.filter((pl.col("task") == NEXT) & (pl.col("served_by") != "none")).is_empty():
        blocks.append(NotEnough(words("recommendations.no_next")))
    columns = [
        Column("task", words("recommendations.list")),
        Column("candidate", words("recommendations.chosen_model")),
        Column("members", words("recommendations.members")),
        Column("reason", words("recommendations.why_chosen")),
    ]
    named = _named(edition, chosen, candidate="model")
    blocks.append(Table("chosen", words("recommendations.chosen"), columns, named, query=CHOSEN, is_folded=True))
    return Section("served", words("recommendations.served"), blocks, words("recommendations.served_note"))


def _promise(edition: Edition, chosen: pl.DataFrame) -> Iterator[Block]:
    """Yield how much of what people buy the lists can name at all."""
    if chosen.is_empty():
        return
    row = chosen.row(0, named=True)
    if row["nameable_people_rate"] is not None:
        rates = {"people": row["nameable_people_rate"], "sales": row["nameable_sales_rate"]}
        yield Text(edition.words("recommendations.promise", **rates))
    if row["items_left_out"]:
        lost = {"items": row["items_left_out"], "touches": row["touches_left_out_rate"]}
        yield Text(edition.words("recommendations.left_out", **lost))


def _proof_section(edition: Edition, proof: pl.DataFrame, served: Collection[str]) -> Section:
    """Return, for each list, how much better or worse it is than each baseline, with the interval."""
    words, blocks = edition.words, list[Block]()
    for task in TASKS:
        verdict = _verdict(proof, task)
        if task == NEXT and (verdict is None or task not in served):
            continue
        if verdict is None:
            people = proof.filter(pl.col("task") == task)["people"].max() or 0
            values = {"task": words(f"recommendations.task.{task}"), "people": people}
            blocks.append(NotEnough(words("recommendations.not_judged", **values)))
            continue
        rows = proof.filter((pl.col("task") == task) & (pl.col("metric") == "hit_rate") & pl.col("is_served"))
        drawn = pl.DataFrame(
            [
                {
                    "name": words("recommendations.than", baseline=words.named("recommendations.model", name)),
                    "value": rows[f"difference_to_{name}"][0],
                    "low": rows[f"{name}_low"][0],
                    "high": rows[f"{name}_high"][0],
                }
                for name in BASELINES
                if name != rows["model"][0]
            ]
        ).drop_nulls()
        drawing = bars(drawn, "percent", label=words("recommendations.difference"), interval=("low", "high"))
        table = _proof_table(edition, proof.filter(pl.col("task") == task), task)
        judged_on = "judged_on_next" if task == NEXT else "judged_on"
        note = words(f"recommendations.{judged_on}", people=verdict["people"])
        blocks.append(Chart(f"proof-{task}", _sentence(edition, task, verdict), drawing, table, note))
    return Section("proof", words("recommendations.proof"), blocks, _judged(edition, proof))


def _judged(edition: Edition, proof: pl.DataFrame) -> str:
    note = edition.words("recommendations.proof_note")
    # Of next the newest step of each person is judged, on whatever day it was.
    proof = proof.filter(pl.col("task").is_in(DAYS_AHEAD))
    if proof.is_empty():
        return note
    first, last = proof["holdout_first_date"].max(), proof["holdout_last_date"].max()
    return f"{note} {edition.words('recommendations.holdout', first=first, last=last)}"


def _proof_table(edition: Edition, rows: pl.DataFrame, task: str) -> Table:
    words = edition.words
    columns = [
        Column("metric", words("recommendations.metric_name")),
        Column("model", words("recommendations.model_name")),
        Column("value", words("recommendations.value"), "percent"),
    ]
    for name in BASELINES:
        baseline = words.named("recommendations.model", name)
        columns += [
            Column(f"difference_to_{name}", words("recommendations.than", baseline=baseline), "percent"),
            Column(f"{name}_low", words("recommendations.low"), "percent"),
            Column(f"{name}_high", words("recommendations.high"), "percent"),
        ]
    named = _named(edition, rows, model="model", metric="metric")
    return Table(f"proof-{task}", words("recommendations.proof"), columns, named, query=PROOF)


def _reasons_section(edition: Edition) -> Section:
    """Return for what reasons items are offered."""
    words = edition.words
    rows = edition.ask(REASONS)
    named = _named(edition, rows, reason_kind="reason").with_columns(name="task", value="share_rate")
    kinds = [words(f"recommendations.reason.{kind}") for kind in REASON_KINDS if kind in set(rows["reason_kind"])]
    first = named.row(0, named=True)
    title = words("recommendations.first_reason", reason=first["reason_kind"], task=first["task"], share=first["value"])
    columns = [
        Column("task", words("recommendations.list")),
        Column("reason_kind", words("recommendations.reason_name")),
        Column("places", words("recommendations.places"), "number"),
        Column("share_rate", words("recommendations.places_rate"), "percent"),
        Column("example", words("recommendations.example")),
    ]
    drawing = stacked(named, "percent", label=words("recommendations.places_rate"), series="reason_kind", domain=kinds)
    table = Table("reasons", words("recommendations.reasons"), columns, named, query=REASONS)
    return Section("reasons", words("recommendations.reasons"), [Chart("reasons", title, drawing, table)])


def _items_section(edition: Edition) -> Section:
    """Return the items that stand in most lists, by name."""
    words, blocks = edition.words, list[Block]()
    rows = edition.ask(ITEMS)
    columns = [
        Column("item_name", words("recommendations.item")),
        Column("item_category", words("recommendations.category")),
        Column("people", words("recommendations.people"), "number"),
        Column("share_rate", words("recommendations.share_of_lists"), "percent"),
        Column("item_id", words("recommendations.item_id")),
    ]
    for task in TASKS:
        items = rows.filter(pl.col("task") == task)
        if items.is_empty():
            continue
        # Items of one name would be one bar; a long label is cut at its end, so that their ids come first.
        is_alone = pl.len().over("item_name") == 1
        name = pl.when(is_alone).then("item_name").otherwise(pl.format("{} {}", "item_id", "item_name"))
        drawn = items.select(name=name, value="people")
        first = items.row(0, named=True)
        values = {"task": words(f"recommendations.task.{task}"), "people": first["people"], "item": first["item_name"]}
        title = words("recommendations.first_item", share=first["share_rate"], **values)
        note = words("recommendations.concentration", share=items["places_rate"].sum(), items=items.height)
        table = Table(f"items-{task}", words(f"recommendations.task.{task}"), columns, items, query=ITEMS)
        drawing = bars(drawn, "number", label=words("recommendations.people"))
        blocks.append(Chart(f"items-{task}", title, drawing, table, note))
    return Section("items", words("recommendations.items"), blocks)


def _named(edition: Edition, rows: pl.DataFrame, **prefixes: str) -> pl.DataFrame:
    """Return rows with the names of tasks, and of the columns given with their prefix, in words."""
    words = edition.words
    return rows.with_columns(
        pl.Series(column, [words.named(f"recommendations.{prefix}", value) for value in rows[column]], dtype=pl.String)
        for column, prefix in {"task": "task", **prefixes}.items()
    )


RECOMMENDATIONS = Page("recommendations", build_recommendations, described_by="recommendations.recommendations")
