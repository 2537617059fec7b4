"""What is open and has to run next, for the sensor and the command line alike; no asset is loaded to find out."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dmp_assets.domains import STEPS
from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.foundation.values.days import PLANNED_DAYS, as_ranges, of_ranges
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.steps import Step, with_descendants
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.landing.ledger import ledger_changes
from dmp_assets.ingest.schema.landing import LandingFiles
from dmp_assets.ingest.steps import READ_LANDING
from dmp_assets.orchestration.names import WHAT_TAG, of_days, of_domains, of_range
from dmp_assets.orchestration.seen import Seen, TableCommits
from dmp_assets.orchestration.stale_tables import Stale
from dmp_assets.orchestration.waiting import Waiting, waiting_steps

LANDING, REFRESH, SNAPSHOTS = "landing", "refresh", "snapshots"
"""The jobs."""

DAY_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")

ONLY_STALE = "dmp/only_stale"
"""Tag of a run that makes of its days, and of its tables without days, those alone that are stale when it gets to them.
A run without it makes all that it is asked for, stale or not."""


@dataclass(frozen=True)
class Run:
    """One run: the steps that it may have to make again, and the days; None for tables without days."""

    job: str
    steps: tuple[Step, ...]
    days: tuple[date, date] | None = None
    stale: str = ""
    """The days among them that are stale, as ``as_ranges`` writes them; empty where the run itself has to find out."""

    @property
    def asset_keys(self) -> list[list[str]]:
        """Keys of the assets that the run makes."""
        return [table.asset_key for step in self.steps for table in step.tables]

    @property
    def tags(self) -> dict[str, str]:
        """Tags that make a single run cover its days, and leave alone what is not stale."""
        planned = {PLANNED_DAYS: self.stale} if self.stale else {}
        days = {} if self.days is None else day_tags(*self.days)
        return {WHAT_TAG: self.what, ONLY_STALE: "true"} | planned | days

    @property
    def what(self) -> str:
        """What the run does, in words."""
        if self.job == LANDING:
            return "a look into the landing folder"
        if self.days is None:
            return of_domains(step.domain for step in self.steps)
        return of_days(of_ranges(self.stale)) if self.stale else of_range(*self.days)


@dataclass(frozen=True)
class Pending:
    """The work that is open now. What is open after it is found by asking again."""

    runs: tuple[Run, ...]
    stale: tuple[Stale, ...]
    cause: str
    """What the work follows from: equal work of an equal cause is requested once an hour."""
    waiting: tuple[Waiting, ...] = ()
    """Steps that failed, and are not tried again before something changes."""

    @property
    def is_nothing(self) -> bool:
        """Whether every table is what files, settings and code say, but for those that wait for a failed step."""
        return not self.runs


def pending_work(
    settings: Settings, sources: Mapping[str, Source], warehouse: Warehouse, *, retry: bool = False
) -> Pending:
    """Return what has to run next, so that in the end every table is what files, settings and code say.

    Args:
        settings: Where the files are, and what tables are made by.
        sources: Sources with their presets filled in.
        warehouse: What is stored.
        retry: Try failed steps again, although nothing changed for them.

    - The ledger is read again when a file's name, size, time or mapping is not what the ledger has, or when other
      code would read the files: nothing else can be known before.
      So it is when another setting says which statements of a number are of one order.
    - After it comes one run, from the first to the last day that may be stale. Each of its steps makes the days, or the
      whole table, only if a parent's data, its code or its settings changed since its own last write.
    - A day of raw events is stale when it was not built from the files that hold it now.
    - A step that failed is left out with all that is made from it, until something changes for it.
    """
    seen = Seen.of(settings, warehouse)
    changes = ledger_changes(settings, sources, seen.files)
    failed = () if retry else waiting_steps(seen.failures)
    files = {READ_LANDING: changes.wanted}
    waiting = tuple(one for one in failed if one.failure.state_id == seen.state_of(one.step, files.get(one.step, "")))
    blocked = set(with_descendants(STEPS, [one.step for one in waiting]))
    if READ_LANDING in blocked:
        return Pending((), (), changes.wanted, waiting)
    if changes:
        stale_ledger = Stale(Table(LandingFiles), seen.why_read(changes), rows=seen.files.height)
        return Pending((Run(LANDING, (READ_LANDING,)),), (stale_ledger,), changes.wanted, waiting)
    if stale_statements := seen.stale_statements():
        cause = repr(seen.made_by[READ_LANDING.name])
        return Pending((Run(LANDING, (READ_LANDING,)),), (stale_statements,), cause, waiting)
    newest = max((commit.commit_id for commit in seen.listed), default=0)
    made_by = hashlib.sha256(repr(sorted(seen.made_by.items())).encode()).hexdigest()
    days, whole = _open(seen, blocked)
    # A step that reads from what is made again gets other inputs, perhaps, and is tried again with them.
    touched = with_descendants(STEPS, [*days, *whole])
    if any(one.step in touched for one in waiting):
        waiting = tuple(one for one in waiting if one.step not in touched)
        blocked = set(with_descendants(STEPS, [one.step for one in waiting]))
        days, whole = _open(seen, blocked)
    stale = [*_reasons(days, seen.commits), *(table for tables in whole.values() for table in tables)]
    runs = _run(seen, days, [step for step in with_descendants(STEPS, [*days, *whole]) if step not in blocked])
    return Pending(runs, tuple(stale), f"after commit {newest}, made by {made_by[:16]}", waiting)


def _open(seen: Seen, blocked: Collection[Step]) -> tuple[dict[Step, dict[date, str]], dict[Step, list[Stale]]]:
    """Return the stale days of each daily step, and the stale tables of each other, those left out that are blocked."""
    free = [step for step in STEPS if step is not READ_LANDING and step not in blocked]
    days = seen.days_to_make(step for step in free if step.is_daily)
    return days, {step: stale for step in free if not step.is_daily and (stale := seen.stale_tables(step))}


def day_tags(first: date, last: date) -> dict[str, str]:
    """Return the run tags that make a single run cover a range of days."""
    return dict(zip(DAY_TAGS, (first.isoformat(), last.isoformat()), strict=True))


def _run(seen: Seen, days: Mapping[Step, Mapping[date, str]], chosen: Sequence[Step]) -> tuple[Run, ...]:
    """Return the run that makes the chosen steps; none where there are none."""
    every_day = {day for found in days.values() for day in found}
    stale = as_ranges(every_day)
    if any(step.is_daily for step in with_descendants(STEPS, [step for step in chosen if not step.is_daily])):
        # It reads a whole table that the run makes first, such as items: which days change shows only then.
        every_day |= seen.built_days()
        stale = ""
    if every_day:
        return (Run(REFRESH, tuple(chosen), (min(every_day), max(every_day)), stale),)
    whole = tuple(step for step in chosen if not step.is_daily)
    return (Run(SNAPSHOTS, whole),) if whole else ()


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
