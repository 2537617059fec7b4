"""The status of an order is decided from all columns that speak of it."""

import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets_tests.ingest.support.cases import written
from dmp_assets_tests.ingest.support.landing import Landing

COLUMNS = {
    "event_at": "at",
    "transaction_id": "no",
    "item_revenue": "paid",
    "status": "state",
    "financial_status": "pay",
    "is_test": "test",
    "cancelled_at": "gone",
}
SOURCE = Source(kind="orders", columns=COLUMNS, statuses={"Klarna OK": "paid"})
ROW = {"at": "2024-05-02", "no": "1", "paid": "5", "state": "", "pay": "", "test": "", "gone": ""}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, None),
        ({"state": "completed"}, "paid"),
        ({"state": "klarna  ok"}, "paid"),
        ({"state": "unfulfilled", "pay": "paid"}, "paid"),
        ({"state": "shipped", "pay": "pending"}, "pending"),
        ({"state": "shipped", "pay": "refunded"}, "refunded"),
        ({"pay": "paid", "gone": "2024-05-03 10:00:00"}, "cancelled"),
        ({"pay": "paid", "gone": "2024-05-03 10:00:00", "test": "TRUE"}, "test"),
        ({"pay": "paid", "test": "no"}, "paid"),
        ({"state": "failed", "pay": "pending"}, "failed"),
    ],
)
def test_the_strongest_of_what_a_record_says_is_its_status(landing: Landing, row: dict, expected: str | None) -> None:
    for name in ("o.csv", "o.ndjson", "o.parquet"):
        _, staged = landing.read(written([ROW | row], name, landing), SOURCE)
        assert staged.select("status", "violation_message", "flags").rows() == [(expected, None, None)]
        assert not {"financial_status", "is_test"} & set(staged.columns)


def test_an_unknown_word_counts_as_none_is_flagged_and_told_of(landing: Landing) -> None:
    rows = [
        ROW | {"no": str(place), "state": word} for place, word in enumerate(["Lost in space", "paid", "B-7 x", "@!"])
    ]
    rows[0]["pay"] = "paid"
    reading, staged = landing.read(written(rows, "o.csv", landing), SOURCE)
    assert staged["status"].to_list() == ["paid", "paid", None, None]
    assert staged["flags"].to_list() == ["unknown_status", None, "unknown_status", "unknown_status"]
    assert reading.accepted == 4
    (remark,) = reading.remarks
    assert remark == (
        "column 'state' (status): the status of 3 lines, the first on line 2, is a word that nobody knows, so they "
        "count as without one; add statuses to the source, each word with one of paid, pending, cancelled, refunded, "
        "failed, test; they are shown by: SELECT unnest(values_seen) FROM ingest.landing_files WHERE "
        "path = 'shop/o.csv'"
    )
    words = ["@!", "B-7 x", "Lost in space"]
    assert reading.values_seen == [f"column 'state' (status): {word}" for word in words]


def test_more_words_than_a_status_has_may_be_data_of_people_and_are_not_kept(landing: Landing) -> None:
    many = [ROW | {"state": f"name {chr(97 + place)}"} for place in range(26)]
    reading, _ = landing.read(written(many, "p.csv", landing), SOURCE)
    assert "of 26 lines" in reading.remarks[0]
    assert "shown by" not in reading.remarks[0]
    assert reading.values_seen == []
    assert "nobody knows, so" in reading.remarks[0]


def test_an_event_has_a_status_where_it_is_mapped(landing: Landing) -> None:
    source = Source(kind="events", columns={"event_at": "at", "event_name": "no", "status": "state"})
    _, staged = landing.read(written([ROW | {"state": "declined"}], "e.csv", landing), source)
    assert staged["status"].to_list() == ["failed"]
