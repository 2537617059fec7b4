"""What the landing folder has made stale; the sensor and the command line ask the same question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.ingest.assets import REFERENCE_TABLES
from dmp_assets.ingest.landing import day_fingerprints, day_ranges, is_ledger_current, readings_fingerprint, stale_days
from dmp_assets.ingest.schema import LandingDays, LandingFiles
from dmp_assets.settings import Settings, Source
from dmp_assets.warehouse.connection import Warehouse
from dmp_assets.warehouse.read import Commit, StoredTable, current_commits
from dmp_assets.warehouse.tables import Model, Table

DAY_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@dataclass(frozen=True)
class Pending:
    """The work that is open: at most one kind at a time is acted on, in the order of the fields."""

    is_landing_stale: bool
    day_ranges: tuple[tuple[date, date], ...]
    is_snapshot_stale: bool
    newest_commit: int

    @property
    def is_nothing(self) -> bool:
        """Whether every table is what the landing files say."""
        return not (self.is_landing_stale or self.day_ranges or self.is_snapshot_stale)


def pending_work(
    settings: Settings, sources: Mapping[str, Source], warehouse: Warehouse, models: Sequence[Model]
) -> Pending:
    """Return what has to run so that every table is what the landing files say.

    - The ledger is stale when a file's name, size, time or mapping is not what the ledger has.
    - A day is stale when some daily table was not built from the files that hold it now.
    - The snapshots are stale when a table they are made from was written after them, or a reference file changed.
    """
    files, days = (
        StoredTable(warehouse, Table(model), settings.staging_dir).frame() for model in (LandingFiles, LandingDays)
    )
    commits = current_commits(warehouse)
    tables = [Table(model) for model in models]
    daily = [table.qualified_name for table in tables if table.partition_by is not None]
    built = [{c.day: c.input_id for c in commits if c.table_name == name and c.day} for name in daily]
    return Pending(
        is_landing_stale=not is_ledger_current(settings, sources, files),
        day_ranges=tuple(day_ranges(stale_days(day_fingerprints(days), built), _built_by_all(built))),
        is_snapshot_stale=_is_snapshot_stale(tables, commits) or _is_reference_stale(files, commits),
        newest_commit=max((commit.commit_id for commit in commits), default=0),
    )


def day_tags(first: date, last: date) -> dict[str, str]:
    """Return the run tags that make a single run cover a range of days."""
    return dict(zip(DAY_TAGS, (first.isoformat(), last.isoformat()), strict=True))


def _built_by_all(built: Sequence[Mapping[date, str | None]]) -> set[date]:
    """Return the days that every daily table has."""
    return set.intersection(*(set(days) for days in built)) if built else set()


def _is_reference_stale(files: pl.DataFrame, commits: Sequence[Commit]) -> bool:
    built = {commit.table_name: commit.input_id for commit in commits if commit.day is None}
    return any(
        built.get(Table(model).qualified_name) != readings_fingerprint(files, (kind,))
        for kind, model in REFERENCE_TABLES.items()
    )


def _is_snapshot_stale(tables: Sequence[Table], commits: Sequence[Commit]) -> bool:
    ledger = {Table(LandingFiles).qualified_name, Table(LandingDays).qualified_name}
    snapshots = {t.qualified_name for t in tables if t.partition_by is None and t.schema != "ingest"}
    newest: dict[str, int] = {}
    for commit in commits:
        newest[commit.table_name] = max(newest.get(commit.table_name, 0), commit.commit_id)
    sources = [commit_id for name, commit_id in newest.items() if name not in snapshots | ledger]
    return bool(sources) and any(newest.get(name, 0) < max(sources) for name in snapshots)
