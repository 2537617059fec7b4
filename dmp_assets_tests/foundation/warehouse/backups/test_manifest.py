"""What a backup says of itself is read back as it was written, and by the same release only where it can."""

import json
from datetime import date
from pathlib import Path

from dmp_assets.foundation.warehouse.backups.manifest import (
    MANIFEST,
    WAREHOUSE,
    Manifest,
    TableHash,
    file_hash,
    read_manifest,
    write_manifest,
)

WRITTEN = Manifest(
    version="0.9",
    layout=1,
    duckdb="1.5.6",
    contracts="c",
    made_at="2026-03-01T00:00:00+00:00",
    bytes=3,
    sha256="ab",
    tables={"shop.orders": TableHash(rows=2, row_hash=2**70 + 1)},
    days_not_as_booked={"shop.orders": [date(2026, 3, 1)], "shop.stores": [None]},
)


def test_a_manifest_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / WAREHOUSE).write_bytes(b"abc")
    write_manifest(tmp_path, WRITTEN)
    assert read_manifest(tmp_path) == WRITTEN


def test_keys_of_a_later_release_of_the_same_layout_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / WAREHOUSE).write_bytes(b"abc")
    content = WRITTEN.model_dump(mode="json") | {"signed_by": "a later release"}
    (tmp_path / MANIFEST).write_text(json.dumps(content), encoding="utf-8")
    assert read_manifest(tmp_path) == WRITTEN


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert file_hash(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
