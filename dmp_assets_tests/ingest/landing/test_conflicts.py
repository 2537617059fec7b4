"""The text of records in conflict, fetched from files of every format."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.readers.raw_records import raw_records
from dmp_assets_tests.ingest.support.landing import small
from dmp_assets_tests.support.landed import Landed, landed

CONFIGURATION = """
start_date: 2026-10-05
sources:
  web: {kind: events, columns: {event_id: id, event_at: at, event_name: what, user_id: who}}
"""
FIRST = {"id": "1", "at": "2026-10-05 09:00:00", "what": "login", "who": "7"}
OTHER = FIRST | {"what": "log\nin"}


def made(folder: Path, **files: bytes | str) -> Landed:
    landing = folder / "data" / "landing" / "web"
    landing.mkdir(parents=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (landing / name.replace("_", ".")).write_bytes(data)
    (folder / "dmp.yaml").write_text(CONFIGURATION)
    return landed(folder / "dmp.yaml", datetime(2026, 10, 6))


def csv(*records: dict) -> str:
    return pl.DataFrame(records).write_csv()


@pytest.mark.parametrize("name", ["b.csv", "b.ndjson", "b.parquet"])
def test_a_conflict_has_its_raw_record_in_every_format(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    frame = pl.DataFrame([FIRST | {"id": "0"}, OTHER])
    {"csv": frame.write_csv, "ndjson": frame.write_ndjson, "parquet": frame.write_parquet}[name[2:]](target)
    tables = made(tmp_path, **{"a_csv": csv(FIRST), name.replace(".", "_"): target.read_bytes()})
    (row,) = tables["quarantined_events"].rows(named=True)
    assert (row["violation_code"], row["path"], row["event_id"]) == ("Conflicting-Id", f"web/{name}", "web:1")
    raw = row["raw_record"]
    if name == "b.csv":
        assert raw == '1,2026-10-05 09:00:00,"log\nin",7'
    else:
        assert json.loads(raw) == OTHER


def test_two_conflicts_of_one_file_get_their_own_text(tmp_path: Path) -> None:
    others = [FIRST | {"what": name, "note": name} for name in ("one", "two")]
    tables = made(tmp_path, a_csv=csv(FIRST | {"note": "zero"}, *others))
    texts = tables["quarantined_events"].sort("line_number")["raw_record"].to_list()
    assert [text.rsplit(",", 1)[1] for text in texts] == ["one", "two"]


def test_a_redelivery_is_a_duplicate_and_no_conflict(tmp_path: Path) -> None:
    tables = made(tmp_path, a_csv=csv(FIRST), b_csv=csv(FIRST | {"_fivetran_synced": "2026-10-07"}))
    assert tables["event_ledger"].select("kept", "duplicates", "quarantined").row(0) == (1, 1, 0)


LINE_ENDS = ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r", "\n"]
"""What ``str.splitlines`` takes for the end of a line."""


@pytest.mark.parametrize("name", ["b.ndjson", "b.parquet"])
def test_the_text_of_a_record_is_its_own_whatever_its_values_hold(tmp_path: Path, name: str) -> None:
    records = [FIRST | {"id": str(n), "at": "never", "what": f"a{end}b{n}"} for n, end in enumerate(LINE_ENDS)]
    conflicts = [FIRST | {"id": f"c{n}", "what": f"a{end}b{n}"} for n, end in enumerate(LINE_ENDS)]
    target = tmp_path / name
    frame = pl.DataFrame([*records, *conflicts])
    {"ndjson": frame.write_ndjson, "parquet": frame.write_parquet}[name[2:]](target)
    others = [FIRST | {"id": record["id"], "what": "other"} for record in conflicts]
    tables = made(tmp_path, **{"a_csv": csv(*others), name.replace(".", "_"): target.read_bytes()})
    rows = tables["quarantined_events"].sort("line_number")
    assert [json.loads(text) for text in rows["raw_record"]] == [*records, *conflicts]


def test_the_text_of_records_before_the_damage_of_a_file_is_found(tmp_path: Path) -> None:
    many = pl.DataFrame([FIRST | {"what": f"w{n * 7919}"} for n in range(5_000)])
    file = tmp_path / "b.parquet"
    pq.write_table(many.to_arrow(), file, row_group_size=1_000, write_page_checksum=True, use_dictionary=False)
    data = bytearray(file.read_bytes())
    data[int(len(data) * 0.7)] ^= 1
    file.write_bytes(data)
    texts = raw_records(file, Source(kind="events"), [1, 4_999], small(batch_records=1_000))
    assert [(line, json.loads(text)["what"]) for line, text in texts.items()] == [(1, "w0")]
