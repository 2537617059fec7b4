"""What is held out, to the microsecond, and what counts as truth."""

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.dataset import holdout
from dmp_assets.recommendations.dataset.holdout import hold_out
from dmp_assets.recommendations.schema import DISCOVER, REPEAT
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


def named(found: holdout.Holdout, task: str) -> set[tuple[str, str]]:
    people, items = found.interactions.people.to_list(), found.interactions.items.to_list()
    return {(people[person], items[item]) for person, item in found.truths[task].iter_rows()}


def rows(*more: tuple[str, str, str, float], last: float = 100) -> pl.LazyFrame:
    """Return lines of which less than a fifth are in the last 28 days, and those of ann, day 72 to day 100."""
    known = [(person, item, "purchase", day / 50) for person in ("ann", "bob") for item in "ab" for day in range(10)]
    return item_lines([*known, *more, ("ann", "a", "purchase", last)])


@pytest.fixture(autouse=True)
def _one_person_is_enough(monkeypatch):
    monkeypatch.setattr(holdout, "ENOUGH_PEOPLE", 1)


def test_what_is_new_is_told_from_what_is_bought_again():
    found = hold_out(rows(("bob", "c", "purchase", 5), ("ann", "c", "purchase", 90)))
    assert named(found, REPEAT) == {("ann", "a"), ("ann", "c")}
    assert named(found, DISCOVER) == {("ann", "c")}


@pytest.mark.parametrize(("day", "is_truth"), [(72, True), (71.99, False)])
def test_the_days_are_held_out_to_the_microsecond(day: float, is_truth: bool):
    found = hold_out(rows(("bob", "a", "purchase", day)))
    assert (("bob", "a") in named(found, REPEAT)) == is_truth


def test_days_without_a_time_are_held_out_whole():
    lines = rows(("bob", "b", "purchase", 73), ("bob", "a", "purchase", 72), ("ann", "b", "purchase", 72.99))
    found = hold_out(lines.drop("event_at"))
    assert named(found, REPEAT) == {("ann", "a"), ("bob", "b")}
    assert (str(found.train_last_date), str(found.first_date)) == ("2024-03-13", "2024-03-14")


def test_people_and_items_unknown_before_are_no_truth():
    found = hold_out(rows(("new", "a", "purchase", 90), ("ann", "brand new", "purchase", 90)))
    assert named(found, REPEAT) == {("ann", "a")}


def test_only_purchases_are_predicted_unless_there_are_none():
    bought = hold_out(rows(("bob", "a", "view_item", 90)))
    assert named(bought, REPEAT) == {("ann", "a")}
    viewed = hold_out(rows(("bob", "a", "view_item", 90)).with_columns(is_bought=pl.lit(value=False)))
    assert named(viewed, REPEAT) == {("ann", "a"), ("bob", "a")}


def test_items_outside_the_catalogue_stay_in_the_truth(monkeypatch):
    build = holdout.build_interactions
    monkeypatch.setattr(holdout, "build_interactions", lambda lines: build(lines, max_items=1))
    found = hold_out(rows(("bob", "b", "purchase", 90), ("ann", "c", "purchase", 2), ("bob", "c", "purchase", 90)))
    assert found.interactions.items.to_list() == ["a"]
    assert found.truths[REPEAT].rows() == [(0, 0), (1, 1), (1, 2)]
    assert found.truths[DISCOVER].rows() == [(1, 2)]


def test_the_newest_fifth_is_held_out_where_nobody_has_a_history_before_the_days():
    lines = [(f"p{person}", f"i{day % 3}", "purchase", float(day)) for person in range(9) for day in range(20)]
    assert str(hold_out(item_lines(lines)).first_date) == "2024-01-17"


@pytest.mark.parametrize(("enough", "first"), [(1, "2024-03-13"), (2, "2024-02-10")])
def test_the_shorter_time_is_held_out_where_it_has_enough_people(monkeypatch, enough: int, first: str):
    # Ann comes back within 28 days; the newest fifth of the 50 lines reaches back to bob, on day 40.
    monkeypatch.setattr(holdout, "ENOUGH_PEOPLE", enough)
    back = [("bob", "a", "purchase", 40 + day / 50) for day in range(9)]
    assert str(hold_out(rows(*back)).first_date) == first


def test_many_people_are_sampled_whole_and_alike_for_both_tasks(monkeypatch):
    everybody = hold_out(random_lines())
    monkeypatch.setattr(holdout, "MAX_PEOPLE", 10)
    some = hold_out(random_lines())
    assert some.people.size == 10
    of_them = pl.col("person_id").is_in(some.people.tolist())
    for task in (REPEAT, DISCOVER):
        assert some.truths[task].equals(everybody.truths[task].filter(of_them))


def test_nothing_cannot_be_held_out():
    with pytest.raises(ValueError, match="no lines"):
        hold_out(item_lines([]))


def test_the_models_see_nothing_of_what_is_held_out():
    found = hold_out(random_lines())
    newest = np.datetime64(int(found.interactions.touched_at.max()), "us")
    assert newest < np.datetime64(found.cut)


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("UTC", ["2024-03-12", "2024-04-09"]),
        ("Asia/Tokyo", ["2024-03-13", "2024-04-10"]),
        ("Europe/Berlin", ["2024-03-13", "2024-04-10"]),
    ],
)
def test_the_first_and_the_last_day_held_out_are_the_businesss(zone, days):
    # 23:00 in UTC: in Berlin 00:00 before its clocks change, 01:00 afterwards.
    found = hold_out(rows(last=99 + 23 / 24), time_zone=zone)
    assert [str(found.first_date), str(found.last_date)] == days
