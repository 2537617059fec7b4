"""Amounts as large as they may be, through every table, check and view: all sums are those of Python's own numbers."""

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.warehouse.views import SqlFile, read_sql_files
from dmp_assets_tests.end_to_end.support.large_amounts import AMOUNTS, LINES, TOP, Sums, large_shop
from dmp_assets_tests.support.factories import platform, query
from dmp_assets_tests.support.places import CASES, SQL

CHECKS, VIEWS = read_sql_files(SQL / "checks"), read_sql_files(SQL / "views")
RECIPES = read_sql_files(SQL / "recipes")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Sums]:
    settings, sums = large_shop(tmp_path_factory.mktemp("large"))
    with platform(settings) as stack:
        stack.bring_up_to_date()
    return settings, sums


@pytest.fixture(scope="module")
def published(built: tuple[Settings, Sums]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(built[0].published_path), read_only=True) as connection:
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Decimal]:
    return dict(connection.sql(sql).fetchall())


def test_nothing_of_it_is_quarantined(published: duckdb.DuckDBPyConnection) -> None:
    assert published.sql("SELECT violation_message FROM events.quarantined_events").fetchall() == []
    assert published.sql("SELECT violation_message FROM ingest.rejected_records").fetchall() == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_can_be_asked_and_all_is_conserved(built: tuple[Settings, Sums], check: SqlFile) -> None:
    found = query(built[0], check.query)
    assert found == [] or not check.name.endswith("conservation")


@pytest.mark.parametrize("view", [*VIEWS, *RECIPES], ids=lambda view: view.name)
def test_every_view_and_recipe_can_be_read_whole(published: duckdb.DuckDBPyConnection, view: SqlFile) -> None:
    named = f"FROM {view.name}" if view in VIEWS else view.query
    assert published.sql(named).fetchall() is not None


def test_orders_and_their_lines_are_worth_what_was_stated(
    built: tuple[Settings, Sums], published: duckdb.DuckDBPyConnection
) -> None:
    sums = built[1]
    of_shops = "WHERE record = 'shop'"
    assert rows(published, f"SELECT order_id, gross_sales FROM orders.orders {of_shops}") == dict(sums.gross)
    assert rows(published, f"SELECT order_id, net_sales FROM orders.orders {of_shops}") == sums.net
    # Each line of the one order says the same shipping and tax, which are the order's once.
    total = published.sql("SELECT shipping + taxes FROM orders.orders WHERE order_id = 'orders:many'").fetchall()
    assert total == [(2 * TOP,)]
    lines = "SELECT order_id, sum(net_sales) FROM orders.order_items WHERE order_id NOT LIKE '@web%' GROUP BY 1"
    assert rows(published, lines) == sums.net
    assert published.sql("SELECT count(*) FROM orders.order_items WHERE order_id = 'orders:many'").fetchall() == [
        (LINES,)
    ]
    assert rows(published, "SELECT order_id, sales_reversals FROM orders.reversals") == sums.back


def test_days_and_persons_add_up(built: tuple[Settings, Sums], published: duckdb.DuckDBPyConnection) -> None:
    sums = built[1]
    by_day = sums.by(sums.day, label_of_back=sums.back_day) | {"2024-05-05": TOP}
    assert rows(published, "SELECT event_date::VARCHAR, net_sales FROM daily_kpis WHERE net_sales <> 0") == by_day
    by_person = sums.by(sums.person)
    of_accounts = "JOIN identity.persons USING (person_id) WHERE user_id IS NOT NULL"
    assert rows(published, f"SELECT user_id, p.revenue FROM profiles.profiles AS p {of_accounts}") == by_person
    assert rows(published, f"SELECT user_id, s.revenue FROM profiles.running_sums AS s {of_accounts}") == by_person
    months = "SELECT user_id, list_sum(month_revenue) FROM profiles.running_sums"
    assert rows(published, f"{months} {of_accounts}") == by_person
    history = "SELECT user_id, h.revenue FROM profiles.profile_history AS h"
    # The last order is of a month that is not over.
    assert rows(published, f"{history} {of_accounts}") == {name: by_person[name] for name in by_person if name != "p9"}
    in_cents = {person: amount.quantize(Decimal("0.01")) for person, amount in by_person.items()}
    assert rows(published, "SELECT user_id, revenue FROM customer_360 WHERE user_id IS NOT NULL") == in_cents
    (average,) = published.sql(
        f"SELECT p.average_order_value FROM profiles.profiles AS p {of_accounts} AND user_id = 'p1'"
    ).fetchall()
    assert average[0] == (by_person["p1"] / (AMOUNTS - LINES + 1)).quantize(Decimal("0.0001"))


def test_events_campaigns_and_ads_add_up(built: tuple[Settings, Sums], published: duckdb.DuckDBPyConnection) -> None:
    sums = built[1]
    sold = "SELECT sum(revenue) FROM events.cleaned_events WHERE source = 'orders' AND event_name = 'purchase'"
    shops = sum(amount for order, amount in sums.net.items() if order.startswith("orders:"))
    assert published.sql(sold).fetchall() == [(shops,)]
    credited = published.sql("SELECT sum(revenue), count(*) FROM campaigns.campaign_roi").fetchall()
    of_day = [order for order, day in sums.day.items() if day == "2024-05-02"]
    earned = sum(sums.net[order] - sums.back.get(order, 0) for order in of_day)
    assert credited == [(earned, 3)]
    spend = published.sql("SELECT spend, conversion_value, records FROM ingest.raw_ad_spend").fetchall()
    assert spend == [(TOP * LINES, TOP * LINES, LINES)]


@pytest.mark.parametrize("variant", ["a", "b"])
def test_the_case_large_amounts_is_published(tmp_path: Path, variant: str) -> None:
    (tmp_path / "data").mkdir()
    shutil.copytree(CASES / "large-amounts" / variant / "landing", tmp_path / "data" / "landing")
    text = (CASES / "large-amounts" / variant / "dmp.yaml").read_text(encoding="utf-8")
    (tmp_path / "dmp.yaml").write_text(f"{text}end_date: 2026-10-08\n", encoding="utf-8")
    settings = load_settings(tmp_path / "dmp.yaml")
    with platform(settings) as stack:
        stack.bring_up_to_date()
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        days = rows(connection, "SELECT event_date::VARCHAR, revenue FROM daily_kpis WHERE revenue <> 0")
        refused = connection.sql("SELECT path, line_number, violation_code FROM events.quarantined_events").fetchall()
        people = rows(connection, "SELECT user_id, revenue FROM customer_360")
    expected = {
        "a": {"2026-10-05": Decimal("11.80"), "2026-10-06": Decimal("9.50"), "2026-10-08": Decimal("5.90")},
        "b": {"2026-10-05": Decimal(6_400_000_000), "2026-10-06": Decimal(4_100_120_000)},
    }
    assert days == expected[variant]
    assert refused == ([("orders/o.csv", 4, "Out-Of-Range")] if variant == "a" else [])
    assert people["7"] == (Decimal("17.70") if variant == "a" else Decimal(10_500_000_000))
