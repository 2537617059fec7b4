"""The ledger says which Parquet files have no checksums."""

import io
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from dmp_assets.ingest.readers.page_crc import has_page_crc
from dmp_assets_tests.ingest.support.landing import Landing, order_file

FRAME = pl.DataFrame({"a": [1, 2, 3] * 500, "b": ["x", None, "z"] * 500, "c": [0.5, 1.5, None] * 500})


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
@pytest.mark.parametrize("pages", ["1.0", "2.0"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_checksums_are_found_where_the_writer_left_them(
    tmp_path: Path, compression: str, pages: str, dictionary: bool
) -> None:
    for written in (True, False):
        file = tmp_path / f"{written}.parquet"
        pq.write_table(
            FRAME.to_arrow(),
            file,
            compression=compression,
            data_page_version=pages,
            use_dictionary=dictionary,
            row_group_size=500,
            write_page_checksum=written,
        )
        assert has_page_crc(file, pq.read_metadata(file)) is written


def test_what_polars_writes_has_none_and_a_file_without_pages_says_nothing(tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "a.parquet")
    FRAME.clear().write_parquet(tmp_path / "b.parquet")
    assert has_page_crc(tmp_path / "a.parquet", pq.read_metadata(tmp_path / "a.parquet")) is False
    assert has_page_crc(tmp_path / "b.parquet", pq.read_metadata(tmp_path / "b.parquet")) is None


def test_a_file_without_checksums_is_ok_and_only_the_ledger_says_so(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    names, *lines = [line.split(",") for line in order_file(3)]
    orders = pl.DataFrame([dict(zip(names, line, strict=True)) for line in lines])
    for written in (True, False):
        target = io.BytesIO()
        pq.write_table(orders.to_arrow(), target, write_page_checksum=written)
        reading, _ = landing.read(landing.put_bytes(f"{written}.parquet", target.getvalue()))
        assert (reading.status, reading.message, reading.remarks) == ("ok", None, [])
        assert reading.page_crc is written
    assert landing.read(landing.put("a.csv", order_file(3)))[0].page_crc is None
