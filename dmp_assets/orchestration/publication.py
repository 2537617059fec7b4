"""The analysts' file and the report: brought up to date with what has been committed."""

from pathlib import Path

import duckdb

from dmp_assets.activation.schema import HeldIdentifiers
from dmp_assets.domains import STEPS, TABLES
from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.settings.report import REPORTS
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.edition.contents import Contents, TableState
from dmp_assets.foundation.warehouse.edition.published import Published, publish_file
from dmp_assets.foundation.warehouse.edition.readers import Readers
from dmp_assets.foundation.warehouse.failures import Failure, failures
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.orchestration.layouts import FORMER_VIEWS, former_names
from dmp_assets.orchestration.staleness import pending_work
from dmp_assets.orchestration.waiting import waiting_steps
from dmp_assets.report.folder import ReportFolder
from dmp_assets.report.manifest import made_by

SQL_DIR = bundled("sql")

WITHOUT_ROWS = (Table(HeldIdentifiers),)
"""Hashes of addresses, which only the next delivery needs: they stay in the warehouse."""


def publish_tables(settings: Settings, warehouse: Warehouse) -> Published:
    """Bring file and report up to date with what has been committed, and say which tables wait for a failed step."""
    views = read_sql_files(SQL_DIR / "views")
    contents = Contents(TABLES, views, former_names() | FORMER_VIEWS, _states(warehouse), WITHOUT_ROWS)
    readers = Readers(settings.published_mode, settings.published_group)
    return publish_file(warehouse, settings.published_path, contents, readers, report_folder(settings, readers))


def report_folder(settings: Settings, readers: Readers) -> ReportFolder:
    """Return the report beside the analysts' file; what draws its pages is loaded when a page is made."""
    shown, left_out = settings.report.show_people, settings.recommendations.blocked_categories
    made = made_by(settings.base_currency, shown, left_out, readers)

    def make(connection: duckdb.DuckDBPyConnection, folder: Path, last: Path) -> None:
        from dmp_assets.pages import PAGES
        from dmp_assets.report.site import Site, make_site

        make_site(connection, Site(PAGES, made, settings.base_currency, shown, left_out), folder, last)

    return ReportFolder(settings.data_dir / REPORTS, make, made, readers)


def publish_settled(settings: Settings, warehouse: Warehouse) -> Published | None:
    """Publish as ``publish_tables`` does if no work is open, and return what that did; None where some is.

    Readers must not see half of a change: the last of the runs that it takes publishes all of it.
    """
    is_settled = pending_work(settings, check_sources(settings.sources), warehouse).is_nothing
    return publish_tables(settings, warehouse) if is_settled else None


def _states(warehouse: Warehouse) -> list[TableState]:
    """Return the state of every table; of several failed steps before it, the first in the order of the flow counts."""
    waits_for: dict[Table, Failure] = {}
    for waiting in waiting_steps(failures(warehouse)):
        waits_for = dict.fromkeys(waiting.tables, waiting.failure) | waits_for
    return [
        TableState(table.qualified_name, step.name, waits_for.get(table)) for step in STEPS for table in step.tables
    ]
