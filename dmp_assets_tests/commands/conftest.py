"""An analysts' file of a warehouse without any row: every table and view is there."""

from pathlib import Path

import pytest

from dmp_assets.domains import CONTRACTS
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.orchestration.publication import publish_tables
from dmp_assets_tests.foundation.warehouse.support.factories import DAY


@pytest.fixture(scope="package")
def empty_edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings(start_date=DAY, sources={}, data_dir=tmp_path_factory.mktemp("empty"))
    warehouse = Warehouse(database=str(settings.warehouse_path))
    WarehouseIOManager(warehouse, CONTRACTS, settings.staging_dir, 1000).create_tables()
    publish_tables(settings, warehouse)
    return settings.published_path
