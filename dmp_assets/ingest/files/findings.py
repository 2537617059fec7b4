"""What the ledger says of a file besides its records: gathered batch by batch, a function of the file alone.

Remarks are shown on consoles and kept in Dagster's books, so they name columns, lines and rules. The values that they
are about stand beside them in the ledger, as ``values_seen``, and a remark gives the query that shows these.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from dmp_assets.ingest.kinds import EVENT_KINDS
from dmp_assets.ingest.schema.events import ORDER_STATUSES
from dmp_assets.ingest.values.lookalikes import meant_name

HARMLESS = "had invisible characters, which were left out"
"""End of the remarks that ask nothing of anybody."""

_MAX_HINTS = 3
_MANY_EQUAL = 0.1
"""Share of equal lines that a file is asked about: of UCI's retailer 1 % are, of a store that repeats them 59 %."""
_MAX_NAME = 60
_PLAIN = re.compile(r"[A-Za-z][\w ]*\w")
_MANY_WORDS = 20
"""A column with more unknown words than this holds no statuses; they may be names of people, and are not kept."""
_MANY_COLUMNS = 1_000
"""Columns of a header that are kept: one of more is none."""


@dataclass
class _Count:
    """Records with a value in a column, those of them that something is the matter with, and the first of these."""

    filled: int = 0
    found: int = 0
    first_line: int | None = None

    def add(self, filled: pl.Series, found: pl.Series | None) -> None:
        # Items of one record share its line, and no record is in two batches.
        self.filled += filled.n_unique()
        if found is None:
            return
        self.found += found.n_unique()
        first = found.min()
        if isinstance(first, int) and (self.first_line is None or first < self.first_line):
            self.first_line = first


@dataclass
class Findings:
    """The findings of one file."""

    left_out: int = 0
    """Records that ``where`` leaves out."""
    where_seen: set[str] = field(default_factory=set)
    """Columns of ``where`` that some record has a value of."""
    distinguishing: set[str] = field(default_factory=set)
    """Unmapped columns in which records differ that are equal in every mapped one."""
    lines: int = 0
    equal_lines: int = 0
    """Lines of orders in the file, and those that equal an earlier line of their order."""
    has_purchase: bool = False
    future_from: date | None = None
    """First day of a record that is refused as one of the future: when it has come, the file is judged again."""
    _stated_days: dict[date, int] = field(default_factory=dict)
    """Day that records state, accepted or not -> their number."""
    lookalikes: dict[str, int] = field(default_factory=dict)
    """Event name -> records that look like a purchase or refund under this name."""
    header: list[str] = field(default_factory=list)
    """Columns of a file that lacks one: where it has no header, they are values of its first record."""
    _statuses: dict[str, tuple[_Count, set[str]]] = field(default_factory=dict)
    """Column -> lines with an unknown status, and the first of the words."""
    _contacts: dict[str, _Count] = field(default_factory=dict)
    _stripped: dict[str, _Count] = field(default_factory=dict)

    def add_days(self, days: pl.Series, future: pl.Series) -> None:
        """Count the days of records, and note the first of those that are of the future."""
        for day, count in days.drop_nulls().value_counts().iter_rows():
            self._stated_days[day] = self._stated_days.get(day, 0) + count
        first = days.filter(future).min()
        if isinstance(first, date):
            self.future_from = min(first, self.future_from or first)

    def middle_day(self) -> date | None:
        """Return the day up to which half of the records are, a function of the file alone; None without any day."""
        left = sum(self._stated_days.values())
        half = left / 2
        for day, count in sorted(self._stated_days.items()):
            left -= count
            if left <= half:
                return day
        return None

    def add_contacts(self, column: str, filled: pl.Series, unreadable: pl.Series | None) -> None:
        """Count the lines with an address, and those whose address cannot be read."""
        self._contacts.setdefault(column, _Count()).add(filled, unreadable)

    def add_stripped(self, column: str, lines: pl.Series) -> None:
        """Count the lines with invisible characters in a column."""
        self._stripped.setdefault(column, _Count()).add(lines, lines)

    def add_statuses(self, column: str, lines: pl.Series, words: pl.Series) -> None:
        """Count the lines with a status that nobody knows."""
        count, known = self._statuses.setdefault(column, (_Count(), set()))
        count.add(lines, lines)
        known.update(words.unique().sort().head(_MANY_WORDS + 1))

    def add_events(self, has_purchase: bool, lookalikes: Mapping[str, int]) -> None:
        """Count events that look like purchases; where there are real ones, such events are none."""
        self.has_purchase |= has_purchase
        for name, count in {} if self.has_purchase else lookalikes.items():
            self.lookalikes[name] = self.lookalikes.get(name, 0) + count

    def values_seen(self) -> list[str]:
        """Return the values that remarks and messages of the file are about, each with what it is."""
        columns = [f"column: {_cut(name)}" for name in self.header[:_MANY_COLUMNS]]
        statuses = [
            f"{column}: {_cut(word)}"
            for column, (_, words) in sorted(self._statuses.items())
            if len(words) <= _MANY_WORDS
            for word in sorted(words)
        ]
        return [*columns, *statuses, *(_event_name(name, count) for name, count in self._likest())]

    def remarks(self, path: str) -> list[str]:
        """Return what a person should know of the file, in an order that depends on the file alone.

        Args:
            path: Of the file, for the query that shows ``values_seen``.
        """
        lost = [
            f"{column}: {count.found:,} of {count.filled:,} cannot be read, the first on line {count.first_line}"
            for column, count in sorted(self._contacts.items())
            if count.found
        ]
        stripped = [
            f"{column}: {count.found:,} values, the first on line {count.first_line}, {HARMLESS}"
            for column, count in sorted(self._stripped.items())
        ]
        hints = [_hint(name, count, path) for name, count in self._likest()]
        statuses = [_unknown(column, count, words, path) for column, (count, words) in sorted(self._statuses.items())]
        return [*lost, *statuses, *hints, *self._repetitions(), *stripped]

    def _likest(self) -> list[tuple[str, int]]:
        """Return the commonest names of events that look like purchases, with their records."""
        if self.has_purchase:
            return []
        return sorted(self.lookalikes.items(), key=lambda pair: (-pair[1], pair[0]))[:_MAX_HINTS]

    def _repetitions(self) -> list[str]:
        if self.equal_lines < _MANY_EQUAL * max(self.lines, 1):
            return []
        counts = f"{self.equal_lines:,} of {self.lines:,} lines equal an earlier line of their order, and each counts"
        return [f"{counts}; if the export repeats lines, set equal_lines: drop"]


