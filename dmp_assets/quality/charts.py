"""Charts of the quality page as SVG text, drawn without a browser or a network."""

from datetime import timedelta

import altair as alt
import polars as pl

from dmp_assets.foundation.drawing.charts import AMBER, BLUE, GREEN, GREY, GRID, INK, ORANGE, svg
from dmp_assets.quality.judgement import Window
from dmp_assets.quality.schema import DISTRIBUTION_DRIFT

WIDTH, PADDING = 820, 4
STATUS_COLOURS = {"ok": GREEN, "warn": AMBER, "error": ORANGE, "not_enough_data": GREY}

MAX_SOURCES = 12
MAX_COLUMNS = 15


def volume_svg(ledger: pl.DataFrame, window: Window, weeks: int) -> str:
    """Return records per day, one row of bars per source; empty without records.

    Args:
        ledger: ``EventLedger``.
        window: Its last day is the last one drawn, in darker bars with the days that are judged.
        weeks: Weeks before the judged days.
    """
    first = window.first_date - timedelta(weeks=weeks)
    rows = ledger.filter(pl.col("event_date").is_between(first, window.measured_date))
    return _daily_bars(rows.select("source", "event_date", amount="records"), "records", "~s", window)


def late_svg(late: pl.DataFrame, window: Window) -> str:
    """Return the late share per day, one row of bars per source; empty where nothing could be judged.

    Args:
        late: ``late_records``.
        window: Days that are judged and those before.
    """
    rows = late.filter((window.is_recent() | window.is_reference()) & (pl.col("judged") > 0))
    shares = rows.select("source", "event_date", amount=pl.col("late") / pl.col("judged"))
    return _daily_bars(shares, "late", ".0%", window)


def drift_svg(quality: pl.DataFrame) -> str:
    """Return the largest stability indices as bars in the colour of their status; empty without any.

    Args:
        quality: ``Quality``.
    """
    drift = quality.filter((pl.col("dimension") == DISTRIBUTION_DRIFT) & (pl.col("status") != "not_enough_data"))
    top = drift.sort("value", "check_id", descending=[True, False]).head(MAX_COLUMNS)
    if top.is_empty():
        return ""
    rows = top.select(
        pl.format("{}: {}", "source", "column_name").alias("column"), "value", "threshold_warn", "status"
    ).to_dicts()
    names = alt.Y("column:N", sort=None, title=None, axis=alt.Axis(labelLimit=300, domain=False, ticks=False))
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=names)
    colour = alt.Color(
        "status:N", scale=alt.Scale(domain=list(STATUS_COLOURS), range=list(STATUS_COLOURS.values())), legend=None
    )
    bars = base.mark_bar(height=12).encode(x=alt.X("value:Q", title="Stability index; | warns"), color=colour)
    limits = base.mark_tick(thickness=2, size=18, color=INK).encode(x="threshold_warn:Q")
    return svg((bars + limits).properties(width=WIDTH - 300, height=alt.Step(22)), PADDING)


def _daily_bars(rows: pl.DataFrame, title: str, number_format: str, window: Window) -> str:
    """Return bars of ``amount`` by day, one row with its own scale for each of the largest sources."""
    if rows.is_empty():
        return ""
    size = rows.group_by("source").agg(pl.col("amount").sum()).sort("amount", "source", descending=[True, False])
    shown = sorted(size["source"].head(MAX_SOURCES).to_list())
    values = (
        rows.filter(pl.col("source").is_in(shown))
        .sort("source", "event_date")
        .with_columns(is_judged=pl.col("event_date") >= window.first_date, event_date=pl.col("event_date").cast(str))
        .to_dicts()
    )
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar()
        .encode(
            x=alt.X("event_date:T", timeUnit="utcyearmonthdate", title=None, axis=alt.Axis(format="%d %b", grid=False)),
            y=alt.Y(
                "amount:Q",
                title=title,
                axis=alt.Axis(format=number_format, tickCount=3, gridColor=GRID, domain=False),
            ),
            color=alt.condition("datum.is_judged", alt.value(BLUE), alt.value("#a9c9dd")),
        )
        .properties(width=WIDTH, height=70)
        .facet(
            row=alt.Row("source:N", title=None, header=alt.Header(labelAngle=0, labelOrient="top", labelAnchor="start"))
        )
        .resolve_scale(y="independent")
    )
    return svg(chart, PADDING)
