"""Each trouble from outside ends a command with one sentence of cause and cure, its exit code, and no traceback."""

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dmp_assets_tests.support.factories import land, shop
from dmp_assets_tests.support.places import REPOSITORY

SHIPPED = "import sys; from dmp_assets.commands.app import app; app()"
IMPATIENT = (
    "from dmp_assets.foundation.warehouse import connection as c; c.Warehouse.__init__.__defaults__ = (0.5, '1GB');"
)
"""The shipped command; and the same with a deadline of half a second for a warehouse that somebody holds."""

CONFIGURATION = """\
start_date: 2024-05-01
end_date: 2024-05-02
base_currency: EUR
sources:
  web:
    kind: events
    columns: {event_id: id, event_at: at, event_name: name, user_id: person}
"""


def folder(tmp_path: Path) -> Path:
    """Return a data folder with one landing file, below which its configuration lies."""
    settings = shop(tmp_path, CONFIGURATION)
    land(settings, {"web/a.csv": "id,at,name,person\ne1,2024-05-01 10:00,view,p1\n"})
    return settings.data_dir


def dmp(
    data: Path, *arguments: str, config: Path | None = None, setup: str = "", file_bytes: int | None = None
) -> tuple[int, str]:
    """Return the exit code and all that a command says."""

    def limit() -> None:
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    ended = subprocess.run(
        [sys.executable, "-c", f"{setup}{SHIPPED}", *(arguments or ("run",))],
        env={
            **os.environ,
            "DMP_CONFIG": str(config or data.parent / "dmp.yaml"),
            "DMP_DATA_DIR": str(data),
            "PYTHONPATH": str(REPOSITORY),
        },
        cwd=data.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=limit,
        timeout=240,
        check=False,
    )
    return ended.returncode, ended.stdout


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    def write(data: Path) -> None:
        file = data / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    return write


def _cut_off(data: Path) -> None:
    with duckdb.connect(str(data / "warehouse.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS number FROM range(500000)")
    os.truncate(data / "warehouse.duckdb", 300_000)


def _somebody_elses(data: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(data, 12345, -1)


def _read_only(data: Path) -> None:
    if os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(data)], check=False).returncode:
        pytest.skip("nothing can be mounted here, and root may write everywhere")
    if os.geteuid() == 0:
        subprocess.run(["mount", "-o", "remount,ro", str(data)], check=True)
    else:
        data.chmod(0o500)


def _writable_again(data: Path) -> None:
    if os.path.ismount(data):
        subprocess.run(["umount", "-l", str(data)], check=True)
    data.chmod(0o700)


def _file_in_its_place(data: Path) -> None:
    shutil.rmtree(data)
    data.write_text("a file")


DAMAGED_WAREHOUSE = (
    r"warehouse\.duckdb: [\d,]+ bytes that are not a whole DuckDB database\. Put a backup in its place, or"
)
DAMAGED_HOME = r"dagster_home, Dagster's records, is damaged; move it aside .*: no table lives in it$"
TROUBLES = [
    (
        "a file instead of the folder",
        _file_in_its_place,
        4,
        r"data is a file; data_dir in dmp\.yaml .* must name a folder$",
    ),
    (
        "a folder of somebody else",
        _somebody_elses,
        4,
        r"data belongs to user 12345, and this is user \w+: run as user 1234",
    ),
    ("a read-only folder", _read_only, 4, r"data cannot be written: it is read-only .* or name another data_dir$"),
    ("a warehouse of no bytes", _write("warehouse.duckdb", b""), 5, DAMAGED_WAREHOUSE),
    ("a warehouse of other bytes", _write("warehouse.duckdb", b"text" * 9000), 5, DAMAGED_WAREHOUSE),
    ("a warehouse cut off", _cut_off, 5, DAMAGED_WAREHOUSE),
    ("damaged records of runs", _write("dagster_home/runs.db", b"text" * 9000), 5, DAMAGED_HOME),
    ("a damaged log of events", _write("dagster_home/events/index.db", b"text" * 9000), 5, DAMAGED_HOME),
    (
        "a file instead of the records",
        _write("dagster_home", b""),
        4,
        r"dagster_home is a file, where a folder is expected",
    ),
]


@pytest.mark.parametrize(("make", "code", "sentence"), [row[1:] for row in TROUBLES], ids=[row[0] for row in TROUBLES])
def test_trouble_is_one_sentence_and_a_code(
    tmp_path: Path, make: Callable[[Path], None], code: int, sentence: str
) -> None:
    data = folder(tmp_path)
    make(data)
    try:
        seen, told = dmp(data)
    finally:
        if data.is_dir():
            _writable_again(data)
    assert "Traceback" not in told
    assert re.search(sentence, told.strip().splitlines()[-1]), told
    assert seen == code


def test_a_client_that_holds_the_warehouse_is_named(tmp_path: Path) -> None:
    data = folder(tmp_path)
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(data / "warehouse.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"held\n"
        code, told = dmp(data, setup=IMPATIENT)
        client.communicate()
    assert "Traceback" not in told
    name = Path(os.path.realpath(sys.executable)).name
    assert told.strip().splitlines()[-1] == (
        f"warehouse.duckdb is held by process {client.pid} ({name}), a client outside of the pipeline; waited 0 s. "
        "Stop it, or try again."
    )
    assert code == 3


@pytest.mark.parametrize("file_bytes", [0, 300_000])
def test_a_full_disk_is_said_wherever_it_is_met(tmp_path: Path, file_bytes: int) -> None:
    data = folder(tmp_path)
    code, told = dmp(data, file_bytes=file_bytes)
    assert "Traceback" not in told
    assert re.search(
        r"The disk of .*data takes no more: it is full, .*; free some space and run", told.strip().splitlines()[-1]
    ), told
    assert code == 4
    assert not list(data.glob(".dmp.duckdb.*"))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("/dev/zero", r"/dev/zero: not a regular file; allowed"),
        ("pipe", r"pipe: not a regular file; allowed"),
        ("folder", r"folder: a folder; expected a file"),
        ("large", r"large: over 1000000 bytes; allowed: at most 1000000"),
        ("many", r"many:2002: more than 2000 keys side by side"),
    ],
)
def test_a_configuration_that_is_none_is_refused_at_once(tmp_path: Path, name: str, sentence: str) -> None:
    data = folder(tmp_path)
    config = tmp_path / name
    if name == "pipe":
        os.mkfifo(config)
    elif name == "folder":
        config.mkdir()
    elif name == "large":
        with config.open("wb") as stream:
            stream.truncate(2 * 2**30)
    elif name == "many":
        lines = "".join(f"  s{number}: {{kind: events}}\n" for number in range(38_000))
        config.write_text(f"sources:\n{lines}")
    code, told = dmp(data, config=config)
    assert "Traceback" not in told
    assert re.search(sentence, told), told
    assert code == 2
