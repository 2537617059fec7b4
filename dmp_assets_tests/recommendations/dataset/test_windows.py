"""What is held out, to the microsecond, and what counts as truth."""

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.dataset import timed_lines, windows
from dmp_assets.recommendations.dataset.holdout import Holdout
from dmp_assets.recommendations.dataset.windows import hold_out
from dmp_assets.recommendations.schema.tasks import DISCOVER, REPEAT
from dmp_assets_tests.recommendations.support.item_lines import START, item_lines, random_lines


def named(found: Holdout, task: str) -> set[tuple[str, str]]:
    window = found.newest
    people, items = window.interactions.people.to_list(), window.interactions.items.to_list()
    return {(people[person], items[item]) for person, item in window.truths[task].iter_rows()}


def rows(*more: tuple[str, str, str, float], last: float = 100) -> pl.LazyFrame:
    """Return lines of which less than a fifth are in the last 28 days, and those of ann, day 72 to day 100."""
    known = [(person, item, "purchase", day / 50) for person in ("ann", "bob") for item in "ab" for day in range(10)]
    return item_lines([*known, *more, ("ann", "a", "purchase", last)])


@pytest.fixture(autouse=True)
def _one_person_is_enough(monkeypatch):
    monkeypatch.setattr(windows, "ENOUGH_PEOPLE", 1)
    monkeypatch.setattr(windows, "MIN_PEOPLE", 1)


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


def test_days_at_their_midnight_are_held_out_whole_too():
    """An export of dates has them as moments: the beginning of each day."""
    lines = rows(("bob", "b", "purchase", 73), ("bob", "a", "purchase", 72))
    found = hold_out(lines.with_columns(pl.col("event_date").cast(pl.Datetime("us")).alias("event_at")))
    assert named(found, REPEAT) == {("ann", "a"), ("bob", "b")}


def test_where_purchases_begin_in_the_held_out_days_every_touch_is_predicted():
    looked = [(person, item, "view_item", day / 5) for person in ("ann", "bob") for item in "abc" for day in range(99)]
    found = hold_out(item_lines([*looked, ("ann", "a", "view_item", 99), ("ann", "b", "purchase", 100)]))
    assert not found.newest.interactions.has_purchases
    assert named(found, REPEAT) == {("ann", "a"), ("ann", "b")}
    assert named(found, DISCOVER) == set()


def test_people_and_items_unknown_before_are_no_truth():
    found = hold_out(rows(("new", "a", "purchase", 90), ("ann", "brand new", "purchase", 90)))
    assert named(found, REPEAT) == {("ann", "a")}


def test_only_purchases_are_predicted_unless_there_are_none():
    bought = hold_out(rows(("bob", "a", "view_item", 90)))
    assert named(bought, REPEAT) == {("ann", "a")}
    viewed = hold_out(rows(("bob", "a", "view_item", 90)).with_columns(is_bought=pl.lit(value=False)))
    assert named(viewed, REPEAT) == {("ann", "a"), ("bob", "a")}


def test_items_outside_the_catalogue_stay_in_the_truth(monkeypatch):
    build = timed_lines.build_interactions
    monkeypatch.setattr(timed_lines, "build_interactions", lambda lines, max_items: build(lines, max_items=1))  # noqa: ARG005
    found = hold_out(rows(("bob", "b", "purchase", 90), ("ann", "c", "purchase", 2), ("bob", "c", "purchase", 90)))
    assert found.newest.interactions.items.to_list() == ["a"]
    assert found.newest.truths[REPEAT].rows() == [(0, 0), (1, 1), (1, 2)]
    assert found.newest.truths[DISCOVER].rows() == [(1, 2)]


def test_the_newest_fifth_is_held_out_where_nobody_has_a_history_before_the_days():
    lines = [(f"p{person}", f"i{day % 3}", "purchase", float(day)) for person in range(9) for day in range(20)]
    assert str(hold_out(item_lines(lines)).first_date) == "2024-01-17"


@pytest.mark.parametrize(("enough", "first"), [(1, "2024-03-13"), (2, "2024-02-10")])
def test_the_shorter_time_is_held_out_where_it_has_enough_people(monkeypatch, enough: int, first: str):
    # Ann comes back within 28 days; the newest fifth of the 50 lines reaches back to bob, on day 40.
    monkeypatch.setattr(windows, "ENOUGH_PEOPLE", enough)
    back = [("bob", "a", "purchase", 40 + day / 50) for day in range(9)]
    assert str(hold_out(rows(*back)).first_date) == first


def test_many_people_are_sampled_whole_and_alike_for_both_tasks(monkeypatch):
    everybody = hold_out(random_lines())
    monkeypatch.setattr(windows, "MAX_PEOPLE", 10)
    some = hold_out(random_lines())
    assert some.people(REPEAT).len() == 10
    of_them = pl.col("person_id").is_in(some.newest.takers(REPEAT).tolist())
    for task in (REPEAT, DISCOVER):
        assert some.newest.truths[task].equals(everybody.newest.truths[task].filter(of_them))


def yearly(people: int, returns: dict[str, list[float]]) -> pl.LazyFrame:
    """Return purchases of people who come once, over 365 days, and of those who come back on given days."""
    once = [(f"q{n:03}", f"i{n % 5}", "purchase", 365 * n / people) for n in range(people)]
    back = [(person, f"i{n % 5}", "purchase", day) for person, days in returns.items() for n, day in enumerate(days)]
    return item_lines([*once, *back, ("q000", "i0", "purchase", 365.0)])


