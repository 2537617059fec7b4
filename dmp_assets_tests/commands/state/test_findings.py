"""``dmp doctor``: each finding names its cure, and what would stop a run is told from what is only to be minded."""

import shutil
import socket
from pathlib import Path

import pytest

from dmp_assets.commands.state import findings
from dmp_assets.commands.state.findings import Finding, examine
from dmp_assets_tests.support.factories import CONFIGURATION, land, shop

FREE = 0
"""A port that the kernel chooses is never taken."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = shop(tmp_path)
    land(settings, {f"{source}/a.csv": "x\n" for source in settings.sources})
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "dmp.yaml"))
    monkeypatch.setenv("DMP_DATA_DIR", str(settings.data_dir))
    return tmp_path


def cures(port: int = FREE) -> list[Finding]:
    return [one for one in examine(port) if one.cure is not None]


def test_a_good_folder_on_a_good_machine_has_nothing_to_cure(folder: Path) -> None:
    assert cures() == []


def test_a_taken_port_is_minded_and_stops_no_run(folder: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        (found,) = cures(server.getsockname()[1])
    assert (found.is_wrong, "is taken" in found.what, "--port" in str(found.cure)) == (False, True, True)


def test_a_wrong_setting_is_named_with_its_line_and_the_folder_is_left_out(folder: Path) -> None:
    (folder / "dmp.yaml").write_text(CONFIGURATION + "time_zone: Mars/Olympus\n")
    (found,) = cures()
    assert found.is_wrong
    assert "time_zone" in found.what


def test_a_mapping_that_lacks_a_column_is_wrong(folder: Path) -> None:
    (folder / "dmp.yaml").write_text(CONFIGURATION.replace("event_at: at, transaction_id", "transaction_id"))
    (found,) = cures()
    assert found.is_wrong
    assert "event_at" in found.what


def test_a_full_disk_and_little_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    limit = folder / "memory.max"
    limit.write_text(f"{2 * 2**30}\n")
    monkeypatch.setattr(findings, "CGROUP_LIMIT", limit)
    memory, disk = cures()
    assert (memory.is_wrong, memory.what) == (False, "Memory: 2.0 GiB")
    assert (disk.is_wrong, "0.0 GiB free" in disk.what) == (True, True)


def test_a_folder_that_is_no_source_and_a_source_without_files_are_minded(folder: Path) -> None:
    landing = folder / "data" / "landing"
    (landing / "ordres").mkdir()
    assert ["are no source in dmp.yaml" in one.what for one in cures()] == [True]
    (landing / "ordres").rmdir()
    shutil.rmtree(landing / "items")
    assert [one.what for one in cures()] == ["Sources without a file: items"]


def test_a_damaged_warehouse_is_wrong(folder: Path) -> None:
    (folder / "data" / "warehouse.duckdb").write_bytes(b"no database" * 1000)
    (found,) = cures()
    assert found.is_wrong
    assert "not a whole DuckDB database" in found.what
