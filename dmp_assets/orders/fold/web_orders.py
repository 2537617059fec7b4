"""Which orders the events of web and apps report: a shop's of their number, or one of their own."""

import polars as pl

from dmp_assets.orders.fold.order_ids import escaped
from dmp_assets.orders.schema import WEB_SPACE

_NUMBER = ["order_space", "order_number"]
_WEEKS = (-1, 0, 1)


def web_orders(events: pl.DataFrame, shop: pl.DataFrame, match_days: int) -> pl.DataFrame:
    """Return the events with ``o``, the row that names their order, ``is_matched``, and three marks.

    Args:
        events: Sales of web and apps with a number (``OrderReports`` in engine types), and ``row``, unique over both.
        shop: Records of shops as ``shop_orders`` returns them.
        match_days: Days between an event and the shop's order, at most.

    Events of one space and number are of one order, whatever sources and days they have: a thank-you page is loaded
    again, and a server and a second tracker tell of it too. Accounts that differ inside one source part them.

    An event joins a shop's order of its number within ``match_days``, if all such orders are of one space and store.
    Where its source names a space, only orders there are looked at. Of several parts it joins the one of its account,
    else the nearest. An event that finds none goes with the first event of its order that found one: a page that is
    loaded again after half a year is no other order. The others are orders of the web.

    ``is_ambiguous`` marks events whose number several shops have within the days; ``is_apart`` those whose number a
    shop has, but never within the days; ``has_several_customers`` orders of the web that accounts part.
    """
    grouped = _grouped(events)
    found = _found(grouped, shop, match_days)
    joined = grouped.join(found, on="row", how="left").sort("reported_at", "row")
    first = pl.col("shop_o").drop_nulls().first().over("web_o")
    several = (pl.col("places") > 1).fill_null(value=False).any().over("web_o")
    order = pl.coalesce("shop_o", first)
    numbers = shop.select("order_number", order_space=pl.lit(f"{WEB_SPACE}/") + pl.col("order_space"))
    anywhere = shop.select("order_number", order_space=pl.lit(WEB_SPACE))
    of_shops = pl.concat([numbers, anywhere]).unique().with_columns(is_known=pl.lit(value=True))
    known = pl.col("is_known").is_not_null()
    is_parted = order.is_null() & pl.col("web_part").is_not_null()
    return (
        joined.join(of_shops, on=["order_space", "order_number"], how="left", maintain_order="left")
        .with_columns(
            o=pl.coalesce(order, "web_o"),
            is_matched=order.is_not_null(),
            is_ambiguous=order.is_null() & several,
            is_apart=order.is_null() & ~several & known,
            has_several_customers=is_parted,
            web_part=pl.when(order.is_null()).then("web_part"),
        )
        .drop("web_o", "shop_o", "places", "is_known")
    )


def _grouped(events: pl.DataFrame) -> pl.DataFrame:
    """Return the events with ``web_o``, the row of the first of their order, and ``web_part``, its account."""
    account = pl.col("user_id")
    is_parted = (
        account.n_unique().over("source", "order_number")
        - account.is_null().any().over("source", "order_number").cast(pl.UInt32)
    ) > 1
    parted = events.with_columns(is_parted=is_parted)
    label = escaped(account, "|")
    part = pl.when(pl.col("is_parted").any().over(_NUMBER)).then(label.fill_null("|"))
    marked = parted.with_columns(web_part=part).drop("is_parted").sort("reported_at", "row")
    return marked.with_columns(web_o=pl.col("row").first().over(*_NUMBER, "web_part"))


def _found(events: pl.DataFrame, shop: pl.DataFrame, match_days: int) -> pl.DataFrame:
    """Return row, shop_o and the number of places of events that a shop's order is near to."""
    orders = shop.select(
        "order_number",
        "store_id",
        shop_space="order_space",
        shop_o="o",
        shop_at="reported_at",
        shop_date="event_date",
        shop_user="user_id",
    ).join(events.select("order_number").unique(), on="order_number", how="semi")
    # Neighbouring stretches of days alone are compared: a till's number 1 is on every day of every store.
    width = match_days + 1
    day = pl.col("event_date").cast(pl.Int32)
    near = [orders.with_columns(stretch=pl.col("shop_date").cast(pl.Int32) // width + shift) for shift in _WEEKS]
    asked = events.select("row", *_NUMBER, "event_date", "reported_at", "user_id", stretch=day // width)
    pairs = asked.join(pl.concat(near), on=["order_number", "stretch"])
    is_near = (pl.col("event_date") - pl.col("shop_date")).dt.total_days().abs() <= match_days
    is_of_space = (pl.col("order_space") == WEB_SPACE) | (
        pl.col("order_space") == pl.lit(f"{WEB_SPACE}/") + pl.col("shop_space")
    )
    close = pairs.filter(is_near & is_of_space)
    is_same = (pl.col("user_id") == pl.col("shop_user")).fill_null(value=False)
    best = close.with_columns(is_same=is_same, away=(pl.col("reported_at") - pl.col("shop_at")).abs()).sort(
        "is_same", "away", "shop_o", descending=[True, False, False]
    )
    return (
        best.group_by("row", maintain_order=True)
        .agg(
            shop_o=pl.col("shop_o").first(),
            places=pl.struct("shop_space", pl.col("store_id").fill_null("")).n_unique(),
        )
        .with_columns(shop_o=pl.when(pl.col("places") == 1).then("shop_o"))
    )
