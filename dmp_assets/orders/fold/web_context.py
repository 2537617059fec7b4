"""What the web says of orders: session and channel, the buyer, and where it contradicts."""

import polars as pl

from dmp_assets.events.schema import VISITOR_COLUMNS
from dmp_assets.orders.fold.money import HALF_CENT

_SESSION = (
    "session_id",
    "channel_group",
    "mkt_source",
    "mkt_medium",
    "mkt_campaign",
    "platform",
)
_SAID = ("user_id", "anonymous_id", "email", "campaign_id", "coupon")
_OF_ORDER = (
    "event_date",
    "reported_at",
    "user_id",
    "currency",
    "exchange_rate",
    "net_sales",
    "total_sales",
    "gross_sales",
    "taxes",
    "shipping",
)


def web_context(stated: pl.DataFrame, web: pl.DataFrame, match_days: int) -> pl.DataFrame:
    """Return one row by ``o`` for orders that the web tells of: session, identifiers, and two marks.

    Args:
        stated: Orders as ``stated_orders`` returns them.
        web: Sales of web and apps with ``o``.
        match_days: Reports that lie further from their order say nothing of it, if others do: a thank-you page is
            opened by other people and from other channels later.

    Session and channel are those of the report nearest in time that is in a session: a server, which knows none,
    reports within the second. Each ``web_`` identifier is of the nearest report that has it. ``names_other_customer``
    marks orders of which a report names another account than the order or another report; ``names_other_amount`` those
    of which a report names an amount, in the order's currency, that the order has nowhere.
    """
    orders = stated.select("o", *(pl.col(ours).alias(f"order_{ours}") for ours in _OF_ORDER))
    placed = web.join(orders, on="o", how="inner")
    is_far = (pl.col("event_date") - pl.col("order_event_date")).dt.total_days().abs() > match_days
    near = placed.filter(~is_far | is_far.all().over("o")).with_columns(
        away=(pl.col("reported_at") - pl.col("order_reported_at")).abs()
    )
    order = ("away", "reported_at", "report_id")
    sessions = _first(near.sort("o", pl.col("session_id").is_null(), *order)).select("o", *_SESSION)
    visitors = _first(near.sort("o", _strength("visitor_id"), *order)).select("o", web_visitor_id="visitor_id")
    return _named(near.sort("o", *order)).join(sessions, on="o").join(visitors, on="o")


def _first(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.unique("o", keep="first", maintain_order=True)


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """Return identifiers and marks by ``o``; rows are sorted by it, the nearest first."""
    said = rows.with_columns(amount=_amount()).select(
        "o",
        *(pl.col(name).alias(f"web_{name}") for name in _SAID),
        names_other_customer=(pl.col("user_id") != pl.col("order_user_id")).fill_null(value=False),
        names_other_amount=_names_other_amount(),
    )
    is_one = ~pl.col("o").is_duplicated()
    several = said.filter(~is_one).group_by("o", maintain_order=True)
    users = pl.col("web_user_id").drop_nulls().n_unique()
    gathered = several.agg(
        pl.col(*(f"web_{name}" for name in _SAID)).drop_nulls().first(),
        names_other_customer=pl.col("names_other_customer").any() | (users > 1),
        names_other_amount=pl.col("names_other_amount").any(),
    )
    return pl.concat([said.filter(is_one), gathered])


def stronger(one: str, other: str) -> pl.Expr:
    """Return the stronger of two visitors; of equal types the first."""
    is_stronger = _strength(other) < _strength(one)
    return pl.when(is_stronger).then(other).otherwise(pl.coalesce(one, other))


def _strength(visitor: str) -> pl.Expr:
    types = {kind: place for place, kind in enumerate(VISITOR_COLUMNS)}
    kind = pl.col(visitor).str.extract(r"^([a-z_]+):", 1)
    return kind.replace_strict(types, default=len(types), return_dtype=pl.Int64)


def _amount() -> pl.Expr:
    """Return the amount that a report names; of a log with a line per item that of its lines, each as first told."""
    own = pl.coalesce("order_revenue", "order_total", "line_sales")
    item = pl.col("item_id").fill_null("")
    is_first = pl.col("reported_at") == pl.col("reported_at").min().over("o", "source", item)
    is_line = pl.col("is_single_line")
    lines = pl.when(is_line & is_first).then("line_sales").otherwise(0).sum().over("o", "source")
    return pl.when(is_line).then(lines).otherwise(own)


def _names_other_amount() -> pl.Expr:
    """Return whether the report names an amount that the order has nowhere, in the order's currency."""
    known = [
        pl.col("order_net_sales"),
        pl.col("order_total_sales"),
        pl.col("order_net_sales") + pl.col("order_taxes"),
        pl.col("order_net_sales") + pl.col("order_shipping"),
        pl.col("order_gross_sales"),
    ]
    is_like = pl.any_horizontal((pl.col("amount") - amount).abs() < 2 * HALF_CENT for amount in known)
    # A log's own line is one of several; a page that is loaded again has one.
    is_like |= pl.col("is_single_line") & ((pl.col("line_sales") - pl.col("order_net_sales")).abs() < 2 * HALF_CENT)
    # A shop's file seldom names the currency that a tracker always names: both may be the base currency.
    is_base = (pl.col("exchange_rate").fill_null(1.0) == 1.0) & (pl.col("order_exchange_rate").fill_null(1.0) == 1.0)
    same = pl.col("currency").eq_missing(pl.col("order_currency")) | is_base
    return (same & pl.col("amount").is_not_null() & (pl.col("amount") != 0) & ~is_like).fill_null(value=False)
