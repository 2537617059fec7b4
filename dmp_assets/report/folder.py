"""The folder of the report: a new site is made beside it and takes its place with the analysts' file."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dmp_assets.foundation.warehouse.edition.readers import Readers
from dmp_assets.report.manifest import read_manifest

FORMER_FILES = {"quality.html"}
"""What releases before the site put into the folder."""

MakeSite = Callable[[duckdb.DuckDBPyConnection, Path, Path], object]
"""Makes the site of the edition that a connection has open, in a folder, from the folder of the last one."""


@dataclass(frozen=True)
class ReportFolder:
    """The report beside the analysts' file: prepared from the edition before both are swapped in."""

    path: Path
    make: MakeSite
    made_by: str
    """What makes the site beside the tables; a site of other code or settings is made again."""
    readers: Readers

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the site of the edition that a connection has open, beside the folder."""
        self.discard()
        self.make(connection, self._aside, self.path)
        self.readers.admit_into(self._aside)

    def swap(self) -> None:
        """Put the prepared site in place of the last one; files that others put there go along.

        A process that is killed between the two renames leaves no folder: the next publication makes the site again.
        """
        former = self._aside.with_suffix(".new.old")
        while True:
            if self.path.is_dir():
                self._take_along()
                self.path.rename(former)
            try:
                self._aside.rename(self.path)
                break
            except OSError:
                # Another process of the same edition swapped its own in between.
                if not self.path.is_dir():
                    raise
                shutil.rmtree(former, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)

    def discard(self) -> None:
        """Remove what was prepared and not swapped in."""
        shutil.rmtree(self._aside, ignore_errors=True)

    def is_of(self, generation: int) -> bool:
        """Return whether the folder holds the whole site of an edition, made by this code and these settings."""
        manifest = read_manifest(self.path)
        return (manifest.generation, manifest.made_by) == (generation, self.made_by)

    @property
    def _aside(self) -> Path:
        return self.path.with_name(f".{self.path.name}.{os.getpid()}.new")

    def _take_along(self) -> None:
        ours = read_manifest(self.path).files | FORMER_FILES
        for path in self.path.iterdir():
            if path.name not in ours and not (self._aside / path.name).exists():
                path.rename(self._aside / path.name)
