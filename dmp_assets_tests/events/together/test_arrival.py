"""Files may come in any order, late, or go away again: the tables are those of the files that are there."""

from pathlib import Path

from dmp_assets.domains import CONTRACTS
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets_tests.support.factories import built_shop, land, platform, query, shop, shop_files, stored_rows

RUNS = "identity.moves"
"""Tells what each run moved, so that it is not a matter of the files alone."""
TABLES = [name for name in (Table(model).qualified_name for model in CONTRACTS) if name != RUNS]
ARRIVAL = {"ingest.landing_files": ("arrived_at", "modified_at", "verified_at", "first_seen_at", "judged_at")}

LATE_FIRST = (
    ("orders/b.csv", "clicks/b.ndjson", "orders/a.csv"),
    ("clicks/a.ndjson", "customers/a.csv", "items/a.csv"),
)
"""The conflicting click and the copy of an order line arrive before what they repeat, the items after the orders."""


def data(settings: Settings) -> dict[str, list]:
    return {name: stored_rows(settings, name, ARRIVAL.get(name, ())) for name in TABLES}


def test_the_order_in_which_files_arrive_gives_the_same_tables(tmp_path: Path) -> None:
    files = shop_files()
    assert sorted(path for step in LATE_FIRST for path in step) == sorted(files)
    at_once = data(built_shop(tmp_path / "at_once"))
    settings = shop(tmp_path / "in_steps")
    with platform(settings) as in_steps:
        for step in LATE_FIRST:
            land(settings, {path: files[path] for path in step})
            assert in_steps.bring_up_to_date() > 0
        assert in_steps.bring_up_to_date() == 0
    found = data(settings)
    different = [name for name in TABLES if found[name] != at_once[name]]
    assert different == []
    assert {row[3] for row in query(settings, "FROM events.daily_activity")} == {"", "DAIRY", "BREAD"}


def test_a_file_that_goes_away_takes_its_records_with_it(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    (settings.landing_dir / "orders" / "b.csv").unlink()
    with platform(settings) as shop_without:
        assert shop_without.bring_up_to_date() == 2
        assert shop_without.bring_up_to_date() == 0
    assert query(settings, "SELECT transaction_id FROM events.cleaned_events WHERE items > 0 ORDER BY 1") == [
        ("o1",),
        ("o2",),
    ]
    account = query(settings, "FROM events.event_ledger WHERE source = 'orders' ORDER BY event_date")
    # The second order counts again as it was before the file that shortened it.
    assert [row[2:7] for row in account] == [(3, 3, 0, 0, 0), (3, 2, 0, 0, 1), (1, 0, 0, 0, 1)]
    assert query(settings, "SELECT count(*) FROM profiles.profiles WHERE person_id = 'p3'") == [(0,)]


def test_a_correction_that_moves_an_order_to_another_day_rebuilds_both_days(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    orders = "SELECT event_date::VARCHAR, revenue::DOUBLE FROM events.cleaned_events WHERE transaction_id = 'o2'"
    assert query(settings, orders) == [("2024-05-02", 7.5)]
    land(settings, {"orders/c.csv": "at,order,person,item,n,paid\n2024-05-04 09:00:00,o2,p2,i9,3,6.50\n"})
    with platform(settings) as corrected:
        assert corrected.bring_up_to_date() > 0
        assert corrected.bring_up_to_date() == 0
    assert query(settings, orders) == [("2024-05-04", 6.5)]
    account = "SELECT sum(superseded)::BIGINT FROM events.event_ledger WHERE event_date = DATE '2024-05-02'"
    assert query(settings, account) == [(3,)]
    assert query(settings, "SELECT count(*) FROM ops.quality_log WHERE NOT passed") == [(0,)]
