"""The text of records in conflict, fetched from files of every format."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

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
