"""One small world for all tests of this folder, and its files read with nothing but the standard library."""

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from dmp_assets.simulation.parameters import Habits
from dmp_assets.simulation.run import WorldReport, simulate

PEOPLE, DAYS, SEED = 1_500, 30, 11
START = date(2024, 1, 1)


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> WorldReport:
    return simulate(PEOPLE, DAYS, SEED, tmp_path_factory.mktemp("world") / "out", START)


@pytest.fixture(scope="package")
def exports(tmp_path_factory: pytest.TempPathFactory) -> WorldReport:
    """A smaller world with every habit."""
    return simulate(200, 14, SEED, tmp_path_factory.mktemp("exports") / "out", START, Habits())


@pytest.fixture(scope="package")
def records(world: WorldReport) -> pl.DataFrame:
    return truth(world, "records/*/*")


def truth(world: WorldReport, name: str) -> pl.DataFrame:
    return pl.read_parquet(world.out / "truth" / f"{name}.parquet")


def lines(path: Path) -> list[str]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    assert content.endswith(b"\n")
    return content.decode().removesuffix("\n").split("\n")


def landing_lines(world: WorldReport, source: str) -> Iterator[tuple[str, int, str]]:
    """Yield path below landing, line number and text, headers too."""
    for path in sorted((world.out / "landing" / source).iterdir()):
        for number, line in enumerate(lines(path), start=1):
            yield f"{source}/{path.name}", number, line


def by_line(records: pl.DataFrame) -> dict[tuple[str, int], dict[str, Any]]:
    return {(row["path"], row["line_number"]): row for row in records.iter_rows(named=True)}


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC).replace(tzinfo=None)


def web_time(call: dict[str, Any]) -> datetime:
    sent, original = moment(call["sentAt"]), moment(call["originalTimestamp"])
    return moment(call["receivedAt"]) - (sent - original)


def app_time(event: dict[str, Any]) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=int(event["event_timestamp"]))  # noqa: DTZ001


def till_time(text: str, time_format: str, zone: str) -> datetime:
    local = datetime.strptime(text, time_format).replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def parsed(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))
