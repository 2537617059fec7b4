"""Lines in a file of their own, and the orders they belong to."""

import polars as pl

from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.schema.orders import RawOrderLines
from dmp_assets_tests.orders.support.reports import folded, shop


def lines(*given: tuple[str, str, float], **facts: object) -> pl.DataFrame:
    rows = [
        {"source": "lines", "order_space": "shop", "path": "l.csv", "line_number": place, "transaction_id": number,
         "item_id": item, "item_revenue": paid, **facts}
        for place, (number, item, paid) in enumerate(given, start=1)
    ]  # fmt: skip
    schema = Table(RawOrderLines).polars_schema
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def test_lines_are_the_items_of_their_order() -> None:
    made = folded(shop("1", "2026-10-05T10:00:00", []), apart=lines(("1", "tea", 4.0), ("1", "mug", 6.0)))
    assert made.amounts("net_sales", "items") == [(10.0, 2)]
    assert made.items["item_id"].to_list() == ["tea", "mug"]


def test_what_the_order_says_itself_stands_before_its_lines() -> None:
    made = folded(shop("1", "2026-10-05T10:00:00", [("", 9.0)]), apart=lines(("1", "tea", 4.0), ("1", "mug", 6.0)))
    assert made.amounts("gross_sales", "net_sales", "items", "flags") == [(10.0, 9.0, 2, "lines_and_order_differ")]


def test_lines_are_in_the_currency_of_their_order() -> None:
    abroad = shop("1", "2026-10-05T10:00:00", [], currency="USD", exchange_rate=0.8)
    made = folded(abroad, apart=lines(("1", "tea", 10.0), ("1", "mug", 20.0)))
    assert made.amounts("net_sales", "given_sales") == [(24.0, 30.0)]


def test_a_line_that_reaches_the_limit_in_the_base_currency_is_left_out_and_the_order_says_so() -> None:
    abroad = shop("1", "2026-10-05T10:00:00", [], currency="KWD", exchange_rate=3.0)
    made = folded(abroad, apart=lines(("1", "tea", 10.0), ("1", "mug", 9e11)))
    assert made.amounts("net_sales", "items", "flags") == [(30.0, 2, "line_out_of_range")]


def test_lines_of_a_number_that_several_orders_have_belong_to_none() -> None:
    stores = [shop("1", f"2026-10-05T10:00:0{n}", [], store_id=f"s{n}") for n in (1, 2)]
    assert folded(*stores, apart=lines(("1", "tea", 4.0))).revenue == 0.0
    assert folded(*stores, apart=lines(("1", "tea", 4.0), store_id="s2")).amounts("store_id", "net_sales") == [
        ("s1", 0.0), ("s2", 4.0),
    ]  # fmt: skip


def test_lines_without_an_order_make_none() -> None:
    assert folded(shop("1", "2026-10-05T10:00:00"), apart=lines(("2", "tea", 4.0))).orders.height == 1


def test_a_price_and_units_are_an_amount() -> None:
    priced = lines(("1", "tea", 4.0)).with_columns(price=pl.col("item_revenue"), quantity=3.0, item_revenue=None)
    assert (
        folded(
            shop("1", "2026-10-05T10:00:00", []), apart=priced.cast(dict(Table(RawOrderLines).polars_schema))
        ).revenue
        == 12.0
    )
