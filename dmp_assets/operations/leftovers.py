"""What dead processes left in the data folder, removed; what a living one still works on stays.

An OS lock tells, not the process id in a name: ids are given out again, and two containers have the same ones.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.backups.backup import HALF_MADE, making_lock
from dmp_assets.foundation.warehouse.edition.published import publishing_lock
from dmp_assets.operations.home import HOME
from dmp_assets.operations.liveness import alone, is_run_alive, nobody_at_work

Found = Iterable[Path]


def remove_leftovers(settings: Settings) -> list[Path]:
    """Return what was removed: half-finished work in the data folder whose process is gone.

    | what | of a dead one where |
    |---|---|
    | copies of the warehouse and reports, half published | nobody publishes |
    | a warehouse that was being made or restored, DuckDB's spilled rows | nobody has the warehouse open |
    | a run's folder below ``staging/runs`` | the run's own lock is free |
    | files half read, half copied, half drawn | no run and no command works on the folder |
    """
    data_dir = settings.data_dir
    if not data_dir.is_dir():
        return []
    removed = []
    published, warehouse = settings.published_path, settings.warehouse_path
    if found := [*data_dir.glob(f".{published.name}.*.new*"), *data_dir.glob(".reports.*.new*")]:
        with alone(publishing_lock(published)) as is_alone:
            removed += _remove(found) if is_alone else []
    if found := [*data_dir.glob(f".{warehouse.name}.*.new*"), *data_dir.glob(f"{warehouse.name}.tmp")]:
        with alone(warehouse.with_suffix(".lock")) as is_alone:
            removed += _remove(found) if is_alone else []
    runs = settings.staging_dir / "runs"
    removed += _remove(folder for folder in runs.glob("*") if not is_run_alive(data_dir, folder.name))
    with nobody_at_work(data_dir) as is_alone:
        if is_alone:
            removed += _remove(
                [
                    *(settings.staging_dir / "work").glob("*"),
                    *settings.staging_dir.glob(".code-of-*.json.*"),
                    *(data_dir / HOME).glob("dagster.yaml.*"),
                    *(data_dir / "runs").glob(".*.lock.*"),
                    *settings.landing_dir.glob("*/.*.tmp"),
                ]
            )
    return removed


def remove_half_made_backups(folder: Path) -> list[Path]:
    """Return the backups that were removed from a folder of backups, where nobody makes one."""
    if not (found := [*folder.glob(HALF_MADE)]):
        return []
    with alone(making_lock(folder)) as is_alone:
        return _remove(found) if is_alone else []


def _remove(found: Found) -> list[Path]:
    removed = []
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        removed.append(path)
    return removed
