"""What a late file, a changed setting or a changed mapping leaves open, and what it does not."""

import os
from datetime import date
from pathlib import Path

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.orchestration.jobs import LANDING
from dmp_assets.orchestration.staleness import Pending, day_tags
from dmp_assets_tests.support.factories import (
    CONFIGURATION,
    FIRST_DAY,
    LAST_DAY,
    built_shop,
    land,
    platform,
    shop,
    shop_files,
)

LATE = "at,order,person,item,n,paid\n2024-05-02 12:00:00,o9,p1,i1,1,1.00\n2024-05-04 12:00:00,o8,p2,i1,1,1.00\n"


def pending(settings: Settings) -> Pending:
    with platform(settings) as current:
        return current.pending()


def after_landing(settings: Settings) -> Pending:
    """Return what is open once the ledger has been read again."""
    with platform(settings) as current:
        current.run(LANDING)
        return current.pending()


def test_nothing_is_open_in_a_shop_that_is_up_to_date(tmp_path: Path) -> None:
    assert pending(built_shop(tmp_path)).is_nothing


def test_a_new_shop_has_its_landing_folder_to_read_first(tmp_path: Path) -> None:
    settings = shop(tmp_path)
    land(settings, shop_files())
    assert pending(settings).is_landing_stale


def test_a_late_file_makes_exactly_its_days_stale(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    land(settings, {"orders/late.csv": LATE})
    assert pending(settings).is_landing_stale
    days = [date(2024, 5, 2), LAST_DAY]
    assert after_landing(settings).day_ranges == tuple((day, day) for day in days)


def test_a_file_that_went_away_makes_exactly_its_days_stale(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    (settings.landing_dir / "clicks" / "a.ndjson").unlink()
    found = after_landing(settings)
    assert not found.is_landing_stale
    assert found.day_ranges == ((FIRST_DAY, date(2024, 5, 2)), (LAST_DAY, LAST_DAY))


def test_a_file_that_was_only_touched_leaves_no_day_stale(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    os.utime(settings.landing_dir / "orders" / "a.csv", (1_700_000_000, 1_700_000_000))
    assert pending(settings).is_landing_stale
    assert after_landing(settings).is_nothing


def test_a_changed_contact_cost_makes_the_snapshots_stale_and_no_day(tmp_path: Path) -> None:
    settings = built_shop(tmp_path, CONFIGURATION.replace("default: 0.5", "default: 0.6"))
    found = pending(settings)
    assert (found.is_landing_stale, found.day_ranges, found.is_snapshot_stale) == (False, (), True)


def test_a_changed_size_of_windows_leaves_everything_as_it_is(tmp_path: Path) -> None:
    assert pending(built_shop(tmp_path, CONFIGURATION + "window_records: 1000\n")).is_nothing


def test_a_changed_mapping_or_a_removed_source_makes_the_landing_folder_stale(tmp_path: Path) -> None:
    renamed = CONFIGURATION.replace("age_range: age", "income_range: age")
    assert pending(built_shop(tmp_path / "mapping", renamed)).is_landing_stale
    removed = "\n".join(line for line in CONFIGURATION.splitlines() if "customers" not in line)
    assert pending(built_shop(tmp_path / "source", removed)).is_landing_stale


def test_a_lost_warehouse_makes_everything_stale_again(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    settings.warehouse_path.unlink()
    assert pending(settings).is_landing_stale


def test_the_tags_of_a_range_name_both_ends() -> None:
    assert day_tags(FIRST_DAY, LAST_DAY) == {
        "dagster/asset_partition_range_start": "2024-05-01",
        "dagster/asset_partition_range_end": "2024-05-04",
    }
