"""One simulated world, built once for all tests of this folder; a test that changes it takes a copy."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.simulation.run import simulate
from dmp_assets_tests.end_to_end.support.savings import without_recommendations
from dmp_assets_tests.support.factories import platform

START, DAYS = date(2024, 1, 1), 14


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("world") / "w"
    simulate(600, DAYS, 11, out, START)
    configuration = out / "dmp.yaml"
    text = without_recommendations(configuration.read_text(encoding="utf-8"))
    # Without a last day the years up to today are built too.
    configuration.write_text(f"{text}end_date: {START + timedelta(days=DAYS - 1)}\n", encoding="utf-8")
    return out


@pytest.fixture(scope="package")
def built(world: Path) -> Settings:
    settings = load_settings(world / "dmp.yaml")
    with platform(settings) as stack:
        stack.bring_up_to_date()
    return settings