def shown_by(path: str) -> str:
    """Return the query that shows the values that messages of a file are about.

    >>> shown_by("orders/a.csv")
    "SELECT unnest(values_seen) FROM ingest.landing_files WHERE path = 'orders/a.csv'"
    """
    return f"SELECT unnest(values_seen) FROM ingest.landing_files WHERE path = {_quoted(path)}"  # noqa: S608 - is shown


def rejects_shown_by(path: str, kind: str) -> str:
    """Return the query that shows the rejected records of a file of this kind."""
    table = "events.quarantined_events" if kind in EVENT_KINDS else "ingest.rejected_records"
    return f"SELECT line_number, violation_message, raw_record FROM {table} WHERE path = {_quoted(path)}"  # noqa: S608


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"


def _unknown(column: str, count: _Count, words: set[str], path: str) -> str:
    shown = f"; they are shown by: {shown_by(path)}" if len(words) <= _MANY_WORDS else ""
    return (
        f"{column}: the status of {count.found:,} lines, the first on line {count.first_line}, is a word that nobody "
        f"knows, so they count as without one; add statuses to the source, each word with one of "
        f"{', '.join(ORDER_STATUSES)}{shown}"
    )


def _hint(name: str, count: int, path: str) -> str:
    ours = meant_name(name)
    return (
        f"event_name: {count:,} records of one name look like a {ours}, and the file has no purchase and no refund; "
        f"if they are, add the name to event_names of the source; it is shown by: {shown_by(path)}"
    )


def _event_name(name: str, count: int) -> str:
    shown = _cut(name)
    key = shown if _PLAIN.fullmatch(shown) else json.dumps(shown, ensure_ascii=False)
    return f"event_name: {shown}, of {count:,} records; event_names: {{{key}: {meant_name(name)}}}"


def _cut(value: str) -> str:
    return value if len(value) <= _MAX_NAME else f"{value[:_MAX_NAME]}..."
