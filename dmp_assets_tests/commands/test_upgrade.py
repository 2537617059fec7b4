"""What commands say and do of a data folder that another release left."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dmp_assets.commands.app import app
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.layout import LAYOUT
from dmp_assets_tests.end_to_end.support.released_folder import unpack
from dmp_assets_tests.support.factories import shop

OLD = "600600e"


def dmp(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("DMP_CONFIG", str(folder / "dmp.yaml"))
    return CliRunner().invoke(app, list(arguments))


def of_a_newer_release(settings: Settings) -> None:
    """Leave a warehouse and a published file as a newer release would."""
    for path in (settings.warehouse_path, settings.published_path):
        with Warehouse(database=str(path)).get_connection() as connection:
            connection.execute("CREATE SCHEMA ops")
            connection.execute(f"CREATE TABLE ops.layout AS SELECT {LAYOUT + 1} AS number")


@pytest.mark.parametrize(
    "command",
    [["run"], ["backfill", "2024-05-01", "2024-05-02"], ["dev"], ["serve"], ["upgrade"], ["upgrade", "--plan"]],
    ids=" ".join,
)
def test_every_command_refuses_the_folder_of_a_newer_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    settings = shop(tmp_path)
    of_a_newer_release(settings)
    bytes_before = settings.warehouse_path.read_bytes()
    result = dmp(tmp_path, monkeypatch, *command)
    assert result.exit_code == 2, result.output
    file = settings.published_path if command == ["serve"] else settings.warehouse_path
    assert result.output.endswith(
        f"{file}: layout {LAYOUT + 1}, but this release knows layouts up to {LAYOUT}; a newer release has upgraded the "
        "folder. Install that release, or go back to the copy of the folder that was made before the upgrade.\n"
    )
    assert settings.warehouse_path.read_bytes() == bytes_before


def test_an_upgrade_is_planned_then_done_then_has_nothing_left_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpack(OLD, tmp_path)
    warehouse = folder / "warehouse.duckdb"
    planned = dmp(folder, monkeypatch, "upgrade", "--plan")
    assert planned.output.splitlines()[:3] == [
        f"{warehouse}: layout 1; this release has layout {LAYOUT}",
        "  rename reporting.quality to quality.quality: 119 rows",
        "  rename reporting.column_profiles to quality.column_profiles: 1,640 rows",
    ]
    done = dmp(folder, monkeypatch, "upgrade")
    assert "dmp.duckdb and the report can be read by " in done.output.splitlines()[0]
    assert done.output.splitlines()[1:4] == planned.output.splitlines()[:3]
    assert done.output.splitlines()[-1] == "dmp run builds what is open"
    again = dmp(folder, monkeypatch, "upgrade")
    assert again.output == f"{warehouse}: nothing to upgrade\n"


def test_a_new_folder_has_nothing_to_upgrade_and_stays_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = shop(tmp_path)
    assert dmp(tmp_path, monkeypatch, "upgrade").output.endswith("nothing to upgrade\n")
    assert not settings.warehouse_path.exists()


def test_a_read_only_server_says_that_the_folder_waits_for_its_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unpack(OLD, tmp_path)
    monkeypatch.setattr("dmp_assets.operations.stack.run_stack", lambda *_, **__: 0)
    result = dmp(folder, monkeypatch, "serve")
    assert result.output == (
        f"{folder / 'dmp.duckdb'}: layout 1; this release has layout {LAYOUT}. The next run upgrades it.\n"
    )
    assert result.exit_code == 0
