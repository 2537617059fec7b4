"""What is stored, and which of it is not what files, settings and code say; no asset is loaded to find out."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import polars as pl

from dmp_assets.domains import STEPS
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.failures import Failure, failures
from dmp_assets.foundation.warehouse.read import Commit, StoredTable, current_commits
from dmp_assets.foundation.warehouse.steps import MadeBy, Step, by_table
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.kinds import REFERENCE_TABLES
from dmp_assets.ingest.landing.days import day_fingerprints, day_ranges, rates_of_days, stale_days
from dmp_assets.ingest.landing.ledger import LedgerChanges, readings_fingerprint
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles, RejectedRecords, RepeatedStatements
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.ingest.steps import READ_LANDING
from dmp_assets.orchestration.fingerprints import made_by_of
from dmp_assets.orchestration.stale_tables import INPUTS, NEVER_MADE, SETTINGS, Stale, other_maker, other_zone

TableCommits = Mapping[str, Mapping[date | None, Commit]]
"""Table name -> day (None: the whole table) -> its newest commit."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is stored, and what it should be made by; read once, so that all answers are of one moment.

    Days that are no partition (yet, or since the settings changed) are never stale: they cannot be run.
    """

    settings: Settings
    files: pl.DataFrame
    landing_days: pl.DataFrame
    rates: pl.DataFrame
    listed: Sequence[Commit]
    commits: TableCommits
    failures: Sequence[Failure]
    made_by: Mapping[str, MadeBy]
    step_of: Mapping[Table, Step]

    @classmethod
    def of(cls, settings: Settings, warehouse: Warehouse, made_by: Mapping[str, MadeBy] | None = None) -> "Seen":
        """Return what the warehouse holds now.

        Args:
            settings: What the tables should be made by.
            warehouse: What is looked at.
            made_by: ``made_by_of(STEPS, settings)``, where it is known.
        """
        # Held open for the reads: opening it costs more than what they find.
        with warehouse.get_connection(read_only=True):
            files, landing_days, rates = (
                StoredTable(warehouse, Table(contract), settings.staging_dir).frame()
                for contract in (LandingFiles, LandingDays, RawExchangeRates)
            )
            listed = current_commits(warehouse)
            failed = failures(warehouse)
        return cls(
            settings=settings,
            files=files,
            landing_days=landing_days,
            rates=rates,
            listed=listed,
            commits=_by_table(listed),
            failures=failed,
            made_by=made_by_of(STEPS, settings) if made_by is None else made_by,
            step_of=by_table(STEPS),
        )

    def after(self, newer: Sequence[Commit]) -> "Seen":
        """Return the same with all present commits of some tables."""
        names = {commit.table_name for commit in newer}
        listed = [*(commit for commit in self.listed if commit.table_name not in names), *newer]
        return replace(self, listed=listed, commits=_by_table(listed))

    def built_days(self) -> set[date]:
        """Return the days that some daily table has, those left out that are no partition."""
        found = {day for table, step in self.step_of.items() if step.is_daily for day in self.of_days(table)}
        return {day for day in found if self._is_partition(day)}

    def of_days(self, table: Table) -> dict[date, Commit]:
        """Return the newest commit of each day of a table."""
        return {day: commit for day, commit in self.commits.get(table.qualified_name, {}).items() if day}

    def of_whole(self, table: Table) -> Commit | None:
        """Return the newest commit of a table without days."""
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

    def stale_tables(self, step: Step) -> list[Stale]:
        """Return the tables of a step without days whose inputs, code or settings changed since they were made."""
        found = []
        for table in step.tables:
            # Of a table that has days, but is not made by day, only changed days have a commit of the last run.
            own = self.of_whole(table if table.partition_by is None else step.booked)
            is_other = self._has_other_files(table, own) if step.domain == "ingest" else self._is_behind(step, own)
            if reason := self._reason(step, own, is_other=is_other):
                found.append(Stale(table, reason, rows=own.rows if own else 0))
        return found

    def _has_other_files(self, table: Table, own: Commit | None) -> bool:
        """Return whether a whole table of ingest was made from other files than those of now."""
        kinds = _KINDS[table]
        return own is None or own.input_id != readings_fingerprint(self.files, kinds)

    def _is_behind(self, step: Step, own: Commit | None) -> bool:
        """Return whether the data of a parent changed after the commit."""
        newest = max(self._changes(step).values(), default=None)
        return newest is not None and (own is None or own.commit_id < newest)

    def _changes(self, step: Step) -> dict[str, int]:
        """Return the commit that last changed the data of each table that a step reads, the ledger left out."""
        found = {}
        for name in sorted(Table(one).qualified_name for one in step.reads):
            commits = {} if name in _LEDGER else self.commits.get(name, {})
            if commits:
                found[name] = max(commit.changed_id for commit in commits.values())
        return found

    def state_of(self, step: Step, files: str = "") -> str:
        """Return a fingerprint of all that a step is given: inputs, code, settings, and ``files`` in words.

        A step that failed is tried again when it is another.
        """
        of_files = self.files.select("path", "reading_id").rows() if step.domain == "ingest" else ()
        given = (str(self.made_by.get(step.name, "")), self._changes(step), of_files, files)
        return hashlib.sha256(repr(given).encode()).hexdigest()

    def days_to_make(self, steps: Iterable[Step]) -> dict[Step, dict[date, str]]:
        """Return each daily step with its stale days and why.

        Args:
            steps: The daily steps that may run. One that reads from a day that is made again makes it again too.
        """
        found: dict[Step, dict[date, str]] = {}
        for step in steps:
            if stale := self.days_of(step, found):
                found[step] = stale
        return found

    def days_of(self, step: Step, before: Mapping[Step, Iterable[date]] = MappingProxyType({})) -> dict[date, str]:
        """Return the stale days of a daily step and why, given those of the steps before it."""
        return {day: reason for day, reason in self._days_of(step, before).items() if self._is_partition(day)}

    def days_between(self, step: Step, asked: Days) -> Days | None:
        """Return the days of a range that a daily step makes again where only stale ones are; None for none.

        The days of a gap between two of them are made too if none of the gap was ever built: they hold no records.
        """
        stale = [day for day in self.days_of(step) if asked.first <= day <= asked.last]
        built = {day for table in step.tables for day in self.of_days(table)}
        days = [day for first, last in day_ranges(stale, built) for day in Days(first, last).each()]
        return Days(days[0], days[-1], frozenset(days)) if days else None

    def _is_partition(self, day: date) -> bool:
        return self.settings.start_date <= day <= self.settings.last_day()

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


def _by_table(listed: Iterable[Commit]) -> TableCommits:
    commits: dict[str, dict[date | None, Commit]] = {}
    for commit in listed:
        commits.setdefault(commit.table_name, {})[commit.day] = commit
    return commits


_LEDGER = {table.qualified_name for table in READ_LANDING.tables} | {Table(RawExchangeRates).qualified_name}
"""Every look at the landing folder rewrites the ledger, so its commits do not say what changed. Its days, and the rates
of each day, are compared by fingerprint instead."""

REREAD = frozenset(_LEDGER)
"""Tables whose rows are held here, not their commits alone."""

_KINDS: Mapping[Table, tuple[str, ...]] = {
    **{Table(contract): (kind,) for kind, contract in REFERENCE_TABLES.items()},
    Table(RejectedRecords): tuple(REFERENCE_TABLES),
}
"""Whole table of ingest -> the kinds of files that it is made from."""
