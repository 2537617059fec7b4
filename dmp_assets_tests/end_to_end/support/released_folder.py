"""A small data folder as a release leaves it, kept for the releases that come after to upgrade.

``python -m dmp_assets_tests.end_to_end.support.released_folder FOLDER`` makes one, with the code that runs it.
"""

import argparse
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import patch

from dmp_assets.foundation.settings.settings import load_settings
from dmp_assets.simulation.run import simulate
from dmp_assets_tests.end_to_end.support.savings import without_recommendations
from dmp_assets_tests.support.factories import platform

RELEASED = Path(__file__).parent.parent / "released"

START, DAYS, LAST_DAY = date(2024, 1, 1), 20, date(2024, 1, 31)
DELIVERIES = (datetime(2024, 1, 13, 6, tzinfo=UTC), datetime(2024, 1, 30, 6, tzinfo=UTC))
"""When files arrive: those of the days up to the first moment, then the rest. Persons merge by what comes second."""

UNTIMED = "receipt_no,sold_at,store,loyalty_id,sku,units,amount,kind,currency\nr{0},no time,s1,c1,i1,1,1.00,sale,GBP\n"
"""A record whose time cannot be read belongs to the day of its arrival, which no file says."""

PACKED = ("dmp.yaml", "landing", "warehouse.duckdb", "dmp.duckdb")


class Clock(datetime):
    """A clock that stands at a delivery."""

    moment = DELIVERIES[0]

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # noqa: ARG003
        """Return the moment of the delivery."""
        return cls.moment


@contextmanager
def on_the_day_of(delivery: int) -> Iterator[None]:
    """Let files arrive, and moves be found, at the moment of a delivery."""
    Clock.moment = DELIVERIES[delivery]
    with patch("dmp_assets.ingest.assets.datetime", Clock), patch("dmp_assets.identity.assets.datetime", Clock):
        yield


@contextmanager
def without_late_files(folder: Path) -> Iterator[None]:
    """Hold back the files of the second delivery."""
    landing, aside = folder / "landing", folder / "aside"
    late = [file.relative_to(landing) for file in landing.rglob("*") if file.is_file() and _is_late(file)]
    _move(late, landing, aside)
    yield
    _move(late, aside, landing)
    shutil.rmtree(aside)


def _is_late(file: Path) -> bool:
    """Return whether a file is named for a day after the first delivery, or holds the later customers."""
    day = "".join(letter for letter in file.name if letter.isdigit())[:8]
    return file.name == "customers-2.csv" or (len(day) == len("20240113") and day > f"{DELIVERIES[0]:%Y%m%d}")


def _move(files: list[Path], source: Path, target: Path) -> None:
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        (source / file).rename(target / file)


def make(folder: Path) -> None:
    """Simulate a world in a new folder and build it in two deliveries."""
    simulate(60, DAYS, 7, folder, START)
    configuration = folder / "dmp.yaml"
    text = without_recommendations(configuration.read_text(encoding="utf-8"))
    configuration.write_text(f"{text}end_date: {LAST_DAY}\n", encoding="utf-8")
    for number, moment in enumerate(DELIVERIES, start=1):
        file = folder / "landing" / "shop_uk" / f"sales-{moment:%Y-%m-%d}-untimed.csv"
        file.write_text(UNTIMED.format(number), encoding="utf-8")
    for file in folder.glob("landing/*/*"):
        os.utime(file, (DELIVERIES[0].timestamp(),) * 2)  # whole seconds, which an archive keeps
    with without_late_files(folder):
        build(folder, 0)
    build(folder, 1)


def build(folder: Path, delivery: int) -> None:
    """Bring a folder up to date on the day of a delivery."""
    with on_the_day_of(delivery), platform(load_settings(folder / "dmp.yaml")) as stack:
        stack.bring_up_to_date()


def pack(folder: Path, archive: Path) -> None:
    """Write what upgrades are tested on: files, configuration, warehouse and published file; 300 KB of 46 MB."""
    with tarfile.open(archive, "w:xz", preset=9) as packed:
        for name in PACKED:
            packed.add(folder / name, name)


def unpack(release: str, folder: Path) -> Path:
    """Return a new folder with what a release left."""
    with tarfile.open(RELEASED / release / "folder.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder; folder.tar.xz is written beside it")
    out = parser.parse_args().folder
    make(out)
    pack(out, out.with_name("folder.tar.xz"))
