"""``dmp plan``: the tracking plan drafted from the data, and the data held against it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer
from rich.markup import escape
from rich.table import Table as RichTable

from dmp_assets.commands.at_work import at_work
from dmp_assets.commands.terminal import checked_settings, complain, console
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError

if TYPE_CHECKING:
    import polars as pl

REPORTED_VIOLATIONS = 50

UNNAMED = {
    "Unplanned-Event": "SELECT source, event_name, count(*) FROM ingest.raw_events WHERE part <= 1 GROUP BY ALL",
    "Additional-Properties": "SELECT source, event_name, unnest(json_keys(properties)) AS property, count(*) "
    "FROM ingest.raw_events WHERE part <= 1 GROUP BY ALL",
}
"""Violations by names that stand in the data only, and the query that shows these."""

plan_app = typer.Typer(
    no_args_is_help=True, help="The tracking plan: which events are expected, with which properties."
)


@plan_app.command("infer")
def plan_infer(
    out: Annotated[
        Path | None, typer.Option(help="File to write, which must not exist; else the plan is printed.")
    ] = None,
) -> None:
    """Draft a tracking plan from the events in the analysts' file."""
    from dmp_assets.ingest.tracking_plan.draft import draft_event, plan_text

    settings = checked_settings()
    if out is not None and out.exists():
        complain(f"{out}: exists; allowed: a file that does not exist yet")
        raise typer.Exit(2)
    with at_work(settings), _published(settings) as connection:
        names = connection.sql(
            "SELECT DISTINCT event_name FROM ingest.raw_events WHERE event_name IS NOT NULL ORDER BY 1"
        ).fetchall()
        # One event at a time, because a plan looks at every record and memory must not.
        text = plan_text(
            draft_event(
                name,
                connection.execute(
                    "SELECT properties FROM ingest.raw_events WHERE event_name = ? AND part <= 1", [name]
                ).pl()["properties"],
            )
            for (name,) in names
        )
    if out is None:
        console.print(text, markup=False, soft_wrap=True, end="")
    else:
        out.write_text(text, encoding="utf-8")
        console.print(f"wrote {out}", soft_wrap=True)


@plan_app.command("check")
def plan_check(
    file: Annotated[Path | None, typer.Option("--plan", help="Default: tracking_plan.yaml beside dmp.yaml.")] = None,
) -> None:
    """Report where the events in the analysts' file break the tracking plan; exit 1 where records would be rejected."""
    import polars as pl

    from dmp_assets.ingest.tracking_plan.plan import load_tracking_plan
    from dmp_assets.ingest.tracking_plan.report import report_violations

    settings = checked_settings()
    file = file or settings.tracking_plan
    try:
        plan = load_tracking_plan(file, settings.sources)
    except ConfigurationError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    if plan is None:
        complain(f"{file}: no such file; dmp plan infer drafts one")
        raise typer.Exit(2)
    with at_work(settings), _published(settings) as connection:
        batches = connection.sql(
            "SELECT source, event_name, properties, path, line_number FROM ingest.raw_events WHERE part <= 1"
        ).to_arrow_reader(200_000)
        report = report_violations((pl.DataFrame(batch) for batch in batches), plan)
    _print_violations(report)
    if report["quarantined"].any():
        raise typer.Exit(1)


def _published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Return the analysts' file, opened; the command ends where it is missing or has no properties yet."""
    if not settings.published_path.exists():
        complain(f"{settings.published_path}: no such file; dmp run publishes it")
        raise typer.Exit(2)
    connection = duckdb.connect(str(settings.published_path), read_only=True)
    columns = connection.sql("SELECT column_name FROM duckdb_columns() WHERE table_name = 'raw_events'").fetchall()
    if not {("properties",), ("part",)} <= set(columns):
        connection.close()
        complain(f"{settings.published_path}: ingest.raw_events has no properties; dmp run publishes it again")
        raise typer.Exit(2)
    return connection


def _print_violations(report: "pl.DataFrame") -> None:
    table = RichTable(title=f"{report.height} rules of the tracking plan are broken", title_justify="left", box=None)
    for name in ("source", "event", "code"):
        table.add_column(name, overflow="fold", no_wrap=name == "code")
    table.add_column("rule", overflow="fold", ratio=1)
    table.add_column("rejected")
    table.add_column("records", justify="right")
    table.add_column("first at", overflow="fold")
    for row in report.head(REPORTED_VIOLATIONS).iter_rows(named=True):
        table.add_row(
            escape(row["source"]),
            escape(row["event_name"]),
            row["violation_code"],
            escape(row["violation_message"]),
            "yes" if row["quarantined"] else "no",
            f"{row['violations']:,}",
            escape(f"{row['path']}:{row['line_number']}"),
        )
    console.print(table if report.height else "No violations of the tracking plan.")
    for code, query in UNNAMED.items():
        if report["violation_code"].is_in([code]).any():
            console.print(f"Names of {code} are shown by: {query}", markup=False, soft_wrap=True)
    if report.height > REPORTED_VIOLATIONS:
        console.print(f"... and {report.height - REPORTED_VIOLATIONS:,} more")
