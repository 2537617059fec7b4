"""The quality report as one HTML page, without scripts or links to load; equal data give equal bytes."""

from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

import polars as pl

from dmp_assets.quality.schema import (
    COMPLETENESS,
    DIMENSIONS,
    DISTRIBUTION_DRIFT,
    SCHEMA_DRIFT,
    TIMELINESS,
    UNIQUENESS,
    VALIDITY,
    VOLUME,
)

QUESTIONS = {
    COMPLETENESS: ("Completeness", "Do the columns hold as many values as before?"),
    UNIQUENESS: ("Uniqueness", "Do sources deliver the same record twice? Copies are counted once."),
    VALIDITY: ("Validity", "How many records could not be used? They wait in quarantine."),
    TIMELINESS: ("Timeliness", "Do records arrive in time?"),
    VOLUME: ("Volume", "Did as many records come as on the same weekday of the weeks before?"),
    SCHEMA_DRIFT: ("Columns of files", "Did columns come, go, or change their type?"),
    DISTRIBUTION_DRIFT: (
        "Drift of values",
        "Are the values spread as before? 0 is no difference; chance is allowed for.",
    ),
}

STATUS_WORDS = {"error": "✕ Error", "warn": "! Look", "not_enough_data": "? Too little data", "ok": "✓ Passed"}

STYLE = """
:root { color-scheme: light }
body { font: 16px/1.5 system-ui, sans-serif; color: #1b2a3a; background: #f5f7f8; margin: 0 }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem 4rem }
h1 { font-size: 1.1rem; font-weight: 600; color: #5b6770; margin: 0 }
.verdict { font-size: 1.55rem; line-height: 1.3; font-weight: 600; margin: .3rem 0 1.5rem; padding-left: 1rem;
  border-left: .4rem solid }
.verdict.error { border-color: #d55e00 } .verdict.warn { border-color: #e69f00 } .verdict.ok { border-color: #009e73 }
.verdict.not_enough_data { border-color: #8a949c }
section { background: #fff; border: 1px solid #e1e6ea; border-radius: .5rem; padding: 1rem 1.2rem; margin: 0 0 1rem }
h2 { font-size: 1.15rem; margin: 0 } section > p { margin: .1rem 0 .7rem; color: #5b6770 }
.table { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th { text-align: left; font-weight: 600; color: #5b6770; border-bottom: 1px solid #cfd7dd }
td, th { padding: .35rem .8rem .35rem 0; vertical-align: top } tr + tr td { border-top: 1px solid #eef1f3 }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.status { white-space: nowrap; font-weight: 600; border-radius: .3rem; padding: .1rem .5rem }
.status.error { background: #fbe3d6; color: #8a3200 } .status.warn { background: #fdf0cf; color: #6b4a00 }
.status.ok { background: #d9f2ea; color: #00513b } .status.not_enough_data { background: #e8ecef; color: #46525b }
summary { cursor: pointer; color: #46525b; margin-top: .5rem } svg { max-width: 100%; height: auto }
"""


def quality_page(quality: pl.DataFrame, measured_date: date, charts: Mapping[str, str]) -> str:
    """Return the page.

    Args:
        quality: ``Quality``; every text of it is escaped.
        measured_date: Last day that is judged: the page's date, because no clock is read.
        charts: Dimension -> SVG text of our own drawing, which is not escaped; empty texts are left out.
    """
    status, sentence = verdict(quality, measured_date)
    rank = {name: place for place, name in enumerate(STATUS_WORDS)}
    ordered = quality.with_columns(rank=pl.col("status").replace_strict(rank, return_dtype=pl.Int64))
    rows = ordered.sort("rank", "check_id").to_dicts()
    sections = "\n".join(
        _section(name, [row for row in rows if row["dimension"] == name], charts.get(name, "")) for name in DIMENSIONS
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data quality, {measured_date}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Data quality, {measured_date}</h1>
<p class="verdict {status}">{escape(sentence)}</p>
{sections}
</main>
</body>
</html>
"""


def verdict(quality: pl.DataFrame, measured_date: date) -> tuple[str, str]:
    """Return the worst status and one sentence that says what it means."""
    counts = dict(quality.group_by("status").len().iter_rows())
    errors, warnings, passed = (counts.get(name, 0) for name in ("error", "warn", "ok"))
    judged = errors + warnings + passed
    day = f"{measured_date.day} {measured_date:%B %Y}"
    if not judged:
        return "not_enough_data", f"There are not enough data up to {day} to judge their quality."
    bad = quality.filter(pl.col("status") == ("error" if errors else "warn"))["source"].drop_nulls().unique().sort()
    where = ", ".join(bad.head(3).to_list()) + (f" and {bad.len() - 3} more" if bad.len() > 3 else "")
    found = " and ".join(
        f"{count} {word}{'s' if count > 1 else ''}"
        for count, word in ((errors, "error"), (warnings, "warning"))
        if count
    )
    if errors:
        return "error", f"Do not rely on all data up to {day} yet: {found} in {judged} checks; errors are in {where}."
    if warnings:
        return "warn", f"The data up to {day} can be used, with a look at {where}: {found} in {judged} checks."
    unjudged = counts.get("not_enough_data", 0)
    rest = f"; {unjudged} more had too little data to judge" if unjudged else ""
    return "ok", f"The data up to {day} are in good order: all {judged} checks passed{rest}."


def _section(dimension: str, rows: list[dict[str, Any]], chart: str) -> str:
    """Return one dimension: its question, what is wrong, and, folded, what is in order."""
    title, question = QUESTIONS[dimension]
    wrong = [row for row in rows if row["status"] in ("error", "warn")]
    others = [row for row in rows if row["status"] not in ("error", "warn")]
    passed = sum(1 for row in others if row["status"] == "ok")
    unjudged = len(others) - passed
    counted = [f"{passed} passed"] + ([f"{unjudged} with too little data"] if unjudged else [])
    folded = f"<details><summary>{', '.join(counted)}</summary>{_table(others)}</details>" if others else ""
    parts = [_table(wrong) if wrong else "", chart, folded if rows else "<p>Nothing to check.</p>"]
    body = "\n".join(part for part in parts if part)
    return f'<section id="{dimension}">\n<h2>{title}</h2>\n<p>{question}</p>\n{body}\n</section>'


def _table(rows: list[dict[str, Any]]) -> str:
    head = (
        '<tr><th>Outcome</th><th>What was found</th><th class="number">Value</th><th class="number">Allowed</th></tr>'
    )
    body = "\n".join(
        f'<tr><td><span class="status {row["status"]}">{STATUS_WORDS[row["status"]]}</span></td>'
        f"<td>{escape(row['message'])}</td>"
        f'<td class="number">{_number(row, "value")}</td>'
        f'<td class="number">{_number(row, "threshold_warn")}</td></tr>'
        for row in rows
    )
    return f'<div class="table"><table>{head}\n{body}</table></div>'


def _number(row: Mapping[str, Any], name: str) -> str:
    """Return a value as text: shares in percent, distances and indices as numbers.

    >>> _number({"dimension": "uniqueness", "value": 0.0125}, "value")
    '1.25 %'
    >>> _number({"dimension": "volume", "value": None}, "value")
    '-'
    """
    value = row[name]
    if value is None or row["dimension"] == SCHEMA_DRIFT:
        return "-"
    if row["dimension"] in (VOLUME, DISTRIBUTION_DRIFT):
        sign = "±" if row["dimension"] == VOLUME and name != "value" else ""
        return f"{sign}{value:.2f}"
    return f"{value:.2%}".replace("%", " %")
