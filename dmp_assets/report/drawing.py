"""Charts of pages: as SVG for readers without scripts, and as what the page's script draws at the window's width."""

import json
import re
from html import escape
from importlib.metadata import version
from typing import Any

import vl_convert

from dmp_assets.foundation.pages.blocks import Chart

_ROLES = re.compile(r' (?:role|aria-roledescription)="[a-z -]*"')


def svg_of(chart: Chart, description: str) -> str:
    """Return the drawing as SVG text that takes its colours from the page around it.

    Args:
        chart: What is drawn; its texts are escaped by the drawing itself.
        description: What a screen reader says of it.
    """
    # Roles of single marks would each need words of their own; the drawing as a whole has them.
    made = _ROLES.sub("", str(vl_convert.vegalite_to_svg(dict(chart.spec))))
    return made.replace("<svg ", f'<svg role="img" aria-label="{escape(description)}" ', 1)


def script_of(charts: dict[str, Chart]) -> str:
    """Return the script that carries the charts of a page: a page that is opened from a file may not fetch JSON.

    ``<`` and line separators are written as escapes, so no name in the data can end the script.
    """
    made = {key: _responsive(chart) for key, chart in charts.items()}
    text = json.dumps(made, ensure_ascii=True, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    return f"window.dmpCharts={text};\n"


def library() -> str:
    """Return Vega as one script, some 900 kB; made in 1.3 s, so it is carried over from edition to edition."""
    # ``vega`` itself, a third smaller, is null in the bundles of 1.9.
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def library_version() -> str:
    """Return what version of Vega the script holds, and of the program that makes it."""
    return f"{vl_convert.get_vega_version()}-{version('vl-convert-python')}"


def _responsive(chart: Chart) -> dict[str, Any]:
    """Return the Vega specification at the width of what holds it."""
    compiled: dict[str, Any] = vl_convert.vegalite_to_vega({**chart.spec, "width": "container"})
    return compiled
