"""Values of rows stand in the warehouse and nowhere else: not on the console, not in Dagster's books or logs."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dmp_assets_tests.end_to_end.support.canaries import MARK, canaries_in, found_in, lay_out, texts_of

pytestmark = pytest.mark.xdist_group("canaries")


def dmp(folder: Path, *arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of ``dmp`` as it is shipped, after some lines of code."""
    environment = os.environ | {"DMP_CONFIG": str(folder / "dmp.yaml"), "COLUMNS": "250"}
    for name in ("DMP_DATA_DIR", "DMP_DEBUG", "DAGSTER_HOME"):
        environment.pop(name, None)
    script = (
        f"import sys; sys.argv = ['dmp', *{list(arguments)!r}]\n{code}\nfrom dmp_assets.commands.app import app\napp()"
    )
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("canaries")
    lay_out(folder)
    done = dmp(folder, "run")
    assert "Done:" in done.stdout, "the world must be built to its end, or nothing was looked at"
    return folder, done


BROKEN = {
    "dmp_assets.events.assets.build_sessions": (
        "lambda events: nw.from_native(nw.to_native(events).select(pl.col('anonymous_id').cast(pl.Int64)))",
        "step sessions (events.sessions, 2024-05-01 to 2024-05-02): InvalidOperationError of polars at dmp_assets/",
    ),
    "dmp_assets.foundation.publishing.publish.write_all": (
        f"lambda *_: duckdb.sql(\"SELECT '{MARK}_raised'::INTEGER\").fetchall()",
        "ingest.repeated_statements): ConversionException of duckdb at dmp_assets/",
    ),
    "dmp_assets.foundation.publishing.rows_to_write.check_contract": (
        (
            "lambda *_: pa.DataFrameSchema({'email': pa.Column(str, pa.Check.isin(['a']))})"
            f".validate(pl.DataFrame({{'email': '{MARK}_raised'}}))"
        ),
        "ingest.repeated_statements): SchemaError of pandera at dmp_assets/foundation/publishing/rows_to_write.py, ",
    ),
}
"""What is put in the place of a function, and what Dagster's event log says of it."""


@pytest.fixture(scope="module")
def failed(world: tuple[Path, subprocess.CompletedProcess[str]]) -> dict[str, str]:
    """Return function -> what the console shows of a run in which it fails."""
    folder, _ = world
    shown = {}
    for place, (code, _) in BROKEN.items():
        module, _, name = place.rpartition(".")
        imports = "import duckdb, polars as pl, pandera.polars as pa, narwhals.stable.v2 as nw"
        done = dmp(
            folder, "backfill", "2024-05-01", "2024-05-02", code=f"{imports}\nimport {module} as m\nm.{name} = {code}"
        )
        assert done.returncode == 1, "the step must fail, or nothing was looked at"
        shown[place] = done.stdout + done.stderr
    return shown


def test_the_console_shows_no_value_of_a_row(world: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    _, done = world
    assert [line for line in (done.stdout + done.stderr).splitlines() if canaries_in(line)] == []


@pytest.mark.parametrize("place", BROKEN)
def test_a_step_that_fails_is_named_with_its_cause_and_no_value(
    world: tuple[Path, subprocess.CompletedProcess[str]], failed: dict[str, str], place: str
) -> None:
    assert [line for line in failed[place].splitlines() if canaries_in(line)] == []
    books = (world[0] / "data" / "dagster_home").rglob("*.db")
    assert any(BROKEN[place][1] in text for book in books for text in texts_of(book))


def test_dagsters_books_and_logs_hold_no_value_of_a_row(
    world: tuple[Path, subprocess.CompletedProcess[str]], failed: dict[str, str]
) -> None:
    home = world[0] / "data" / "dagster_home"
    assert failed
    assert any(home.rglob("*.db")), "the event log is there to be searched"
    assert found_in(home) == {}


def test_the_warehouse_holds_what_the_console_does_not(world: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, done = world
    with duckdb.connect(str(folder / "data" / "dmp.duckdb"), read_only=True) as connection:
        queries = {
            line.partition("shown by: ")[2].split(";")[0] for line in done.stdout.splitlines() if "shown by: " in line
        }
        assert len(queries) > 20
        shown = [str(connection.sql(query).fetchall()) for query in queries]
        assert "[]" not in shown, "each query that a message gives shows something"
        assert sum(bool(canaries_in(text)) for text in shown) > 20, "and it is the values of rows"
        kept = connection.sql("SELECT count(*) FROM events.cleaned_events WHERE user_id IS NOT NULL").fetchall()
    assert kept[0][0] > 10, "good records became events"


def test_a_command_that_fails_unforeseen_says_so_in_one_sentence(
    world: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    code = f"import dmp_assets.commands.terminal as m\nm.load_settings = lambda: int('{MARK}_raised')"
    done = dmp(world[0], "run", code=code)
    assert done.returncode == 1
    assert done.stdout.startswith("Unforeseen: ValueError at dmp_assets/commands/terminal.py, line ")
    assert canaries_in(done.stdout + done.stderr) == set()
    assert "Traceback" not in done.stderr
