"""Which statements of one number are of one order: by day, customer, or because the order moved to another day."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from dmp_assets.ingest.landing.one_order import orders_of_statements

FIRST = datetime(2026, 10, 5, 9)


@dataclass(frozen=True)
class Stated:
    """What a file states of number 1 on a day."""

    file: int
    day: int
    lines: int
    customer: int | None = None
    number: str = "1"


def orders(*stated: Stated, spans: dict[int, tuple[int, int]] | None = None) -> list[set[tuple[int, int]]]:
    """Return the orders as sets of (file, day), in the order of their first statements here.

    Args:
        stated: Statements.
        spans: First and last day of files that state other numbers too.
    """
    files = {one.file: [one.day] for one in stated}
    for file, span in (spans or {}).items():
        files.setdefault(file, []).extend(span)
    rows = [
        {
            "event_id": one.number,
            "key": int(one.number),
            "event_date": (FIRST + timedelta(days=one.day)).date(),
            "customer": one.customer,
            "lines": one.lines,
            "first_at": FIRST + timedelta(days=one.day),
            "place": one.file,
            "newest_event_at": FIRST + timedelta(days=max(files[one.file])),
            "row": row,
        }
        for row, one in enumerate(stated)
    ]
    frame = pl.DataFrame(
        rows, schema_overrides={"customer": pl.UInt64, "key": pl.UInt64, "newest_event_at": pl.Datetime("us")}
    )
    oldest = pl.Series([FIRST + timedelta(days=min(files.get(file, [0]))) for file in range(max(files) + 1)])
    found = orders_of_statements(frame, oldest, 30).sort("row")
    made: dict[tuple[str, date], set[tuple[int, int]]] = {}
    for one, day in zip(stated, found["order_day"], strict=True):
        made.setdefault((one.number, day), set()).add((one.file, one.day))
    return list(made.values())


def test_statements_of_one_day_are_of_one_order_whoever_bought_what() -> None:
    assert orders(Stated(0, 1, 7, customer=1), Stated(1, 1, 8, customer=2)) == [{(0, 1), (1, 1)}]


def test_the_same_receipt_of_two_days_in_two_files_is_two_orders() -> None:
    assert orders(Stated(0, 1, 7), Stated(1, 2, 8)) == [{(0, 1)}, {(1, 2)}]


def test_equal_receipts_of_two_days_are_two_orders_as_the_first_coffee_of_each_morning_is() -> None:
    days = [Stated(file, file, 7) for file in range(5)]
    assert orders(*days) == [{(file, file)} for file in range(5)]


@pytest.mark.parametrize(("days", "number"), [(30, 1), (31, 2)])
def test_a_customers_number_is_one_order_within_the_days_after_which_numbers_are_used_again(
    days: int, number: int
) -> None:
    assert len(orders(Stated(0, 0, 7, customer=1), Stated(1, days, 8, customer=1))) == number


def test_two_customers_on_two_days_are_two_orders() -> None:
    assert len(orders(Stated(0, 0, 7, customer=1), Stated(1, 1, 8, customer=2))) == 2


def test_a_customers_other_number_in_between_links_nothing() -> None:
    found = orders(
        Stated(0, 0, 7, 1), Stated(0, 20, 7, 1), Stated(0, 1, 8, 1, number="2"), Stated(1, 40, 9, 1, number="2")
    )
    assert found == [{(0, 0), (0, 20)}, {(0, 1)}, {(1, 40)}]


def test_a_newer_file_that_reaches_back_and_has_the_order_on_another_day_moved_it() -> None:
    assert orders(Stated(0, 1, 7), Stated(1, 2, 7), spans={1: (0, 3)}) == [{(0, 1), (1, 2)}]
    assert orders(Stated(0, 2, 7), Stated(1, 1, 7), spans={1: (0, 3)}) == [{(0, 2), (1, 1)}]


def test_an_older_file_that_reaches_beyond_moved_nothing() -> None:
    # At noon the older file did not have the receipt of that afternoon.
    assert len(orders(Stated(0, 1, 7), Stated(1, 2, 7), spans={0: (0, 2)})) == 2


def test_a_third_file_that_reaches_back_without_the_order_moved_nothing() -> None:
    others = [Stated(2, day, 9, number="2") for day in (0, 3)]
    found = orders(Stated(0, 1, 7), Stated(1, 2, 7), *others, spans={0: (0, 1), 2: (0, 3)})
    assert found[:2] == [{(0, 1)}, {(1, 2)}]


def test_a_customers_order_and_two_that_moved_under_one_number_stay_three() -> None:
    of_customer = [Stated(0, 0, 1, 1), Stated(0, 1, 2, 1)]
    moved = [Stated(0, 10, 7), Stated(1, 11, 7), Stated(0, 20, 8), Stated(1, 21, 8)]
    assert len(orders(*of_customer, *moved, spans={1: (5, 21)})) == 3


def test_an_order_that_moved_with_other_lines_and_no_customer_is_two() -> None:
    assert len(orders(Stated(0, 1, 7), Stated(1, 2, 8), spans={1: (0, 3)})) == 2


def test_an_equal_receipt_of_another_day_beside_the_order_moved_nothing() -> None:
    stated = [Stated(0, 1, 7), Stated(1, 1, 7), Stated(1, 2, 7)]
    assert orders(*stated, spans={1: (0, 3)}) == [{(0, 1), (1, 1)}, {(1, 2)}]


def test_what_is_one_with_a_third_is_one() -> None:
    # Moved from the 1st to the 2nd, there given another customer, and moved with that one to the 5th.
    stated = [Stated(0, 1, 7, 1), Stated(1, 2, 7, 1), Stated(2, 2, 8, 2), Stated(3, 5, 9, 2)]
    assert orders(*stated) == [{(0, 1), (1, 2), (2, 2), (3, 5)}]
    assert orders(*reversed(stated)) == [{(0, 1), (1, 2), (2, 2), (3, 5)}]


def test_a_chain_of_links_is_followed_to_its_end() -> None:
    # Each day two customers: the one of the day before, and another.
    stated = [Stated(0, day, day, customer) for day in range(20) for customer in (day, day + 1)]
    assert len(orders(*stated)) == 1
