"""Data quality: whether the data can be relied on, what to do next, and the query behind each finding."""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Column, Headline, Kind, NotEnough, Section, Table, Text
from dmp_assets.foundation.pages.page import Edition, Page
from dmp_assets.quality.pages import drawings
from dmp_assets.quality.pages.queries import WEEKS_BEFORE, query_of
from dmp_assets.quality.pages.verdict import NAMED, counted
from dmp_assets.quality.schema import DIMENSIONS, DISTRIBUTION_DRIFT, SCHEMA_DRIFT, VOLUME

CHECKS = "SELECT * FROM quality.quality ORDER BY check_id"

KINDS: dict[str, Kind] = {VOLUME: "decimal", DISTRIBUTION_DRIFT: "text"}
"""How what was measured is written; of other checks it is a share."""

RECENT_DAYS = 7
"""Where no check names its first day."""


def build_data_quality(edition: Edition) -> Iterator[Block]:
    """Yield the verdict, what to do next, the findings, three drawings, and, folded, what is in order."""
    words, checks = edition.words, edition.ask(CHECKS)
    if checks.is_empty():
        yield Headline(words("quality.nothing"))
        yield NotEnough(words("quality.no_checks"))
        return
    last: date = checks["measured_date"][0]
    yield Headline(_headline(edition, checks, last))
    first = checks["first_date"].min()
    first = first if isinstance(first, date) else last - timedelta(days=RECENT_DAYS - 1)
    before = first - timedelta(weeks=WEEKS_BEFORE)
    wrong = checks.filter(pl.col("status").is_in(["error", "warn"]))
    if not wrong.is_empty():
        found = [dimension for dimension in DIMENSIONS if (wrong["dimension"] == dimension).any()]
        yield Section("next", words("quality.next_title"), [Text(words(f"quality.next.{name}")) for name in found])
        for dimension in found:
            rows = wrong.filter(pl.col("dimension") == dimension)
            query = query_of(dimension, rows, (before, first, last))
            yield _findings(edition, dimension, rows, query)
    yield from drawings.volume(edition, checks, (before, last))
    yield from drawings.arrival(edition, (before, last))
    yield from drawings.drift(edition, checks)
    yield from _others(edition, checks)


def _headline(edition: Edition, checks: pl.DataFrame, last: date) -> str:
    words, found = edition.words, counted(checks)
    more = len(found.sources) - NAMED
    where = ", ".join(found.sources[:NAMED]) + (" " + words("quality.and_more", more=more) if more > 0 else "")
    values = {"errors": found.errors, "warnings": found.warnings, "unjudged": found.unjudged, "judged": found.judged}
    name = found.status
    if name == "error" and found.warnings:
        name = "error_and_warn"
    if name == "ok" and found.unjudged:
        name = "ok_and_unjudged"
    return words(f"quality.verdict.{name}", day=last, where=where, **values)


def _others(edition: Edition, checks: pl.DataFrame) -> Iterator[Block]:
    words = edition.words
    columns = [Column("kind", words("quality.kind")), Column("message", words("quality.message"))]
    for status in ("not_enough_data", "ok"):
        rows = checks.filter(pl.col("status") == status)
        if not rows.is_empty():
            kinds = [words(f"quality.dimension.{name}") for name in rows["dimension"]]
            title = words(f"quality.checks.{status}", checks=rows.height)
            query = f"SELECT * FROM quality.quality WHERE status = '{status}'"
            named = rows.with_columns(pl.Series("kind", kinds))
            yield Table(status, title, columns, named, query=query, is_folded=True)


def _findings(edition: Edition, dimension: str, rows: pl.DataFrame, query: str) -> Table:
    words = edition.words
    ordered = rows.sort("status", "check_id")
    outcomes = [words(f"quality.status.{status}") for status in ordered["status"]]
    columns = [Column("outcome", words("quality.outcome")), Column("message", words("quality.message"))]
    named = ordered.with_columns(pl.Series("outcome", outcomes), measured=pl.col("value"))
    if dimension == DISTRIBUTION_DRIFT:
        named = named.with_columns(drawings.written(pl.col("measured", "threshold_warn")))
    if dimension != SCHEMA_DRIFT:
        kind = KINDS.get(dimension, "percent")
        columns += [Column(name, words(f"quality.{name}"), kind) for name in ("measured", "threshold_warn")]
    return Table(dimension, words(f"quality.dimension.{dimension}"), columns, named, query=query)


DATA_QUALITY = Page("quality", build_data_quality)
