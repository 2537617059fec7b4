"""Bad files among good ones, from the landing folder to what people read: each is named, and nothing is lost."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dmp_assets.commands.app import app
from dmp_assets_tests.support.quick_runs import quick_runs

CONFIG = """
start_date: 2024-05-01
end_date: 2024-05-04
sources:
  orders:
    kind: orders
    columns: {transaction_id: order_id, event_at: ordered_at, user_id: customer, item_id: sku, item_revenue: paid}
  customers: {kind: customers, columns: {user_id: customer, city: city}}
"""

HEADER = "order_id,ordered_at,customer,sku,paid"


def order(number: int, when: str = "2024-05-02T10:00:00Z") -> str:
    return f"{number},{when},c{number},s{number},1.25"


def lines(*rows: str) -> bytes:
    return ("\n".join([HEADER, *rows]) + "\n").encode()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("bad")
    orders = folder / "data" / "landing" / "orders"
    orders.mkdir(parents=True)
    (folder / "data" / "landing" / "customers").mkdir()
    (folder / "dmp.yaml").write_text(CONFIG, encoding="utf-8")
    whole = gzip.compress(lines(*(order(number) for number in range(1000, 1200))), mtime=0)
    files = {
        "good.csv": lines(order(1), order(2)),
        "truncated.csv.gz": whole[: len(whole) // 2],
        "encoding.csv": lines(order(3)) + "4,2024-05-02T10:00:00Z,café,s4,1.25\n".encode("latin-1"),
        "ragged.csv": lines(order(5), "6,2024-05-02T10:00:00Z", order(7), order(8) + ",too,many"),
        "missing_column.csv": b"order_id,customer,sku,paid\n9,c9,s9,1.25\n",
        "not_a_date.csv": lines(order(10), order(11, when="soon")),
        "empty.csv": b"",
        "unclosed.csv": lines(order(12), '13,2024-05-02T10:00:00Z,"c13,s13,1.25', order(14)),
    }
    for name, content in files.items():
        (orders / name).write_bytes(content)
    (folder / "data" / "landing" / "customers" / "crm.csv").write_bytes("customer,city\nc1,Ulm\n,Köln\n".encode())
    with pytest.MonkeyPatch.context() as patch, quick_runs():
        patch.setenv("DMP_CONFIG", str(folder / "dmp.yaml"))
        patch.setenv("COLUMNS", "200")
        patch.delenv("DMP_DATA_DIR", raising=False)
        done = CliRunner().invoke(app, ["run"])
    assert done.exit_code == 0, done.output
    return folder, done.stdout


def dmp(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DMP_CONFIG": str(folder / "dmp.yaml"), "COLUMNS": "200"}
    environment.pop("DMP_DATA_DIR", None)
    command = [sys.executable, "-m", "dmp_assets", *arguments]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def ask(folder: Path, question: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(folder / "data" / "dmp.duckdb"), read_only=True) as connection:
        return connection.sql(question).fetchall()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("truncated.csv.gz", ("gzip", "line")),
        ("encoding.csv", ("line 3", "0xE9", "utf-8")),
        ("ragged.csv", ("line 3", "2 fields", "5")),
        ("missing_column.csv", ("ordered_at", "event_at")),
        ("not_a_date.csv", ("line 3", "ordered_at")),
        ("empty.csv", ("empty",)),
        ("unclosed.csv", ("line 3",)),
        ("crm.csv", ("line 3", "customer")),
    ],
)
def test_each_bad_file_is_named_with_its_reason(told: tuple[Path, str], file: str, words: tuple[str, ...]) -> None:
    _, output = told
    line = next((line for line in output.splitlines() if line.startswith("Look at:") and file in line), "")
    assert [word for word in words if word not in line] == [], line


def test_files_without_a_fault_are_not_named(told: tuple[Path, str]) -> None:
    assert "good.csv" not in told[1]
    assert "Check not passed: ingest/landing_files: readable" in told[1]


def test_every_good_row_of_every_file_is_an_event(told: tuple[Path, str]) -> None:
    folder, _ = told
    found = {int(str(row[0])) for row in ask(folder, "SELECT transaction_id FROM events.cleaned_events")}
    assert {1, 2, 3, 5, 7, 10, 12, 14} <= found
    assert found & {4, 6, 8, 9, 11, 13} == set()
    assert 1000 in found, "rows before the break of the truncated file live"


def test_every_refused_row_is_kept_with_file_line_and_text(told: tuple[Path, str]) -> None:
    folder, _ = told
    kept = ask(folder, "SELECT path, line_number, violation_code, raw_record FROM events.quarantined_events")
    places = {(str(path).removeprefix("orders/"), line) for path, line, _, _ in kept}
    assert {
        ("encoding.csv", 3),
        ("ragged.csv", 3),
        ("ragged.csv", 5),
        ("missing_column.csv", 2),
        ("not_a_date.csv", 3),
        ("unclosed.csv", 3),
    } <= places
    assert all(text is not None for _, _, _, text in kept)
    rejected = "SELECT line_number, violation_code FROM ingest.rejected_records"
    assert ask(folder, rejected) == [(3, "Required-Missing")]


def test_records_add_up_for_every_file_and_day(told: tuple[Path, str]) -> None:
    folder, output = told
    assert "conservation" not in output, "a conservation check did not pass"
    in_files = "SELECT sum(records) FROM ingest.landing_files WHERE kind = 'orders'"
    in_tables = "SELECT sum(kept) + sum(duplicates) + sum(quarantined) FROM events.event_ledger"
    assert ask(folder, in_files) == ask(folder, in_tables)


def test_an_unknown_key_stops_the_command_with_line_and_key(tmp_path: Path) -> None:
    (tmp_path / "dmp.yaml").write_text(CONFIG.replace("kind: customers,", "kind: customers, colums: {},"))
    done = dmp(tmp_path, "run")
    assert done.returncode == 2
    assert "dmp.yaml:8" in done.stdout
    assert "colums" in done.stdout
    assert "columns" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_unknown_column_stops_the_command_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "dmp.yaml").write_text(CONFIG.replace("item_id: sku", "item: sku"))
    done = dmp(tmp_path, "run")
    assert (done.returncode, done.stderr) == (2, "")
    assert "'orders'" in done.stdout
    assert "'item'" in done.stdout
    assert "item_id" in done.stdout
