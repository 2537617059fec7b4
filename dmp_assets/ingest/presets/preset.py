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
    which becomes one row; a field of it is mapped as ``<explode>.<field>``. A ``prepare`` that makes the event name
    takes the source's ``own_names`` too, because what an item line is worth depends on the name.
    """

    kind: SourceKind | None
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    time_formats: tuple[str, ...] = ()
    time_zone: str | None = None
    """Zone of times that name none, where the export's specification says it; None: the business's."""
    reads: tuple[str, ...] = ()
    reads_all: bool = False
    """``prepare`` takes every column of the file, for exports whose columns differ from file to file."""
    shapes: Mapping[str, str] = field(default_factory=dict)
    """JSON path -> structure that is read as lists and structs (``json_transform`` of DuckDB)."""
    prepare: Callable[..., pl.DataFrame] | None = None
    explode: str | None = None
    whole_record: bool = True
    """Whether every column of the file says if two records are one. Else only the mapped ones do: for exports whose
    records have an id, and columns that change from one export to the next."""
    compared_by: Mapping[str, str] = field(default_factory=dict)
    """Our column -> column of the file that says in its place if two records are one: the device's clock, where the
    time of the event depends on the clocks of a delivery too."""
    provisional: tuple[str, str] | None = None
    """Patterns of the paths of provisional and final files, each with one group: where the groups are equal, the final
    file replaces the provisional one."""
    event_names: str | None = None
    """Vocabulary (``event_names.csv``) that the mapped event name is in; None: GA4's own, taken as it stands."""


def prepared(preset: Preset, frame: pl.DataFrame, event_names: Mapping[str, str]) -> pl.DataFrame:
    """Return the file's columns with those that the preset computes.

    Args:
        preset: The preset.
        frame: The file's own columns.
        event_names: The source's event name -> ours, used where the preset makes the event name.
    """
    if preset.prepare is None:
        return frame
    if event_names and preset.columns.get("event_name", "").startswith(COMPUTED):
        return preset.prepare(frame, own_names=event_names)
    return preset.prepare(frame)
