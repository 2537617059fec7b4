"""Campaigns: whom they reached, who redeemed, and what orders with coupons brought against what they cost."""

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import Any

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, Figure, Figures, Headline, NotEnough, Table, Text
from dmp_assets.foundation.pages.charts import bars
from dmp_assets.foundation.pages.page import Edition, Page

LEAST_CASES = 30
"""People reached below which a redemption rate, and orders below which a return, is marked as too small to judge."""

CAMPAIGNS = f"""SELECT * REPLACE (
           CASE WHEN count(*) OVER (PARTITION BY campaign_name) > 1 THEN campaign_name || ' (' || campaign_id || ')'
                ELSE campaign_name END AS campaign_name,
           nullif(cost, 0) AS cost),
       coalesce(end_date <= as_of_date, false) AS is_over, (cost / nullif(revenue, 0))::DOUBLE AS break_even_rate,
       CASE WHEN status <> 'ok' THEN status
            WHEN end_date IS NULL THEN 'no_end'
            WHEN end_date > as_of_date THEN 'not_over'
            WHEN orders < {LEAST_CASES} THEN 'too_small'
            WHEN roi_rate IS NULL THEN 'no_cost'
            ELSE 'judged' END AS reading
FROM campaign_roi ORDER BY reading = 'judged' DESC, roi_rate DESC NULLS LAST, campaign_id"""

Z = 1.96
"""Of an interval that holds the true rate in 95 of 100 cases."""


def build_campaigns(edition: Edition) -> Iterator[Block]:
    """Yield how many campaigns brought more than they cost, then what each reached, brought and cost."""
    words, rows = edition.words, edition.ask(CAMPAIGNS)
    if rows.is_empty():
        yield Headline(words("campaigns.nothing"))
        yield NotEnough(words("campaigns.no_campaigns"))
        return
    judged = rows.filter(pl.col("reading") == "judged")
    yield Headline(_headline(edition, rows, judged))
    yield Text(words("campaigns.not_incremental"))
    yield Figures(_figures(edition, rows, judged))
    for reading in (
        "not_over",
        "no_end",
        "too_small",
        "no_cost",
        "not_started",
        "no_audience",
        "no_redemptions",
        "unknown_campaign",
    ):
        found = rows.filter(pl.col("reading") == reading).height
        if found:
            yield Text(words(f"campaigns.are.{reading}", campaigns=found, least=LEAST_CASES, day=rows["as_of_date"][0]))
    yield from _redemption(edition, rows)
    yield _table(edition, rows)


def _headline(edition: Edition, rows: pl.DataFrame, judged: pl.DataFrame) -> str:
    words = edition.words
    if judged.is_empty():
        return words("campaigns.none_judged", campaigns=rows.height, least=LEAST_CASES)
    earned = judged.filter(pl.col("roi_rate") > 0).height
    best = judged.row(0, named=True)
    name = "campaigns.one_judged" if judged.height == 1 else "campaigns.earned"
    return words(name, earned=earned, judged=judged.height, best=best["campaign_name"], **_money_of(best))


def _money_of(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("revenue", "cost", "reached", "orders")}


def _figures(edition: Edition, rows: pl.DataFrame, judged: pl.DataFrame) -> Sequence[Figure]:
    words, sums = (
        edition.words,
        rows.select(pl.col("revenue", "discount_cost", "contact_cost", "cost").sum()).row(0, named=True),
    )
    shown = [
        Figure("campaigns", words("campaigns.campaigns"), rows.height, "number"),
        Figure("judged", words("campaigns.judged"), judged.height, "number"),
    ]
    return shown + [Figure(name, words(f"campaigns.{name}"), value, "money") for name, value in sums.items()]


def _redemption(edition: Edition, rows: pl.DataFrame) -> Iterator[Block]:
    """Yield the redemption rates of campaigns that are over and reached enough people, with their intervals."""
    words = edition.words
    is_large = (pl.col("reached") >= LEAST_CASES) & pl.col("redemption_rate").is_not_null()
    known = rows.filter(is_large & pl.col("is_over") & (pl.col("status") != "unknown_campaign"))
    if known.is_empty():
        yield NotEnough(words("campaigns.no_rates", least=LEAST_CASES))
        return
    bounds = [interval(rate, people) for rate, people in known.select("redemption_rate", "reached").iter_rows()]
    drawn = known.select("reached", "redeemed", name="campaign_name", value="redemption_rate").with_columns(
        pl.Series("low", [low for low, _ in bounds]), pl.Series("high", [high for _, high in bounds])
    )
    ordered = drawn.sort("value", "name", descending=[True, False])
    first = ordered.row(0, named=True)
    columns = [
        Column("name", words("campaigns.campaign_name")),
        Column("reached", words("campaigns.reached"), "number"),
        Column("value", words("campaigns.redemption_rate"), "percent"),
        Column("low", words("campaigns.low"), "percent"),
        Column("high", words("campaigns.high"), "percent"),
    ]
    table = Table("redemption-rates", words("campaigns.redemption_rate"), columns, ordered)
    title = words("campaigns.never_redeemed", campaigns=ordered.height)
    if first["value"] > 0:
        title = words("campaigns.most_redeemed", campaign=first["name"], share=first["value"], reached=first["reached"])
    drawing = bars(ordered, "percent", label=words("campaigns.redemption_rate"), interval=("low", "high"))
    yield Chart("redemption", title, drawing, table, words("campaigns.interval"))


def interval(rate: float, people: int) -> tuple[float, float]:
    """Return the bounds of a share's 95 % interval (Wilson 1927), which never leaves 0..1.

    >>> [round(bound, 3) for bound in interval(0.5, 100)], interval(0.0, 30)[0]
    ([0.404, 0.596], 0.0)
    """
    middle = (rate + Z**2 / (2 * people)) / (1 + Z**2 / people)
    half = Z * sqrt(rate * (1 - rate) / people + Z**2 / (4 * people**2)) / (1 + Z**2 / people)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _table(edition: Edition, rows: pl.DataFrame) -> Table:
    words = edition.words
    said = [words(f"campaigns.reading.{reading}") for reading in rows["reading"]]
    kinds = (
        ("campaign_name", "text"),
        ("reading_in_words", "text"),
        ("end_date", "day"),
        ("reached", "number"),
        ("redemption_rate", "percent"),
        ("orders", "number"),
        ("revenue", "money"),
        ("cost", "money"),
        ("roi_rate", "decimal"),
        ("break_even_rate", "percent"),
        ("redeemed", "number"),
        ("discount_cost", "money"),
        ("contact_cost", "money"),
        ("campaign_type", "text"),
        ("start_date", "day"),
    )
    columns = [Column(name, words(f"campaigns.{name}"), kind) for name, kind in kinds]  # type: ignore[arg-type]
    named = rows.with_columns(pl.Series("reading_in_words", said))
    return Table("campaigns", words("campaigns.table"), columns, named, words("campaigns.table_note"), CAMPAIGNS)


CAMPAIGNS_PAGE = Page("campaigns", build_campaigns, described_by="campaigns.campaign_roi")
