"""A page as HTML: templates that escape every value, with the drawings of its charts inside."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dmp_assets.foundation.pages.blocks import MAX_ROWS, Block, Chart, Folded, Periods, Section
from dmp_assets.foundation.pages.page import CHOSEN_PERIOD, Edition, Page, file_of
from dmp_assets.report.drawing import script_of, svg_of
from dmp_assets.report.manifest import HERE


@dataclass(frozen=True)
class Rendered:
    """The files of a page."""

    html: str
    script: str
    """The charts as data; empty for a page without any."""


def render(
    page: Page, blocks: Sequence[Block], edition: Edition, pages: Sequence[Page], tables: Sequence[str] = ()
) -> Rendered:
    """Return the files of a page.

    Args:
        page: The page.
        blocks: What it says.
        edition: Words and last day.
        pages: All pages, for the links between them.
        tables: The stored tables that the page rests on.
    """
    charts = dict(charts_of(blocks, page.name))
    html = (
        _environment()
        .get_template("page.html")
        .render(
            name=page.name,
            blocks=blocks,
            words=edition.words,
            last_day=edition.last_day,
            pages=[{"name": one.name, "file": file_of(one)} for one in pages],
            # The drawing library escapes the texts of a drawing itself.
            svg={key: Markup(svg_of(chart, chart.title)) for key, chart in charts.items()},  # noqa: S704
            tables=tables,
            has_charts=bool(charts),
            chosen=CHOSEN_PERIOD.key,
            max_rows=MAX_ROWS,
            raw=_raw,
        )
    )
    return Rendered(html, script_of(charts) if charts else "")


def charts_of(blocks: Iterable[Block], path: str) -> Iterator[tuple[str, Chart]]:
    """Yield the charts among blocks, each with its name in the site: page, period and sections before its own key."""
    for block in blocks:
        match block:
            case Chart():
                yield f"{path}-{block.key}", block
            case Section():
                yield from charts_of(block.blocks, f"{path}-{block.key}")
            case Folded():
                yield from charts_of(block.blocks, path)
            case Periods():
                for period, parts in block.by_period.items():
                    yield from charts_of(parts, f"{path}-{period}")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _raw(value: Any) -> str:
    """Return a value as a machine reads it: all its digits, no words.

    >>> from datetime import date
    >>> _raw(Decimal("4596039.5800")), _raw(date(2017, 3, 1))
    ('4596039.5800', '2017-03-01')
    """
    return format(value, "f") if isinstance(value, Decimal) else str(value)
