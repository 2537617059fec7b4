"""What a day's columns are counted into: presence, values by name, ranges of numbers, delays."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.events.schema import CleanedEvents
from dmp_assets.foundation.values.contracts import facts_of
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.orders.schema import OrderReports
from dmp_assets.quality.column_profiles import _log_bucket, build_column_profiles
from dmp_assets.quality.schema import ColumnProfiles
from dmp_assets_tests.quality.support.factories import typed

DAY = date(2024, 5, 1)
NOON = datetime(2024, 5, 1, 12)  # noqa: DTZ001 -- instants are naive UTC throughout


def event(name: str = "purchase", **changes: Any) -> dict[str, Any]:
    return {"event_date": DAY, "source": "shop", "event_name": name} | changes


def report(kind: str = "sale", **changes: Any) -> dict[str, Any]:
    said = {"report_kind": kind, "is_standing": True, "order_number": "7", "is_numbered": True}
    amounts = {"line_sales": Decimal(5), "quantity": 1.0, "items": 1}
    return {"event_date": DAY, "source": "shop"} | said | amounts | changes


def record(minutes: float | None, **changes: Any) -> dict[str, Any]:
    received = None if minutes is None else NOON + timedelta(minutes=minutes)
    return {"event_date": DAY, "source": "shop", "part": 0, "event_at": NOON, "received_at": received} | changes


Rows = list[dict[str, Any]]


def profile(events: Rows, records: Rows | None = None, reports: Rows | None = None) -> pl.DataFrame:
    given = ((CleanedEvents, events), (OrderReports, reports or []), (RawEvents, records or []))
    built = build_column_profiles(*(typed(model, rows).lazy() for model, rows in given))
    return ColumnProfiles.validate(built.collect(engine="streaming"), lazy=True)


def buckets(table: pl.DataFrame, column: str) -> dict[Any, int]:
    """Return rows by value, by bound, or by kind where a bucket has neither."""
    rows = table.filter(pl.col("column_name") == column).select("bucket", "lower_bound", "bucket_kind", "rows")
    return {
        bucket if bucket is not None else bound if bound is not None else kind: count
        for bucket, bound, kind, count in rows.iter_rows()
    }


def test_ids_are_counted_and_never_kept() -> None:
    table = profile([event(user_id="p1"), event(user_id="p2"), event()])
    assert buckets(table, "user_id") == {"filled": 2, "missing": 1}
    assert "p1" not in str(table.to_dicts())


def test_columns_of_orders_are_counted_on_reports_alone() -> None:
    reports = [report(), report("refund", is_numbered=False), report("cancellation")]
    table = profile([event(transaction_id="o1"), event("view_item")], reports=reports)
    assert buckets(table, "transaction_id") == {"filled": 2, "missing": 1}
    for name in ("revenue", "quantity", "items"):
        assert sum(buckets(table, name).values()) == 1, "refunds are positive, and no small orders"
    assert buckets(table, "event_name") == {"other": 2}


def test_older_statements_of_an_order_do_not_count_it_again() -> None:
    reports = [report(), report(is_standing=False, line_sales=Decimal(9))]
    table = profile([], reports=reports)
    assert buckets(table, "revenue") == {4.75682846001: 1}
    assert buckets(table, "transaction_id") == {"filled": 1}


def test_the_orders_own_revenue_goes_before_that_of_its_lines() -> None:
    table = profile([], reports=[report(order_revenue=Decimal(8)), report(line_sales=Decimal(8)), report()])
    assert buckets(table, "revenue") == {8.0: 2, 4.75682846001: 1}


@pytest.mark.parametrize(("rows", "kept"), [(5, {"view_item": 5}), (4, {"other": 4})])
def test_a_value_is_named_from_five_rows_on(rows: int, kept: dict[str, int]) -> None:
    assert buckets(profile([event("view_item")] * rows), "event_name") == kept


def test_only_the_fifty_most_frequent_values_are_named() -> None:
    names = [f"event_{place:02}" for place in range(52)]
    table = profile([event(name) for name in names for _ in range(5)] + [event("event_51")])
    named = buckets(table, "event_name")
    assert named.pop("other") == 10
    assert (named.pop("event_51"), sorted(named)) == (6, names[:49])


def test_numbers_fall_into_ranges_of_nine_percent() -> None:
    values = (0.0, -0.0, 1.0, 1.09, 1.0906, 8.0, -8.0, 1e6)
    table = profile([], reports=[report(quantity=value) for value in values])
    found = buckets(table, "quantity")
    assert found[0.0] == found[1.0] == 2
    assert {bound: found[bound] for bound in (8.0, -8.0)} == {8.0: 1, -8.0: 1}
    assert sorted(found) == pytest.approx([-8.0, 0.0, 1.0, 2**0.125, 8.0, 2 ** (159 / 8)])


@pytest.mark.parametrize(
    ("minutes", "hours"), [(-90, 0.0), (0, 0.0), (1, 1.0), (60, 1.0), (60.1, 2.0), (90_000, 745.0), (None, "missing")]
)
def test_delays_are_whole_hours_rounded_up(minutes: float | None, hours: float | str) -> None:
    assert buckets(profile([], [record(minutes)]), "received_at") == {hours: 1}


def test_refused_records_have_no_delay() -> None:
    assert profile([], [record(5, violation_code="Out-Of-Range")]).is_empty()


def test_a_record_of_several_items_has_one_delay() -> None:
    items = [record(5, part=part) for part in (1, 2, 3)]
    assert buckets(profile([], [*items, record(5)]), "received_at") == {1.0: 2}


def test_a_range_equals_its_days_in_any_order() -> None:
    other = {"event_date": DAY + timedelta(days=1)}
    first, second = [event("view_item")] * 7, [event("view_item", **other)] * 9 + [event(user_id="p1", **other)]
    keys = list(facts_of(ColumnProfiles).key)
    apart = pl.concat([profile(first), profile(second)]).sort(keys)
    assert_frame_equal(profile([*second, *first]).sort(keys), apart)


def test_a_number_is_in_one_bucket_whatever_row_it_stands_in() -> None:
    numbers = [2.0 ** (step / 8) * more for step in range(-160, 320) for more in (1.0, 1.04)]
    alone = [pl.DataFrame({"n": [one]}).select(_log_bucket(pl.col("n"))).item() for one in numbers]
    for before in range(1, 9):
        rows = pl.DataFrame({"n": [0.0] * before + numbers})
        assert rows.select(_log_bucket(pl.col("n"))).to_series().to_list()[before:] == alone
    assert alone[::2] == pytest.approx([2.0 ** (step / 8) for step in range(-160, 320)], rel=1e-11)
