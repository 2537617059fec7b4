"""What is stale and why, for the sensor and the command line alike; no asset is loaded to find out."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.domains import STEPS
from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import Commit, StoredTable, current_commits
from dmp_assets.foundation.warehouse.steps import MadeBy, Step, by_table, with_descendants
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.kinds import REFERENCE_TABLES
from dmp_assets.ingest.landing.days import day_fingerprints, day_ranges, rates_of_days, stale_days
from dmp_assets.ingest.landing.ledger import LedgerChanges, ledger_changes, readings_fingerprint
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles, RejectedRecords, RepeatedStatements
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.ingest.steps import READ_LANDING
from dmp_assets.orchestration.fingerprints import made_by_of
from dmp_assets.orchestration.stale_tables import INPUTS, NEVER_MADE, SETTINGS, Stale, other_maker, other_zone

LANDING, DAYS, REFRESH, SNAPSHOTS = "landing", "days", "refresh", "snapshots"
"""The jobs."""

DAY_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


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
      So it is when another setting says which statements of a number are of one order.
    - Reference tables come next, because a changed one makes days stale.
    - A day is stale when raw events were not built from the files that hold it now, when another daily table was
      written before the data of a parent last changed, or was made by other code or settings.
    - A whole table is stale in the same way. All that reads from what is made again is made again with it.
    """
    seen = _Seen.of(settings, warehouse)
    if changes := ledger_changes(settings, sources, seen.files):
        stale_ledger = Stale(Table(LandingFiles), seen.why_read(changes), rows=seen.files.height)
        return Pending((Run(LANDING, (READ_LANDING,)),), (stale_ledger,), changes.wanted)
    if stale_statements := seen.stale_statements():
        return Pending((Run(LANDING, (READ_LANDING,)),), (stale_statements,), repr(seen.made_by[READ_LANDING.name]))
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

    def why_read(self, changes: LedgerChanges) -> str:
        """Return in words why the landing folder is read again."""
        own = self.of_whole(Table(LandingFiles))
        zone = own and other_zone(self.made_by[READ_LANDING.name], own)
        return f"{changes}; {zone}" if zone else str(changes)

    def stale_statements(self) -> Stale | None:
        """Return the statements that do not count, if another setting now says which are of one order."""
        own = self.of_whole(Table(RepeatedStatements))
        is_other = own is not None and own.settings_id != self.made_by[READ_LANDING.name].settings
        return Stale(Table(RepeatedStatements), SETTINGS, rows=own.rows) if own is not None and is_other else None

    def stale_references(self) -> list[Stale]:
        """Return the whole tables of ingest that were made from other files than those of now, or by other code."""
        kinds: dict[Table, tuple[str, ...]] = {Table(one): (kind,) for kind, one in REFERENCE_TABLES.items()}
        kinds[Table(RejectedRecords)] = tuple(REFERENCE_TABLES)
        found = []
        for table, of in kinds.items():
            own = self.of_whole(table)
            is_other = own is None or own.input_id != readings_fingerprint(self.files, of)
            if reason := self._reason(self.step_of[table], own, is_other=is_other):
                found.append(Stale(table, reason, rows=own.rows if own else 0))
        return found

    def stale_snapshots(self) -> list[Stale]:
        """Return the whole tables after ingest whose parents, code or settings changed since they were made."""
        found = []
        for table, step in self.step_of.items():
            if step.is_daily or step.domain == "ingest":
                continue
            # Of a table that has days, but is not made by day, only changed days have a commit of the last run.
            own = self.of_whole(table if table.partition_by is None else step.booked)
            parents = [one for one in map(Table, step.reads) if one.qualified_name not in _LEDGER]
            changes = [
                commit.changed_id for one in parents for commit in self.commits.get(one.qualified_name, {}).values()
            ]
            is_other = bool(changes) and (own is None or own.commit_id < max(changes))
            if reason := self._reason(step, own, is_other=is_other):
                found.append(Stale(table, reason, rows=own.rows if own else 0))
        return found

    def days_to_make(self) -> dict[Step, dict[date, str]]:
        """Return each daily step with its stale days and why, days that are no partition left out.

        All daily steps that read from a day that is made again make it again too.
        """
        last = self.settings.last_day()
        found: dict[Step, dict[date, str]] = {}
        for step in (one for one in STEPS if one.is_daily):
            stale = self._days_of(step, found)
            # Days that are no partition (yet, or since the settings changed) cannot be run.
            stale = {day: reason for day, reason in stale.items() if self.settings.start_date <= day <= last}
            if stale:
                found[step] = stale
        return found

    def _days_of(self, step: Step, before: Mapping[Step, Iterable[date]]) -> dict[date, str]:
        """Return the stale days of a daily step and why, given those of the steps before it."""
        stale: dict[date, str] = {}
        wanted = self.made_by[step.name]
        commits = [(day, commit) for table in step.tables for day, commit in self.of_days(table).items()]
        stale |= {day: zone for day, commit in commits if (zone := other_zone(wanted, commit))}
        for own in map(self.of_days, step.tables):
            for parent in map(Table, step.reads):
                for day in (*before.get(self.step_of[parent], ()), *self._behind(own, parent)):
                    stale.setdefault(day, INPUTS if day in own else NEVER_MADE)
            for day, commit in own.items():
                if reason := other_maker(wanted, commit):
                    stale.setdefault(day, reason)
        made = self.of_days(Table(RawEvents))
        changed = self._days_with_changed_files() if RawEvents in step.makes else []
        return {**{day: INPUTS if day in made else NEVER_MADE for day in changed}, **stale}

    def _reason(self, step: Step, own: Commit | None, *, is_other: bool) -> str | None:
        """Return why a whole table is stale; None if it is not.

        Args:
            step: What makes it.
            own: Its commit; None before the first.
            is_other: Whether its inputs are others than it was made from.
        """
        if own is None:
            return NEVER_MADE if is_other else None
        wanted = self.made_by[step.name]
        return other_zone(wanted, own) or (INPUTS if is_other else other_maker(wanted, own))

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
