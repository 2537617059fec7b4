"""Ids of orders: no two different orders get one."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.records.order_ids import order_ids

TEXTS = st.text("a7%:/|2FAC", min_size=1, max_size=4) | st.sampled_from(["7:refund", "7:cancelled", "7|a", "b/7"])
NAMES = st.sampled_from(["purchase", "refund", "order_cancelled"])


def ids(*rows: tuple[str, str | None, str]) -> list[str]:
    schema = {"transaction_id": pl.String, "store_id": pl.String, "event_name": pl.String}
    return order_ids(pl.DataFrame(rows, schema=schema, orient="row"), "pos").to_list()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("1", None, "purchase"), "pos:1"),
        (("1", "berlin", "purchase"), "pos:berlin/1"),
        (("1", "berlin", "refund"), "pos:berlin/1:refund"),
        (("#1001", None, "order_cancelled"), "pos:#1001:cancelled"),
        (("berlin/1", None, "purchase"), "pos:berlin%2F1"),
        (("1:refund", None, "purchase"), "pos:1%3Arefund"),
        (("1|7", "50%", "purchase"), "pos:50%25/1%7C7"),
    ],
)
def test_an_order_is_named_by_store_number_and_ending(row: tuple, expected: str) -> None:
    assert ids(row) == [expected]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS, NAMES), max_size=8, unique=True))
def test_different_orders_have_different_ids(rows: list[tuple]) -> None:
    found = ids(*rows)
    assert len(set(found)) == len(rows)
    # A bar after it begins an account, so an id with one must be no order's own.
    assert not any("|" in one for one in found)
