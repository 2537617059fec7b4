"""``dmp``: the platform from the command line. Thin: every command is a call into the rooms that do the work."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import duckdb
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from dmp_assets.settings import ConfigurationError, Settings, load_settings

if TYPE_CHECKING:
    import polars as pl

    from dmp_assets.runs import Platform

Result = TypeVar("Result")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
plan_app = typer.Typer(
    no_args_is_help=True, help="The tracking plan: which events are expected, with which properties."
)
app.add_typer(plan_app, name="plan")
console = Console(highlight=False)

FIRST_QUERIES = (
    "SELECT * FROM customer_360 ORDER BY revenue DESC LIMIT 10;",
    "SELECT * FROM segment_sizes;",
    "SELECT campaign_name, reached, redeemed, revenue, cost, roi_rate FROM campaign_roi ORDER BY roi_rate DESC;",
)

REPORTED_VIOLATIONS = 50

Port = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]


def _settings() -> Settings:
    from dmp_assets.ingest.landing import planned_events
    from dmp_assets.ingest.mapping import MappingError, check_sources

    try:
        settings = load_settings()
        check_sources(settings.sources)
        planned_events(settings)
    except (ConfigurationError, MappingError) as error:
        _complain(str(error) if isinstance(error, ConfigurationError) else f"dmp.yaml: {error}")
        raise typer.Exit(2) from None
    return settings


@app.command()
def demo() -> None:
    """Stage the demo's landing files, build every table, publish the analysts' file."""
    from dmp_assets.demo import stage_demo

    settings = _settings()
    console.print(f"Staging the demo's files in {settings.landing_dir} ...")
    stage_demo(settings.landing_dir)
    _update(settings)


@app.command()
def run() -> None:
    """Bring every table up to date with the landing folder, then publish the analysts' file."""
    _update(_settings())


@app.command()
def backfill(
    first: Annotated[str, typer.Argument(help="First day, as 2017-03-01.")],
    last: Annotated[str, typer.Argument(help="Last day, included.")],
) -> None:
    """Rebuild a range of days, and all that is made from them, in one run."""
    from dmp_assets import runs

    settings = _settings()
    days = [_day("FROM", first), _day("TO", last)]
    end = settings.end_date or datetime.now(UTC).date()
    if not settings.start_date <= days[0] <= days[1] <= end:
        _complain(f"{first}..{last}: allowed are days from {settings.start_date} to {end}, first before last")
        raise typer.Exit(2)
    _tell(runs.Platform(settings), lambda platform: platform.backfill(*days))


@app.command()
def dev(port: Port = 3000) -> None:
    """Open the Dagster UI on 127.0.0.1, with the daemon that runs schedules, sensors and the queue."""
    from dmp_assets import runs
    from dmp_assets.definitions import publish_tables
    from dmp_assets.operations.stack import run_stack
    from dmp_assets.warehouse.connection import Warehouse

    settings = _settings()

    def before_start() -> None:
        publish_tables(settings, Warehouse(database=str(settings.warehouse_path)))

    sys.exit(
        run_stack(
            settings.data_dir, runs.WORKSPACE, runs.DAGSTER_CONFIG, port, read_only=False, before_start=before_start
        )
    )


@app.command()
def serve(port: Port = 3000) -> None:
    """Serve the Dagster UI read-only on 127.0.0.1."""
    from dmp_assets import runs
    from dmp_assets.operations.stack import run_stack

    sys.exit(run_stack(_settings().data_dir, runs.WORKSPACE, runs.DAGSTER_CONFIG, port, read_only=True))


