"""Drawings of pages as Vega-Lite specifications, in colours that the page's light or dark style gives."""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import polars as pl

from dmp_assets.foundation.pages.blocks import Kind

COLOURS = tuple(f"var(--series-{number})" for number in range(1, 9))
"""Of up to eight series, in the order in which they are given out."""

MAIN, MUTED, INK, LINE = "var(--series-1)", "var(--muted)", "var(--ink)", "var(--line)"

FORMATS: dict[Kind, str] = {"number": "~s", "decimal": ",~g", "money": "~s", "percent": ".0~%"}
MAX_NAMES = 20
"""Bars that a reader takes in; what is more belongs into a table."""


def lines(rows: pl.DataFrame, kind: Kind, *, label: str, series: str | None = None) -> dict[str, Any]:
    """Return lines over days.

    Args:
        rows: ``day``, ``value`` and, where there are several lines, the column of their names; a day that is null
            breaks the line, so unknown is not drawn as 0.
        kind: How the values are written.
        label: The name of the values, for the axis.
        series: The column of the names.
    """
    chart = _of(rows).mark_line(strokeWidth=2.5, point=rows.height < 3)
    encoded = {
        "x": alt.X("day:T", title=None, axis=alt.Axis(grid=False, labelOverlap=True, format="%-d %b %y", tickCount=6)),
        "y": alt.Y(
            "value:Q", title=label, axis=alt.Axis(format=FORMATS[kind], tickCount=5), scale=alt.Scale(zero=True)
        ),
        "tooltip": [
            alt.Tooltip("day:T", format="%-d %b %Y"),
            *_tip(series),
            alt.Tooltip("value:Q", format=_exact(kind)),
        ],
    }
    if series is None:
        return _specification(chart.encode(**encoded, color=alt.value(MAIN)), 240)
    names = rows[series].unique(maintain_order=True).to_list()
    scale = alt.Scale(domain=names, range=list(COLOURS[: len(names)]))
    colour = alt.Color(f"{series}:N", scale=scale, legend=alt.Legend(orient="top", title=None, columns=3))
    return _specification(chart.encode(**encoded, color=colour), 260)


def bars(
    rows: pl.DataFrame, kind: Kind, *, label: str, interval: tuple[str, str] | None = None, marked: str | None = None
) -> dict[str, Any]:
    """Return one bar per name, in the order of the rows.

    Args:
        rows: ``name`` and ``value``; at most ``MAX_NAMES`` are drawn.
        kind: How the values are written.
        label: The name of the values, for the axis.
        interval: Two columns between which the value lies, drawn as a line.
        marked: A column that is true for bars to be seen first.
    """
    height = alt.Step(26)
    base = _of(rows.head(MAX_NAMES)).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=180)),
        tooltip=[alt.Tooltip("name:N"), alt.Tooltip("value:Q", format=_exact(kind))],
    )
    x = alt.X("value:Q", title=label, axis=alt.Axis(format=FORMATS[kind], tickCount=4))
    colour = alt.condition(f"datum.{marked}", alt.value(COLOURS[1]), alt.value(MAIN)) if marked else alt.value(MAIN)
    layers = [base.mark_bar(cornerRadiusEnd=3, height=16).encode(x=x, color=colour)]
    if interval is not None:
        low, high = interval
        layers.append(base.mark_rule(strokeWidth=2, color=INK).encode(x=f"{low}:Q", x2=f"{high}:Q"))
    return _specification(alt.layer(*layers), height)


def stacked(rows: pl.DataFrame, kind: Kind, *, label: str, series: str, domain: Sequence[str]) -> dict[str, Any]:
    """Return one bar per name, each divided into the parts of a series.

    Args:
        rows: ``name``, ``value`` and the column of the parts.
        kind: How the values are written.
        label: The name of the values, for the axis.
        series: The column of the parts.
        domain: The parts in their order.
    """
    chart = (
        _of(rows)
        .mark_bar()
        .encode(
            x=alt.X("name:N", sort=None, title=None, axis=alt.Axis(labelOverlap=True, labelAngle=0)),
            y=alt.Y("value:Q", title=label, axis=alt.Axis(format=FORMATS[kind], tickCount=5)),
            color=alt.Color(
                f"{series}:N",
                scale=alt.Scale(domain=list(domain), range=list(COLOURS[: len(domain)])),
                legend=alt.Legend(orient="top", title=None, columns=3),
            ),
            tooltip=[alt.Tooltip("name:N"), alt.Tooltip(f"{series}:N"), alt.Tooltip("value:Q", format=_exact(kind))],
        )
    )
    return _specification(chart, 260)


def heat(rows: pl.DataFrame, kind: Kind, *, across: str, down: str, labelled: str = "value") -> dict[str, Any]:
    """Return a grid of cells, darker where the value is larger, with the value (or a name) in each.

    Args:
        rows: ``across``, ``down``, ``value`` and, where a name is to be read in the cells, the column
            ``labelled``: a text, or a list of two lines.
        kind: How the values are written.
        across: Title of the columns.
        down: Title of the rows.
        labelled: The column that stands in the cells.
    """
    base = _of(rows).encode(
        x=alt.X(
            "across:N", title=across, axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False), sort=None
        ),
        y=alt.Y("down:N", title=down, axis=alt.Axis(ticks=False, domain=False), sort=None),
        tooltip=[alt.Tooltip(name) for name in dict.fromkeys(("down:N", "across:N", f"{labelled}:N", "value:Q"))],
    )
    cells = base.mark_rect(stroke="var(--surface)", strokeWidth=2, fill=MAIN).encode(
        fillOpacity=alt.FillOpacity("value:Q", scale=alt.Scale(range=[0.06, 0.55]), legend=None)
    )
    # A name and its number are two lines; both are cut where a narrow screen leaves no room.
    text = base.mark_text(
        color=INK, fontSize=11, limit=alt.ExprRef("bandwidth('x') - 4"), dy=0 if labelled == "value" else -6
    )
    shown = alt.Text("value:Q", format=FORMATS[kind] if kind == "percent" else ",")
    return _specification(cells + text.encode(text=shown if labelled == "value" else f"{labelled}:N"), alt.Step(34))


def _of(rows: pl.DataFrame) -> alt.Chart:
    plain = rows.with_columns(pl.col(pl.Date).dt.to_string("%Y-%m-%dT00:00:00"), pl.col(pl.Decimal).cast(pl.Float64))
    return alt.Chart(alt.InlineData(values=plain.to_dicts()))


def _tip(series: str | None) -> list[alt.Tooltip]:
    return [] if series is None else [alt.Tooltip(f"{series}:N")]


def _exact(kind: Kind) -> str:
    return {"percent": ".1%", "money": ",.2f", "decimal": ",.2f"}.get(kind, ",")


def _specification(chart: Any, height: float | alt.Step | Literal["container"]) -> dict[str, Any]:
    text = {"labelColor": "var(--muted)", "titleColor": "var(--muted)", "labelFontSize": 12, "titleFontSize": 12}
    styled = chart.properties(width=640, height=height, background="transparent").configure(
        font="system-ui, sans-serif",
        padding=4,
        aria=False,  # a word for every mark is half of the bytes; the drawing as a whole has one
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        view={"stroke": None},
        axis={**text, "domainColor": LINE, "gridColor": LINE, "tickColor": LINE, "titleFontWeight": "normal"},
        legend={**text, "symbolType": "circle"},
    )
    made: dict[str, Any] = styled.to_dict()
    return made
