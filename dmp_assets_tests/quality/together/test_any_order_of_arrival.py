"""The same files give the same judgement, in whatever order they came, and whichever days were built."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from dmp_assets_tests.end_to_end.support.savings import without_recommendations
from dmp_assets_tests.support.factories import land, platform, query, shop, stored_rows

FIRST = date(2024, 5, 1)
CONFIGURATION = without_recommendations("""\
start_date: 2024-05-01
end_date: 2024-06-30
quality: {min_rows: 2, recent_days: 2, reference_days: 4, psi_min_rows: 2, volume_min_records: 1}
sources:
  orders:
    kind: orders
    columns: {event_at: at, transaction_id: nr, user_id: person, item_id: item, quantity: n, item_revenue: paid}
  clicks: {kind: events, columns: {event_id: id, event_at: at, event_name: name, user_id: person}}
  customers: {kind: customers, columns: {user_id: person, age_range: age}}
""")


def day_files(day: int) -> dict[str, str]:
    """Return the files of a day; columns and their types change on the way, and some records are refused."""
    at = FIRST + timedelta(days=day)
    more, cell = (",note", ",x") if day >= 6 else ("", "")
    lines = [f"{at} 1{n}:00:00,o{day}{n},p{n},i{n % 2},{n / 10},{n}.{day}5{cell}" for n in range(5)]
    clicks = [
        json.dumps({"id": f"c{day}{n}", "at": f"{at}T1{n}:30:00", "name": "view_item", "person": f"p{n}"} | extra)
        for n, extra in enumerate(({}, {}, {"at": "soon"} if day == 3 else {}, {"size": str(day) if day == 5 else day}))
    ]
    return {
        f"orders/orders-{day}.csv": "\n".join([f"at,nr,person,item,n,paid{more}", *lines]) + "\n",
        f"clicks/clicks-{day}.ndjson": "\n".join(clicks) + "\n",
        f"customers/list-{day}.csv": f"person,{'years' if day == 4 else 'age'}\np1,2{day}-34\n",
    }


def judged(folder: Path, deliveries: Sequence[Sequence[int]], later: date | None = None) -> list[tuple]:
    """Return the rows of the report, after the days' files came in some deliveries and a later day was built."""
    site = shop(folder, CONFIGURATION)
    with platform(site, lambda _: None) as built:
        for days in deliveries:
            for day in days:
                land(site, day_files(day))
            built.bring_up_to_date()
        if later:
            built.backfill(later, later)
    hashes = "SELECT partition, row_hash FROM ops.current_commits WHERE table_name LIKE 'quality.%' AND rows > 0"
    return [*stored_rows(site, "quality.quality"), *query(site, f"{hashes} ORDER BY ALL")]


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> list[tuple]:
    found = judged(tmp_path_factory.mktemp("once"), [range(8)])
    assert {row[1] for row in found if len(row) > 2} == {FIRST + timedelta(days=6)}
    assert {"warn", "error", "ok"} <= {str(cell) for row in found for cell in row}
    return found


@pytest.mark.parametrize(
    "deliveries",
    [pytest.param(([0, 1, 2, 3], [4, 5, 6, 7]), marks=pytest.mark.long), ([7, 4, 6], [5, 0, 1], [3, 2])],
)
def test_the_order_of_deliveries_changes_no_bit(at_once: list[tuple], deliveries: tuple, tmp_path: Path) -> None:
    assert judged(tmp_path, deliveries) == at_once


def test_later_days_that_were_built_change_no_bit(at_once: list[tuple], tmp_path: Path) -> None:
    assert judged(tmp_path, [range(8)], later=date(2024, 6, 20)) == at_once
