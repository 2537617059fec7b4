"""Which orders a campaign may count, and how much of each."""

import polars as pl

from dmp_assets.events.schema import COUPON_REDEMPTION, PURCHASE
from dmp_assets.foundation.values.money import in_units


def shared_units(units: pl.Expr, sharers: pl.Expr, place: pl.Expr) -> pl.Expr:
    """Return the part of ``units`` that the sharer at ``place`` (0 first) gets.

    Parts are ``floor(units / sharers)``, and the first sharer gets the remainder too. So they add up to ``units``
    exactly; rounded parts would make or lose money.

    >>> order = pl.DataFrame({"units": [100, 100, 100], "sharers": [3, 3, 3], "place": [0, 1, 2]})
    >>> order.select(shared_units(pl.col("units"), pl.col("sharers"), pl.col("place"))).to_series().to_list()
    [34, 33, 33]
    """
    return units // sharers + pl.when(place == 0).then(units % sharers).otherwise(0)


def redemptions(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return event_date, person_id and campaign_id of each redemption that names a campaign."""
    return events.filter(
        pl.col("event_name") == COUPON_REDEMPTION,
        pl.col("campaign_id").is_not_null(),
    ).select("event_date", "person_id", "campaign_id")


def credited_orders(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row per order and campaign that shares it, with this campaign's part of the amounts.

    Args:
        events: ``events.cleaned_events`` with person_id (``of_persons``).

    A purchase is credited to the campaigns whose coupons the same person redeemed on the same day.
    Columns: event_date, event_id, campaign_id, and revenue and discount in whole money units.
    """
    # Two coupons of one campaign on one day are one share: else the campaign would get two parts of the order.
    sharing = redemptions(events).unique()
    orders = events.filter(pl.col("event_name") == PURCHASE).select(
        "event_date",
        "event_id",
        "person_id",
        revenue=in_units(pl.col("revenue")),
        discount=in_units(pl.col("coupon_discount")) + in_units(pl.col("coupon_match_discount")),
    )
    order = ["event_date", "event_id"]
    # Ranked by campaign_id: by the order of the rows, the remainder would go to another campaign in another run.
    sharers, place = pl.len().over(order), pl.col("campaign_id").rank("ordinal").over(order).cast(pl.Int64) - 1
    # Inner: an order without a redemption on its day is no campaign's.
    return orders.join(sharing, on=["event_date", "person_id"]).select(
        *order,
        "campaign_id",
        revenue=shared_units(pl.col("revenue"), sharers.cast(pl.Int64), place),
        discount=shared_units(pl.col("discount"), sharers.cast(pl.Int64), place),
    )
