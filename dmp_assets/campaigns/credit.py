"""Which orders a campaign may count, and how much of each."""

import polars as pl

from dmp_assets.events.schema import COUPON_REDEMPTION
from dmp_assets.foundation.values.money import in_units


def shared_units(units: pl.Expr, sharers: pl.Expr, place: pl.Expr) -> pl.Expr:
    """Return the part of ``units`` that the sharer at ``place`` (0 first) gets.

    Parts are ``floor(units / sharers)``, and the first sharer gets the remainder too. So they add up to ``units``
    exactly; rounded parts would make or lose money.

    >>> order = pl.DataFrame({"units": [100, 100, 100], "sharers": [3, 3, 3], "place": [0, 1, 2]})
    >>> order.select(shared_units(pl.col("units"), pl.col("sharers"), pl.col("place"))).to_series().to_list()
    [34, 33, 33]

    Below zero too, as of an order of which more was taken back than was sold:

    >>> order.select(shared_units(-pl.col("units"), pl.col("sharers"), pl.col("place"))).to_series().to_list()
    [-32, -34, -34]
    """
    return units // sharers + pl.when(place == 0).then(units % sharers).otherwise(0)


def redemptions(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return event_date, person_id and campaign_id of each redemption that names a campaign."""
    return events.filter(
        pl.col("event_name") == COUPON_REDEMPTION,
        pl.col("campaign_id").is_not_null(),
    ).select("event_date", "person_id", "campaign_id")


def earned_by_orders(orders: pl.LazyFrame, reversals: pl.LazyFrame) -> pl.LazyFrame:
    """Return what each order that counts brought: its net sales less what was taken back of them.

    Args:
        orders: ``orders.orders`` with person_id (``of_persons``).
        reversals: ``orders.reversals``, those that count.

    Columns: order_date, order_id, person_id, and revenue and discount in whole money units. Coupon discounts stay where
    an order is taken back: the coupon was given.
    """
    taken_back = reversals.group_by("order_id").agg(reversed=in_units(pl.col("sales_reversals")).sum())
    # Left: few orders are taken back. Reversals of unknown orders are nobody's.
    return (
        orders.filter("counts")
        .join(taken_back, on="order_id", how="left")
        .select(
            "order_date",
            "order_id",
            "person_id",
            revenue=in_units(pl.col("net_sales")) - pl.col("reversed").fill_null(0),
            discount=in_units(pl.col("coupon_discounts")),
        )
    )


def credited_orders(redeemed: pl.LazyFrame, orders: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per order and campaign that shares it, with this campaign's part of the amounts.

    Args:
        redeemed: From :func:`redemptions`.
        orders: From :func:`earned_by_orders`.

    An order is credited to the campaigns whose coupons the same person redeemed on the same day.
    Columns: order_id, campaign_id, and revenue and discount in whole money units.
    """
    # Two coupons of one campaign on one day are one share: else the campaign would get two parts of the order.
    sharing = redeemed.unique().rename({"event_date": "order_date"})
    # Ranked by campaign_id: by the order of the rows, the remainder would go to another campaign in another run.
    sharers = pl.len().over("order_id").cast(pl.Int64)
    place = pl.col("campaign_id").rank("ordinal").over("order_id").cast(pl.Int64) - 1
    # Inner: an order without a redemption on its day is no campaign's.
    return orders.join(sharing, on=["order_date", "person_id"]).select(
        "order_id",
        "campaign_id",
        revenue=shared_units(pl.col("revenue"), sharers, place),
        discount=shared_units(pl.col("discount"), sharers, place),
    )
