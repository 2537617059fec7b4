"""Words of a status: those of shops and tills, and the source's own."""

import polars as pl
import pytest

from dmp_assets.ingest.schema.events import ORDER_STATUSES
from dmp_assets.ingest.values.statuses import STATUSES, STRENGTH, read_statuses, strongest_status

WORDS = {
    "paid": [
        "paid",
        "Partially Paid",
        "partially_refunded",
        "completed",
        "wc-completed",
        "PROCESSING",
        "shipped",
        "closed",
    ],
    "pending": ["pending", "Pending payment", "wc-on-hold", "on_hold", "authorized", "unpaid", "checkout-draft"],
    "cancelled": ["cancelled", "Canceled", "wc-cancelled", "voided"],
    "refunded": ["refunded", "returned"],
    "failed": ["failed", "declined", "payment_failed", "expired"],
    "test": ["test"],
}


@pytest.mark.parametrize(("word", "expected"), [(word, ours) for ours, words in WORDS.items() for word in words])
def test_words_of_the_trade_are_known(word: str, expected: str) -> None:
    statuses, unknown = read_statuses(pl.Series([word, f" {word.upper()} "]), {})
    assert statuses.to_list() == [expected] * 2
    assert not unknown.any()


def test_words_of_delivery_say_nothing_and_are_no_unknown_ones() -> None:
    statuses, unknown = read_statuses(pl.Series(["unfulfilled", "partial", None, "", "open"]), {})
    assert statuses.to_list() == [None] * 5
    assert unknown.to_list() == [False, False, False, False, True]


def test_the_sources_own_words_win_whatever_their_case_and_spaces() -> None:
    own = {"In Arbeit": "pending", "paid": "test", "9": "failed"}
    statuses, unknown = read_statuses(pl.Series(["IN ARBEIT", "inarbeit", "Paid", "9", "completed"]), own)
    assert statuses.to_list() == ["pending", "pending", "test", "failed", "paid"]
    assert not unknown.any()


def test_numbers_are_words_too() -> None:
    assert read_statuses(pl.Series([1, 2, None]), {"1": "paid"})[0].to_list() == ["paid", None, None]


def test_the_strongest_status_counts() -> None:
    assert set(STRENGTH) == set(ORDER_STATUSES) == set(STATUSES.values())
    for place, strong in enumerate(STRENGTH):
        for weak in STRENGTH[place:]:
            assert strongest_status([pl.Series([weak]), pl.Series([strong])]).to_list() == [strong]
