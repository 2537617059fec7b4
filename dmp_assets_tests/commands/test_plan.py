"""``dmp plan``: drafts from every event in the analysts' file, and finds every record that breaks the plan, once."""

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from dmp_assets.commands.app import app
from dmp_assets.commands.terminal import console

CONFIGURATION = """\
start_date: 2024-05-01
sources: {web: {kind: events, columns: {event_at: at, event_name: name, properties: facts}}}
"""
PLAN = "version: 1\nevents:\n  purchase: {properties: {order_id: {type: string, required: true}}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published file with a record of one row, and one of two items, both of which are rows."""
    # Not by COLUMNS, which a worker of several sets before the console is made.
    monkeypatch.setattr(console, "width", 200)
    (tmp_path / "dmp.yaml").write_text(CONFIGURATION, encoding="utf-8")
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "dmp.yaml"))
    monkeypatch.delenv("DMP_DATA_DIR", raising=False)
    (tmp_path / "data").mkdir()
    good, bad = json.dumps({"order_id": "o1"}), json.dumps({"value": 2})
    rows = [(1, 0, "purchase", good), (2, 0, "purchase", bad), (3, 1, "purchase", bad), (3, 2, "purchase", bad)]
    with duckdb.connect(str(tmp_path / "data" / "dmp.duckdb")) as connection:
        connection.execute("CREATE SCHEMA ingest")
        connection.execute(
            "CREATE TABLE ingest.raw_events (source VARCHAR, path VARCHAR, line_number BIGINT, part BIGINT, "
            "event_name VARCHAR, properties VARCHAR)"
        )
        connection.executemany("INSERT INTO ingest.raw_events VALUES ('web', 'web/a.ndjson', ?, ?, ?, ?)", rows)
    return tmp_path


def dmp(*words: str) -> Result:
    return CliRunner().invoke(app, ["plan", *words])


def test_check_counts_every_record_that_breaks_the_plan_once(folder: Path) -> None:
    (folder / "tracking_plan.yaml").write_text(PLAN, encoding="utf-8")
    result = dmp("check")
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if "Required-Missing" in line]
    assert line.split()[-2:] == ["2", "web/a.ndjson:2"]


def test_infer_drafts_from_every_record_and_its_draft_holds(folder: Path) -> None:
    out = folder / "tracking_plan.yaml"
    assert dmp("infer", "--out", str(out)).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert "order_id" in text
    assert "value" in text
    checked = dmp("check")
    assert (checked.exit_code, "No violations" in checked.output) == (0, True)
    again = dmp("infer", "--out", str(out))
    assert (again.exit_code, "exists" in again.output) == (2, True)
    assert out.read_text(encoding="utf-8") == text


def test_without_a_plan_or_a_published_file_a_command_says_what_to_do(folder: Path) -> None:
    missing = dmp("check")
    assert (missing.exit_code, "dmp plan infer drafts one" in missing.output) == (2, True)
    (folder / "data" / "dmp.duckdb").unlink()
    (folder / "tracking_plan.yaml").write_text(PLAN, encoding="utf-8")
    unpublished = dmp("check")
    assert (unpublished.exit_code, "dmp run publishes it" in unpublished.output) == (2, True)


def test_a_plan_that_cannot_be_read_is_named_with_its_line(folder: Path) -> None:
    (folder / "tracking_plan.yaml").write_text(PLAN + "sources: {shop: {}}\n", encoding="utf-8")
    result = dmp("check")
    assert result.exit_code == 2
    assert "tracking_plan.yaml:4" in result.output
