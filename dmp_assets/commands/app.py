"""``dmp``: the platform from the command line. Thin: every command is a call into the rooms that do the work."""

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import duckdb
import typer
from rich.table import Table as RichTable

from dmp_assets.commands.at_work import at_work, begin, in_plain_words
from dmp_assets.commands.backup import backup, restore
from dmp_assets.commands.identity import identity_app
from dmp_assets.commands.plan import plan_app
from dmp_assets.commands.terminal import GuardedTyper, as_typed, checked_settings, complain, console, say
from dmp_assets.commands.upgrade import say_older_layout, upgrade
from dmp_assets.foundation.settings.bundled import is_checkout
from dmp_assets.foundation.settings.settings import DEMO_CONFIG, Settings, config_path

if TYPE_CHECKING:
    from dmp_assets.commands.runs import Platform

Result = TypeVar("Result")

app = GuardedTyper(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(plan_app, name="plan")
app.add_typer(identity_app, name="identity")
app.command("upgrade")(upgrade)
app.command("backup")(backup)
app.command("restore")(restore)

FIRST_QUERIES = (
    "SELECT * FROM customer_360 ORDER BY revenue DESC LIMIT 10;",
    "SELECT * FROM segment_sizes;",
    "SELECT campaign_id, reached, redeemed, revenue, cost, roi_rate FROM campaign_roi ORDER BY roi_rate DESC;",
)

Port = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]


@app.command("demo")
def build_demo() -> None:
    """Stage the demo's landing files, build every table, publish the analysts' file."""
    from dmp_assets.commands import demo

    if config_path() == DEMO_CONFIG and demo.copy_configuration(DEMO_CONFIG):
        console.print(
            f"The demo lives in {DEMO_CONFIG.parent.resolve()}; its dmp.yaml is yours to edit", soft_wrap=True
        )
    settings = checked_settings()
    try:
        # Before anything is written: the folder may be somebody's own.
        demo.refuse_other_configurations(settings)
        with at_work(settings):
            console.print(f"Staging the demo's files in {settings.landing_dir} ...", soft_wrap=True)
            demo.stage_demo(settings.landing_dir)
            _update(settings)
    except (demo.NotTheDemoError, demo.DemoNotInstalledError) as error:
        complain(str(error))
        raise typer.Exit(2) from None


@app.command()
def run(
    retry: Annotated[bool, typer.Option("--retry", help="Try failed steps again, although nothing changed.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hash all bytes of files, staged records and stored days first.")
    ] = False,
) -> None:
    """Bring every table up to date with the landing folder, then publish the analysts' file."""
    settings = checked_settings()
    with at_work(settings):
        _update(settings, retry=retry, verify=verify)


@app.command()
def backfill(
    first: Annotated[str, typer.Argument(help="First day, as 2017-03-01.")],
    last: Annotated[str, typer.Argument(help="Last day, included.")],
) -> None:
    """Rebuild a range of days, and all that is made from them, in one run."""
    settings = checked_settings()
    days = [_day("FROM", first), _day("TO", last)]
    end = settings.last_day()
    if not settings.start_date <= days[0] <= days[1] <= end:
        complain(f"{first}..{last}: allowed are days from {settings.start_date} to {end}, first before last")
        raise typer.Exit(2)
    with at_work(settings):
        _do(settings, lambda platform: platform.backfill(*days))


@app.command()
def dev(port: Port = 3000) -> None:
    """Open the Dagster UI on 127.0.0.1, with the daemon that runs schedules, sensors and the queue."""
    settings = checked_settings()  # first: the definitions load them too, and their message would be harder to read

    def before_start() -> None:
        from dmp_assets.domains import TABLES
        from dmp_assets.foundation.warehouse.connection import Warehouse
        from dmp_assets.orchestration.layouts import upgrade_warehouse
        from dmp_assets.orchestration.publication import publish_settled

        warehouse = Warehouse(database=str(settings.warehouse_path))
        upgrade_warehouse(warehouse, TABLES, say)
        publish_settled(settings, warehouse)

    with in_plain_words(settings):
        begin(settings, says_readers=True)
        _start_stack(settings, port, before_start)


@app.command()
def serve(port: Port = 3000) -> None:
    """Serve the Dagster UI read-only on 127.0.0.1."""
    settings = checked_settings()
    with in_plain_words(settings):
        say_older_layout(settings)
        _start_stack(settings, port)


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
        complain(str(error))
        raise typer.Exit(2) from None
    console.print(f"{report.records:,} records, {report.orders:,} orders of {report.people:,} people in {report.out}")
    console.print(f"Build it: DMP_CONFIG={report.out / 'dmp.yaml'} dmp run", soft_wrap=True)


