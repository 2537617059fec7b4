"""What an order says on its first line alone holds for its other lines, and for no other order."""

from typing import Any

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets_tests.ingest.support.cases import written
from dmp_assets_tests.ingest.support.landing import Landing, small

NAMES = {
    "event_at": "at",
    "transaction_id": "no",
    "currency": "cur",
    "user_id": "who",
    "email": "mail",
    "store_id": "store",
    "status": "state",
    "item_id": "sku",
    "item_revenue": "paid",
}
SOURCE = Source(kind="orders", columns=NAMES)
FIRST = {
    "at": "2024-05-02 10:00:00",
    "no": "1",
    "cur": "USD",
    "who": "7",
    "mail": "a@x.org",
    "store": "b",
    "state": "paid",
}
EMPTY = dict.fromkeys(NAMES.values(), "")


def lines(*rows: dict[str, str]) -> list[dict[str, str]]:
    return [EMPTY | {"sku": f"i{place}", "paid": "1"} | row for place, row in enumerate(rows)]


def read(
    landing: Landing, rows: list[dict], source: Source = SOURCE, name: str = "o.csv", **options: Any
) -> pl.DataFrame:
    return landing.read(written(rows, name, landing), source, **options)[1]


@pytest.mark.parametrize("name", ["o.csv", "o.ndjson", "o.parquet"])
def test_a_line_takes_time_currency_customer_store_and_status_of_an_earlier_line(landing: Landing, name: str) -> None:
    staged = read(
        landing,
        lines(FIRST, {"no": "1"}, {"no": "2"} | FIRST | {"no": "2", "who": "8", "mail": ""}, {"no": "1"}),
        name=name,
    )
    assert staged["violation_message"].to_list() == [None] * 4
    for column in ("event_at", "currency", "user_id", "email", "store_id", "status"):
        values = staged[column].to_list()
        assert values[0] == values[1] == values[3] is not None
    assert staged["user_id"].to_list() == ["7", "7", "8", "7"]
    assert staged["email"][2] is None


def test_an_empty_time_without_an_earlier_line_is_refused(landing: Landing) -> None:
    staged = read(landing, lines({"no": "1"}, FIRST, {"no": "9"}))
    assert staged["violation_code"].to_list() == ["Required-Missing", None, "Required-Missing"]


@pytest.mark.parametrize(
    "other",
    [
        {"at": "2024-05-03 10:00:00"},
        {"who": "8", "at": "2024-05-02 10:00:00"},
        {"mail": "b@x.org", "at": "2024-05-02 10:00:00"},
        {"store": "h", "at": "2024-05-02 10:00:00"},
    ],
)
def test_a_line_that_contradicts_the_earlier_ones_begins_another_order(landing: Landing, other: dict) -> None:
    staged = read(landing, lines(FIRST, {"no": "1"} | other, {"no": "1"}))
    assert staged["currency"].to_list() == ["USD", None, None]
    for ours in ("user_id", "email", "store_id"):
        assert staged[ours][1] == (other.get(NAMES[ours]) or None)
        assert staged[ours][2] == staged[ours][1]


@pytest.mark.parametrize("batch", [1, 2, 3, 50])
def test_batches_of_any_size_give_the_same(landing: Landing, batch: int) -> None:
    orders = [FIRST | {"no": str(number), "who": str(number), "mail": f"a{number}@x.org"} for number in range(9)]
    rows = lines(*orders, *({"no": str(number % 9)} for number in range(20)))
    whole = read(landing, rows)
    limits = small(batch_records=batch)
    assert read(landing, rows, file_id=f"size {batch}", limits=limits).drop("path").equals(whole.drop("path"))
    assert whole["user_id"].null_count() == 0


def test_a_quoted_line_break_late_in_the_file_changes_nothing(landing: Landing) -> None:
    rows = lines(FIRST, *({"no": "1"} for _ in range(20)), {"no": "1", "sku": "two\nlines"})
    staged = read(landing, rows, limits=small())
    assert staged["user_id"].to_list() == ["7"] * 22


def test_nothing_is_filled_where_the_source_says_so_or_is_none_of_orders(landing: Landing) -> None:
    rows = lines(FIRST, {"no": "1", "at": "2024-05-02 10:00:00"})
    staged = read(landing, rows, SOURCE.model_copy(update={"fill_down": False}))
    assert staged["currency"].to_list() == ["USD", None]
    events = Source(kind="events", columns=NAMES, constants={"event_name": "purchase"})
    assert read(landing, rows, events, "e.csv")["user_id"].to_list() == ["7", None]


def test_conditions_see_what_was_filled(landing: Landing) -> None:
    rows = lines(FIRST, {"no": "1"}, FIRST | {"no": "2", "state": "draft"}, {"no": "2"})
    source = Source(kind="orders", columns=NAMES, where=[{"column": "state", "operator": "=", "value": "paid"}])
    reading, staged = landing.read(written(rows, "o.csv", landing), source)
    assert (staged["transaction_id"].to_list(), reading.left_out) == (["1", "1"], 2)


def test_lines_without_a_number_are_filled_from_nothing(landing: Landing) -> None:
    staged = read(landing, lines(FIRST | {"no": ""}, {"no": ""}))
    assert staged["user_id"].to_list() == ["7", None]


def test_an_order_filled_down_equals_the_same_order_with_all_its_cells(landing: Landing) -> None:
    some, all_cells = lines(FIRST, {"no": "1"}), lines(FIRST, FIRST)
    first, second = read(landing, some, name="a.csv"), read(landing, all_cells, name="b.csv")
    assert first["fingerprint"].equals(second["fingerprint"])
