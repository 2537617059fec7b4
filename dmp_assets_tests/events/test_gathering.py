"""Order lines gathered to their order, and the item lines beside it."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import polars as pl
import pytest

from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets_tests.support.factories import bad, click, instant, order_line, records, run


def gathered(*rows: dict) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return events and item lines of the records."""
    judged = run(judge_records, records(*rows))
    events, items = (run(lambda frame, n=name: getattr(clean_records(frame), n), judged) for name in TABLES)
    return events.sort("event_date", "event_id"), items.sort("event_date", "event_id", "line")


TABLES = ("cleaned_events", "event_items")


def one(frame: pl.DataFrame) -> dict[str, Any]:
    assert frame.height == 1
    return frame.row(0, named=True)


def test_amounts_discounts_and_units_of_an_order_are_the_sums_of_its_lines() -> None:
    amounts = {"retail_discount": 100, "coupon_discount": 20, "coupon_match_discount": 3}
    event = one(
        gathered(
            order_line(fingerprint=1, quantity=2.0, item_revenue=50_001, **amounts),
            order_line(fingerprint=2, quantity=0.5, item_revenue=-1, **amounts),
        )[0]
    )
    wanted = {"items": 2, "records": 2, "quantity": 2.5, "revenue": 50_000}
    assert event | wanted | {name: 2 * amount for name, amount in amounts.items()} == event


def test_an_order_in_two_files_is_counted_once_and_equal_lines_in_one_file_are_two() -> None:
    lines = [order_line(fingerprint=1), order_line(fingerprint=2, item="i2")]
    copies = [line | {"path": "orders/again.csv"} for line in lines]
    event = one(gathered(*lines, *copies)[0])
    assert (event["items"], event["records"], event["revenue"]) == (2, 2, 100_000)
    event = one(gathered(*lines, *lines)[0])
    assert (event["items"], event["records"], event["revenue"]) == (4, 4, 200_000)


def test_missing_amounts_count_as_zero() -> None:
    events, items = gathered(order_line(quantity=None, item_revenue=None))
    assert (one(events)["quantity"], one(events)["revenue"], one(events)["retail_discount"]) == (0.0, 0, 0)
    assert (one(items)["quantity"], one(items)["item_revenue"], one(items)["coupon_discount"]) == (0.0, 0, 0)


def test_one_missing_amount_does_not_take_the_others_with_it() -> None:
    event = one(gathered(order_line(fingerprint=1, item_revenue=None), order_line(fingerprint=2))[0])
    assert (event["revenue"], event["items"]) == (50_000, 2)


def test_a_line_that_names_no_item_but_has_an_amount_is_an_item_line_under_the_empty_id() -> None:
    events, items = gathered(order_line(item=None))
    assert one(events)["items"] == 1
    assert (one(items)["item_id"], one(items)["item_revenue"]) == ("", 50_000)


def test_an_amount_of_zero_makes_a_line_and_no_value_at_all_makes_none() -> None:
    events, items = gathered(click("e1", item_revenue=0), click("e2"))
    assert events["items"].to_list() == [1, 0]
    assert items["event_id"].to_list() == ["e1"]


def test_a_bare_event_has_no_lines_and_amounts_of_zero() -> None:
    event = one(gathered(click())[0])
    assert (event["items"], event["records"], event["quantity"], event["revenue"]) == (0, 1, 0.0, 0)


def test_lines_are_numbered_by_file_and_then_by_line_as_a_number() -> None:
    rows = [
        order_line(item="third", path="b.csv", line_number=2, fingerprint=1),
        order_line(item="second", path="a.csv", line_number=10, fingerprint=2),
        order_line(item="first", path="a.csv", line_number=9, fingerprint=3),
    ]
    items = gathered(*rows)[1]
    assert items.select("line", "item_id").rows() == [(1, "first"), (2, "second"), (3, "third")]


def test_numbering_starts_anew_with_each_event_and_day() -> None:
    rows = [order_line("o1"), order_line("o2"), order_line("o1", at="2024-05-02 10:00:00")]
    assert gathered(*rows)[1]["line"].to_list() == [1, 1, 1]


def test_the_earliest_line_gives_the_time_and_every_item_line_has_it() -> None:
    rows = [order_line(fingerprint=1, at="2024-05-01 10:00:01"), order_line(fingerprint=2, at="2024-05-01 10:00:00")]
    events, items = gathered(*rows)
    assert one(events)["event_at"] == instant("2024-05-01 10:00:00")
    assert items["event_at"].unique().to_list() == [one(events)["event_at"]]


def test_where_lines_disagree_the_largest_shared_value_is_taken_in_any_order() -> None:
    rows = [order_line(fingerprint=1, user_id="p1", store_id="s2"), order_line(fingerprint=2, user_id="p2")]
    for order in (rows, rows[::-1]):
        events, items = gathered(*order)
        assert (one(events)["user_id"], one(events)["store_id"]) == ("p2", "s2")
        assert items["visitor_id"].to_list() == ["user_id:p2"] * 2


