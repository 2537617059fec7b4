"""What a preset is: a ready mapping for one kind of source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from dmp_assets.foundation.settings.settings import SourceKind

COMPUTED = "="
"""First sign of the name of a column that ``prepare`` makes, so that no column of a file can have it."""


@dataclass(frozen=True)
class Preset:
    """A ready mapping for one kind of source; a source's own columns and constants win over it.

    ``prepare`` takes the file's columns named in ``reads`` (those that the file has). It returns the same rows with
    computed columns added, whose names begin with ``=``. ``explode`` names a list of structs, each of
    which becomes one row; a field of it is mapped as ``<explode>.<field>``.
    """

    kind: SourceKind | None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    time_formats: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    reads_all: bool = False
    """``prepare`` takes every column of the file, for exports whose columns differ from file to file."""
    shapes: Mapping[str, str] = field(default_factory=dict)
    """JSON path -> structure that is read as lists and structs (``json_transform`` of DuckDB)."""
    prepare: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    explode: str | None = None
    event_names: str | None = None
    """Vocabulary (``event_names.csv``) that the mapped event name is in; None: GA4's own, taken as it stands."""
