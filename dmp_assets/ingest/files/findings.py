"""What the ledger says of a file besides its records: gathered batch by batch, a function of the file alone."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from dmp_assets.ingest.schema.events import ORDER_STATUSES
from dmp_assets.ingest.values.lookalikes import meant_name

HARMLESS = "had invisible characters, which were left out"
"""End of the remarks that ask nothing of anybody."""

_MAX_HINTS = 3
_MANY_EQUAL = 0.1
"""Share of equal lines that a file is asked about: of UCI's retailer 1 % are, of a store that repeats them 59 %."""
_MAX_NAME = 60
_PLAIN = re.compile(r"[A-Za-z][\w ]*\w")
_WORD = re.compile(r"[^\W\d][\w -]{0,29}")
_MAX_WORDS = 5
_MANY_WORDS = 20
"""A column with more unknown words than this holds no statuses; they may be names of people, and are not shown."""


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
    lookalikes: dict[str, int] = field(default_factory=dict)
    """Event name -> records that look like a purchase or refund under this name."""
    _statuses: dict[str, tuple[_Count, set[str]]] = field(default_factory=dict)
    """Column -> lines with an unknown status, and the first of the words."""
    _contacts: dict[str, _Count] = field(default_factory=dict)
    _stripped: dict[str, _Count] = field(default_factory=dict)

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

    def remarks(self) -> list[str]:
        """Return what a person should know of the file, in an order that depends on the file alone."""
        lost = [
            f"{column}: {count.found:,} of {count.filled:,} cannot be read, the first on line {count.first_line}"
            for column, count in sorted(self._contacts.items())
            if count.found
        ]
        stripped = [
            f"{column}: {count.found:,} values, the first on line {count.first_line}, {HARMLESS}"
            for column, count in sorted(self._stripped.items())
        ]
        most = sorted(self.lookalikes.items(), key=lambda pair: (-pair[1], pair[0]))[:_MAX_HINTS]
        hints = [] if self.has_purchase else [_hint(name, count) for name, count in most]
        statuses = [_unknown(column, count, words) for column, (count, words) in sorted(self._statuses.items())]
        return [*lost, *statuses, *hints, *self._repetitions(), *stripped]

    def _repetitions(self) -> list[str]:
        if self.equal_lines < _MANY_EQUAL * max(self.lines, 1):
            return []
        counts = f"{self.equal_lines:,} of {self.lines:,} lines equal an earlier line of their order, and each counts"
        return [f"{counts}; if the export repeats lines, set equal_lines: drop"]


def _unknown(column: str, count: _Count, words: set[str]) -> str:
    shown = sorted(word for word in words if _WORD.fullmatch(word))[:_MAX_WORDS] if len(words) <= _MANY_WORDS else []
    named = f" ({', '.join(shown)})" if shown else ""
    return (
        f"{column}: the status of {count.found:,} lines, the first on line {count.first_line}, is a word that nobody "
        f"knows{named}, so they count as without one; add statuses to the source, each word with one of "
        f"{', '.join(ORDER_STATUSES)}"
    )


def _hint(name: str, count: int) -> str:
    shown = name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME]}..."
    key = shown if _PLAIN.fullmatch(shown) else json.dumps(shown, ensure_ascii=False)
    ours = meant_name(name)
    return (
        f"event {shown!r}: {count:,} records look like a {ours}, and the file has no purchase and no refund; "
        f"if they are, add event_names: {{{key}: {ours}}} to the source"
    )
