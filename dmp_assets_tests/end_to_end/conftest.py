"""One simulated world, built once for all tests of this folder; a test that changes it takes a copy."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.simulation.run import simulate
from dmp_assets_tests.end_to_end.support.habits import HABITS
from dmp_assets_tests.end_to_end.support.savings import without_recommendations
from dmp_assets_tests.support.factories import platform
from dmp_assets_tests.support.worlds import shared_world

START, DAYS = date(2024, 1, 1), 14


@pytest.fixture(scope="package")
def world() -> Path:
    return shared_world("simulated", _build)


@pytest.fixture(scope="package")
def built(world: Path) -> Settings:
    return load_settings(world / "dmp.yaml")


def _build(out: Path) -> None:
    simulate(600, DAYS, 11, out, START, HABITS)
    configuration = out / "dmp.yaml"
    text = without_recommendations(configuration.read_text(encoding="utf-8"))
    # Without a last day the years up to today are built too.
    configuration.write_text(f"{text}end_date: {START + timedelta(days=DAYS - 1)}\n", encoding="utf-8")
    with platform(load_settings(configuration)) as stack:
        stack.bring_up_to_date()
