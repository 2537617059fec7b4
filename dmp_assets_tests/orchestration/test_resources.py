"""What a run was stopped in the middle of is neither published nor taken for a failed step."""

from pathlib import Path

import duckdb
import pytest

from dmp_assets.commands.runs import RunFailedError
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.orchestration.staleness import LANDING
from dmp_assets_tests.support.factories import FIRST_DAY, LAST_DAY, built_shop, land, platform, query

LATE = {"orders/late.csv": "at,order,person,item,n,paid\n2024-05-02 12:00:00,o9,p1,i1,1,1.00\n"}

STOPS = {
    "a handler that raised while DuckDB worked": RuntimeError("Query interrupted"),
    "an interrupt of DuckDB by the watch for signals": duckdb.InterruptException("INTERRUPT Error: Interrupted!"),
}


def generation(settings: Settings) -> int:
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        return int(connection.sql("SELECT generation FROM meta.generation").fetchall()[0][0])


@pytest.mark.parametrize("stop", STOPS)
def test_a_run_that_a_signal_stops_publishes_nothing_and_its_step_is_open_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    settings = built_shop(tmp_path)
    land(settings, LATE)

    def stopped(*_: object) -> object:
        monkeypatch.setattr("dmp_assets.orchestration.resources.is_stopping", lambda: True)
        raise STOPS[stop]

    with platform(settings) as current:
        monkeypatch.setattr("dmp_assets.events.assets.build_sessions", stopped)
        current.run(LANDING)
        before = generation(settings)
        with pytest.raises(RunFailedError):
            current.backfill(FIRST_DAY, LAST_DAY)
    assert generation(settings) == before
    assert query(settings, "SELECT * FROM ops.failures") == []
    monkeypatch.undo()  # the next command
    with platform(settings) as current:
        assert current.bring_up_to_date() == 1
    assert generation(settings) == before + 1


def test_a_run_that_somebody_asked_for_is_published_though_a_step_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = built_shop(tmp_path)
    land(settings, LATE)

    def broken(*_: object) -> object:
        raise ValueError

    monkeypatch.setattr("dmp_assets.events.assets.build_sessions", broken)
    with platform(settings) as current:
        current.run(LANDING)
        before = generation(settings)
        with pytest.raises(RunFailedError):
            current.backfill(FIRST_DAY, LAST_DAY)
    assert generation(settings) == before + 1
