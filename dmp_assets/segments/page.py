"""The page of segments: how large they are, what marks each, why people are in them, and what to do next."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, Headline, NotEnough, Section, Table, Text
from dmp_assets.foundation.pages.charts import bars
from dmp_assets.foundation.pages.page import Edition, Page

LEAST_PEOPLE = 30
"""A share of fewer people than this is no headline: one person more or less moves it by more than three points."""

SIZES = """WITH bought AS (
    SELECT segment_id, sum(revenue) AS revenue
    FROM segments.memberships JOIN profiles.profiles USING (person_id) GROUP BY segment_id
)
SELECT s.*, silhouette, coalesce(revenue, 0)::DECIMAL(38, 4) AS revenue,
       CASE WHEN sum(revenue) OVER (PARTITION BY s.kind) > 0
            THEN (coalesce(revenue, 0) / sum(revenue) OVER (PARTITION BY s.kind))::DOUBLE END AS revenue_share_rate
FROM segment_sizes AS s JOIN segments.segments USING (segment_id) LEFT JOIN bought USING (segment_id)
ORDER BY s.kind DESC, s.people DESC, segment_id"""

MARKS = """WITH stated AS (
    SELECT person_id, 'top_category' AS trait, unnest(top_categories) AS value FROM profiles.profiles
    UNION ALL SELECT person_id, field, value FROM profiles.demographics
    UNION ALL SELECT person_id, unnest([{'trait': 'favourite_brand', 'value': favourite_brand},
        {'trait': 'favourite_price_band', 'value': favourite_price_band},
        {'trait': 'favourite_channel_group', 'value': favourite_channel_group},
        {'trait': 'favourite_day_part', 'value': favourite_day_part},
        {'trait': 'favourite_platform', 'value': favourite_platform}], recursive := true) FROM profiles.preferences
),
known AS (
    SELECT kind, segment_id, trait, value, person_id FROM segments.memberships JOIN stated USING (person_id)
    WHERE value <> '' AND NOT (trait = 'top_category' AND list_contains($left_out, value))
),
asked AS (SELECT kind, segment_id, trait, count(DISTINCT person_id) AS known FROM known GROUP BY ALL),
counted AS (SELECT kind, segment_id, trait, value, count(DISTINCT person_id) AS people FROM known GROUP BY ALL),
of_all AS (
    SELECT *, sum(people) OVER (PARTITION BY kind, trait, value) - people AS other_people,
           all_known - known AS other_known
    FROM counted JOIN (SELECT *, sum(known) OVER (PARTITION BY kind, trait) AS all_known FROM asked)
        USING (kind, segment_id, trait)
),
compared AS (
    SELECT *, people / known AS share_rate, other_people / other_known AS other_share_rate,
           (people + other_people) / all_known AS mean_rate
    FROM of_all WHERE known >= 30 AND other_known >= 30 AND people + other_people >= 30
)
SELECT kind, segment_id, segment_name, trait, value, c.people, c.share_rate, other_share_rate,
       100 * c.share_rate / nullif(other_share_rate, 0) AS index,
       (c.share_rate - other_share_rate) / sqrt(mean_rate * (1 - mean_rate) * (1 / known + 1 / other_known)) AS distance
FROM compared AS c JOIN segments.segments USING (kind, segment_id)
WHERE mean_rate < 1 AND abs(distance) >= 4
QUALIFY row_number() OVER (PARTITION BY segment_id ORDER BY abs(distance) DESC, trait, value) <= 4
ORDER BY kind DESC, segment_name, abs(distance) DESC, trait, value"""
"""Shares are of the people of whom the trait is known. At 4 standard errors chance marks one of 16,000 values.