@app.command()
def simulate(
    people: Annotated[int, typer.Option(help="Persons.")],
    days: Annotated[int, typer.Option(help="Days on which things happen.")],
    out: Annotated[Path, typer.Option(help="A new or empty folder.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
) -> None:
    """Write the landing files of a simulated world, its dmp.yaml, and the truth to score results against."""
    from dmp_assets.simulation.run import SimulationError
    from dmp_assets.simulation.run import simulate as make_world

    try:
        report = make_world(people, days, seed, out)
    except SimulationError as error:
        _complain(str(error))
        raise typer.Exit(2) from None
    console.print(f"{report.records:,} records, {report.orders:,} orders of {report.people:,} people in {report.out}")
    console.print(f"Build it: DMP_CONFIG={report.out / 'dmp.yaml'} dmp run", soft_wrap=True)


@app.command()
def docs() -> None:
    """Write again what is generated: data dictionary, graph snapshot, figures and picture of the README."""
    from dmp_assets.documentation import write_documentation

    for path in write_documentation():
        console.print(f"wrote {path}")


@plan_app.command("infer")
def plan_infer(
    out: Annotated[
        Path | None, typer.Option(help="File to write, which must not exist; else the plan is printed.")
    ] = None,
) -> None:
    """Draft a tracking plan from the events in the analysts' file."""
    from dmp_assets.ingest.tracking_plan.draft import draft_event, plan_text

    settings = _settings()
    if out is not None and out.exists():
        _complain(f"{out}: exists; allowed: a file that does not exist yet")
        raise typer.Exit(2)
    with _published(settings) as connection:
        names = connection.sql(
            "SELECT DISTINCT event_name FROM ingest.raw_events WHERE event_name IS NOT NULL ORDER BY 1"
        ).fetchall()
        # One event at a time, because a plan looks at every record and memory must not.
        text = plan_text(
            draft_event(
                name,
                connection.execute(
                    "SELECT properties FROM ingest.raw_events WHERE event_name = ? AND coalesce(part, 1) = 1", [name]
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

    settings = _settings()
    file = file or settings.tracking_plan
    try:
        plan = load_tracking_plan(file, settings.sources)
    except ConfigurationError as error:
        _complain(str(error))
        raise typer.Exit(2) from None
    if plan is None:
        _complain(f"{file}: no such file; dmp plan infer drafts one")
        raise typer.Exit(2)
    with _published(settings) as connection:
        batches = connection.sql(
            "SELECT source, event_name, properties, path, line_number FROM ingest.raw_events "
            "WHERE coalesce(part, 1) = 1"
        ).to_arrow_reader(200_000)
        report = report_violations((pl.DataFrame(batch) for batch in batches), plan)
    _print_violations(report)
    if report["quarantined"].any():
        raise typer.Exit(1)


def _published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Return the analysts' file, opened; a command ends here where it is not there or has no properties yet."""
    if not settings.published_path.exists():
        _complain(f"{settings.published_path}: no such file; dmp run publishes it")
        raise typer.Exit(2)
    connection = duckdb.connect(str(settings.published_path), read_only=True)
    columns = connection.sql("SELECT column_name FROM duckdb_columns() WHERE table_name = 'raw_events'").fetchall()
    if not {("properties",), ("part",)} <= set(columns):
        connection.close()
        _complain(f"{settings.published_path}: ingest.raw_events has no properties; dmp run publishes it again")
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
    if report.height > REPORTED_VIOLATIONS:
        console.print(f"... and {report.height - REPORTED_VIOLATIONS:,} more")


def _update(settings: Settings) -> None:
    from dmp_assets import runs

    started = time.monotonic()
    count = _tell(runs.Platform(settings), lambda platform: platform.bring_up_to_date())
    done = f"{count} runs in {time.monotonic() - started:.0f} s" if count else "all was up to date, nothing changed"
    _summary(settings, done)


def _day(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        _complain(f"{name}: {value!r} is not a day; expected one such as 2017-03-01")
        raise typer.Exit(2) from None


def _tell(platform: "Platform", work: Callable[["Platform"], Result]) -> Result:
    """Return what the work gives; a failed run ends the command, and checks that did not pass are named."""
    from dmp_assets.runs import RunFailedError

    try:
        result = work(platform)
    except RunFailedError as failure:
        _complain(str(failure))
        raise typer.Exit(1) from None
    for check in sorted(platform.failed_checks):
        _complain(f"Check not passed: {check} (details: make dev)")
    return result


def _complain(text: str) -> None:
    console.print(text, style="red", markup=False, soft_wrap=True)


def _summary(settings: Settings, done: str) -> None:
    """Print rows per table, files that need a look, where the file is, what to ask it first, how to open the UI."""
    from dmp_assets.definitions import all_tables

    table = RichTable(title=f"Done: {done}", title_justify="left", box=None, pad_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        for known in all_tables():
            rows = connection.sql(f"SELECT count(*) FROM {known.sql_name}").fetchall()[0][0]  # noqa: S608 - own names
            table.add_row(known.qualified_name, f"{rows:,}")
        problems = connection.sql(
            "SELECT coalesce(message, path) FROM ingest.landing_files "
            "WHERE status <> 'ok' OR rejected > 0 ORDER BY path"
        ).fetchall()
    console.print(table)
    for (problem,) in problems:
        _complain(f"Look at: {problem}")
    console.print(f"\nThe analysts' file: {settings.published_path}\nTry first, in any DuckDB client:", soft_wrap=True)
    for query in FIRST_QUERIES:
        console.print(f"  {query}", soft_wrap=True)
    console.print("\nThe Dagster UI: make dev, then open http://127.0.0.1:3000")