def test_refused_copies_and_conflicts_reach_neither_events_nor_lines() -> None:
    events, items = gathered(click(item_id="i1"), click(item_id="i2", fingerprint=2), click(item_id="i1"))
    assert (one(events)["records"], one(items)["item_id"]) == (1, "i1")


def test_no_records_give_no_rows() -> None:
    events, items = gathered()
    assert events.is_empty()
    assert items.is_empty()


@pytest.mark.parametrize("quantities", [(0.1, 0.2, 0.3), (0.1, 0.2, -0.3), (1e9, 0.1, -1e9)])
def test_fractions_of_units_sum_to_the_same_bits_in_any_order(quantities: tuple[float, ...]) -> None:
    rows = [order_line(fingerprint=place, quantity=units) for place, units in enumerate(quantities)]
    sums = {repr(one(gathered(*order)[0])["quantity"]) for order in permutations(rows)}
    assert sums == {repr(float(sum(map(Decimal, map(str, quantities)))))}


@pytest.mark.parametrize(
    ("identifiers", "visitor"),
    [
        ({"user_id": "p1", "anonymous_id": "c1"}, "user_id:p1"),
        ({"user_id": "null", "anonymous_id": "c1"}, "anonymous_id:c1"),
        ({"user_id": "NULL", "email": "test@a.com", "device_id": "00000000-0000", "mkt_clickid": "g1"}, "click_id:g1"),
        ({"user_id": "nullable", "anonymous_id": "c1"}, "user_id:nullable"),
        ({"user_id": "null", "anonymous_id": "undefined"}, "user_id:null"),
        ({"user_id": None}, None),
        ({"user_id": "null", "anonymous_id": "c1", "bot_rule": "crawler"}, None),
    ],
)
def test_the_strongest_identifier_that_may_be_somebodys_names_the_visitor(identifiers: dict, visitor: str) -> None:
    events, _ = gathered(click(**identifiers))
    assert one(events)["visitor_id"] == visitor


def details(*rows: dict) -> pl.DataFrame:
    judged = run(judge_records, records(*rows))
    return run(lambda frame: clean_records(frame).order_details, judged).sort("event_id")


def test_an_amount_of_the_whole_order_counts_once_whether_it_stands_on_one_line_or_on_all() -> None:
    of_order = {"order_total": 350_000, "shipping": 50_000, "tax": 0, "refunded_amount": 10, "refunded_order_id": "o0"}
    first, second = order_line(fingerprint=1, **of_order), order_line(fingerprint=2)
    for rows in ([first, second], [first, second | of_order], [second, first]):
        found = one(details(*rows))
        assert {name: found[name] for name in of_order} == of_order
    assert one(details(first, second | {"order_total": 360_000}))["order_total"] == 360_000


def test_only_events_that_say_something_of_their_order_have_details() -> None:
    rows = [order_line("o1"), order_line("o2", tax_included=False), click("e1"), click("e2", order_revenue=0)]
    assert details(*rows)["event_id"].to_list() == ["e2", "orders:o2"]
    assert details(bad(order_line("o3", status="paid"))).is_empty()


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("paid", None), "paid"),
        (("refunded", "paid"), "paid"),
        (("cancelled", "paid"), "paid"),
        (("cancelled", "refunded"), "refunded"),
        (("pending", "test"), "pending"),
        ((None, None), None),
    ],
)
def test_of_several_statuses_the_one_that_takes_least_back_counts(statuses: tuple, expected: str | None) -> None:
    rows = [order_line(fingerprint=number, status=word, tax=1) for number, word in enumerate(statuses)]
    assert one(details(*rows))["status"] == expected


def test_revenue_as_given_is_the_sum_of_all_lines_where_something_was_converted_and_null_elsewhere() -> None:
    foreign = {"currency": "USD", "exchange_rate": 0.8}
    rows = [order_line(fingerprint=1, given_revenue=62_500, **foreign), order_line(fingerprint=2, item_revenue=8)]
    events, items = gathered(*rows)
    assert (one(events)["given_revenue"], one(events)["revenue"]) == (62_508, 50_008)
    assert items["given_revenue"].to_list() == [62_500, None]
    assert one(gathered(order_line(currency="EUR"))[0])["given_revenue"] is None
    assert one(gathered(click(item_revenue=4, given_revenue=5, **foreign))[0])["given_revenue"] == 5
    assert one(gathered(click(**foreign))[0])["given_revenue"] == 0


def test_an_order_has_its_space_and_an_event_has_none() -> None:
    events = gathered(order_line(order_space="tills"), click("e1"))[0]
    assert dict(events.select("event_id", "order_space").rows()) == {"orders:o1": "tills", "e1": None}
