"""``dmp``: the platform from the command line. Thin: every command is a call into the rooms that do the work."""

import os
import sys
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from dmp_assets.commands.ask import ask
from dmp_assets.commands.at_work import at_work, begin, in_plain_words
from dmp_assets.commands.audience import audience_app
from dmp_assets.commands.backup import backup, restore
from dmp_assets.commands.identity import identity_app
from dmp_assets.commands.plan import plan_app
from dmp_assets.commands.query import query
from dmp_assets.commands.recommend import recommend
from dmp_assets.commands.report import report
from dmp_assets.commands.state.doctor import doctor
from dmp_assets.commands.state.status import status
from dmp_assets.commands.terminal import (
    EVERY_DAY,
    FOLDER,
    LOOK,
    REBUILD,
    GuardedTyper,
    Json,
    Quiet,
    Verbose,
    checked_settings,
    complain,
    console,
    say,
)
from dmp_assets.commands.update import Voice, bring_up_to_date, rebuild_days, speaking
from dmp_assets.commands.upgrade import say_older_layout, upgrade
from dmp_assets.foundation.settings.bundled import is_checkout
from dmp_assets.foundation.settings.settings import DEMO_CONFIG, Settings, config_path
from dmp_assets.operations.progress import begin as begin_work

app = GuardedTyper(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Port = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]


def _say_version(is_asked: bool) -> None:
    if is_asked:
        console.print(f"dmp {version('dmp-assets')}")
        raise typer.Exit


@app.callback(
    epilog="dmp COMMAND --help says more of a command. A new folder: dmp demo, or write a dmp.yaml and dmp run."
)
def dmp(
    is_version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="The installed release.")
    ] = False,
) -> None:
    """Files of events, orders and customers in; one file of tables about people, segments and campaigns out."""


@app.command("demo", rich_help_panel=EVERY_DAY)
def build_demo(verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Try it: a grocer's year, from its files to the finished tables."""
    from dmp_assets.commands import demo

    if config_path() == DEMO_CONFIG and demo.copy_configuration(DEMO_CONFIG):
        console.print(
            f"The demo lives in {DEMO_CONFIG.parent.resolve()}; its dmp.yaml is yours to edit", soft_wrap=True
        )
    settings = checked_settings()
    voice = Voice(is_verbose=verbose, is_quiet=quiet)
    try:
        # Before anything is written: the folder may be somebody's own.
        demo.refuse_other_configurations(settings)
        with speaking(voice), at_work(settings):
            begin_work(f"staging the demo's files in {settings.landing_dir}")
            demo.stage_demo(settings.landing_dir)
            bring_up_to_date(settings, voice)
    except (demo.NotTheDemoError, demo.DemoNotInstalledError) as error:
        complain(str(error))
        raise typer.Exit(2) from None


@app.command(rich_help_panel=EVERY_DAY)
def run(
    retry: Annotated[bool, typer.Option("--retry", help="Try failed steps again, although nothing changed.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hash all bytes of files, staged records and stored days first.")
    ] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Bring all tables up to date with the files that landed, and say what changed."""
    voice = Voice(is_verbose=verbose, is_quiet=quiet, is_json=as_json)
    with speaking(voice):
        settings = checked_settings()
        with at_work(settings):
            bring_up_to_date(settings, voice, retry=retry, verify=verify)


@app.command(rich_help_panel=REBUILD)
def backfill(
    first: Annotated[str, typer.Argument(help="First day, as 2017-03-01.")],
    last: Annotated[str, typer.Argument(help="Last day, included.")],
    verbose: Verbose = False,
) -> None:
    """Make a range of days again, and all that is made from them, whether or not files changed."""
    settings = checked_settings()
    days = [_day("FROM", first), _day("TO", last)]
    end = settings.last_day()
    if not settings.start_date <= days[0] <= days[1] <= end:
        complain(f"{first}..{last}: allowed are days from {settings.start_date} to {end}, first before last")
        raise typer.Exit(2)
    voice = Voice(is_verbose=verbose)
    with speaking(voice), at_work(settings):
        rebuild_days(settings, voice, *days)


@app.command(rich_help_panel=LOOK)
def dev(port: Port = 3000) -> None:
    """Open the Dagster UI, and bring tables up to date by itself as files land."""
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


@app.command(rich_help_panel=LOOK)
def serve(port: Port = 3000) -> None:
    """Open the Dagster UI to look only: nothing can be started or changed."""
    settings = checked_settings()
    with in_plain_words(settings):
        say_older_layout(settings)
        _start_stack(settings, port)


@app.command(rich_help_panel=LOOK)
def simulate(
    people: Annotated[int, typer.Option(help="Persons.")],
    days: Annotated[int, typer.Option(help="Days on which things happen.")],
    out: Annotated[Path, typer.Option(help="A new or empty folder.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
) -> None:
    """Make the files of a simulated world of which the truth is known, to score results against."""
    from dmp_assets.simulation.run import SimulationError
    from dmp_assets.simulation.run import simulate as make_world

    try:
        report = make_world(people, days, seed, out)
    except SimulationError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    console.print(f"{report.records:,} records, {report.orders:,} orders of {report.people:,} people in {report.out}")
    console.print(f"Build it: DMP_CONFIG={report.out / 'dmp.yaml'} dmp run", soft_wrap=True)


@app.command(rich_help_panel=LOOK)
def docs() -> None:
    """Write the generated pages of a checkout again: data dictionary, graph, figures of all tables."""
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


def _day(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        complain(f"{name}: {value!r} is not a day; expected one such as 2017-03-01")
        raise typer.Exit(2) from None


app.command("status", rich_help_panel=EVERY_DAY)(status)
app.command("report", rich_help_panel=EVERY_DAY)(report)
app.command("ask", rich_help_panel=EVERY_DAY)(ask)
app.command("query", rich_help_panel=EVERY_DAY)(query)
app.command("recommend", rich_help_panel=EVERY_DAY)(recommend)
app.add_typer(audience_app, name="audience", rich_help_panel=EVERY_DAY)
app.add_typer(plan_app, name="plan", rich_help_panel=LOOK)
app.add_typer(identity_app, name="identity", rich_help_panel=REBUILD)
app.command("upgrade", rich_help_panel=REBUILD)(upgrade)
app.command("doctor", rich_help_panel=FOLDER)(doctor)
app.command("backup", rich_help_panel=FOLDER)(backup)
app.command("restore", rich_help_panel=FOLDER)(restore)