@app.command()
def docs() -> None:
    """Write again what is generated: data dictionary, graph snapshot, picture and figures of all tables."""
    if not is_checkout():
        complain("dmp docs writes the pages of a checkout; this is an installed package, which has none")
        raise typer.Exit(2)
    from dmp_assets.commands.documentation import write_documentation

    for path in write_documentation():
        console.print(f"wrote {path}")


def _start_stack(settings: Settings, port: int, before_start: Callable[[], object] | None = None) -> None:
    """Run Dagster's web server, and its daemon where ``before_start`` is given; ends the process."""
    from dmp_assets.commands import runs
    from dmp_assets.operations.stack import run_stack

    # Servers and runs that are started later must not take up a dmp.yaml that appears in this folder meanwhile.
    os.environ["DMP_CONFIG"] = str(config_path().resolve())
    is_read_only = before_start is None
    sys.exit(run_stack(settings.data_dir, runs.WORKSPACE, runs.DAGSTER_CONFIG, port, is_read_only, before_start))


def _update(settings: Settings, *, retry: bool = False, verify: bool = False) -> None:
    started = time.monotonic()
    if not (retry or verify) and _is_up_to_date(settings):
        _summary(settings, "all was up to date, nothing changed")
        return
    count = _do(settings, lambda platform: platform.bring_up_to_date(retry=retry, verify=verify))
    _summary(settings, f"{count} runs in {time.monotonic() - started:.0f} s")


def _is_up_to_date(settings: Settings) -> bool:
    """Return whether nothing is open, without loading Dagster (2 s); then publish the analysts' file."""
    from dmp_assets.domains import TABLES
    from dmp_assets.foundation.warehouse.connection import Warehouse
    from dmp_assets.ingest.records.mapping import check_sources
    from dmp_assets.orchestration.layouts import upgrade_warehouse
    from dmp_assets.orchestration.publication import publish_tables
    from dmp_assets.orchestration.staleness import pending_work

    warehouse = Warehouse(database=str(settings.warehouse_path))
    if not warehouse.path.exists():
        return False
    upgrade_warehouse(warehouse, TABLES, say)
    pending = pending_work(settings, check_sources(settings.sources), warehouse)
    if pending.runs or pending.waiting:
        return False
    publish_tables(settings, warehouse)
    return True


def _day(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        complain(f"{name}: {value!r} is not a day; expected one such as 2017-03-01")
        raise typer.Exit(2) from None


def _do(settings: Settings, work: Callable[["Platform"], Result]) -> Result:
    """Return the result of the work; a failed run ends the command, and checks that did not pass are named."""
    from dmp_assets.commands.runs import Platform, RunFailedError

    platform = Platform(settings, tell=say)
    try:
        result = work(platform)
    except RunFailedError as failure:
        complain(str(failure))
        raise typer.Exit(1) from None
    for check in sorted(platform.failed_checks):
        complain(f"Check not passed: {check} (details: {as_typed('dev')})")
    return result


def _summary(settings: Settings, done: str) -> None:
    """Print rows per table, files that need a look, where the file is, first queries, how to open the UI."""
    from dmp_assets.domains import TABLES

    table = RichTable(title=f"Done: {done}", title_justify="left", box=None, pad_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        for known in TABLES:
            rows = connection.sql(f"SELECT count(*) FROM {known.sql_name}").fetchall()[0][0]  # noqa: S608 - own names
            table.add_row(known.qualified_name, f"{rows:,}")
        problems = _problems(connection)
    console.print(table)
    for problem in problems:
        complain(f"Look at: {problem}")
    console.print(f"\nThe analysts' file: {settings.published_path}\nTry first, in any DuckDB client:", soft_wrap=True)
    for query in FIRST_QUERIES:
        console.print(f"  {query}", soft_wrap=True)
    console.print(f"\nThe Dagster UI: {as_typed('dev')}, then open http://127.0.0.1:3000")


def _problems(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return what a person should look at: files that are not wholly used, and remarks that ask for something."""
    from dmp_assets.ingest.files.findings import HARMLESS

    found = connection.execute(
        "SELECT path, coalesce(message, path) FROM ingest.landing_files "
        "WHERE status NOT IN ('ok', 'passed_over') OR rejected > 0 "
        "UNION ALL SELECT path, path || ': ' || remark FROM "
        "(SELECT path, unnest(remarks) AS remark FROM ingest.landing_files) WHERE NOT ends_with(remark, $harmless) "
        "ORDER BY ALL",
        {"harmless": HARMLESS},
    ).fetchall()
    return [problem for _, problem in found]
