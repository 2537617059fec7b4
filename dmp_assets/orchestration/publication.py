"""The analysts' file: brought up to date with what has been committed."""

from dmp_assets.domains import TABLES
from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.published import Published, publish_file
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.orchestration.layouts import former_names

SQL_DIR = bundled("sql")


def publish_tables(settings: Settings, warehouse: Warehouse) -> Published:
    """Bring the analysts' file up to date with what has been committed."""
    views = read_sql_files(SQL_DIR / "views")
    return publish_file(warehouse, settings.published_path, TABLES, views, former_names())
