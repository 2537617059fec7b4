"""What is stale and why, for the sensor and the command line alike; no asset is loaded to find out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from dmp_assets.domains import STEPS
from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import Commit, StoredTable, current_commits
from dmp_assets.foundation.warehouse.steps import MadeBy, Step, by_table, with_descendants
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.kinds import REFERENCE_TABLES
from dmp_assets.ingest.landing.days import day_fingerprints, day_ranges, rates_of_days, stale_days
from dmp_assets.ingest.landing.ledger import ledger_changes, readings_fingerprint
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles, RejectedRecords
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.ingest.steps import READ_LANDING
from dmp_assets.orchestration.fingerprints import made_by_of

LANDING, DAYS, REFRESH, SNAPSHOTS = "landing", "days", "refresh", "snapshots"
"""The jobs."""

DAY_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")

NEVER_MADE, CODE, SETTINGS, INPUTS = "never made", "its code changed", "its settings changed", "its inputs changed"


@dataclass(frozen=True)
class Stale:
    """A table that is to be made again, why, and how much of it there is."""

    table: Table
    reason: str
    days: int | None = None
    """Days that are made again; None for a table without days."""
    rows: int = 0
    """Stored rows that are made again."""

    def __str__(self) -> str:
        days = "" if self.days is None else f"{self.days:,} days, "
        return f"{self.table.qualified_name}: {self.reason} ({days}{self.rows:,} rows)"


@dataclass(frozen=True)
class Run:
    """One run: the steps that it makes again, and the days; None for tables without days."""

    job: str
    steps: tuple[Step, ...]
    days: tuple[date, date] | None = None

    @property
    def asset_keys(self) -> list[list[str]]:
        """Keys of the assets that the run makes."""
        return [table.asset_key for step in self.steps for table in step.tables]

    @property
    def tags(self) -> dict[str, str]:
        """Tags that make a single run cover its days."""
        return {} if self.days is None else day_tags(*self.days)


@dataclass(frozen=True)
class Pending:
    """The work that is open now. What is open after it is found by asking again."""

    runs: tuple[Run, ...]
    stale: tuple[Stale, ...]
    cause: str
    """What the work follows from: equal work of an equal cause is requested once."""

    @property
    def is_nothing(self) -> bool:
        """Whether every table is what the landing files, the settings and the code say."""
        return not self.runs


def pending_work(settings: Settings, sources: Mapping[str, Source], warehouse: Warehouse) -> Pending:
    """Return what has to run next, so that in the end every table is what files, settings and code say.

    - The ledger is read again when a file's name, size, time or mapping is not what the ledger has, or when other
      code would read the files: nothing else can be known before.
    - Reference tables come next, because a changed one makes days stale.
    - A day is stale when raw events were not built from the files that hold it now, when another daily table was
      written before the data of a parent last changed, or was made by other code or settings.
    - A whole table is stale in the same way. All that reads from what is made again is made again with it.
    """
    seen = _Seen.of(settings, warehouse)
    if changes := ledger_changes(settings, sources, seen.files):
        stale_ledger = Stale(Table(LandingFiles), str(changes), rows=seen.files.height)
        return Pending((Run(LANDING, (READ_LANDING,)),), (stale_ledger,), changes.wanted)
    newest = max((commit.commit_id for commit in seen.listed), default=0)
    made_by = hashlib.sha256(repr(sorted(seen.made_by.items())).encode()).hexdigest()
    cause = f"after commit {newest}, made by {made_by[:16]}"
    references = seen.stale_references()
    days = seen.days_to_make()
    built = seen.built_days()
    if references and built:
        run = Run(SNAPSHOTS, _in_order({seen.step_of[one.table] for one in references}))
        return Pending((run,), tuple(references), cause)
    whole = [*references, *seen.stale_snapshots()]
    stale = [*_reasons(days, seen.commits), *whole]
    snapshots = with_descendants(STEPS, [*days, *(seen.step_of[one.table] for one in whole)])
    chosen = [step for step in snapshots if not step.is_daily and step is not READ_LANDING]
    every_day = {day for found in days.values() for day in found}
    if not every_day:
        return Pending((Run(SNAPSHOTS, tuple(chosen)),) if chosen else (), tuple(stale), cause)
    # Whole tables need all days, so only the last of several ranges makes them.
    *ranges, last = day_ranges(every_day, built)
    daily = _in_order(set(days))
    runs = (*(Run(DAYS, daily, one) for one in ranges), Run(REFRESH, (*daily, *chosen), last))
    return Pending(runs, tuple(stale), cause)


def in_words(stale: Sequence[Stale]) -> list[str]:
    """Return a line per domain, reason and number of days: what is made again, why, and how much of it there is."""
    groups: dict[tuple[str, str, int | None], list[Stale]] = {}
    for one in stale:
        groups.setdefault((one.table.schema, one.reason, one.days), []).append(one)
    return [
        str(found[0]) if len(found) == 1 else f"{schema}: {reason} ({_size(found)})"
        for (schema, reason, _), found in groups.items()
    ]


def _size(found: Sequence[Stale]) -> str:
    days = "" if found[0].days is None else f"{found[0].days:,} days, "
    return f"{len(found)} tables, {days}{sum(one.rows for one in found):,} rows"


def day_tags(first: date, last: date) -> dict[str, str]:
    """Return the run tags that make a single run cover a range of days."""
    return dict(zip(DAY_TAGS, (first.isoformat(), last.isoformat()), strict=True))


TableCommits = Mapping[str, Mapping[date | None, Commit]]
"""Table name -> day (None: the whole table) -> its newest commit."""


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What is stored, and what it should be made by; read once, so that all answers are of one moment."""

    settings: Settings
    files: pl.DataFrame
    landing_days: pl.DataFrame
    rates: pl.DataFrame
    listed: Sequence[Commit]
    commits: TableCommits
    made_by: Mapping[str, MadeBy]
    step_of: Mapping[Table, Step]

    @classmethod
    def of(cls, settings: Settings, warehouse: Warehouse) -> "_Seen":
        # Held open for the four reads: opening it costs more than what they find.
        with warehouse.get_connection(read_only=True):
            files, landing_days, rates = (
                StoredTable(warehouse, Table(contract), settings.staging_dir).frame()
                for contract in (LandingFiles, LandingDays, RawExchangeRates)
            )
            listed = current_commits(warehouse)
        commits: dict[str, dict[date | None, Commit]] = {}
        for commit in listed:
            commits.setdefault(commit.table_name, {})[commit.day] = commit
        return cls(
            settings=settings,
            files=files,
            landing_days=landing_days,
            rates=rates,
            listed=listed,
            commits=commits,
            made_by=made_by_of(STEPS, settings),
            step_of=by_table(STEPS),
        )

    def built_days(self) -> set[date]:
        """Return the days that every daily table has."""
        of_tables = [set(self.of_days(table)) for table, step in self.step_of.items() if step.is_daily]
        return set.intersection(*of_tables)

    def of_days(self, table: Table) -> dict[date, Commit]:
        return {day: commit for day, commit in self.commits.get(table.qualified_name, {}).items() if day}

    def of_whole(self, table: Table) -> Commit | None:
        return self.commits.get(table.qualified_name, {}).get(None)

    def stale_references(self) -> list[Stale]:
        """Return the whole tables of ingest that were made from other files than those of now, or by other code."""
        kinds: dict[Table, tuple[str, ...]] = {Table(one): (kind,) for kind, one in REFERENCE_TABLES.items()}
        kinds[Table(RejectedRecords)] = tuple(REFERENCE_TABLES)
        found = []
        for table, of in kinds.items():
            own = self.of_whole(table)
            if own is None or own.input_id != readings_fingerprint(self.files, of):
                found.append(Stale(table, NEVER_MADE if own is None else INPUTS, rows=own.rows if own else 0))
            elif reason := self.other_maker(self.step_of[table], own):
                found.append(Stale(table, reason, rows=own.rows))
        return found

    def stale_snapshots(self) -> list[Stale]:
        """Return the whole tables after ingest whose parents, code or settings changed since they were made."""
        found = []
        for table, step in self.step_of.items():
            if step.is_daily or step.domain == "ingest":
                continue
            own = self.of_whole(table)
            parents = [one for one in map(Table, step.reads) if one.qualified_name not in _LEDGER]
            changes = [
                commit.changed_id for one in parents for commit in self.commits.get(one.qualified_name, {}).values()
            ]
            if changes and (own is None or own.commit_id < max(changes)):
                found.append(Stale(table, NEVER_MADE if own is None else INPUTS, rows=own.rows if own else 0))
            elif own is not None and (reason := self.other_maker(step, own)):
                found.append(Stale(table, reason, rows=own.rows))
        return found

    def days_to_make(self) -> dict[Step, dict[date, str]]:
        """Return each daily step with its stale days and why, days that are no partition left out.

        All daily steps that read from a day that is made again make it again too.
        """
        last = self.settings.end_date or datetime.now(UTC).date()
        found: dict[Step, dict[date, str]] = {}
        for step in (one for one in STEPS if one.is_daily):
            stale: dict[date, str] = {}
            for table in step.tables:
                own = self.of_days(table)
                for parent in map(Table, step.reads):
                    before = found.get(self.step_of[parent], {})
                    for day in (*before, *self._behind(own, parent)):
                        stale.setdefault(day, INPUTS if day in own else NEVER_MADE)
                for day, commit in own.items():
                    if reason := self.other_maker(step, commit):
                        stale.setdefault(day, reason)
            if RawEvents in step.makes:
                for day in self._days_with_changed_files():
                    stale.setdefault(day, INPUTS)
            # Days that are no partition (yet, or since the settings changed) cannot be run.
            stale = {day: reason for day, reason in stale.items() if self.settings.start_date <= day <= last}
            if stale:
                found[step] = stale
        return found

    def other_maker(self, step: Step, own: Commit) -> str | None:
        """Return what changed since the rows were made, code or settings; None if neither did."""
        wanted = self.made_by[step.name]
        if own.code_version != wanted.code:
            return CODE
        return SETTINGS if own.settings_id != wanted.settings else None

    def _days_with_changed_files(self) -> list[date]:
        raw = {day: commit.input_id for day, commit in self.of_days(Table(RawEvents)).items()}
        rates = rates_of_days(self.settings, self.rates, self.landing_days)
        return stale_days(day_fingerprints(self.landing_days, rates), [raw])

    def _behind(self, own: Mapping[date, Commit], parent: Table) -> set[date]:
        """Return the days of a parent that the table lacks, or has from before the parent's data changed."""
        if parent.partition_by is not None:
            theirs = self.of_days(parent)
            # Not by the parent's newest commit: one that wrote the same rows again makes nothing stale.
            return {day for day, one in theirs.items() if day not in own or own[day].commit_id < one.changed_id}
        whole = self.of_whole(parent)
        if whole is None or parent.qualified_name in _LEDGER:
            return set()
        return {day for day, commit in own.items() if commit.commit_id < whole.changed_id}


_LEDGER = {table.qualified_name for table in READ_LANDING.tables} | {Table(RawExchangeRates).qualified_name}
"""Every look at the landing folder rewrites the ledger, so its commits do not say what changed. Its days, and the rates
of each day, are compared by fingerprint instead."""


def _in_order(steps: set[Step]) -> tuple[Step, ...]:
    return tuple(step for step in STEPS if step in steps)


def _reasons(days: Mapping[Step, Mapping[date, str]], commits: TableCommits) -> list[Stale]:
    """Return one entry per daily table and reason."""
    found = []
    for step, stale in days.items():
        for table in step.tables:
            own = commits.get(table.qualified_name, {})
            for reason in sorted(set(stale.values())):
                of_reason = [day for day, why in stale.items() if why == reason]
                rows = sum(own[day].rows for day in of_reason if day in own)
                found.append(Stale(table, reason, len(of_reason), rows))
    return found
