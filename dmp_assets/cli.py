"""``dmp``: the platform from the command line. Thin: every command is a call into the rooms that do the work."""

import sys
import time
from datetime import date
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table as RichTable

from dmp_assets.settings import ConfigurationError, Settings, load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console(highlight=False)

FIRST_QUERIES = (
    "SELECT * FROM customer_360 ORDER BY revenue DESC LIMIT 10;",
    "SELECT * FROM segment_sizes;",
    "SELECT campaign_name, reached, redeemed, revenue, cost, roi_rate FROM campaign_roi ORDER BY roi_rate DESC;",
)

Port = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]


def _settings() -> Settings:
    try:
        return load_settings()
    except ConfigurationError as error:
        console.print(f"[red]{error}[/red]", markup=True)
        raise typer.Exit(2) from None


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
    days = []
    for name, value in (("FROM", first), ("TO", last)):
        try:
            days.append(date.fromisoformat(value))
        except ValueError:
            console.print(f"{name}: {value!r} is not a day; expected one such as 2017-03-01")
            raise typer.Exit(2) from None
    end = settings.end_date or date.today()  # noqa: DTZ011 - a bound for people; UTC decides in the run
    if not settings.start_date <= days[0] <= days[1] <= end:
        console.print(f"{first}..{last}: allowed are days from {settings.start_date} to {end}, first before last")
        raise typer.Exit(2)
    runs.backfill(settings, *days)


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
def docs() -> None:
    """Write again what is generated: data dictionary, graph snapshot, figures and picture of the README."""
    from dmp_assets.documentation import write_documentation

    for path in write_documentation():
        console.print(f"wrote {path}")


def _update(settings: Settings) -> None:
    from dmp_assets import runs

    started = time.monotonic()
    try:
        count = runs.bring_up_to_date(settings)
    except runs.RunFailedError as failure:
        console.print(f"[red]{failure}[/red]", markup=True)
        raise typer.Exit(1) from None
    done = (
        f"{count} runs in {time.monotonic() - started:.0f} s" if count else "everything was up to date, nothing changed"
    )
    _summary(settings, done)


def _summary(settings: Settings, done: str) -> None:
    """Print rows per table, where the file is, what to ask it first, and how to open the UI."""
    table = RichTable(title=f"Done: {done}", title_justify="left", box=None, pad_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        names = connection.sql(
            "SELECT DISTINCT ON (table_name) table_name FROM data_dictionary WHERE column_type IS NOT NULL"
        ).fetchall()
        for (name,) in names:
            rows = connection.sql(f"SELECT count(*) FROM {name}").fetchall()[0][0]  # noqa: S608 - names of our own
            table.add_row(name, f"{rows:,}")
    console.print(table)
    console.print(f"\nThe analysts' file: {settings.published_path}\nTry first, in any DuckDB client:")
    for query in FIRST_QUERIES:
        console.print(f"  {query}")
    console.print("\nThe Dagster UI: make dev, then open http://127.0.0.1:3000")
