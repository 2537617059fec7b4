"""Files as the world sends them: whatever is wrong, the rest is read and every record is accounted for."""

import gzip
import io
import tracemalloc

import polars as pl
import pytest
import zstandard

from dmp_assets_tests.ingest.support.landing import (
    ARRIVED_AT,
    HEADER,
    ORDERS,
    Landing,
    order_file,
    order_line,
    rejects,
    small,
)


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_truncated_compression_keeps_the_whole_lines(landing: Landing, packing: str) -> None:
    lines = order_file(50_000)
    data = landing.put("full.csv" + packing, lines).read_bytes()
    file = landing.put_bytes("orders.csv" + packing, data[: len(data) * 2 // 3])
    reading, staged = landing.read(file)
    assert reading.status == "damaged"
    name = {".gz": "gzip", ".zst": "zstd"}[packing]
    kept = reading.accepted + 1
    assert f"shop/orders.csv{packing}: {name} data ends early after line {kept}" in str(reading.message)
    assert 10_000 < reading.accepted < 50_000
    assert staged.filter(pl.col("violation_code").is_null())["transaction_id"].to_list() == [
        f"o{number}" for number in range(1, reading.accepted + 1)
    ]
    assert set(rejects(staged)) <= {kept + 1}


def test_corrupt_gzip_is_damaged_not_trusted(landing: Landing) -> None:
    data = bytearray(gzip.compress("\n".join(order_file(50)).encode()))
    data[-6] ^= 0xFF
    reading, _ = landing.read(landing.put_bytes("orders.csv.gz", bytes(data)))
    assert (reading.status, reading.accepted) == ("damaged", 49)
    assert "gzip data is corrupt" in str(reading.message)


@pytest.mark.parametrize("name", ["orders.csv.gz", "orders.csv.zst", "orders.parquet", "orders.parquet.gz"])
def test_what_is_not_the_format_fails_alone(landing: Landing, name: str) -> None:
    reading, _ = landing.read(landing.put_bytes(name, b"this is no such thing\n" * 9))
    assert (reading.status, reading.records) == ("failed", 0)
    assert str(reading.message).startswith(f"shop/{name}: ")


def test_concatenated_gzip_and_zstd_members_are_one_file(landing: Landing) -> None:
    first, second = "\n".join(order_file(3)) + "\n", order_line(4) + "\n"
    for packing, compress in ((".gz", gzip.compress), (".zst", zstandard.compress)):
        file = landing.put_bytes("orders.csv" + packing, compress(first.encode()) + compress(second.encode()))
        assert landing.read(file)[0].accepted == 4


def test_a_foreign_byte_costs_its_line(landing: Landing) -> None:
    lines = [line.encode() for line in order_file(30)]
    lines[10] = lines[10].replace(b"i10", "caf\u00e9".encode("latin-1"))
    reading, staged = landing.read(landing.put("orders.csv", b"\n".join(lines) + b"\n"), limits=small())
    assert (reading.status, reading.accepted, reading.records) == ("ok", 29, 30)
    code, message, raw = rejects(staged)[11]
    assert code == "Unreadable"
    assert "0xE9" in message
    assert "utf-8" in message
    assert "encoding:" in message
    assert "\\xe9" in str(raw)


def test_a_declared_encoding_is_read(landing: Landing) -> None:
    source = ORDERS.model_copy(update={"encoding": "cp949"})
    text = "\n".join([HEADER, order_line(1, item="\ud55c\uad6d")])
    reading, staged = landing.read(landing.put("orders.csv", text.encode("cp949")), source)
    assert (reading.accepted, staged["item_id"][0]) == (1, "\ud55c\uad6d")


def test_utf_16_fails_unless_declared(landing: Landing) -> None:
    file = landing.put("orders.csv", "\n".join(order_file(20)).encode("utf-16"))
    reading, _ = landing.read(file)
    assert (reading.status, reading.records) == ("failed", 0)
    assert "set encoding: utf-16" in str(reading.message)
    declared = ORDERS.model_copy(update={"encoding": "utf-16"})
    assert landing.read(file, declared, limits=small())[0].accepted == 20


def test_utf_16_without_a_mark_is_recognised_by_its_nul_bytes(landing: Landing) -> None:
    reading, _ = landing.read(landing.put("orders.csv", "\n".join(order_file(5)).encode("utf-16-le")))
    assert reading.status == "failed"
    assert "utf-16" in str(reading.message)


def test_a_utf_8_mark_is_dropped(landing: Landing) -> None:
    reading, _ = landing.read(landing.put("orders.csv", b"\xef\xbb\xbf" + "\n".join(order_file(3)).encode()))
    assert (reading.status, reading.message, reading.accepted) == ("ok", None, 3)


@pytest.mark.parametrize(("bad", "count"), [("2024-05-01,o9", "2 fields"), (order_line(9) + ",x,y", "7 fields")])
def test_a_ragged_line_is_rejected_alone(landing: Landing, bad: str, count: str) -> None:
    lines = order_file(30)
    lines[9] = bad
    reading, staged = landing.read(landing.put("orders.csv", lines))
    assert reading.accepted == 29
    assert rejects(staged) == {10: ("Unreadable", f"{count}, header has 5", bad)}
    assert "1 of 30 records rejected, the first on line 10" in str(reading.message)


@pytest.mark.parametrize("where", ["item", "n"])
def test_an_unclosed_quote_costs_one_record(landing: Landing, where: str) -> None:
    lines = order_file(3_000)
    lines[1_500] = order_line(1_500, **{where: '"open'})
    lines[2_000] = order_line(2_000, item='"quoted, well"')
    reading, staged = landing.read(landing.put("orders.csv", lines))
    assert (reading.records, reading.accepted) == (3_000, 2_999)
    assert list(rejects(staged)) == [1_501]
    assert staged.filter(pl.col("line_number") == 2_001)["item_id"].to_list() == ["quoted, well"]


def test_a_quoted_newline_is_one_record(landing: Landing) -> None:
    lines = order_file(10)
    lines[4] = order_line(4, item='"two\nlines"')
    reading, staged = landing.read(landing.put("orders.csv", lines))
    assert (reading.records, reading.accepted, reading.physical_lines) == (10, 10, 12)
    assert staged["item_id"][3] == "two\nlines"
    assert staged["line_number"].to_list() == [2, 3, 4, 5, 7, 8, 9, 10, 11, 12]


def test_a_quote_open_for_too_long_is_unclosed(landing: Landing) -> None:
    lines = order_file(20)
    lines[3], lines[15] = order_line(3, item='"open'), 'closed",1.00,1'
    assert landing.read(landing.put("orders.csv", lines))[0].records == 20 - 12
    lines.append(order_line(21))
    reading, staged = landing.read(landing.put("orders.csv", lines), limits=small(quoted_lines=5))
    assert (reading.records, list(rejects(staged))) == (21, [4, 16])


def test_blank_lines_are_no_records_and_keep_the_numbers(landing: Landing) -> None:
    reading, staged = landing.read(landing.put("orders.csv", [HEADER, order_line(1), "", order_line(2), "", ""]))
    assert (reading.records, reading.physical_lines) == (2, 6)
    assert staged["line_number"].to_list() == [2, 4]


def test_nul_bytes_cost_their_line(landing: Landing) -> None:
    lines = order_file(9)
    lines[5] = order_line(5, item="a\0b")
    reading, staged = landing.read(landing.put("orders.csv", lines))
    assert (reading.accepted, list(rejects(staged))) == (8, [6])
    assert "NUL" in rejects(staged)[6][1]


def test_windows_line_ends_are_no_part_of_values(landing: Landing) -> None:
    reading, staged = landing.read(landing.put("orders.csv", "\r\n".join(order_file(4))))
    assert (reading.accepted, staged["quantity"].to_list()) == (4, [1.0] * 4)


def test_empty_file_and_lone_header(landing: Landing) -> None:
    for content, words in (("", "0 bytes"), (HEADER + "\n", "no records"), ("\n\n", "only blank lines")):
        reading, _ = landing.read(landing.put("orders.csv", content))
        assert (reading.status, reading.records) == ("empty", 0)
        assert reading.message == f"shop/orders.csv: {words}"


def test_a_repeated_header_name_fails_with_its_lines_kept(landing: Landing) -> None:
    lines = order_file(5)
    lines[0] = "at,order,item,paid,at"
    reading, staged = landing.read(landing.put("orders.csv", lines))
    assert (reading.status, reading.records, reading.rejected) == ("failed", 5, 5)
    assert "line 1: the header has one name for columns 1, 5; its columns are shown by: " in str(reading.message)
    assert reading.values_seen == [f"column: {name}" for name in ("at", "order", "item", "paid", "at")]
    assert staged["raw_record"].to_list() == lines[1:]


def test_a_missing_required_column_fails_with_its_lines_kept(landing: Landing) -> None:
    lines = order_file(5)
    lines[0] = "day,order,item,paid,n"
    reading, staged = landing.read(landing.put("orders.csv", lines))
    assert (reading.status, reading.rejected) == ("failed", 5)
    assert reading.message == (
        "shop/orders.csv: lacks column 'at' (mapped to event_at); it has 5 columns, 4 of them mapped; its columns are "
        "shown by: SELECT unnest(values_seen) FROM ingest.landing_files WHERE path = 'shop/orders.csv'"
    )
    assert reading.values_seen == [f"column: {name}" for name in ("day", "order", "item", "paid", "n")]
    assert staged["raw_record"].to_list() == lines[1:]
    assert staged["event_date"].unique().to_list() == [ARRIVED_AT.date()]
    parquet = pl.DataFrame({"day": ["x"], "order": ["o"]})
    buffer = io.BytesIO()
    parquet.write_parquet(buffer)
    reading, staged = landing.read(landing.put_bytes("orders.parquet", buffer.getvalue()))
    assert (reading.status, reading.rejected) == ("failed", 1)
    assert staged["raw_record"].to_list() == ['{"day":"x","order":"o"}']


def test_a_file_without_a_header_shows_nothing_of_its_first_record(landing: Landing) -> None:
    reading, _ = landing.read(landing.put("orders.csv", order_file(5)[1:]))
    assert reading.status == "failed"
    assert "none of them mapped: its first line may be no header" in str(reading.message)
    assert [value for value in order_file(5)[1].split(",") if len(value) > 1 and value in str(reading.message)] == []


def test_a_column_that_is_nearly_the_one_asked_for_is_named(landing: Landing) -> None:
    lines = ["At,Order,item,paid,n", *order_file(5)[1:]]
    reading, _ = landing.read(landing.put("orders.csv", lines))
    assert "lacks column 'at' (mapped to event_at)" in str(reading.message)
    assert "near to it 'At'" in str(reading.message)


def test_a_missing_optional_column_is_told_and_null(landing: Landing) -> None:
    lines = order_file(5)
    lines[0] = "at,order,item,amount,n"
    reading, staged = landing.read(landing.put("orders.csv", lines))
    assert (reading.status, reading.accepted) == ("ok", 5)
    assert "lacks column 'paid' (mapped to item_revenue)" in str(reading.message)
    assert staged["item_revenue"].null_count() == 5


def test_invalid_json_lines_are_rejected_alone(landing: Landing) -> None:
    good = '{"at": "2024-05-01T00:00:00Z", "order": "o1"}'
    lines = [good, '{"at": ', "[1]", "", good, "null", "\0", "[" * 5_000]
    reading, staged = landing.read(landing.put("orders.ndjson", lines), limits=small())
    assert (reading.records, reading.accepted) == (7, 2)
    assert list(rejects(staged)) == [2, 3, 6, 7, 8]
    assert {rejects(staged)[line][1] for line in (2, 3, 6)} == {"not a valid JSON object"}
    assert rejects(staged)[8][1] == "nested deeper than 64 levels (limits.nesting)"


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_truncated_parquet_fails(landing: Landing, keep: float) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"at": ["2024-05-01"] * 500, "order": [str(n) for n in range(500)]}).write_parquet(buffer)
    data = buffer.getvalue()
    reading, _ = landing.read(landing.put_bytes("orders.parquet", data[: int(len(data) * keep)]))
    assert (reading.status, reading.records) == ("failed", 0)
    assert "shop/orders.parquet: cannot be opened as Parquet" in str(reading.message)


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_a_decompression_bomb_is_refused_in_little_memory(landing: Landing, packing: str) -> None:
    file = landing.put("orders.csv" + packing, HEADER + "\n" + "0" * 100_000_000)
    tracemalloc.start()
    try:
        reading, _ = landing.read(file, limits=small(ratio_from_bytes=10_000_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (reading.status, reading.records) == ("failed", 0)
    assert "decompression bomb" in str(reading.message)
    assert peak < 80_000_000
    reading, _ = landing.read(
        file, ORDERS.model_copy(update={"delimiter": ";"}), limits=small(decompressed_bytes=5_000_000)
    )
    assert "more than 5,000,000 bytes" in str(reading.message)


def test_a_line_too_long_to_hold_is_rejected_alone(landing: Landing) -> None:
    lines = order_file(5)
    lines[2] = order_line(2, item="x" * 3_000_000)
    reading, staged = landing.read(landing.put("orders.csv", lines), limits=small(line_bytes=100_000))
    assert (reading.accepted, list(rejects(staged))) == (4, [3])
    assert rejects(staged)[3][1] == "longer than 100,000 bytes"
    assert len(str(rejects(staged)[3][2])) == 10_000


def test_a_name_without_format_and_an_unknown_source_are_told(landing: Landing) -> None:
    file = landing.put("orders.dat", order_file(3))
    reading, _ = landing.read(file)
    assert reading.status == "failed"
    assert "set format:" in str(reading.message)
    assert landing.read(file, ORDERS.model_copy(update={"format": "csv"}))[0].accepted == 3
    reading, _ = landing.read(file, None)
    assert (reading.status, reading.kind) == ("failed", "unknown")
    assert "no source 'shop' in dmp.yaml" in str(reading.message)


def test_a_file_that_cannot_be_read_is_told(landing: Landing) -> None:
    reading, _ = landing.read(landing.root / "landing" / "shop" / "gone.csv")
    assert (reading.status, reading.message) == ("failed", "shop/gone.csv: cannot be read")


def test_an_open_quote_takes_no_line_that_does_not_complete_it(landing: Landing) -> None:
    lines = [HEADER, order_line(1, item='"one'), 'two",1', order_line(2)]
    _, staged = landing.read(landing.put("orders.csv", lines))
    assert [reject[2] for reject in rejects(staged).values()] == lines[1:3]
    content = "\n".join([HEADER, order_line(1, item='"one'), "caf\u00e9", 'two",1.00,1', order_line(2)])
    reading, staged = landing.read(landing.put("orders.csv", content.encode("latin-1")))
    assert (reading.records, list(rejects(staged))) == (4, [2, 3, 4])
