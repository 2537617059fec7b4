"""A run of what is stale makes exactly that, day by day and table by table; a failed step holds back only its own."""

from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from dmp_assets.commands.runs import RunFailedError
from dmp_assets.domains import STEPS
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.steps import with_descendants
from dmp_assets.operations.trouble import TroubleError
from dmp_assets.orchestration.staleness import LANDING, ONLY_STALE
from dmp_assets_tests.support import quick_runs
from dmp_assets_tests.support.factories import FIRST_DAY, LAST_DAY, built_shop, land, platform, query, shop_files

LATE = "at,order,person,item,n,paid\n2024-05-02 12:00:00,o9,p1,i1,1,1.00\n2024-05-04 12:00:00,o8,p2,i1,1,1.00\n"
WAITING = "FROM meta.tables WHERE waits_for IS NOT NULL"
TOUCHED = {date(2024, 5, 2), LAST_DAY}


def commits(settings: Settings) -> int:
    return int(query(settings, "SELECT max(commit_id) FROM ops.commits")[0][0])


def written(settings: Settings, since: int) -> dict[str, set[date | None]]:
    """Return the tables that were written after a commit, each with its days."""
    found: dict[str, set[date | None]] = {}
    for name, day in query(settings, f"SELECT table_name, partition FROM ops.commits WHERE commit_id > {since}"):
        found.setdefault(name, set()).add(day)
    return found


