"""The outcome of a command that brings tables up to date: as lines for a person, and as one object for a program."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dmp_assets.commands.outcome.checks import Cause
from dmp_assets.commands.outcome.ended import Silence, in_words
from dmp_assets.commands.outcome.records import RecordChanges
from dmp_assets.foundation.values.days import as_ranges
from dmp_assets.foundation.warehouse.changes import TableChange

MOST_TABLES, MOST_RANGES = 12, 3


@dataclass(frozen=True)
class Outcome:
    """What a command has done."""

    runs: int
    seconds: float
    records: RecordChanges
    tables: Sequence[TableChange]
    internal: frozenset[str]
    """Names of tables that only steps read."""
    causes: Sequence[Cause]
    silences: Sequence[Silence]
    waiting_files: Sequence[str]
    problems: Sequence[str]
    """Files that a person should look at."""
    rows: Mapping[str, int]
    """Rows of every table of the analysts' file."""
    published: str
    generation: int

    @property
    def days(self) -> list[date]:
        """The days that differ in some table that is made by day from records."""
        return sorted({day for change in self.tables if change.table_name in DAILY for day in change.days})


DAILY = ("ingest.raw_events", "events.cleaned_events", "events.quarantined_events")
"""Tables whose days are the days of what landed."""


def as_lines(outcome: Outcome, *, is_verbose: bool = False) -> list[str]:
    """Return what changed, for a person; with all tables and row counts where that is asked for."""
    shown = [one for one in outcome.tables if is_verbose or one.table_name not in outcome.internal]
    lines = _of_files(outcome.records) + _of_records(outcome.records) + _of_days(outcome.days)
    hidden = len(outcome.tables) - len(shown)
    also = f" ({hidden} that only other tables are made from)" if hidden else ""
    if not shown:
        lines.append(f"No table changed{also}" + (": what was made again is what was there" if outcome.runs else ""))
    else:
        lines.append(f"{len(shown)} table{'s' if len(shown) > 1 else ''} changed{also}:")
        width = max((len(one.table_name) for one in shown), default=0)
        most = len(shown) if is_verbose else MOST_TABLES
        largest = sorted(shown, key=lambda one: (-abs(one.added), one.table_name))
        lines += [f"  {one.table_name:<{width}}  {_change(one)}" for one in largest[:most]]
        if largest[most:]:
            lines.append(f"  and {', '.join(one.table_name for one in largest[most:])}")
    if is_verbose:
        lines += ["", "Rows of every table:", *(f"  {name:<42} {rows:>12,}" for name, rows in outcome.rows.items())]
    return lines


def to_look_at(outcome: Outcome, *, errors_only: bool = False) -> list[str]:
    """Return what asks for something: checks by cause, data that has ended, files that need a look."""
    if errors_only:
        return [str(cause) for cause in outcome.causes if not cause.is_warning]
    ended = in_words(outcome.silences, outcome.waiting_files)
    problems = [f"Look at: {problem}" for problem in outcome.problems]
    return [*map(str, outcome.causes), *([ended] if ended else []), *problems]


def as_object(outcome: Outcome) -> dict[str, Any]:
    """Return the same for a program: plain values, days as text."""
    records = outcome.records
    return {
        "ok": not any(not cause.is_warning for cause in outcome.causes),
        "runs": outcome.runs,
        "seconds": round(outcome.seconds, 1),
        "files": {"new": records.files_new, "changed": records.files_changed, "gone": records.files_gone},
        "records": {"added": records.records, "kept": records.kept, "quarantined": dict(records.refused)},
        "days": [day.isoformat() for day in outcome.days],
        "tables": [{"table": one.table_name, "rows_added": one.added, "days": len(one.days)} for one in outcome.tables],
        "checks": [
            {"what": c.what, "warning": c.is_warning, "next": c.next_step, "tables": list(c.tables)}
            for c in outcome.causes
        ],
        "ended": [
            {"source": s.source, "newest_day": s.newest_day.isoformat(), "days": s.days} for s in outcome.silences
        ],
        "waiting_files": list(outcome.waiting_files),
        "look_at": list(outcome.problems),
        "published": outcome.published,
        "generation": outcome.generation,
    }


def ranges(days: Iterable[date]) -> str:
    """Return days in words, the first few ranges of them.

    >>> ranges([date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 5)])
    '3 days: 2026-03-01 to 2026-03-02, 2026-03-05'
    """
    found = sorted(days)
    words = [" to ".join(dict.fromkeys(part.split(".."))) for part in as_ranges(found).split()]
    more = f" and {len(words) - MOST_RANGES} more ranges" if len(words) > MOST_RANGES else ""
    return f"{len(found):,} day{'s' if len(found) != 1 else ''}: {', '.join(words[:MOST_RANGES])}{more}"


def _of_files(records: RecordChanges) -> list[str]:
    parts = [(records.files_new, "new"), (records.files_changed, "changed"), (records.files_gone, "gone")]
    words = [f"{number:,} {word}" for number, word in parts if number]
    return [f"Files: {', '.join(words)}"] if words else []


def _of_records(records: RecordChanges) -> list[str]:
    lines = []
    if records.records or records.kept:
        others = records.records - records.kept
        lines.append(f"Records of events and orders: {_signed(records.records)}, of them {_signed(records.kept)} kept")
        lines[-1] += f", {_signed(others)} duplicate, superseded or quarantined" if others else ""
    if records.refused:
        reasons = sorted(records.refused.items(), key=lambda one: (-abs(one[1]), one[0]))
        words = ", ".join(f"{reason} {_signed(number)}" for reason, number in reasons)
        lines.append(f"Quarantined: {words}; the view quarantine shows those of events and orders")
    return lines


def _of_days(days: Sequence[date]) -> list[str]:
    return [f"Days with other records: {ranges(days)}"] if days else []


def _change(change: TableChange) -> str:
    rows = f"{_signed(change.added)} rows" if change.added else f"other values, still {change.rows:,} rows"
    days = f" in {len(change.days):,} day{'s' if len(change.days) != 1 else ''}" if change.days else ""
    return f"{rows}{days}"


def _signed(number: int) -> str:
    return f"{number:+,}"
