"""Full refresh or increment: what the plan says of stored tables and their inputs."""

from datetime import date

import pytest

from dmp_assets.foundation.incremental.inputs import RULES, InputState, input_table
from dmp_assets.foundation.incremental.plan import Mode, Plan, plan_update

ONE, TWO, THREE = (date(2026, 3, day) for day in (1, 2, 3))


def inputs(days: dict[date, tuple[int, str]], rules: str = "r", customers: str = "c", as_of: date = THREE):
    states = {day: InputState(*state) for day, state in days.items()}
    others = {"customers": InputState(1, customers), RULES: InputState(0, rules)}
    return input_table(states, others, as_of)


WAS = inputs({ONE: (10, "a"), TWO: (20, "b")})


def test_added_days_only_add_wherever_they_lie() -> None:
    found = plan_update(inputs({TWO: (20, "b")}), inputs({ONE: (3, "a"), TWO: (20, "b"), THREE: (4, "c")}))
    assert found == Plan(
        mode=Mode.INCREMENTAL,
        reason="2 days added, 0 changed",
        changed_days=(ONE, THREE),
        only_adds=True,
        changed_rows=7,
        all_rows=27,
        stored_until=THREE,
    )


@pytest.mark.parametrize(
    ("now", "words", "days", "rows"),
    [
        (inputs({ONE: (10, "a"), TWO: (5, "x")}), "0 days added, 1 changed", (TWO,), 20),
        (inputs({TWO: (20, "b")}), "0 days added, 1 changed", (ONE,), 10),
        (inputs({ONE: (10, "a"), TWO: (20, "b")}, customers="x"), "0 days added, 0 changed and customers", (), 0),
    ],
    ids=["a day was built again", "a day was removed", "another input changed"],
)
def test_what_may_take_rows_away_is_more_than_an_addition(now, words, days, rows) -> None:
    found = plan_update(WAS, now)
    assert (found.mode, found.reason, found.changed_days, found.changed_rows) == (Mode.INCREMENTAL, words, days, rows)
    assert not found.only_adds


def test_nothing_new_is_an_increment_of_nothing() -> None:
    found = plan_update(WAS, WAS)
    assert (found.mode, found.changed_days, found.only_adds, found.changed_rows) == (Mode.INCREMENTAL, (), True, 0)


@pytest.mark.parametrize(
    ("was", "now", "is_asked_for", "words"),
    [
        (WAS.clear(), WAS, False, "no stored tables to build on"),
        (WAS, inputs({ONE: (10, "a"), TWO: (20, "b")}, rules="x"), False, "the settings, the code or the layout"),
        (WAS, inputs({ONE: (10, "a")}, as_of=TWO), False, f"the stored tables count a later day, {THREE}"),
        (WAS, WAS, True, "asked for"),
    ],
    ids=["nothing stored", "other rules", "an earlier day", "asked for"],
)
def test_what_cannot_be_built_on_is_a_full_refresh(was, now, is_asked_for: bool, words: str) -> None:
    found = plan_update(was, now, full_refresh=is_asked_for)
    assert found.mode is Mode.FULL_REFRESH
    assert found.reason.startswith(words)
