"""Which order a refund or cancellation takes back."""

import polars as pl

from dmp_assets.orders.schema import SHOP, WEB_SPACE

_ORDER = ["o", "order_date", "ordered_at"]


def with_orders(reversals: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Return the reports of refunds and cancellations with ``o``, their order; null where it is not known.

    Args:
        reversals: Standing reports with ``row`` and ``customer``.
        orders: Orders with o, record, order_space, store_id, order_number, customer, order_date, ordered_at and
            is_numbered.

    It is the newest order of the number up to the refund's day, as refunds often have no time of day: of the same
    customer, else of the same store, else of the number's only store. A shop's refund looks in its own space first, and
    in others for its own customer only. A web refund takes the shop's order before one of the web; where its source
    names a space, it looks there alone.
    """
    # The few numbers of refunds first: of a million orders some thousands are taken back.
    numbers = reversals.select("order_number").unique()
    few = orders.filter("is_numbered").join(numbers, on="order_number", how="semi")
    place = pl.col("store_id", "customer").fill_null("")
    numbered = few.select(*_ORDER, "record", "order_space", "order_number", place)
    asked = reversals.filter("is_numbered").with_columns(place).sort("event_date")
    shop, web = numbered.filter(pl.col("record") == SHOP), numbered.filter(pl.col("record") != SHOP)
    is_shop = pl.col("record") == SHOP
    own, of_web = asked.filter(is_shop), asked.filter(~is_shop)
    is_anywhere = pl.col("order_space") == WEB_SPACE
    other, bound = of_web.filter(is_anywhere), of_web.filter(~is_anywhere)
    at_shop = bound.with_columns(pl.col("order_space").str.strip_prefix(f"{WEB_SPACE}/"))
    space, number, buyer = ["order_space", "order_number"], ["order_number"], "customer"
    named = pl.col(buyer) != ""
    found = [
        _newest(own.filter(named), shop, [*space, "store_id", buyer]),
        _newest(own.filter(named), _of_one_store(shop, space), [*space, buyer]),
        _newest(own, shop, [*space, "store_id"]),
        _newest(own, _of_one_store(shop, space), space),
        _newest(own.filter(named), _of_one_store(shop, number), [*number, buyer]),
        _newest(other.filter(named), _of_one_store(shop, number), [*number, buyer]),
        _newest(other, _of_one_store(shop, number), number),
        _newest(at_shop.filter(named), _of_one_store(shop, space), [*space, buyer]),
        _newest(at_shop, _of_one_store(shop, space), space),
        _newest(of_web.filter(named), web, [*space, buyer]),
        _newest(of_web, web, space),
    ]
    ranked = pl.concat([rows.with_columns(rank=pl.lit(rank)) for rank, rows in enumerate(found)])
    best = ranked.sort("rank").unique("row", keep="first", maintain_order=True).select("row", "o")
    return reversals.join(best, on="row", how="left")


def _of_one_store(orders: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return the orders whose number one space and store alone has."""
    places = orders.group_by(by).agg(places=pl.struct("order_space", "store_id").n_unique())
    return orders.join(places.filter(pl.col("places") == 1), on=by, how="semi")


def _newest(asked: pl.DataFrame, orders: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return row and o of the refunds that have an order by these columns."""
    known = orders.select(*by, *_ORDER).sort(*_ORDER[1:], "o")
    found = asked.select("row", "event_date", *by).join_asof(
        known, left_on="event_date", right_on="order_date", by=by, check_sortedness=False
    )
    return found.filter(pl.col("o").is_not_null()).select("row", "o")
