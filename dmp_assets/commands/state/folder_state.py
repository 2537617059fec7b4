"""What the data folder holds: the edition, its days, what waits and why, what has landed since, which runs there are.

It reads the analysts' file, Dagster's books and the names of files. A run at work is in nobody's way by that, and the
answer comes within a second; the price is that code and settings are judged by the time of their files.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from dmp_assets.commands.outcome.ended import Silence, silent_sources, waiting_files
from dmp_assets.foundation.settings.settings import Settings, config_path
from dmp_assets.foundation.warehouse.layout import LAYOUT, read_layout
from dmp_assets.ingest.landing.folder import look_at, sample_hash
from dmp_assets.operations.home import HOME
from dmp_assets.operations.liveness import is_stack_running, living_runs
from dmp_assets.orchestration.names import WHAT_TAG

PACKAGE = Path(__file__).resolve().parents[2]

_COUNTS = """
SELECT table_name, sum(rows), max(partition) FILTER (rows > 0) FROM ops.current_commits
WHERE table_name IN ('events.cleaned_events', 'orders.orders', 'identity.persons', 'ingest.landing_files') GROUP BY 1
"""


@dataclass(frozen=True)
class Edition:
    """What the analysts' file holds."""

    generation: int
    published_at: datetime
    """When (UTC)."""
    layout: int
    events: int
    orders: int
    persons: int
    newest_day: date | None
    """Newest day with an event."""
    waiting: tuple[str, ...]
    """Failed steps, each with the cause, since when, and how many tables wait for it."""
    quality: dict[str, int]
    """Outcome of the checks of the data -> their number."""
    silences: tuple[Silence, ...]
    waiting_files: tuple[str, ...]
    unread_files: int
    """Files that are failed, damaged, empty or refused."""


@dataclass(frozen=True)
class LastRun:
    """The newest run in Dagster's books."""

    what: str
    status: str
    began_at: datetime | None
    seconds: float | None


@dataclass(frozen=True)
class State:
    """The folder at one moment."""

    folder: Path
    edition: Edition | None
    landed: dict[str, int] = field(default_factory=dict)
    """new, changed, gone -> files, as they lie in the landing folder against the edition."""
    newer: tuple[str, ...] = ()
    """Settings and code that are newer than the edition: the next run says what is made again for them."""
    at_work: tuple[str, ...] = ()
    last_run: LastRun | None = None


def state_of(settings: Settings) -> State:
    """Return how the folder is now."""
    edition, ledger = _edition(settings)
    return State(
        settings.data_dir,
        edition,
        _landed(settings.landing_dir, ledger),
        _newer(settings, edition),
        _at_work(settings.data_dir),
        _last_run(settings.data_dir / HOME / "runs.db"),
    )


def problems_of(state: State) -> list[str]:
    """Return what is wrong, each as a sentence with its cure; that something is open is nothing wrong."""
    edition, run = state.edition, state.last_run
    if edition is None:
        return ["Nothing is published yet: dmp run builds it"]
    found = [*edition.waiting]
    if edition.layout > LAYOUT:
        found.append(f"The folder is of a newer release (layout {edition.layout}, this one has {LAYOUT}): install that")
    if run is not None and run.status == "FAILURE":
        found.append(f"The last run failed ({run.what}): dmp run says why")
    if edition.quality.get("error"):
        found.append(
            f"{edition.quality['error']} checks of the data are errors: open {state.folder}/reports/quality.html"
        )
    if edition.unread_files:
        found.append(f"{edition.unread_files} files could not be used: ingest.landing_files says why (status, message)")
    found += [f"{one.source} has sent nothing since {one.newest_day} ({one.days} days)" for one in edition.silences]
    return found