A person is in one segment of a kind, so everybody else are the kind's other segments.
"""

REASONS = """SELECT kind, segment_name, reason, count(*) AS members, min(person_id) AS person_id
FROM segments.memberships JOIN segments.segments USING (kind, segment_id)
GROUP BY kind, segment_id, segment_name, reason
QUALIFY row_number() OVER (PARTITION BY segment_id ORDER BY members DESC, reason) <= 2
ORDER BY kind DESC, segment_name, members DESC, reason"""

CONSENTS = "SELECT count(DISTINCT person_id) AS people FROM profiles.consent WHERE status = 'granted'"


def build_segments(edition: Edition) -> Iterator[Block]:
    """Yield the headline, a section per kind of segment, what marks them, why people are in them, and what is next."""
    words = edition.words
    rows = edition.ask(SIZES)
    ready = rows.filter((pl.col("status") == "ok") & (pl.col("people") > 0))
    yield Headline(_headline(edition, ready))
    if rows.is_empty():
        yield NotEnough(words("segments.nobody"))
        return
    for (kind,), segments in rows.group_by("kind", maintain_order=True):
        yield _kind_section(edition, str(kind), segments)
    if not ready.is_empty():
        yield _marks_section(edition)
        yield _reasons_section(edition)
        yield _next_section(edition, ready)


def _headline(edition: Edition, ready: pl.DataFrame) -> str:
    """Return the best segment with its share of the revenue; the largest one where shares would say little."""
    words = edition.words
    if ready.is_empty():
        return words("segments.none")
    best = _best(ready)
    if best["people"] >= LEAST_PEOPLE and best["revenue_share_rate"] is not None:
        values = {"share": best["share_rate"], "revenue_share": best["revenue_share_rate"]}
        return words("segments.brings", segment=best["segment_name"], people=best["people"], **values)
    largest = ready.row(0, named=True)
    return words("segments.largest", segment=largest["segment_name"], people=largest["people"])


def _best(ready: pl.DataFrame) -> dict[str, Any]:
    """Return the segment of the first kind with the most revenue."""
    first = ready.filter(pl.col("kind") == ready["kind"][0])
    return first.sort("revenue", "segment_id", descending=[True, False]).row(0, named=True)


def _kind_section(edition: Edition, kind: str, rows: pl.DataFrame) -> Section:
    """Return the segments of one kind, those without people in the table only."""
    words, blocks = edition.words, list[Block]()
    shown = rows.filter((pl.col("status") == "ok") & (pl.col("people") > 0))
    if shown.is_empty():
        blocks += [NotEnough(text) for text in rows.filter(pl.col("status") != "ok")["description"].to_list()[:1]]
        blocks += [] if blocks else [NotEnough(words("segments.nobody"))]
    else:
        first = shown.row(0, named=True)
        title = words("segments.largest", segment=first["segment_name"], people=first["people"])
        named = shown.select(name="segment_name", value="people")
        drawing = bars(named, "number", label=words("segments.people"))
        blocks.append(Chart(f"sizes-{kind}", title, drawing))
        blocks.append(Table(f"segments-{kind}", "", _columns(edition), shown, query=SIZES))
        named_by = [Column(name, words(f"segments.{name}")) for name in ("segment_name", "segment_id", "description")]
        blocks.append(Table(f"who-{kind}", words("segments.description"), named_by, shown, is_folded=True))
    note = words.named("segments.kind_note", kind) if words.has(f"segments.kind_note.{kind}") else ""
    if (silhouette := shown["silhouette"].drop_nulls()).len():
        note += " " + words("segments.silhouette", silhouette=silhouette[0])
    return Section(kind, words.named("segments.kind", kind), blocks, note)


def _columns(edition: Edition) -> list[Column]:
    words = edition.words
    return [
        Column("segment_name", words("segments.segment_name")),
        Column("people", words("segments.people"), "number"),
        Column("share_rate", words("segments.share"), "percent"),
        Column("revenue", words("segments.revenue"), "money"),
        Column("revenue_share_rate", words("segments.revenue_share"), "percent"),
        Column("mean_recency_days", words("segments.mean_recency_days"), "decimal"),
        Column("mean_orders", words("segments.mean_orders"), "decimal"),
        Column("mean_revenue", words("segments.mean_revenue"), "money"),
    ]


def _marks_section(edition: Edition) -> Section:
    """Return the categories and traits in which a segment is unlike everybody else."""
    words, blocks = edition.words, list[Block]()
    rows = edition.ask(MARKS, left_out=list(edition.left_out))
    if rows.is_empty():
        blocks.append(NotEnough(words("segments.no_marks", least=LEAST_PEOPLE)))
    else:
        strongest = rows.sort(pl.col("distance"), descending=True).row(0, named=True)
        traits = [words.named("segments.trait", trait) for trait in rows["trait"]]
        named = rows.with_columns(pl.Series("trait", traits))
        columns = [
            Column("segment_name", words("segments.segment_name")),
            Column("trait", words("segments.trait_name")),
            Column("value", words("segments.value")),
            Column("people", words("segments.people"), "number"),
            Column("share_rate", words("segments.share_in"), "percent"),
            Column("other_share_rate", words("segments.share_of_others"), "percent"),
            Column("index", words("segments.index"), "number"),
        ]
        values = {"segment": strongest["segment_name"], "value": strongest["value"], "people": strongest["people"]}
        shares = {"share": strongest["share_rate"], "others": strongest["other_share_rate"]}
        trait = words.named("segments.trait", strongest["trait"])
        blocks.append(Text(words("segments.strongest", trait=trait, **values, **shares)))
        blocks.append(Table("marks", words("segments.marks"), columns, named))
    return Section("marks", words("segments.marks"), blocks, words("segments.marks_note"))


def _reasons_section(edition: Edition) -> Section:
    """Return the commonest reasons of each segment, with one person as an example where people are shown."""
    words = edition.words
    columns = [
        Column("segment_name", words("segments.segment_name")),
        Column("reason", words("segments.reason")),
        Column("members", words("segments.people"), "number"),
    ]
    if edition.show_people:
        columns.append(Column("person_id", words("segments.example")))
    rows = edition.ask(REASONS).select([column.name for column in columns])
    query = REASONS if edition.show_people else REASONS.replace(", min(person_id) AS person_id", "")
    return Section("reasons", words("segments.reasons"), [Table("reasons", "", columns, rows, query=query)])


def _next_section(edition: Edition, ready: pl.DataFrame) -> Section:
    """Return the command that takes a segment out, and how many people agreed to anything."""
    words = edition.words
    consents = edition.ask(CONSENTS)["people"][0]
    said = words("segments.consents", people=consents) if consents else words("segments.no_consents")
    command = Text(words("segments.export", segment=_best(ready)["segment_id"]))
    return Section("next", words("segments.next"), [command, Text(said)])


SEGMENTS = Page("segments", build_segments, described_by="segments.segments")
