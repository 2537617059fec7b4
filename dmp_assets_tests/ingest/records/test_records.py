"""Verdicts, partitions and ids of records."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.kinds import staged_schema
from dmp_assets_tests.ingest.support.landing import HEADER, ORDERS, Landing, order_file, order_line, rejects, small

EVENTS = Source(
    kind="events",
    columns={"event_at": "at", "event_name": "what", "user_id": "who", "campaign_id": "context.campaign.name"},
)


@pytest.mark.parametrize(
    ("changes", "code", "message", "day"),
    [
        (
            {"at": "soon"},
            "Datatype-Mismatch",
            "column 'at' (event_at): expected a time such as 2024-",
            date(2024, 6, 15),
        ),
        ({"at": ""}, "Required-Missing", "column 'at' (event_at): required, but empty", date(2024, 6, 15)),
        (
            {"at": "2023-12-31T23:59:59Z"},
            "Out-Of-Range",
            "before 2024-01-01, the first day (start_date)",
            date(2024, 6, 15),
        ),
        ({"at": "2024-06-17"}, "Out-Of-Range", "of the future, later than the day after", date(2024, 6, 15)),
        ({"order": " "}, "Required-Missing", "column 'order' (transaction_id): required", date(2024, 5, 2)),
        ({"paid": "free"}, "Datatype-Mismatch", "column 'paid' (item_revenue): expected an amount", date(2024, 5, 2)),
        ({"paid": "NaN"}, "Datatype-Mismatch", "column 'paid' (item_revenue): expected an amount", date(2024, 5, 2)),
        *(
            (
                {"paid": paid},
                "Out-Of-Range",
                "column 'paid' (item_revenue): expected a number between",
                date(2024, 5, 2),
            )
            for paid in ("1000000000000", "-1e12", "1e15", "1e308", "9" * 400, "999999999999.99995")
        ),
    ],
)
def test_a_bad_value_rejects_its_record(
    landing: Landing, changes: dict[str, str], code: str, message: str, day: date
) -> None:
    bad = order_line(1, **changes)
    reading, staged = landing.read(landing.put("orders.csv", [HEADER, bad, order_line(2)]))
    found_code, found_message, raw = rejects(staged)[2]
    assert (found_code, raw, reading.accepted) == (code, bad, 1)
    assert message in found_message
    assert not [value for value in changes.values() if value.strip() and value in found_message]
    row = staged.row(0, named=True)
    assert (row["event_date"], row["fingerprint"]) == (day, None)


@pytest.mark.parametrize(
    ("price", "n", "message"),
    [
        ("9.50", "4006381333931", "column 'n' (quantity): expected a number between -10^12"),
        ("9.50", "400638133393", "column 'n' (quantity): less_than_or_equal_to"),
        ("1", "-1000000001", "column 'n' (quantity): greater_than_or_equal_to"),
        ("1", "1e13", "column 'n' (quantity): expected a number between -10^12"),
        ("2000000", "500000", "price x quantity: expected a number between -10^12"),
        ("-2000000", "500000", "price x quantity: expected a number between -10^12"),
    ],
)
@pytest.mark.parametrize("kind", ["orders", "order_lines"])
def test_a_product_or_a_quantity_that_is_too_large_rejects_its_record(
    landing: Landing, kind: str, price: str, n: str, message: str
) -> None:
    columns = {"transaction_id": "order", "item_id": "item", "price": "price", "quantity": "n"}
    source = Source(kind=kind, columns=columns | ({"event_at": "at"} if kind == "orders" else {}))
    lines = [
        f"2024-05-02,{number},i,{price},{n}" for number, price, n in [(1, price, n), (2, "999999.9999", "1000000")]
    ]
    reading, staged = landing.read(landing.put("orders.csv", ["at,order,item,price,n", *lines]), source)
    code, found, raw = rejects(staged)[2]
    assert (code, raw, reading.accepted) == ("Out-Of-Range", lines[0], 1)
    assert message in found
    large = staged.filter(line_number=2)
    assert large["item_revenue"].to_list() == [None]
    assert staged.filter(line_number=3)["item_revenue"].to_list() == [Decimal("999999999900.0000")]


def test_the_edges_of_the_partitions(landing: Landing) -> None:
    times = ["2024-05-01T00:00:00Z", "2024-05-31T23:59:59.999999Z", "2024-04-30T23:59:59.999999Z", "2024-06-01"]
    lines = [HEADER, *(order_line(number, at=at) for number, at in enumerate(times))]
    file = landing.put("orders.csv", lines)
    reading, staged = landing.read(file, first_day=date(2024, 5, 1), last_day=date(2024, 5, 31))
    assert list(rejects(staged)) == [4, 5]
    assert "(start_date)" in rejects(staged)[4][1]
    assert "2024-05-31, the last day (end_date)" in rejects(staged)[5][1]
    assert reading.days == {date(2024, 5, 1): 1, date(2024, 5, 31): 3}
    reading, _ = landing.read(file, first_day=date(2024, 7, 1))
    assert reading.days == {date(2024, 7, 1): 4}


def test_two_faults_give_one_record_with_both_messages(landing: Landing) -> None:
    reading, staged = landing.read(landing.put("orders.csv", [HEADER, order_line(1, paid="x", n="y")]))
    code, message, _ = rejects(staged)[2]
    assert (code, message.count("expected"), reading.records) == ("Datatype-Mismatch", 2, 1)


def test_order_lines_share_their_orders_event_id(landing: Landing) -> None:
    lines = [HEADER, order_line(1, order="o"), order_line(2, order="o"), order_line(1, order="o")]
    _, staged = landing.read(landing.put("orders.csv", lines))
    assert staged["event_id"].to_list() == ["shop:o"] * 3
    assert staged["event_name"].to_list() == ["purchase"] * 3
    first, second, again = staged["fingerprint"]
    assert first == again
    assert first != second
    assert staged["item_revenue"].to_list() == [Decimal("1.25"), Decimal("2.25"), Decimal("1.25")]


def test_events_get_ids_from_their_content(landing: Landing) -> None:
    line = '{"at": "1970-01-02T00:00:00Z", "what": "login", "who": 7, "context": {"campaign": {"name": "\\u00e9\\"x"}}}'
    _, staged = landing.read(landing.put("events.jsonl", [line]), EVENTS, first_day=date(1970, 1, 1))
    row = staged.row(0, named=True)
    assert row["event_id"] == f"shop:86400000000:{row['fingerprint']}"
    assert (row["user_id"], row["campaign_id"]) == ("7", '\u00e9"x')
    given = EVENTS.model_copy(update={"columns": EVENTS.columns | {"event_id": "who"}})
    _, staged = landing.read(landing.put("events.jsonl", [line]), given, first_day=date(1970, 1, 1))
    assert staged["event_id"].to_list() == ["shop:7"]


def test_long_json_numbers_keep_their_digits(landing: Landing) -> None:
    line = '{"at": "2024-05-01", "order": 12345678901234567890123, "paid": 123456789012.3456, "n": 1e3}'
    _, staged = landing.read(landing.put("orders.ndjson", [line]))
    row = staged.row(0, named=True)
    assert row["transaction_id"] == "12345678901234567890123"
    assert (row["item_revenue"], row["quantity"]) == (Decimal("123456789012.3456"), 1000.0)


def test_the_staged_columns_are_the_contracts(landing: Landing) -> None:
    _, staged = landing.read(landing.put("orders.csv", order_file(3)))
    # Of orders only what the source supplies is staged; what is read back has all columns of the contract.
    supplied = {"event_at", "transaction_id", "item_id", "item_revenue", "quantity", "event_name"}
    assert supplied < set(staged.columns) < set(staged_schema("orders"))
    assert {name: staged_schema("orders")[name] for name in staged.columns} == dict(staged.schema)
    customers = Source(kind="customers", columns={"user_id": "order", "updated_at": "at"})
    reading, staged = landing.read(landing.put("people.csv", [*order_file(3), order_line(9, order="")]), customers)
    assert dict(staged.schema) == staged_schema("customers")
    assert (reading.days, reading.rejected, rejects(staged)[5][0]) == ({}, 1, "Required-Missing")
    assert staged["updated_at"][0] == datetime(2024, 5, 2, 10)


def variants(landing: Landing) -> dict[str, Any]:
    """Return the same orders as files of every format and packing."""
    lines = order_file(40)
    table = pl.read_csv("\n".join(lines).encode())
    typed = table.with_columns(pl.col("at").str.to_datetime())
    buffer = io.BytesIO()
    typed.write_parquet(buffer, row_group_size=11)
    contents: dict[str, Any] = {"csv": lines, "ndjson": table.write_ndjson(), "parquet": buffer.getvalue()}
    return {
        f"orders.{name}{packing}": landing.put(f"orders.{name}{packing}", content)
        for name, content in contents.items()
        for packing in ("", ".gz", ".zst")
    }


def test_every_format_gives_equal_records(landing: Landing) -> None:
    found = {name: landing.read(file)[1].drop("path", "line_number") for name, file in variants(landing).items()}
    assert len(found) == 9
    first = next(iter(found.values()))
    assert first["violation_code"].null_count() == 40
    for records in found.values():
        assert records.equals(first)


@pytest.mark.parametrize("careful", [False, True])
def test_the_size_of_a_batch_changes_nothing(landing: Landing, careful: bool) -> None:
    lines = order_file(60)
    lines[7], lines[50] = order_line(7, at="never"), order_line(50, paid="much")
    if careful:
        lines[30] = "ragged"
    file = landing.put("orders.csv", lines)
    whole, expected = landing.read(file)
    (landing.root / "staging" / "readings" / f"{whole.reading_id}.json").unlink()
    again, staged = landing.read(file, limits=small())
    assert again == whole
    assert staged.equals(expected)
    assert rejects(staged)[8][2] == lines[7]


def test_both_gears_read_good_lines_alike(landing: Landing) -> None:
    odd = ['"a""b"', '"a"b', 'x"y', '" padded "', '"with, comma"', '""', "\u00e9"]
    lines = [HEADER, *(order_line(number, item=item) for number, item in enumerate(odd, start=1))]
    _, fast = landing.read(landing.put("orders.csv", lines))
    _, careful = landing.read(landing.put("orders.csv", [*lines, "ragged"]))
    assert careful.head(len(odd)).equals(fast)
    assert fast["item_id"].to_list() == ['a"b', "ab", 'x"y', "padded", "with, comma", None, "\u00e9"]


def test_a_second_reading_parses_nothing(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    file = landing.put("orders.csv", [*order_file(5), "ragged"])
    first, _ = landing.read(file)
    written = first.staged.stat().st_mtime_ns
    monkeypatch.setattr("dmp_assets.ingest.landing.parsing.stage_file", None)
    assert landing.read(file)[0] == first
    assert first.staged.stat().st_mtime_ns == written


def test_a_damaged_staging_is_made_again(landing: Landing) -> None:
    file = landing.put("orders.csv", order_file(5))
    first, _ = landing.read(file)
    first.staged.write_bytes(b"torn")
    assert landing.read(file)[0] == first
    assert not list((landing.root / "staging" / "work").iterdir())


def test_the_reading_id_follows_what_the_records_depend_on(landing: Landing) -> None:
    file = landing.put("orders.csv", order_file(2))
    copy = landing.put("copy.csv", order_file(2))
    other_zone = ORDERS.model_copy(update={"time_zone": "Asia/Seoul"})
    ids = {
        landing.read(file)[0].reading_id,
        landing.read(copy)[0].reading_id,
        landing.read(file, other_zone)[0].reading_id,
        landing.read(file, first_day=date(2024, 2, 1))[0].reading_id,
        landing.read(file, arrived_at=datetime(2024, 6, 16))[0].reading_id,
    }
    assert len(ids) == 5
    assert landing.read(file, arrived_at=datetime(2024, 6, 15, 23))[0].reading_id in ids


def test_a_broken_parquet_page_costs_only_what_follows(landing: Landing) -> None:
    rows = {"at": ["2024-05-01"] * 4_000, "order": [f"order {number * 7919}" for number in range(4_000)]}
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(rows), buffer, row_group_size=1_000, write_page_checksum=True)
    data = bytearray(buffer.getvalue())
    data[data.index(b"order 23757000") + 3] ^= 1
    reading, staged = landing.read(landing.put_bytes("orders.parquet", bytes(data)), limits=small(batch_records=500))
    assert (reading.status, reading.records, reading.accepted) == ("damaged", 4_000, 3_000)
    assert "after record 3000; the readable records are kept" in str(reading.message)
    assert list(rejects(staged)) == list(range(3_001, 4_001))


def test_fields_of_parquet_structs_can_be_mapped(landing: Landing) -> None:
    buffer = io.BytesIO()
    pl.DataFrame(
        {"at": [date(2024, 5, 1)], "what": ["login"], "context": [{"campaign": {"name": "May"}}]}
    ).with_columns(pl.col("what").cast(pl.Categorical), who=pl.lit(5.0)).write_parquet(buffer)
    _, staged = landing.read(landing.put_bytes("events.parquet", buffer.getvalue()), EVENTS)
    assert staged.select("event_name", "campaign_id", "user_id").row(0) == ("login", "May", "5")
