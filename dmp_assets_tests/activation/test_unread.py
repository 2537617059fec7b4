"""Consents that no table has yet are seen: a withdrawal may be in them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from dmp_assets.activation.unread import unread_consents

FIRST_SEEN = datetime(2024, 5, 1)  # noqa: DTZ001 - instants of tables are UTC without a zone


def test_new_changed_and_failed_files_are_unread_and_others_are_not(tmp_path: Path) -> None:
    rows = []
    for name, status in (("read", "ok"), ("changed", "ok"), ("broken", "failed"), ("empty", "empty")):
        file = tmp_path / "consents" / f"{name}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_text("" if name == "empty" else "a,b\n")
        seen = file.stat()
        modified = datetime.fromtimestamp(seen.st_mtime, UTC).replace(tzinfo=None)
        rows.append((f"consents/{name}.csv", seen.st_size, modified, status, FIRST_SEEN))
    ledger = pl.DataFrame(rows, schema=["path", "size_bytes", "modified_at", "status", "first_seen_at"], orient="row")
    os.utime(tmp_path / "consents" / "changed.csv", (1, 1))
    for name in ("new.csv", ".hidden.csv", "_later.csv", "half.csv.part"):
        (tmp_path / "consents" / name).write_text("a\n")
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "new.csv").write_text("a\n")
    unread = ["consents/broken.csv", "consents/changed.csv", "consents/new.csv"]
    sources = ["consents", "not_there"]
    assert unread_consents(tmp_path, sources, ledger, FIRST_SEEN + timedelta(seconds=1)) == unread
    # The ledger has read.csv, and the run ended before it came to the table.
    for made_at in (FIRST_SEEN - timedelta(seconds=1), None):
        assert unread_consents(tmp_path, sources, ledger, made_at) == [*unread, "consents/read.csv"]
