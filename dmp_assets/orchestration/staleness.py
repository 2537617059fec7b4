"""What the landing folder has made stale; the sensor and the command line ask the same question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import Commit, StoredTable, current_commits
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.kinds import REFERENCE_TABLES
from dmp_assets.ingest.landing.ledger import (
    day_fingerprints,
    day_ranges,
    is_ledger_current,
    rates_of_days,
    readings_fingerprint,
    stale_days,
)
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles, RejectedRecords
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.orchestration.jobs import DAYS, REFRESH
from dmp_assets.orchestration.partitions import last_day

DAY_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")

Parents = Mapping[Table, Sequence[Table]]
"""Every table with the tables it is made from."""

TableCommits = Mapping[str, Mapping[date | None, Commit]]
"""Table name -> day (None: the whole table) -> its newest commit."""


@dataclass(frozen=True)
class Pending:
    """The work that is open: at most one kind at a time is acted on, in the order of the fields."""

    is_landing_stale: bool
    day_ranges: tuple[tuple[date, date], ...]
    is_snapshot_stale: bool
    newest_commit: int

    @property
    def is_nothing(self) -> bool:
        """Whether every table is what the landing files and the settings say."""
        return not (self.is_landing_stale or self.day_ranges or self.is_snapshot_stale)

    @property
    def day_runs(self) -> list[tuple[str, date, date]]:
        """Job, first and last day of each range; the snapshots need all days, so only the last run makes them."""
        jobs = [DAYS] * (len(self.day_ranges) - 1) + [REFRESH]
        return [(job, first, last) for job, (first, last) in zip(jobs, self.day_ranges, strict=False)]


def pending_work(settings: Settings, sources: Mapping[str, Source], warehouse: Warehouse, parents: Parents) -> Pending:
    """Return what has to run so that every table is what the landing files and the settings say.

    - The ledger is stale when a file's name, size, time or mapping is not what the ledger has.
    - A day is stale when raw events were not built from the files that hold it now, or when another daily table
      was written before the data of a parent last changed.
    - A snapshot is stale when the data of a parent changed after it was written, when a reference file changed, or
      when it was made under other model settings.
    """
    files, days, published = (
        StoredTable(warehouse, Table(model), settings.staging_dir).frame()
        for model in (LandingFiles, LandingDays, RawExchangeRates)
    )
    listed = current_commits(warehouse)
    commits: dict[str, dict[date | None, Commit]] = {}
    for commit in listed:
        commits.setdefault(commit.table_name, {})[commit.day] = commit
    raw = {day: commit.input_id for day, commit in commits.get(Table(RawEvents).qualified_name, {}).items() if day}
    stale = set(stale_days(day_fingerprints(days, rates_of_days(settings, published, days)), [raw]))
    daily = [table for table in parents if table.partition_by is not None]
    for table in daily:
        stale |= _days_behind(table, parents[table], commits)
    last = last_day(settings, datetime.now(UTC).date())
    # Days that are no partition (yet, or since the settings changed) cannot be run.
    stale = {day for day in stale if settings.start_date <= day <= last}
    built = set.intersection(*({day for day in commits.get(t.qualified_name, {}) if day} for t in daily))
    return Pending(
        is_landing_stale=not is_ledger_current(settings, sources, files),
        day_ranges=tuple(day_ranges(stale, built)),
        is_snapshot_stale=_is_reference_stale(files, commits) or _is_snapshot_stale(settings, parents, commits),
        newest_commit=max((commit.commit_id for commit in listed), default=0),
    )


def day_tags(first: date, last: date) -> dict[str, str]:
    """Return the run tags that make a single run cover a range of days."""
    return dict(zip(DAY_TAGS, (first.isoformat(), last.isoformat()), strict=True))


def _days_behind(table: Table, parents: Sequence[Table], commits: TableCommits) -> set[date]:
    """Return the days that a parent has and the table lacks, or has from before the parent's data last changed."""
    own = commits.get(table.qualified_name, {})
    behind: set[date] = set()
    for parent in parents:
        theirs = commits.get(parent.qualified_name, {})
        if parent.partition_by is not None:
            behind |= {
                day for day, c in theirs.items() if day and (day not in own or own[day].commit_id < c.changed_id)
            }
        elif None in theirs and parent.qualified_name not in _LEDGER:
            behind |= {day for day, c in own.items() if day and c.commit_id < theirs[None].changed_id}
    return behind


def _is_reference_stale(files: pl.DataFrame, commits: TableCommits) -> bool:
    kinds: dict[str, tuple[str, ...]] = {
        Table(model).qualified_name: (kind,) for kind, model in REFERENCE_TABLES.items()
    }
    kinds[Table(RejectedRecords).qualified_name] = tuple(REFERENCE_TABLES)
    return any(_whole_input(name, commits) != readings_fingerprint(files, of) for name, of in kinds.items())


def _is_snapshot_stale(settings: Settings, parents: Parents, commits: TableCommits) -> bool:
    for table in parents:
        if table.partition_by is not None or table.schema == "ingest":
            continue
        own = commits.get(table.qualified_name, {}).get(None)
        made_from = [parent for parent in parents[table] if parent.qualified_name not in _LEDGER]
        changes = [c.changed_id for parent in made_from for c in commits.get(parent.qualified_name, {}).values()]
        if changes and (own is None or own.commit_id < max(changes)):
            return True
        if own is not None and own.input_id not in (None, settings.model_settings_id):
            return True
    return False


def _whole_input(name: str, commits: TableCommits) -> str | None:
    found = commits.get(name, {}).get(None)
    return None if found is None else found.input_id


_LEDGER = {Table(model).qualified_name for model in (LandingFiles, LandingDays, RawExchangeRates)}
"""The ledger is rewritten by every look at the landing folder; its days, and the rates of each day, are compared by
fingerprint instead."""