def published(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        return connection.sql(sql).fetchall()


def materialised(instance: dg.DagsterInstance, name: str) -> set[str | None]:
    """Return the partitions of a table that events say were materialised in the last run."""
    (newest,) = instance.get_runs(limit=1)
    records = instance.get_records_for_run(newest.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    events = [record.event_log_entry.dagster_event for record in records]
    return {event.partition for event in events if event and event.asset_key == dg.AssetKey(name.split("."))}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make the sessions fail while the list holds a word."""
    words = ["broken"]

    def fail(events: object) -> object:
        if words:
            raise pl.exceptions.ComputeError("conversion of Ann Nowak failed")
        return usual(events)

    from dmp_assets.events import assets

    usual = assets.build_sessions
    monkeypatch.setattr("dmp_assets.events.assets.build_sessions", fail)
    return words


def test_a_late_file_is_two_runs_and_one_publication_and_builds_and_books_its_days_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick_runs, "BOOKED", {*quick_runs.BOOKED, dg.DagsterEventType.ASSET_MATERIALIZATION})
    settings = built_shop(tmp_path)
    since = commits(settings)
    ((editions,),) = query(settings, "SELECT count(*) FROM ops.publications")
    land(settings, {"orders/late.csv": LATE})
    with platform(settings) as current:
        assert current.bring_up_to_date() == 2
        days = {str(day) for day in TOUCHED}
        assert materialised(current.instance, "ingest.raw_events") == days
        assert materialised(current.instance, "events.sessions") == days
        assert materialised(current.instance, "profiles.profiles") == {None}
    made = written(settings, since)
    daily = {table.qualified_name for step in STEPS if step.is_daily for table in step.tables}
    assert {name: made[name] for name in daily} == dict.fromkeys(daily, TOUCHED)
    assert query(settings, "SELECT count(*) FROM ops.publications") == [(editions + 1,)]


def test_a_file_that_comes_again_with_the_same_rows_writes_its_raw_days_and_nothing_after_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick_runs, "BOOKED", {*quick_runs.BOOKED, dg.DagsterEventType.ASSET_MATERIALIZATION})
    settings = built_shop(tmp_path)
    since = commits(settings)
    text = shop_files()["orders/a.csv"]
    land(settings, {"orders/a.csv": f"{text}\n"})
    with platform(settings) as current:
        assert current.bring_up_to_date() == 2
        assert materialised(current.instance, "ingest.raw_events") >= {str(FIRST_DAY)}
        assert materialised(current.instance, "events.sessions") == set()
        assert materialised(current.instance, "profiles.profiles") == set()
    ledger = {"ingest.landing_files", "ingest.landing_days", "ingest.repeated_statements"}
    assert set(written(settings, since)) - ledger - {"quality.quality"} == {"ingest.raw_events"}


def test_days_and_a_whole_table_that_every_day_reads_are_one_run_after_the_ledger(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    land(settings, {"orders/late.csv": LATE.splitlines()[0] + "\n" + LATE.splitlines()[2] + "\n"})
    land(settings, {"items/a.csv": "item,category\ni1,CHEESE\ni2,BREAD\n"})
    with platform(settings) as current:
        assert current.bring_up_to_date() == 2
        assert current.pending().is_nothing


def test_the_ledger_publishes_nothing_while_days_are_open(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    before = published(settings, "SELECT generation FROM meta.generation")
    land(settings, {"orders/late.csv": LATE})
    with platform(settings) as current:
        current.run(LANDING, {ONLY_STALE: "true"})
    assert published(settings, "SELECT generation FROM meta.generation") == before


def test_a_failed_step_keeps_its_tables_and_those_made_from_them_and_the_others_are_published(
    tmp_path: Path, failing: list[str]
) -> None:
    settings = built_shop(tmp_path)
    before = published(settings, "SELECT count(*) FROM events.sessions")
    land(settings, {"orders/late.csv": LATE})
    with platform(settings) as current:
        with pytest.raises(RunFailedError, match=r"step sessions \(.*The tables of sessions and \d+ that"):
            current.bring_up_to_date()
        (sessions,) = [step for step in STEPS if step.name == "sessions"]
        held = {table.qualified_name for step in with_descendants(STEPS, [sessions]) for table in step.tables}
        assert {name for (name,) in published(settings, f"SELECT table_name {WAITING}")} == held
        assert published(settings, "SELECT count(*) FROM events.sessions") == before
        assert published(settings, "SELECT count(*) FROM events.cleaned_events WHERE transaction_id = 'o9'") == [(1,)]


def test_a_failed_step_is_tried_again_only_when_something_changed_or_somebody_asks(
    tmp_path: Path, failing: list[str]
) -> None:
    settings = built_shop(tmp_path)
    land(settings, {"orders/late.csv": LATE})
    with platform(settings) as current:
        with pytest.raises(RunFailedError):
            current.bring_up_to_date()
        since = commits(settings)
        with pytest.raises(RunFailedError, match="sessions"):
            current.bring_up_to_date()
        assert written(settings, since) == {}
        failing.clear()
        assert current.pending().is_nothing
        assert current.bring_up_to_date(retry=True) == 1
        assert not current.pending().waiting
    assert published(settings, f"SELECT count(*) {WAITING}") == [(0,)]
    assert query(settings, "SELECT count(*) FROM ops.failures") == [(0,)]


def test_a_failed_step_is_tried_again_when_a_file_changes_its_inputs(tmp_path: Path, failing: list[str]) -> None:
    settings = built_shop(tmp_path)
    land(settings, {"orders/late.csv": LATE})
    with platform(settings) as current, pytest.raises(RunFailedError):
        current.bring_up_to_date()
    failing.clear()
    land(settings, {"orders/later.csv": LATE.replace("o9", "o7")})
    with platform(settings) as current:
        assert current.bring_up_to_date() == 2
        assert current.pending().is_nothing
    assert published(settings, f"SELECT count(*) {WAITING}") == [(0,)]


def test_a_failure_that_may_pass_is_no_booked_one_and_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = built_shop(tmp_path)
    before = published(settings, "SELECT generation FROM meta.generation")

    def full(*_: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dmp_assets.events.assets.build_sessions", full)
    land(settings, {"orders/late.csv": LATE})
    with platform(settings) as current:
        with pytest.raises(TroubleError, match="takes no more"):
            current.bring_up_to_date()
        assert not current.pending().waiting
        assert not current.pending().is_nothing
    assert published(settings, "SELECT generation FROM meta.generation") == before
