"""The rollup: every event once, every line where its item belongs."""

import polars as pl

from dmp_assets.events.daily_activity import build_daily_activity
from dmp_assets.events.schema import CleanedEvents, EventItems
from dmp_assets_tests.support.factories import DAY, engine_frame, instant, run

TEN = instant("2024-05-01 10:00:00")
CATALOGUE = pl.DataFrame({"item_id": ["milk", "cheese", "bread", "new"], "item_category": ["D", "D", "B", None]})


def event(event_id: str, **changes: object) -> dict:
    """Return one bare cleaned event of p1."""
    row = {"event_date": DAY, "event_id": event_id, "event_at": TEN, "event_name": "purchase", "visitor_id": "p1"}
    amounts = dict.fromkeys(("retail_discount", "coupon_discount", "coupon_match_discount"), 0)
    return row | {"items": 0, "quantity": 0.0, "revenue": 0} | amounts | changes


def line(event_id: str, number: int, item: str, revenue: int = 10_000, **changes: object) -> dict:
    """Return one item line of p1."""
    amounts = {"quantity": 1.0, "item_revenue": revenue, "retail_discount": 300}
    row = {name: value for name, value in event(event_id).items() if name not in ("items", "quantity", "revenue")}
    return row | amounts | {"line": number, "item_id": item} | changes


def activity(events: list[dict], lines: list[dict], catalogue: pl.DataFrame = CATALOGUE) -> pl.DataFrame:
    found = run(build_daily_activity, engine_frame(CleanedEvents, events), engine_frame(EventItems, lines), catalogue)
    return found.sort("event_date", "visitor_id", "event_name", "item_category")


def test_an_event_over_several_categories_counts_once_on_its_first_line() -> None:
    found = activity([event("o", items=3)], [line("o", 1, "milk"), line("o", 2, "bread"), line("o", 3, "cheese")])
    assert found.select("item_category", "events", "items").rows() == [("B", 0, 1), ("D", 1, 2)]


def test_names_of_events_are_counted_apart() -> None:
    lines = [line("o", 1, "milk"), line("r", 1, "milk", event_name="refund")]
    found = activity([event("o", items=1), event("r", items=1, event_name="refund")], lines)
    assert found.select("event_name", "events", "items").rows() == [("purchase", 1, 1), ("refund", 1, 1)]


def test_items_that_the_catalogue_lacks_or_has_without_category_fall_under_the_empty_one() -> None:
    found = activity([event("o", items=3)], [line("o", 1, "unknown"), line("o", 2, "new"), line("o", 3, "")])
    assert found.select("item_category", "events", "items").rows() == [("", 1, 3)]


def test_without_a_catalogue_nothing_is_lost() -> None:
    found = activity([event("o", items=2)], [line("o", 1, "milk"), line("o", 2, "bread")], CATALOGUE.head(0))
    assert found.select("item_category", "events", "items").rows() == [("", 1, 2)]


def test_bare_events_count_under_the_empty_category() -> None:
    found = activity([event("s", event_name="search"), event("b")], [])
    rows = found.select("event_name", "item_category", "events", "items").rows()
    assert rows == [("purchase", "", 1, 0), ("search", "", 1, 0)]


def test_an_event_with_lines_is_not_counted_as_a_bare_one_too() -> None:
    found = activity([event("o", items=1)], [line("o", 1, "unknown")])
    assert found["events"].to_list() == [1]


def test_bare_events_and_lines_of_unknown_items_share_a_row() -> None:
    found = activity([event("o", items=1), event("b")], [line("o", 1, "unknown")])
    assert found.select("item_category", "events", "items").rows() == [("", 2, 1)]


def test_anonymous_events_are_left_out() -> None:
    anonymous = {"visitor_id": None}
    assert activity(
        [event("b", **anonymous), event("o", items=1, **anonymous)], [line("o", 1, "milk", **anonymous)]
    ).is_empty()


def test_first_and_last_time_are_kept() -> None:
    lines = [line("o", 1, "milk"), line("p", 1, "milk", event_at=TEN + 5)]
    found = activity([event("o", items=1), event("p", items=1)], lines).row(0, named=True)
    assert (found["first_event_at"], found["last_event_at"]) == (TEN, TEN + 5)


def test_days_and_persons_have_rows_of_their_own() -> None:
    other = DAY.replace(day=2)
    found = activity([event("a"), event("b", visitor_id="p2"), event("a", event_date=other)], [])
    assert found.select("event_date", "visitor_id").rows() == [(DAY, "p1"), (DAY, "p2"), (other, "p1")]
