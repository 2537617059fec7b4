"""A process that is killed in the middle of a write leaves the old rows or the new ones."""

import pytest

from benchmarks.kills import (
    BY_DAYS,
    BY_KEYS,
    DAYS_BY_KEYS,
    STAGES,
    TOGETHER,
    Trial,
    is_held,
    kill_once,
    moments,
    prepare,
    report,
)

pytestmark = pytest.mark.xdist_group("kills")

TRIES = 24


@pytest.fixture(
    scope="module", params=[BY_DAYS, BY_KEYS, DAYS_BY_KEYS, TOGETHER], ids=["days", "keys", "days by keys", "together"]
)
def trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return prepare(tmp_path_factory.mktemp("kills"), request.param)


def test_kills_leave_old_or_new_rows_and_a_rerun_makes_them_new(trial: Trial) -> None:
    found = [kill_once(trial, moment) for moment in moments(TRIES, trial.seconds, seed=7)]
    assert is_held(found), report(found)
    assert {one.state for one in found} == {"old", "new"}
    assert sum(one.was_in_time for one in found) >= TRIES // 3


def test_a_kill_up_to_the_commit_leaves_the_old_rows_and_after_it_the_new_ones(trial: Trial) -> None:
    assert {stage: kill_once(trial, stage).state for stage in STAGES} == {
        **dict.fromkeys(STAGES, "old"),
        "after COMMIT": "new",
    }


def test_the_trial_sees_a_write_without_its_transaction(trial: Trial) -> None:
    assert kill_once(trial, "after DELETE", is_protected=False).state == "neither"


def test_another_day_is_never_part_of_the_write(trial: Trial) -> None:
    if trial.tables not in (BY_DAYS, DAYS_BY_KEYS):
        pytest.skip("a table that is not split into days")
    untouched = set(trial.old) - {day for day in trial.old if trial.old[day] != trial.new[day]}
    assert untouched == {min(trial.old), max(trial.old)}
