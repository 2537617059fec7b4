"""Monthly snapshots: what was known at each month's end, and the moves between them."""

from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.profiles.history import build_profile_history, sum_months
from dmp_assets.profiles.schema.activity import ProfileHistory
from dmp_assets.profiles.sums.facts import by_person_and_day
from dmp_assets_tests.profiles.support.bought import Row, orders, reversals
from dmp_assets_tests.profiles.support.factories import activity
from dmp_assets_tests.support.places import SQL

DAY = date(2024, 5, 31)


def history(rows: list[Row], day: date = DAY) -> pl.DataFrame:
    months = sum_months(by_person_and_day(activity(rows).lazy(), orders(rows), reversals(rows), day)).collect()
    return ProfileHistory.validate(build_profile_history(months, day), lazy=True)


def order(person: str, day: date, revenue: str = "10") -> Row:
    return (person, day, "purchase", "tea", 1, revenue, "0")


BUYERS = [order(f"p{place}", date(2024, 3, 1) + timedelta(days=place)) for place in range(5)]


def test_every_month_that_is_over_has_a_snapshot_of_its_buyers() -> None:
    found = history(
        [*BUYERS, order("late", date(2024, 5, 2)), ("late", date(2024, 3, 2), "view_item", "", 1, "0", "0")]
    )
    people = found.group_by("as_of_date").len().sort("as_of_date")
    assert people.rows() == [(date(2024, 3, 31), 5), (date(2024, 4, 30), 5), (date(2024, 5, 31), 6)]
    assert found.filter(pl.col("person_id") == "late").select("orders", "recency_days").rows() == [(1, 29)]


@pytest.mark.parametrize(("day", "months"), [(date(2024, 3, 30), 0), (date(2024, 3, 31), 1), (date(2024, 4, 29), 1)])
def test_a_month_counts_from_its_last_day_on(day: date, months: int) -> None:
    assert history(BUYERS, day)["as_of_date"].n_unique() == months


def test_a_snapshot_knows_nothing_of_later_days() -> None:
    early = history(BUYERS, date(2024, 3, 31))
    later = history([*BUYERS, order("p0", date(2024, 4, 1), "1000"), order("p1", date(2024, 5, 1))])
    assert_frame_equal(later.filter(pl.col("as_of_date") == date(2024, 3, 31)), early)


def test_refunds_lower_revenue_and_are_no_orders() -> None:
    rows = [*BUYERS, ("p0", date(2024, 4, 1), "refund", "tea", 1, "-4", "0")]
    last = history(rows).filter((pl.col("as_of_date") == DAY) & (pl.col("person_id") == "p0"))
    assert last.select("orders", pl.col("revenue").cast(pl.Float64)).row(0) == (1, 6.0)


def test_fewer_than_five_buyers_are_not_scored() -> None:
    assert set(history(BUYERS[:4])["rfm_group"]) == {"Not enough data"}
    assert "Not enough data" not in set(history(BUYERS)["rfm_group"])


def test_nothing_in_nothing_out() -> None:
    assert history([]).is_empty()


def test_the_view_of_moves_counts_everybody_once() -> None:
    found = history([*BUYERS, order("new", date(2024, 4, 10)), order("p4", date(2024, 5, 30), "90")])
    (view,) = (f for f in read_sql_files(SQL / "views") if f.name == "rfm_migration")
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA profiles")
        connection.register("rows", found.to_arrow())
        connection.execute("CREATE TABLE profiles.profile_history AS FROM rows")
        moves = connection.sql(view.query).pl()
    assert list(moves.columns) == list(view.columns)
    assert moves.group_by("to_date").agg(pl.col("people").sum()).sort("to_date").rows() == [
        (date(2024, 4, 30), 6),
        (date(2024, 5, 31), 6),
    ]
    assert moves.filter(pl.col("from_group") == "No orders").select("to_date", "people").rows() == [
        (date(2024, 4, 30), 1)
    ]
    shares = moves.group_by("to_date", "from_group").agg(pl.col("share_rate").sum())["share_rate"]
    assert shares.to_list() == pytest.approx([1.0] * len(shares))
