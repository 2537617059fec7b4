"""What ``dmp run``, ``dmp demo`` and ``dmp backfill`` do: tables brought up to date, and what changed by it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import duckdb
import typer

from dmp_assets.commands.outcome.checks import FailedCheck, by_cause
from dmp_assets.commands.outcome.ended import silent_sources, waiting_files
from dmp_assets.commands.outcome.outcome import Outcome, as_lines, as_object, to_look_at
from dmp_assets.commands.outcome.records import Counted, compare, count
from dmp_assets.commands.terminal import as_typed, complain, console, one_object_at_least, print_json, say, speak
from dmp_assets.foundation.settings.report import REPORTS
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.changes import changes_since
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.operations.progress import Progress, begin, shows

if TYPE_CHECKING:
    from dmp_assets.commands.runs import Platform

FIRST_QUERIES = (
    "SELECT * FROM customer_360 ORDER BY revenue DESC LIMIT 10;",
    "SELECT * FROM segment_sizes;",
    "SELECT campaign_id, reached, redeemed, revenue, cost, roi_rate FROM campaign_roi ORDER BY roi_rate DESC;",
)


@dataclass(frozen=True)
class Voice:
    """How a command speaks."""

    is_verbose: bool = False
    is_quiet: bool = False
    is_json: bool = False


@dataclass
class _Work:
    """What a command sets out from, and what it has done."""

    before: Counted = field(default_factory=Counted)
    runs: int = 0
    checks: list[FailedCheck] = field(default_factory=list)
    failure: str | None = None
    """The steps that failed, and why."""


@contextmanager
def speaking(voice: Voice) -> Iterator[None]:
    """Let a command speak so, and show what it does unless it is quiet."""
    speak(is_quiet=voice.is_quiet, is_json=voice.is_json)
    progress = nullcontext() if voice.is_quiet else shows(Progress(console, is_verbose=voice.is_verbose))
    with one_object_at_least(is_json=voice.is_json), progress:
        yield


def bring_up_to_date(settings: Settings, voice: Voice, *, retry: bool = False, verify: bool = False) -> None:
    """Bring every table up to date, publish, and say what changed."""
    started = time.monotonic()
    begin("looking for what is open")
    if not (retry or verify) and _is_up_to_date(settings):
        work = _Work(count(_warehouse(settings)))
    else:
        work = _do(settings, lambda platform: platform.bring_up_to_date(retry=retry, verify=verify))
    _report(settings, voice, work, time.monotonic() - started)


def rebuild_days(settings: Settings, voice: Voice, first: date, last: date) -> None:
    """Rebuild a range of days in one run, and say what changed by it."""
    started = time.monotonic()
    work = _do(settings, lambda platform: platform.backfill(first, last))
    _report(settings, voice, work, time.monotonic() - started)


def _is_up_to_date(settings: Settings) -> bool:
    """Return whether nothing is open, without loading Dagster (2 s); then publish the analysts' file."""
    from dmp_assets.domains import TABLES
    from dmp_assets.ingest.records.mapping import check_sources
    from dmp_assets.orchestration.layouts import upgrade_warehouse
    from dmp_assets.orchestration.publication import publish_tables
    from dmp_assets.orchestration.staleness import pending_work

    warehouse = _warehouse(settings)
    if not warehouse.path.exists():
        return False
    upgrade_warehouse(warehouse, TABLES, say)
    pending = pending_work(settings, check_sources(settings.sources), warehouse)
    if pending.runs or pending.waiting:
        return False
    begin("publishing the analysts' file")
    publish_tables(settings, warehouse)
    return True


def _do(settings: Settings, do: Callable[["Platform"], int]) -> _Work:
    """Return what was done; of a run that failed with the cause."""
    from dmp_assets.commands.runs import Platform, RunFailedError

    platform = Platform(settings, tell=say)
    # After the upgrade of an older folder, which says itself what it does.
    work = _Work(count(platform.warehouse))
    try:
        work.runs = do(platform)
    except RunFailedError as failure:
        work.failure = str(failure)
    work.checks = list(platform.failed_checks.values())
    return work


def _report(settings: Settings, voice: Voice, work: _Work, seconds: float) -> None:
    """Say what changed and what asks for something; the command ends with 1 where a run failed."""
    outcome = _outcome(settings, voice, work, seconds)
    done = (
        f"{outcome.runs} run{'s' if outcome.runs > 1 else ''} in {seconds:.0f} s"
        if outcome.runs
        else "all was up to date, nothing changed"
    )
    say(f"Not done: a step failed, after {seconds:.0f} s" if work.failure else f"Done: {done}")
    if outcome.runs or work.failure or voice.is_verbose:
        for line in as_lines(outcome, is_verbose=voice.is_verbose):
            say(line)
    for line in to_look_at(outcome, errors_only=voice.is_quiet):
        complain(line)
    if voice.is_json:
        print_json(as_object(outcome) | ({"ok": False, "error": work.failure} if work.failure else {}))
    if work.failure:
        complain(work.failure)
        raise typer.Exit(1)
    report = settings.data_dir / REPORTS / "index.html"
    if not outcome.runs or work.before.commit_id:
        say(f"The analysts' file: {settings.published_path} (edition {outcome.generation})")
        say(f"The report: {report}")
        return
    say(f"\nThe report: {report} (`{as_typed('report')}` finds it again)")
    say(f"\nThe analysts' file: {settings.published_path}\nTry first, in any DuckDB client:")
    for query in FIRST_QUERIES:
        say(f"  {query}")
    say(f"\nThe Dagster UI: {as_typed('dev')}, then open http://127.0.0.1:3000")


def _outcome(settings: Settings, voice: Voice, work: _Work, seconds: float) -> Outcome:
    from dmp_assets.domains import STEPS
    from dmp_assets.foundation.warehouse.tables import Table

    warehouse = _warehouse(settings)
    with warehouse.get_connection(read_only=True) as connection:
        is_live = settings.end_date is None
        silences = silent_sources(connection, settings.last_day() - timedelta(days=1)) if is_live else []
        waits, problems = waiting_files(connection), _problems(connection)
    rows, generation = _published(settings, with_rows=voice.is_verbose)
    return Outcome(
        runs=work.runs,
        seconds=seconds,
        records=compare(work.before, count(warehouse)),
        tables=changes_since(warehouse, work.before.commit_id),
        internal=frozenset(Table(one).qualified_name for step in STEPS for one in step.internal),
        causes=by_cause(work.checks, str(settings.data_dir / "reports" / "quality.html")),
        silences=silences,
        waiting_files=waits,
        problems=problems,
        rows=rows,
        published=str(settings.published_path),
        generation=generation,
    )


def _published(settings: Settings, *, with_rows: bool) -> tuple[dict[str, int], int]:
    """Return the rows of every table of the analysts' file, where they are asked for, and its generation, or 0."""
    from dmp_assets.domains import TABLES

    if not settings.published_path.exists():
        return {}, 0
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        ((generation,),) = connection.sql("SELECT generation FROM meta.generation").fetchall()
        rows = {
            table.qualified_name: connection.sql(f"SELECT count(*) FROM {table.sql_name}").fetchall()[0][0]  # noqa: S608 - own names
            for table in (TABLES if with_rows else ())
        }
    return rows, generation


def _warehouse(settings: Settings) -> Warehouse:
    return Warehouse(database=str(settings.warehouse_path))


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
