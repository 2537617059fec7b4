"""Which lines are bought, and which are of events."""

import pytest

from dmp_assets.recommendations.dataset.item_lines import item_lines
from dmp_assets_tests.recommendations.support.factories import DAY, event_items, order_items


@pytest.mark.parametrize(
    ("event_name", "lines"),
    [("view_item", 1), ("add_to_cart", 1), ("purchase", 0), ("refund", 0), ("order_cancelled", 0)],
)
def test_events_that_report_an_order_or_take_it_back_have_no_lines(event_name: str, lines: int):
    found = item_lines(event_items([("v", "tea", DAY)], event_name).lazy(), order_items([]).lazy()).collect()
    assert found.height == lines
    assert not found["is_bought"].any()


def test_a_bought_line_stands_at_the_time_of_its_order():
    events, orders = event_items([], "view_item").lazy(), order_items([("v", "tea", DAY)]).lazy()
    (row,) = item_lines(events, orders).collect().to_dicts()
    assert (row["event_date"], row["event_at"].hour, row["order_id"], row["event_id"]) == (DAY, 12, "shop:0", None)
    assert row["is_bought"] is True


def test_columns_that_are_not_asked_for_may_be_missing():
    events = event_items([("v", "tea", DAY)], "view_item").lazy().select("event_name", "item_id")
    orders = order_items([("v", "milk", DAY)]).lazy().select("item_id")
    assert item_lines(events, orders).collect()["item_id"].sort().to_list() == ["milk", "tea"]
