"""When models are compared again: by age, by rules, by the size of the catalogue, by people to judge by."""

from datetime import date, timedelta

import polars as pl
import pytest

from dmp_assets.recommendations.choice.due import Standing, why_choose

MADE_ON = date(2026, 6, 30)


def stored(items: int = 1000, status: tuple[str, str] = ("ok", "ok"), made_by: str = "code") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "task": ["repeat", "discover", "repeat"],
            "is_chosen": [True, True, False],
            "status": [*status, "ok"],
            "as_of_date": [MADE_ON] * 3,
            "items": [items] * 3,
            "made_by": [made_by] * 3,
        }
    )


def why(
    table: pl.DataFrame, days: int = 0, items: int = 1000, made_by: str = "code", every: int = 7, enough: str = ""
) -> str | None:
    now = Standing(MADE_ON + timedelta(days=days), items, made_by, every)
    return why_choose(table, now, lambda: set(enough.split()))


@pytest.mark.parametrize(("days", "every", "is_due"), [(0, 1, False), (1, 1, True), (6, 7, False), (7, 7, True)])
def test_a_choice_is_kept_until_it_is_so_many_days_old(days: int, every: int, is_due: bool):
    assert (why(stored(), days, every=every) is not None) is is_due


def test_a_choice_never_comes_from_a_later_day():
    assert why(stored(), days=-1) == f"the stored choice knows days up to {MADE_ON}"


def test_other_settings_or_code_and_no_choice_at_all_are_reasons():
    assert why(stored(made_by="other code")) == "the settings, the code or the layout of the tables changed"
    assert why(stored().clear()) == "no choice yet"


@pytest.mark.parametrize(
    ("before", "now", "is_due"),
    [(1000, 1499, False), (1000, 1500, True), (1500, 1001, False), (1500, 1000, True), (0, 1, False), (0, 2, True)],
)
def test_a_catalogue_of_another_size_is_a_reason(before: int, now: int, is_due: bool):
    assert (why(stored(before), items=now) is not None) is is_due


def test_items_that_no_model_holds_are_no_reason():
    assert why(stored(100_000), items=1_000_000) is None


def test_no_size_of_the_catalogue_makes_choices_due_in_turns():
    """After a choice the catalogue goes to and fro across the edge that made it due."""
    assert why(stored(1000), items=1500) is not None
    assert [why(stored(1500), items=items) for items in (1499, 1500, 1499, 1501)] == [None] * 4


def test_people_to_judge_by_are_a_reason_where_there_were_too_few():
    few = stored(status=("ok", "not_enough_data"))
    assert why(few, enough="repeat") is None
    assert why(few, enough="repeat discover") == "enough people to judge discover by"


def test_people_are_not_counted_where_there_were_enough():
    def refuse() -> set[str]:
        raise AssertionError("counting people costs a look at all lines")

    assert why_choose(stored(), Standing(MADE_ON, 1000, "code", 7), refuse) is None
