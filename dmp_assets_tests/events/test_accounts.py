"""One number with several accounts on one day: the money stays with each customer."""

from itertools import permutations

import polars as pl
import pytest

from dmp_assets.events.accounts import shared_numbers, with_accounts
from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets_tests.support.factories import bad, click, order_line, records, run


def parted(*rows: dict) -> list[tuple]:
    """Return id, account and revenue of the events of the records."""
    judged = run(with_accounts, run(judge_records, records(*rows)))
    events = run(lambda frame: clean_records(frame).cleaned_events, judged)
    return events.select("event_id", "user_id", "revenue").sort("event_id").rows()


def line(number: int, account: str | None, email: str | None = None, **changes: object) -> dict:
    return order_line(fingerprint=number, user_id=account, email=email, item_revenue=10**number, **changes)


def test_lines_of_two_accounts_are_an_event_of_each() -> None:
    assert parted(line(1, "7"), line(2, "8"), line(3, "7")) == [("orders:o1|7", "7", 1010), ("orders:o1|8", "8", 100)]


def test_lines_without_an_account_stay_with_the_only_one_there_is() -> None:
    assert parted(line(1, "7"), line(2, None)) == [("orders:o1", "7", 110)]


def test_lines_without_an_account_are_an_event_of_their_own_where_there_are_several() -> None:
    wanted = [("orders:o1", None, 100), ("orders:o1|7", "7", 10), ("orders:o1|8", "8", 1000)]
    rows = (line(1, "7"), line(2, None), line(3, "8"))
    assert all(parted(*order) == wanted for order in permutations(rows))


@pytest.mark.parametrize(
    ("second", "ids"),
    [
        (("7", "b@x.org"), ["orders:o1"]),
        ((None, "a@x.org"), ["orders:o1"]),
        ((None, "b@x.org"), ["orders:o1|7", "orders:o1|b@x.org"]),
        (("8", "a@x.org"), ["orders:o1|7", "orders:o1|8"]),
    ],
)
def test_an_address_is_the_account_that_it_stands_beside(second: tuple, ids: list[str]) -> None:
    assert [row[0] for row in parted(line(1, "7", "a@x.org"), line(2, *second))] == ids


def test_a_refund_keeps_its_ending_before_the_account_and_days_and_sources_of_events_are_left_alone() -> None:
    refunds = [line(number, str(number), event_id="orders:o1:refund", event_name="refund") for number in (1, 2)]
    assert [row[0] for row in parted(*refunds)] == ["orders:o1:refund|1", "orders:o1:refund|2"]
    assert [row[0] for row in parted(line(1, "7"), line(2, "8", at="2024-05-02 10:00:00"))] == ["orders:o1"] * 2
    assert [row[0] for row in parted(click("e", user_id="1", part=1), click("e", user_id="2", part=2))] == ["e"]


def test_only_kept_lines_part_an_order_and_every_record_stays() -> None:
    rows = [line(1, "7"), line(2, "8", fate="superseded"), bad(line(3, "9"))]
    assert parted(*rows) == [("orders:o1", "7", 10)]
    judged = run(judge_records, records(*rows, line(4, "8")))
    changed = run(with_accounts, judged)
    assert changed.height == judged.height
    assert changed.drop("event_id").sort("line_number").equals(judged.drop("event_id").sort("line_number"))
    assert changed.filter(pl.col("fate") != "kept")["event_id"].unique().to_list() == ["orders:o1"]


def test_numbers_of_one_account_are_not_looked_at() -> None:
    assert run(shared_numbers, run(judge_records, records(line(1, "7"), line(2, "7")))).is_empty()
    assert run(shared_numbers, run(judge_records, records(line(1, "7"), line(2, "8")))).height == 1
