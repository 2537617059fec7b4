"""Whatever faults a CSV has, every physical record is accounted for exactly once, by its line."""

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets_tests.ingest.support.landing import HEADER, Landing, order_line, small

FAULTS = {
    "ragged": b"o,1",
    "too long": order_line(2).encode() + b",1,2",
    "unclosed": order_line(3, item='"open').encode(),
    "unclosed last": order_line(3, n='"open').encode(),
    "no time": order_line(4, at="soon").encode(),
    "no id": order_line(5, order="").encode(),
    "foreign byte": order_line(6).encode() + b"\xff",
    "nul": order_line(7, item="\0").encode(),
    "carriage return": order_line(8, item="a\rb").encode(),
}
GOOD = {
    "plain": order_line(9).encode(),
    "quoted": order_line(10, item='"a, ""b"""').encode(),
    "two lines": order_line(11, item='"one\ntwo"').encode(),
    "three lines": order_line(12, item='"one\n\nthree"').encode(),
}
RECORDS = GOOD | FAULTS | {"blank": b""}


@settings(max_examples=150, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(sorted(RECORDS)), max_size=40),
    line_end=st.sampled_from([b"\n", b"\r\n"]),
    open_end=st.booleans(),
    batch_records=st.integers(1, 20),
    block_bytes=st.integers(100, 2_000),
    packing=st.sampled_from(["", ".gz", ".zst"]),
)
def test_every_record_is_accounted_for_once(
    kinds: list[str], line_end: bytes, open_end: bool, batch_records: int, block_bytes: int, packing: str
) -> None:
    content = HEADER.encode() + line_end
    accepted, rejected, line = [], [], 2
    for kind in kinds:
        content += RECORDS[kind] + line_end
        if kind in GOOD:
            accepted.append(line)
        elif kind in FAULTS:
            rejected.append(line)
        line += RECORDS[kind].count(b"\n") + 1
    if open_end and kinds and kinds[-1] != "blank":
        content = content.removesuffix(line_end)
    with tempfile.TemporaryDirectory() as root:
        landing = Landing(Path(root))
        file = landing.put("orders.csv" + packing, content)
        limits = small(batch_records=batch_records, block_bytes=block_bytes)
        reading, staged = landing.read(file, limits=limits)
    good = pl.col("violation_code").is_null()
    assert staged.filter(good)["line_number"].to_list() == accepted
    assert staged.filter(~good)["line_number"].to_list() == rejected
    assert staged.filter(~good)["raw_record"].null_count() == 0
    assert reading.physical_lines == line - 1


@settings(max_examples=60, deadline=None)
@given(
    data=st.binary(max_size=400), name=st.sampled_from(["orders.csv", "orders.ndjson", "orders.parquet", "o.csv.gz"])
)
def test_no_bytes_make_it_fail(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as root:
        landing = Landing(Path(root))
        reading, _ = landing.read(landing.put_bytes(name, data))
    assert reading.accepted == 0
    assert reading.message
