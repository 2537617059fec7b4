"""The parts of a page, as plain data: a page says what is found, and the report how it looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import polars as pl

Kind = Literal["text", "number", "decimal", "money", "percent", "day"]
"""How a value is written. A percentage is a rate: 0.25 is 25 %."""

Tone = Literal["good", "bad", "even"]

MAX_ROWS = 200
"""Rows of a table that a page shows. 200 rows of six columns are 40 kB; whoever needs all rows asks the file."""


@dataclass(frozen=True)
class Headline:
    """The finding of the page as a sentence; a page has one, and it comes first."""

    text: str


@dataclass(frozen=True)
class Text:
    """A sentence or two in plain words."""

    text: str


@dataclass(frozen=True)
class NotEnough:
    """Why there is nothing to say: which data are missing, or how many more are needed."""

    text: str


@dataclass(frozen=True)
class Figure:
    """One figure with its name, and what it was before."""

    key: str
    """Its name in the page, by which a test or a script finds its value."""
    label: str
    value: int | float | Decimal | None
    """None where it cannot be known; it is shown as a dash, never as 0."""
    kind: Kind
    changes: Sequence[tuple[str, Tone]] = ()
    """Sentences about the change against other times, each good, bad or even."""


@dataclass(frozen=True)
class Figures:
    """Figures beside each other."""

    figures: Sequence[Figure]


@dataclass(frozen=True)
class Column:
    """One column of a table in a page."""

    name: str
    label: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """Rows that a reader sorts, filters and takes out as CSV."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: pl.DataFrame
    note: str = ""
    query: str = ""
    """The SQL that gives these rows, for whoever asks further."""
    is_folded: bool = False


@dataclass(frozen=True)
class Chart:
    """A drawing: what it shows as a sentence, the Vega-Lite specification, and the same values as a table."""

    key: str
    title: str
    spec: Mapping[str, Any]
    table: Table | None = None
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading."""

    key: str
    title: str
    blocks: Sequence["Block"]
    note: str = ""


@dataclass(frozen=True)
class Folded:
    """Blocks that a reader opens when they want to."""

    title: str
    blocks: Sequence["Block"]


@dataclass(frozen=True)
class Periods:
    """The same blocks for several periods, of which a reader chooses one."""

    by_period: Mapping[str, Sequence["Block"]] = field(default_factory=dict)
    """Name of the period in the catalogue of words -> blocks."""


Block = Headline | Text | NotEnough | Figures | Table | Chart | Section | Folded | Periods
