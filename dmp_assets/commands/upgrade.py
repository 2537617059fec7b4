"""``dmp upgrade``, and what every command that runs says of a folder of another release."""

from typing import Annotated

import duckdb
import typer

from dmp_assets.commands.at_work import at_work, in_plain_words
from dmp_assets.commands.terminal import checked_settings, say
from dmp_assets.foundation.settings.settings import Settings


def upgrade(
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
) -> None:
    """Bring the data folder of an older release to this one's layout; every run begins with it too."""
    from dmp_assets.domains import TABLES
    from dmp_assets.foundation.warehouse.connection import Warehouse
    from dmp_assets.orchestration.layouts import upgrade_warehouse
    from dmp_assets.orchestration.publication import publish_tables

    settings = checked_settings()
    warehouse = Warehouse(database=str(settings.warehouse_path))
    with in_plain_words(settings) if plan else at_work(settings):
        if not upgrade_warehouse(warehouse, TABLES, say, is_trial=plan):
            say(f"{settings.warehouse_path}: nothing to upgrade")
        elif not plan:
            publish_tables(settings, warehouse)
            say("dmp run builds what is open")


def say_older_layout(settings: Settings) -> None:
    """Say that the folder waits for an upgrade, and end the command where it is newer than this code.

    It reads the analysts' file: a run at work may hold the warehouse, and the command would wait for it.
    """
    from dmp_assets.foundation.warehouse.layout import LAYOUT, read_layout, refuse_newer

    if not settings.published_path.exists():
        return
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        refuse_newer(connection, settings.published_path)
        seen = read_layout(connection)
    if seen is not None and seen < LAYOUT:
        say(f"{settings.published_path}: layout {seen}; this release has layout {LAYOUT}. The next run upgrades it.")
