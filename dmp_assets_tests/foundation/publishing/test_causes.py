"""What is told of an exception: enough to find the fault, and no value of a row."""

import stat
from pathlib import Path

import dagster as dg
import duckdb
import pandera.polars
import polars as pl
import pyarrow as pa
import pytest

from dmp_assets.foundation.publishing.causes import cause_of, kept_whole, may_pass
from dmp_assets.foundation.settings.settings import load_settings
from dmp_assets.foundation.warehouse.connection import WarehouseBusyError
from dmp_assets.foundation.warehouse.refusals import WriteRefusedError

CANARY = "zq7canary@shop.example"


def polars() -> None:
    pl.Series([CANARY]).cast(pl.Int64)


def the_database() -> None:
    duckdb.sql(f"SELECT '{CANARY}'::INTEGER").fetchall()


def a_contract() -> None:
    column = pandera.polars.Column(pl.String, pandera.polars.Check.isin(["a"]))
    pandera.polars.DataFrameSchema({"email": column}).validate(pl.DataFrame({"email": CANARY}))


def arrow() -> None:
    pa.array([CANARY]).cast(pa.int64())


def python() -> None:
    int(CANARY)


def a_mapping() -> None:
    dict[str, int]()[CANARY]


RAISING = [polars, the_database, a_contract, arrow, python, a_mapping]


def error_of(raising: object) -> BaseException:
    with pytest.raises(Exception) as caught:
        raising()  # type: ignore[operator]
    return caught.value


@pytest.mark.parametrize("raising", RAISING)
def test_a_foreign_exception_gives_its_type_and_not_its_text(raising: object) -> None:
    error = error_of(raising)
    assert CANARY in str(error), "the value is in the text: this is what the guard is for"
    cause = cause_of(error)
    assert CANARY not in cause
    assert type(error).__name__ in cause


def test_the_place_is_the_innermost_one_in_our_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("dmp_assets.foundation.settings.settings.read_yaml", lambda *_, **__: python())
    (tmp_path / "dmp.yaml").write_text("sources: {}", encoding="utf-8")
    cause = cause_of(error_of(lambda: load_settings(tmp_path / "dmp.yaml")))
    assert cause.startswith("ValueError at dmp_assets/foundation/settings/settings.py, line ")
    assert cause.endswith("in load_settings")


@pytest.mark.parametrize(
    "error", [WriteRefusedError("column a is missing"), WarehouseBusyError("held by 12"), dg.Failure("contract broken")]
)
def test_an_exception_of_ours_keeps_its_text(error: Exception) -> None:
    assert cause_of(error) == (error.description if isinstance(error, dg.Failure) else str(error))


def test_an_error_of_the_system_keeps_the_systems_words_and_the_file() -> None:
    error = error_of(lambda: Path("/absent/file.csv").read_text(encoding="utf-8"))
    assert cause_of(error) == "FileNotFoundError: No such file or directory: /absent/file.csv"
    assert cause_of(OSError(CANARY)) == "OSError"
    assert cause_of(duckdb.IOException(f"{CANARY}: No space left on device")).endswith(": No space left on device")


def test_only_what_another_attempt_may_not_meet_is_tried_again() -> None:
    passing = [OSError(28, "full"), MemoryError(), duckdb.IOException("lock"), WarehouseBusyError("held by 12")]
    passing += [pl.exceptions.ComputeError("No space left on device (os error 28)"), dg.Failure("busy")]
    passing += [duckdb.InterruptException("INTERRUPT Error: Interrupted!"), RuntimeError("Query interrupted")]
    assert all(may_pass(error) for error in passing)
    lasting = [error_of(raising) for raising in RAISING]
    lasting += [WriteRefusedError("column a is missing"), dg.Failure("contract broken", allow_retries=False)]
    assert not any(may_pass(error) for error in lasting)


def test_the_whole_text_is_kept_where_it_is_asked_for_and_is_the_owners_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    error = error_of(python)
    monkeypatch.delenv("DMP_DEBUG", raising=False)
    assert kept_whole(error) == ""
    monkeypatch.setenv("DMP_DEBUG", str(tmp_path / "faults"))
    words = kept_whole(error)
    (file,) = (tmp_path / "faults").iterdir()
    assert str(file) in words
    assert CANARY in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