def _edition(settings: Settings) -> tuple[Edition | None, dict[str, tuple[int, datetime, str]]]:
    """Return what the analysts' file holds, and path -> size, time and sample of the files that it is made from."""
    if not settings.published_path.exists():
        return None, {}
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        ((generation, published_at),) = connection.sql(
            "SELECT generation, published_at FROM meta.generation"
        ).fetchall()
        counts = {name: (rows, newest) for name, rows, newest in connection.sql(_COUNTS).fetchall()}
        waiting = connection.sql(
            "SELECT any_value(cause), min(waits_since), count(*) FROM meta.tables WHERE waits_for IS NOT NULL "
            "GROUP BY waits_for ORDER BY 2"
        ).fetchall()
        quality = connection.sql("SELECT status, count(*) FROM quality.quality GROUP BY 1").fetchall()
        ledger = connection.sql("SELECT path, size_bytes, modified_at, sample_id, status FROM ingest.landing_files")
        files = ledger.fetchall()
        yesterday = settings.last_day() - timedelta(days=1)
        is_live = settings.end_date is None
        edition = Edition(
            generation=generation,
            published_at=published_at,
            layout=read_layout(connection) or 0,
            events=_number(counts, "events.cleaned_events"),
            orders=_number(counts, "orders.orders"),
            persons=_number(counts, "identity.persons"),
            newest_day=counts.get("events.cleaned_events", (0, None))[1],
            waiting=tuple(
                f"{cause} (since {since:%Y-%m-%d %H:%M} UTC; {tables} tables wait): dmp run --retry tries again"
                for cause, since, tables in waiting
            ),
            quality=dict(quality),
            silences=tuple(silent_sources(connection, yesterday)) if is_live else (),
            waiting_files=tuple(waiting_files(connection)),
            unread_files=sum(status not in ("ok", "passed_over") for *_, status in files),
        )
    return edition, {path: (size, at, sample) for path, size, at, sample, status in files if status != "passed_over"}


def _number(counts: dict[str, tuple[int, date | None]], table_name: str) -> int:
    return int(counts.get(table_name, (0, None))[0])


def _landed(landing_dir: Path, ledger: dict[str, tuple[int, datetime, str]]) -> dict[str, int]:
    there = look_at(landing_dir).files if landing_dir.is_dir() else {}
    new = there.keys() - ledger.keys()
    changed = 0
    for path, stat in there.items():
        if path not in new:
            size, at, sample = ledger[path]
            is_same = size == stat.st_size and at == datetime.fromtimestamp(stat.st_mtime, UTC).replace(tzinfo=None)
            changed += not (is_same and sample == sample_hash(landing_dir, path))
    return {"new": len(new), "changed": changed, "gone": len(ledger.keys() - there.keys())}


def _newer(settings: Settings, edition: Edition | None) -> tuple[str, ...]:
    if edition is None:
        return ()
    since = edition.published_at.replace(tzinfo=UTC).timestamp()
    files = (config_path(), settings.traits, settings.tracking_plan, settings.blocked_identifiers)
    names = [path.name for path in files if _changed_at([path]) > since]
    return (*names, *(["the code"] if _changed_at(PACKAGE.rglob("*.py")) > since else []))


def _changed_at(files: Iterable[Path]) -> float:
    return max((path.stat().st_mtime for path in files if path.is_file()), default=0.0)


def _at_work(data_dir: Path) -> tuple[str, ...]:
    found = [f"run {run_id}" for run_id in living_runs(data_dir)]
    if is_stack_running(data_dir):
        found.append(f"the Dagster UI ({(data_dir / 'stack.lock').read_text(encoding='utf-8').strip()})")
    return tuple(found)


def _last_run(books: Path) -> LastRun | None:
    if not books.is_file() or not books.stat().st_size:
        return None
    with closing(sqlite3.connect(f"file:{books}?mode=ro", uri=True, timeout=5)) as connection:
        try:
            row = connection.execute(
                "SELECT coalesce(t.value, r.pipeline_name), r.status, r.start_time, r.end_time FROM runs AS r "
                "LEFT JOIN run_tags AS t ON t.run_id = r.run_id AND t.key = ? ORDER BY r.id DESC LIMIT 1",
                [WHAT_TAG],
            ).fetchone()
        except sqlite3.OperationalError:  # a home whose making was killed
            return None
    if row is None:
        return None
    what, status, began, ended = row
    seconds = ended - began if began and ended else None
    return LastRun(what, status, datetime.fromtimestamp(began, UTC) if began else None, seconds)