@pytest.fixture
def usual_limits(monkeypatch):
    monkeypatch.setattr(windows, "MIN_PEOPLE", 3)
    monkeypatch.setattr(windows, "ENOUGH_PEOPLE", 8)


RETURNS = {f"p{n}": [10.0, 200.0 + n, 300.0 + n, 350.0 + n] for n in range(4)}
"""Four people who come back in the newest 28 days, before that 50 and 150 days earlier."""


@pytest.mark.usefixtures("usual_limits")
def test_windows_are_stacked_until_enough_people_are_judged():
    found = hold_out(yearly(100, RETURNS))
    assert found.judged_by == "stacked_windows"
    # Window 1: p0 to p3 and q000. Days 337 to 309 have nobody who is back, days 309 to 281 have p0 to p3: enough.
    assert [window.names(REPEAT).len() for window in found.windows] == [5, 4]
    assert found.people(REPEAT).to_list() == ["p0", "p1", "p2", "p3", "q000"]
    for window in found.windows:
        assert window.train_last_date < window.first_date <= window.last_date
    # What may choose ends on the day before the oldest window.
    last_known = found.known.select(pl.col("event_date").max()).collect().item()
    assert last_known < found.first_date == found.windows[-1].first_date


@pytest.mark.usefixtures("usual_limits")
def test_no_line_is_held_out_by_two_windows_and_none_between_them_is_lost():
    lines = yearly(100, RETURNS)
    newest, older = hold_out(lines).windows
    known = newest.interactions.touched_at
    held = [at for at in older.interactions.touched_at.tolist() if at not in set(known.tolist())]
    assert held == []
    assert newest.interactions.touched_at.size > older.interactions.touched_at.size


@pytest.mark.usefixtures("usual_limits")
@pytest.mark.parametrize(("reach", "stacked"), [(0.1, 1), (0.25, 2), (1.0, 2)])
def test_windows_reach_back_so_far(reach: float, stacked: int):
    assert len(hold_out(yearly(100, RETURNS), reach=reach).windows) == stacked


def test_windows_with_too_few_people_to_judge_by_are_not_stacked(monkeypatch):
    """The newest fifth of the lines begins on day 100, when 25 people bought; lately one or two did."""
    monkeypatch.setattr(windows, "ENOUGH_PEOPLE", 500)
    monkeypatch.setattr(windows, "MIN_PEOPLE", 20)
    days = [*range(40), *range(100, 110)]
    rows = [(f"p{n}", "a", "purchase", float(day)) for n in range(25) for day in days]
    rows += [(person, "a", "purchase", day) for person, day in [("p0", 350.0), ("p0", 380.0), ("p1", 400.0)]]
    found = hold_out(item_lines(rows), reach=0.25)
    assert (found.judged_by, found.people(REPEAT).len()) == ("newest_days", 25)


@pytest.mark.usefixtures("usual_limits")
def test_history_ends_where_nothing_was_known_before():
    seldom = {f"p{n}": [10.0, 350.0 + n] for n in range(4)}
    found = hold_out(yearly(100, seldom))
    assert found.judged_by == "newest_days"
    assert found.people(REPEAT).len() == 5


@pytest.mark.usefixtures("usual_limits")
def test_a_person_of_several_windows_is_one_with_the_mean_of_both():
    found = hold_out(yearly(100, RETURNS))
    values = [np.array([0.1, 0.2, 0.3, 0.4, 0.9]), np.array([0.3, 0.4, 0.5, 0.6])]
    assert found.by_person(REPEAT, values).tolist() == pytest.approx([0.2, 0.3, 0.4, 0.5, 0.9])
    drawn = found.drawn(2)
    assert drawn.people(REPEAT).len() == 2
    assert set(drawn.people(REPEAT)) <= set(found.people(REPEAT))


@pytest.mark.usefixtures("usual_limits")
@pytest.mark.parametrize("clock", ["none", "one moment"])
def test_without_people_on_both_sides_of_a_cut_the_newest_of_each_is_held_out(clock: str):
    rows = [(f"p{n}", f"i{item}", "view_item", 0.0) for n in range(9) for item in range(n % 3, 6)]
    lines = item_lines(rows)
    if clock == "none":
        lines = lines.drop("event_at").with_columns(event_date=pl.lit(START.date()))
    found = hold_out(lines)
    assert found.judged_by == "per_person"
    assert found.people(REPEAT).len() == 9
    assert found.newest.interactions.touched_at.size == len(rows) - 9


@pytest.mark.usefixtures("usual_limits")
def test_fewer_than_can_be_judged_either_way_are_said_to_be_so():
    found = hold_out(item_lines([(person, item, "purchase", 0.0) for person in ("ann", "bob") for item in "ab"]))
    assert found.people(REPEAT).len() == 0


def test_nothing_cannot_be_held_out():
    with pytest.raises(ValueError, match="no lines"):
        hold_out(item_lines([]))


def test_the_models_see_nothing_of_what_is_held_out():
    known = hold_out(random_lines()).newest.interactions
    newest = pl.Series([int(known.touched_at.max())]).cast(pl.Datetime("us")).item()
    before = random_lines().filter(pl.col("event_at") <= newest).select("person_id", "item_id", "event_at").unique()
    assert known.touched_at.size == before.collect().height < random_lines().collect().height


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
