"""Pages written by the code, so that they cannot drift: graph snapshot, dictionary, page of all tables.

Only in a checkout: an installed package has no pages.
"""

import re
from pathlib import Path

import dagster as dg
import duckdb

from dmp_assets.definitions import build_definitions
from dmp_assets.domains import TABLES
from dmp_assets.foundation.settings.bundled import PROJECT_DIR
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.warehouse.dictionary import as_markdown, data_dictionary
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.orchestration.publication import SQL_DIR

GRAPH_PATH = PROJECT_DIR / "docs" / "asset_graph.txt"
DICTIONARY_PATH = PROJECT_DIR / "docs" / "data_dictionary.md"
TABLES_PATH = PROJECT_DIR / "docs" / "tables.md"


def write_documentation() -> list[Path]:
    """Write everything that is generated and return the files; figures only where all tables have been built."""
    settings = load_settings(PROJECT_DIR / "dmp.yaml")
    GRAPH_PATH.write_text(graph_snapshot(settings), encoding="utf-8")
    DICTIONARY_PATH.write_text(dictionary_page(), encoding="utf-8")
    page = replace_part(TABLES_PATH.read_text(encoding="utf-8"), "graph", graph_picture(settings))
    if settings.published_path.exists() and _has_all_tables(settings.published_path):
        page = replace_part(page, "figures", figures(settings.published_path))
    TABLES_PATH.write_text(page, encoding="utf-8")
    return [GRAPH_PATH, DICTIONARY_PATH, TABLES_PATH]


def _has_all_tables(published: Path) -> bool:
    """Return whether the file has every table: a new one is not there before the next run."""
    with duckdb.connect(str(published), read_only=True) as connection:
        found = connection.sql("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
    return {table.qualified_name for table in TABLES} <= {name for (name,) in found}


def graph_snapshot(settings: Settings) -> str:
    """Return the code location as text for review: assets, inputs, partitions, checks, and what runs them."""
    definitions = build_definitions(settings)
    graph = definitions.resolve_asset_graph()
    checks: dict[dg.AssetKey, list[str]] = {}
    for check in graph.asset_check_keys:
        checks.setdefault(check.asset_key, []).append(check.name)
    lines = ["# The asset graph, written by `make docs`; a test holds it to the code.", ""]
    for key in sorted(graph.materializable_asset_keys):
        node = graph.get(key)
        partitions = "daily" if node.partitions_def is not None else "whole"
        lines += [
            f"{key.to_user_string()}  [{partitions}]  group {node.group_name}  kinds {', '.join(sorted(node.kinds))}",
            f"  from    {', '.join(sorted(parent.to_user_string() for parent in node.parent_keys)) or '-'}",
            f"  checks  {', '.join(sorted(checks.get(key, [])))}",
        ]
    lines += ["", *(f"job       {job.name}" for job in definitions.jobs or [])]
    lines += [
        f"schedule  {schedule.name}: {getattr(schedule, 'cron_schedule', '')}"
        for schedule in definitions.schedules or []
    ]
    lines += [f"sensor    {sensor.name}" for sensor in definitions.sensors or []]
    return "\n".join(lines) + "\n"


def dictionary_page() -> str:
    """Return the data dictionary as a page."""
    return as_markdown(data_dictionary(TABLES, read_sql_files(SQL_DIR / "views")))


def graph_picture(settings: Settings) -> str:
    """Return the graph as a Mermaid flow chart: a box per step with the tables it makes, a frame per domain."""
    graph = build_definitions(settings).resolve_asset_graph()
    keys = [dg.AssetKey(table.asset_key) for table in TABLES]
    # A box per table takes 229 arrows, which nobody can follow: thirteen tables of one step share eight parents.
    steps = {key: next(first for first in keys if first in graph.get(key).execution_set_asset_keys) for key in keys}
    lines = ["```mermaid", "flowchart LR"]
    for schema in dict.fromkeys(key.path[0] for key in keys):
        lines.append(f"  subgraph {schema}_domain[{schema}]")
        for step in dict.fromkeys(steps[key] for key in keys if key.path[0] == schema):
            tables = "<br/>".join(key.path[-1] for key in keys if steps[key] == step)
            lines.append(f'    {step.path[-1]}["{tables}"]')
        lines.append("  end")
    arrows = dict.fromkeys((steps[parent], steps[key]) for key in keys for parent in sorted(graph.get(key).parent_keys))
    lines += [f"  {parent.path[-1]} --> {step.path[-1]}" for parent, step in arrows if parent != step]
    return "\n".join([*lines, "```"])


def figures(published: Path) -> str:
    """Return rows per table of the published file as a Markdown table."""
    lines = ["| table | rows | what it is for |", "|---|---:|---|"]
    with duckdb.connect(str(published), read_only=True) as connection:
        for table in TABLES:
            rows = connection.sql(f"SELECT count(*) FROM {table.sql_name}").fetchall()[0][0]  # noqa: S608 - own names
            sentence = re.split(r"(?<=\w)[.:;] ", table.description)[0].rstrip(".")
            lines.append(f"| `{table.qualified_name}` | {rows:,} | {sentence} |")
    return "\n".join(lines)


def replace_part(text: str, name: str, part: str) -> str:
    r"""Return the text with what stands between the markers of ``name`` replaced.

    >>> replace_part("a <!-- x:start --> old <!-- x:end --> b", "x", "new")
    'a <!-- x:start -->\nnew\n<!-- x:end --> b'

    Raises:
        ValueError: The text has no such markers.
    """
    start, end = f"<!-- {name}:start -->", f"<!-- {name}:end -->"
    if start not in text or end not in text:
        raise ValueError(f"markers {start} and {end} are missing")
    head, rest = text.split(start, 1)
    return f"{head}{start}\n{part}\n{end}{rest.split(end, 1)[1]}"
