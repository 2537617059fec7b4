"""How every order that the boutique and its web site report ends: what counts, and what was taken back when."""

from datetime import date

import polars as pl

from dmp_assets.simulation.habits.boutique import BOUGHT, campaign
from dmp_assets.simulation.habits.kiosks import KIOSK
from dmp_assets.simulation.habits.reported_orders import (
    ABROAD,
    COUNTED,
    HOME,
    NET,
    PAID,
    SCRIPTS,
    TOTAL,
    part_of,
    steps,
)

SHOP_SPACE, WEB_SPACE = "boutique", "@web"
"""Where an order is numbered; what only web sites and apps tell of is numbered together."""


def true_orders(
    orders: pl.DataFrame, stated: pl.DataFrame, web: pl.DataFrame, start: date, rates: pl.DataFrame
) -> pl.DataFrame:
    """Return one row per order, with its amounts as they count: 0 for orders that do not.

    Args:
        orders: As ``draw_orders`` returns them.
        stated: As ``statements`` returns them.
        web: As ``web_reports`` returns them.
        start: The first day.
        rates: Pounds per euro, by ``Date``: the newest one of the order's day or before it is the order's.
    """
    last = stated.sort("step").group_by("order").agg(pl.col("status").last())
    seen = web.filter(pl.col("what") == BOUGHT).select("order", web_event_id="no", bought_us="at_us")
    rows = orders.join(last, on="order", how="left").join(seen, on="order", how="left", maintain_order="left")
    told = pl.lit(pl.Series([bool(script.statements) for script in SCRIPTS.values()])).gather(pl.col("script"))
    on_web = pl.col("web_event_id").is_not_null()
    counts = pl.col("status").fill_null(PAID).is_in(COUNTED)
    at_us = pl.when(told).then("at_us").otherwise("bought_us")
    money = {"gross": "gross", "discounts": "coupon", "net": "net", "shipping": "shipping", "tax": "tax"}
    # The web site names one amount and no discount, so what it says was paid is the gross and the net.
    amounts = {name: pl.when(counts).then(column).otherwise(0).alias(f"{name}_cents") for name, column in money.items()}
    instant = pl.lit(start).cast(pl.Datetime("us")) + at_us.cast(pl.Duration("us"))
    known = rates.drop_nulls(ABROAD).select(order_date="Date", rate=1 / pl.col(ABROAD)).sort("order_date")
    dated = rows.filter(told | on_web).with_columns(order_date=instant.dt.date()).sort("order_date", "order")
    return dated.join_asof(known, on="order_date").sort("order").select(
        "number", "currency", pl.when(pl.col("currency") == ABROAD).then("rate").alias("rate"),
        "account", pl.when(told).then("email").alias("email"), "web_event_id", *amounts.values(),
        script=pl.lit(pl.Series(list(SCRIPTS))).gather(pl.col("script")),
        space=pl.when(told).then(pl.lit(SHOP_SPACE)).otherwise(pl.lit(WEB_SPACE)),
        store_id=pl.lit(None, dtype=pl.String),
        ordered_at=instant,
        order_date="order_date",
        status=pl.col("status").fill_null(PAID),
        counts=counts,
        campaign=pl.when(on_web).then(campaign()),
    )  # fmt: skip


def true_receipts(receipts: pl.DataFrame, start: date) -> pl.DataFrame:
    """Return one row per receipt of the kiosks, in the columns of ``true_orders``."""
    nothing, paid = pl.lit(None, dtype=pl.String), (pl.col("cents") + pl.col("other_cents")).cast(pl.Int64)
    instant = pl.lit(start).cast(pl.Datetime("us")) + pl.col("at_us").cast(pl.Duration("us"))
    none = {name: pl.lit(0, pl.Int64) for name in ("discounts_cents", "shipping_cents", "tax_cents")}
    return receipts.select(
        "number", "account", email=nothing, web_event_id=nothing, gross_cents=paid, net_cents=paid, **none,
        currency=pl.lit(HOME), rate=pl.lit(None, dtype=pl.Float64),
        script=pl.lit("receipt"), space=pl.lit(KIOSK), store_id="store", ordered_at=instant,
        order_date=instant.dt.date(), status=pl.lit(PAID), counts=pl.lit(value=True), campaign=nothing,
    )  # fmt: skip


def true_reversals(orders: pl.DataFrame, start: date, days: int) -> pl.DataFrame:
    """Return one row per reversal that happened within the days."""
    back = steps(orders, "reversals", ("after", "kind", "part"), days)
    whole = pl.col("part") == TOTAL
    net = pl.when(whole).then(part_of(pl.lit(NET))).otherwise(part_of(pl.col("part")))
    charges = [pl.when(whole).then(name).otherwise(0).alias(f"{name}_cents") for name in ("shipping", "tax")]
    return back.sort("order", "step").select(
        "number", "kind", *charges, net_cents=net, reversal_date=pl.lit(start) + pl.duration(days="step_day")
    )
