"""What tables were made of, as it is stored, and what changed since."""

from datetime import date

from dmp_assets.foundation.incremental.inputs import (
    RULES,
    InputState,
    changed_days,
    changed_names,
    input_table,
    is_same,
    last_day,
    rules_state,
)
from dmp_assets_tests.foundation.warehouse.support.factories import Orders, OrdersWithStore

ONE, TWO, THREE = (date(2026, 3, day) for day in (1, 2, 3))


def test_a_day_without_rows_is_as_if_it_were_not_there() -> None:
    days = {ONE: InputState(2, "a"), TWO: InputState(0, "")}
    table = input_table(days, {RULES: InputState(0, "r")}, as_of_date=THREE)
    assert table.rows() == [("day", ONE, 2, "a"), ("as_of", THREE, 0, ""), ("rules", None, 0, "r")]
    assert last_day(table) == THREE
    assert last_day(input_table(days, {})) is None


def test_added_changed_and_removed_days_are_told_apart() -> None:
    was = input_table({ONE: InputState(1, "a"), TWO: InputState(2, "b")}, {})
    now = input_table({TWO: InputState(2, "c"), THREE: InputState(3, "d")}, {})
    found = changed_days(was, now)
    assert list(zip(found["event_date"], found["fingerprint_was"], found["fingerprint"], strict=True)) == [
        (ONE, "a", None),
        (TWO, "b", "c"),
        (THREE, None, "d"),
    ]
    assert changed_days(now, now).is_empty()


def test_other_inputs_are_named_where_they_changed_came_or_went() -> None:
    was = input_table({}, {"customers": InputState(1, "a"), "items": InputState(1, "i"), RULES: InputState(0, "r")})
    now = input_table({}, {"customers": InputState(1, "b"), "rates": InputState(1, "x"), RULES: InputState(0, "s")})
    assert changed_names(was, now) == ["customers", "items", "rates"]
    assert not is_same(was, now, RULES)


def test_rules_change_with_settings_code_and_layout() -> None:
    one = rules_state([Orders], "settings", "code")
    assert one == rules_state([Orders], "settings", "code")
    others = [rules_state([Orders], "settings", "others"), rules_state([Orders], "others", "code")]
    assert len({one, *others, rules_state([OrdersWithStore], "settings", "code")}) == 4
