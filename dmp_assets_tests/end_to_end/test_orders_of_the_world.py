"""Every order that a shop and its web site report ends as the truth of the world says, and so does what was taken back.

The comparison is held against itself first: a world of orders that is true is found so, and no wrong cent passes.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.domains import CONTRACTS
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.orders.schema import Orders, Reversals
from dmp_assets.simulation.parameters import Habits
from dmp_assets.simulation.run import simulate
from dmp_assets_tests.end_to_end.support.true_orders import WEB_SPACE, compare_orders, compare_reversals
from dmp_assets_tests.support.factories import query

pytestmark = pytest.mark.xdist_group("simulated world")
orders_are_made = pytest.mark.skipif(Orders not in CONTRACTS, reason="no step makes orders.orders")


def truth(world: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(world / "truth" / f"{name}.parquet")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world that only its truth is read of."""
    out = tmp_path_factory.mktemp("small") / "out"
    simulate(20, 8, 3, out, date(2024, 1, 1), Habits(sources=("boutique", "kiosk")))
    return out


def money(column: str) -> pl.Expr:
    return (pl.col(column) / 100 * pl.col("rate").fill_null(1.0)).round(4).cast(pl.Decimal(18, 4))


def as_orders(true: pl.DataFrame) -> pl.DataFrame:
    """Return the true orders as the platform would have them (columns of ``Orders``)."""
    return true.select(
        "store_id", "status", "counts", "ordered_at", "order_date",
        order_id=pl.format("{}:{}", "space", "number"), order_space="space", order_number="number",
        record=pl.when(pl.col("space") == WEB_SPACE).then(pl.lit("web")).otherwise(pl.lit("shop")),
        user_id="account", mkt_campaign="campaign", exchange_rate="rate", gross_sales=money("gross_cents"),
        discounts=money("discounts_cents"), net_sales=money("net_cents"), shipping=money("shipping_cents"),
        taxes=money("tax_cents"),
    )  # fmt: skip


