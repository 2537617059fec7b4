"""``dmp backup`` and ``dmp restore``: what the landing files cannot give back, kept elsewhere and put back."""

from pathlib import Path
from typing import Annotated

import typer

from dmp_assets.commands.at_work import at_work
from dmp_assets.commands.terminal import checked_settings, complain, say


def backup(
    folder: Annotated[Path, typer.Argument(help="Where backups lie; each gets a folder of its own there.")],
) -> None:
    """Back up the warehouse (tables, arrival times, moves, books) into a new folder; a run may be at work."""
    from dmp_assets.domains import TABLES
    from dmp_assets.foundation.warehouse.backups.backup import back_up
    from dmp_assets.foundation.warehouse.connection import Warehouse
    from dmp_assets.operations.leftovers import remove_half_made_backups

    settings = checked_settings()
    place = folder.resolve()
    if place.is_relative_to(settings.data_dir.resolve()):
        complain(f"{place} is in the data folder, and would go with it; name a folder elsewhere, best on another disk")
        raise typer.Exit(2)
    with at_work(settings):
        if removed := remove_half_made_backups(place):
            say(f"Removed {len(removed)} backups that a process left half made when it was killed")
        made, manifest = back_up(Warehouse(database=str(settings.warehouse_path)), place, TABLES)
        rows = sum(table.rows for table in manifest.tables.values())
        say(f"{made}: {len(manifest.tables)} tables, {rows:,} rows, {manifest.bytes:,} bytes")
        for name, days in manifest.days_not_as_booked.items():
            what = f"{len(days)} days from {days[0]}" if days[0] else "the table"
            complain(
                f"{name}: {what} is backed up, but not as the books say; dmp run, then dmp run --verify tells how to "
                "make it again"
            )


def restore(
    folder: Annotated[Path, typer.Argument(help="A backup, or a folder of backups: the newest whole one.")],
) -> None:
    """Put a backup in the place of a warehouse that is not there; the next run goes on from it."""
    from dmp_assets.domains import TABLES
    from dmp_assets.foundation.warehouse.backups.restore import restore as put_back
    from dmp_assets.foundation.warehouse.connection import Warehouse

    settings = checked_settings()
    with at_work(settings):
        warehouse = Warehouse(database=str(settings.warehouse_path))
        backup, manifest = put_back(warehouse, folder.resolve(), TABLES, complain)
        rows = sum(table.rows for table in manifest.tables.values())
        say(
            f"{settings.warehouse_path}: as it was at {manifest.made_at}, {len(manifest.tables)} tables and {rows:,} "
            f"rows, all compared ({backup})"
        )
        say("dmp run goes on from there")
