"""Fixtures of the ingest tests."""

from pathlib import Path

import pytest

from dmp_assets_tests.ingest.support.landing import Landing


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)
