"""What docs/clients.md says to type is typed: on an edition without rows, as a reader would."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dmp_assets.commands.app import app
from dmp_assets.foundation.settings.bundled import PROJECT_DIR

PAGE = (PROJECT_DIR / "docs" / "clients.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
OF_DMP = [line for line in LINES if line.startswith("dmp ")]
OF_DUCKDB = [line for line in LINES if line.startswith("duckdb ")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_edition: Path) -> Path:
    """Return the folder of a business: its settings, the recipes beside them, and the published file."""
    (tmp_path / "dmp.yaml").write_text("start_date: 2024-05-01\nsources: {}\n", encoding="utf-8")
    (tmp_path / "data").mkdir()
    shutil.copy(empty_edition, tmp_path / "data" / "dmp.duckdb")
    (tmp_path / "sql").symlink_to(PROJECT_DIR / "sql")
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "dmp.yaml"))
    monkeypatch.delenv("DMP_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_is_read_whole() -> None:
    assert len(OF_DMP) + len(OF_DUCKDB) == len(LINES)
    assert (len(OF_DMP) > 5, len(OF_DUCKDB) > 3, len(PROGRAMS)) == (True, True, 2)


@pytest.mark.parametrize("line", OF_DMP)
def test_a_line_of_dmp_on_the_page_ends_well(folder: Path, line: str) -> None:
    done = CliRunner().invoke(app, shlex.split(line)[1:])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("line", OF_DUCKDB)
def test_a_line_of_the_duckdb_command_on_the_page_ends_well(folder: Path, line: str) -> None:
    program = shutil.which("duckdb", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        pytest.skip("the duckdb command is not installed: pip install duckdb-cli")
    done = subprocess.run([program, *shlex.split(line)[1:]], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_on_the_page_runs(folder: Path, program: str) -> None:
    exec(compile(program, "docs/clients.md", "exec"), {})  # noqa: S102 - the page is ours