def as_reversals(true: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Return the true reversals as the platform would have them (columns of ``Reversals``)."""
    known = orders.filter(pl.col("order_space") != "kiosk").select(
        "order_id", number="order_number", rate="exchange_rate"
    )
    return true.join(known, on="number", maintain_order="left").select(
        "order_id", "reversal_date", order_number="number", sales_reversals=money("net_cents"),
        shipping=money("shipping_cents"), taxes=money("tax_cents"),
    )  # fmt: skip


def changed(rows: pl.DataFrame, row: int, **values: object) -> pl.DataFrame:
    """Return the rows with other values in one of them."""
    here = pl.int_range(pl.len()) == row
    return rows.with_columns(
        pl.when(here).then(pl.lit(value, dtype=rows.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    )


CENT = Decimal("0.01")


def test_a_true_world_is_found_true(small: Path) -> None:
    true, taken = truth(small, "orders"), truth(small, "reversals")
    orders = as_orders(true)
    for found in (compare_orders(orders, true), compare_reversals(as_reversals(taken, orders), orders, taken, true)):
        assert (found.precision, found.recall) == (1.0, 1.0)
        assert found.true.total() > 50
        found.assert_equal({})


@pytest.mark.parametrize(
    "wrong",
    [
        {"net_sales": CENT},
        {"net_sales": Decimal("0.005")},
        {"gross_sales": CENT},
        {"shipping": CENT},
        {"taxes": CENT},
        {"order_date": timedelta(days=1)},
        {"counts": True},
        {"status": "failed"},
        {"order_space": "other"},
        {"store_id": "7"},
        {"user_id": "somebody"},
        {"mkt_campaign": "none"},
        {"exchange_rate": 1.2},
    ],
    ids=str,
)
def test_a_wrong_order_is_found(small: Path, wrong: dict[str, object]) -> None:
    true = truth(small, "orders")
    orders = as_orders(true)
    (name, value), row = next(iter(wrong.items())), 0
    was = orders[name][row]
    if isinstance(value, Decimal | timedelta):
        value = was + value  # type: ignore[operator]
    found = compare_orders(changed(orders, row, **{name: not was if name == "counts" else value}), true)
    assert found.precision == found.recall == 1 - 1 / true.height
    with pytest.raises(AssertionError, match=true["number"][row]):
        found.assert_equal({})


def test_a_missing_order_and_one_too_many_are_found(small: Path) -> None:
    true = truth(small, "orders")
    orders = as_orders(true)
    missing, twice = compare_orders(orders[1:], true), compare_orders(pl.concat([orders, orders[:1]]), true)
    assert (missing.precision, missing.recall < 1) == (1.0, True)
    assert (twice.precision < 1, twice.recall) == (True, 1.0)


def test_orders_of_other_sources_are_not_looked_at(small: Path) -> None:
    true = truth(small, "orders")
    other = changed(as_orders(true)[:1], 0, order_number="W1", order_space="shop")
    web = changed(other, 0, order_space=WEB_SPACE)
    assert compare_orders(pl.concat([as_orders(true), other, web]), true).precision == 1.0


@pytest.mark.parametrize(
    "wrong", [{"sales_reversals": CENT}, {"shipping": CENT}, {"taxes": CENT}, {"reversal_date": timedelta(days=1)}],
    ids=str,
)  # fmt: skip
def test_a_wrong_reversal_is_found(small: Path, wrong: dict[str, object]) -> None:
    true, taken = truth(small, "orders"), truth(small, "reversals")
    orders = as_orders(true)
    rows = as_reversals(taken, orders)
    (name, value) = next(iter(wrong.items()))
    found = compare_reversals(changed(rows, 0, **{name: rows[name][0] + value}), orders, taken, true)
    assert found.precision == found.recall == 1 - 1 / taken.height


def test_a_refund_that_counts_twice_or_of_no_order_is_found(small: Path) -> None:
    true, taken = truth(small, "orders"), truth(small, "reversals")
    orders = as_orders(true)
    rows = as_reversals(taken, orders)
    twice = compare_reversals(pl.concat([rows, rows[:1]]), orders, taken, true)
    lost = compare_reversals(changed(rows, 0, order_id=None, order_number="BQM1"), orders, taken, true)
    assert (twice.precision < 1, twice.recall) == (True, 1.0)
    assert lost.precision == lost.recall < 1


def table(settings: Settings, contract: Contract) -> pl.DataFrame:
    stored = Table(contract)
    return pl.DataFrame(query(settings, f"FROM {stored.qualified_name}"), schema=stored.polars_schema, orient="row")


@orders_are_made
def test_every_order_ends_as_the_truth_says(world: Path, built: Settings) -> None:
    true = truth(world, "orders")
    found = compare_orders(table(built, Orders), true)
    found.assert_equal(dict(true.select("number", "script").iter_rows()))


@orders_are_made
def test_what_was_taken_back_is_so_once_on_its_day(world: Path, built: Settings) -> None:
    true = truth(world, "orders")
    found = compare_reversals(table(built, Reversals), table(built, Orders), truth(world, "reversals"), true)
    found.assert_equal(dict(true.select("number", "script").iter_rows()))


@orders_are_made
def test_orders_of_marketplaces_have_the_amount_of_their_newest_statement(world: Path, built: Settings) -> None:
    lines = truth(world, "order_lines").group_by("source", "order_id", "account")
    true = lines.agg(pl.col("cents").sum(), at=pl.col("event_at").min()).rows()
    orders = table(built, Orders).filter(pl.col("order_space").is_in(["marketplace", "wholesale"]))
    ours = orders.select(
        "order_space", "order_number", "user_id", (pl.col("net_sales") * 100).cast(pl.Int64), "ordered_at"
    )
    assert sorted(ours.rows(), key=str) == sorted(true, key=str)


@orders_are_made
def test_a_guests_mail_and_browser_are_one_person(world: Path, built: Settings) -> None:
    guests = truth(world, "orders").filter(
        pl.col("account").is_null(), pl.col("email").is_not_null(), pl.col("web_event_id").is_not_null()
    )
    browsers = pl.read_parquet(world / "truth" / "records" / "boutique_web" / "*.parquet").select(
        "browser", web_event_id="event_id"
    )
    pairs = guests.join(browsers, on="web_event_id").select("email", "browser")
    assert pairs.height > 50
    people = dict(query(built, "SELECT visitor_id, person_id FROM identity.visitors WHERE superseded_at IS NULL"))
    apart = [pair for pair in pairs.iter_rows() if people[f"email:{pair[0]}"] != people[f"anonymous_id:{pair[1]}"]]
    assert len(apart) == 0
