"""The folder of the report is replaced as a whole, with the file, and mended where a process was killed between."""

from pathlib import Path

import duckdb
import pytest

from dmp_assets.foundation.warehouse.edition.contents import Contents
from dmp_assets.foundation.warehouse.edition.published import publish_file
from dmp_assets.foundation.warehouse.edition.readers import Readers
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.report.folder import ReportFolder
from dmp_assets.report.manifest import Manifest, read_manifest
from dmp_assets_tests.foundation.warehouse.support.factories import Orders, Stores, new_warehouse, orders, put, stores

CONTENTS = Contents((Table(Orders), Table(Stores)))


def make(connection: duckdb.DuckDBPyConnection, folder: Path, last: Path) -> None:
    """Make a site of one page that says its edition, and how many rows it has."""
    (folder / "data").mkdir(parents=True)
    number = connection.sql("SELECT generation FROM meta.generation").fetchall()[0][0]
    rows = connection.sql(f"SELECT count(*) FROM {Table(Orders).sql_name}").fetchall()[0][0]
    (folder / "index.html").write_text(f"{rows} rows")
    Manifest(number, "code", "", {"overview": {"files": ["index.html"]}}).write(folder)


@pytest.fixture
def report(tmp_path: Path) -> ReportFolder:
    return ReportFolder(tmp_path / "reports", make, "code", Readers(0o640))


def publish(tmp_path: Path, report: ReportFolder, per_day: int) -> int:
    warehouse = new_warehouse(tmp_path)
    put(warehouse, orders(per_day=per_day))
    put(warehouse, stores("a"), contract=Stores)
    return publish_file(warehouse, tmp_path / "dmp.duckdb", CONTENTS, companion=report).generation


def said(report: ReportFolder) -> tuple[int | None, str]:
    return read_manifest(report.path).generation, (report.path / "index.html").read_text()


def editions_beside(tmp_path: Path) -> list[str]:
    return [path.name for path in tmp_path.glob(".*.new*")]


def test_site_and_file_carry_one_edition_and_come_together(tmp_path: Path, report: ReportFolder) -> None:
    assert publish(tmp_path, report, 2) == 1
    first = said(report)
    assert publish(tmp_path, report, 3) == 2
    assert first[0] == 1
    assert said(report)[0] == 2
    assert said(report)[1] != first[1]
    assert editions_beside(tmp_path) == []
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [report.path, *report.path.iterdir()]}
    assert modes == {"reports": "0o750", "data": "0o750", "index.html": "0o640", "edition.json": "0o640"}


@pytest.mark.parametrize("where", ["before the old folder goes", "between the two renames", "after both"])
def test_process_killed_between_file_and_folder_is_mended_by_the_next_start(
    tmp_path: Path, report: ReportFolder, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    publish(tmp_path, report, 2)

    def killed(self: ReportFolder) -> None:
        if where != "before the old folder goes":
            self.path.rename(tmp_path / ".reports.1.new.old")
        if where == "after both":
            self._aside.rename(self.path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ReportFolder, "swap", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(tmp_path, report, 3)
    publish(tmp_path, report, 3)
    generation = duckdb.connect(str(tmp_path / "dmp.duckdb"), read_only=True).sql("FROM meta.generation").fetchall()
    assert said(report)[0] == generation[0][0]
    assert said(report)[1] == "9 rows"


def test_site_that_was_deleted_or_made_by_other_code_is_made_again_of_the_same_edition(
    tmp_path: Path, report: ReportFolder
) -> None:
    publish(tmp_path, report, 2)
    (report.path / "edition.json").unlink()
    warehouse = new_warehouse(tmp_path)
    assert publish_file(warehouse, tmp_path / "dmp.duckdb", CONTENTS, companion=report).is_new is False
    assert said(report)[0] == 1
    assert not ReportFolder(report.path, make, "other code", report.readers).is_of(1)
    assert report.is_of(1)


def test_files_of_other_people_in_the_folder_stay(tmp_path: Path, report: ReportFolder) -> None:
    publish(tmp_path, report, 2)
    (report.path / "notes of mine.txt").write_text("kept")
    (report.path / "quality.html").write_text("of a release before")
    publish(tmp_path, report, 3)
    assert (report.path / "notes of mine.txt").read_text() == "kept"
    assert not (report.path / "quality.html").exists()


def test_report_that_cannot_be_made_leaves_file_and_report_as_they_were(tmp_path: Path, report: ReportFolder) -> None:
    publish(tmp_path, report, 2)
    before, file = said(report), (tmp_path / "dmp.duckdb").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, ReportFolder(report.path, full, "code", report.readers), 3)
    assert said(report) == before
    assert (tmp_path / "dmp.duckdb").read_bytes() == file
    assert editions_beside(tmp_path) == []
