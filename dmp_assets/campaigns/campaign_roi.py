"""Add up what each campaign reached, sold and cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from dmp_assets.campaigns.credit import credited_orders, earned_by_orders, redemptions
from dmp_assets.campaigns.schema import CampaignRoi
from dmp_assets.foundation.values.columns import MONEY_UNITS
from dmp_assets.foundation.values.money import UNITS, as_money

COUNTS = ("reached", "redeemed", "redemptions", "redeemed_reached", "orders", "revenue", "discount_cost")


@dataclass(frozen=True)
class People:
    """What people did, and what was taken back of it."""

    events: pl.LazyFrame
    """``events.cleaned_events`` with person_id (``of_persons``), for redemptions."""
    orders: pl.LazyFrame
    """``orders.orders`` with person_id."""
    reversals: pl.LazyFrame
    """``orders.reversals``."""


def build_campaign_roi(
    campaigns: pl.DataFrame,
    audiences: pl.DataFrame,
    people: People,
    as_of_date: date,
    default_contact_cost: float,
    contact_cost_by_type: Mapping[str, float],
) -> pl.DataFrame:
    """Return one row per campaign with its reach, orders, costs and ROI (``CampaignRoi``), sorted by id.

    Args:
        campaigns: ``ingest.raw_campaigns``.
        audiences: ``ingest.raw_campaign_audiences`` with person_id (``of_accounts``).
        people: What they redeemed, ordered and sent back; later days change nothing.
        as_of_date: Last day that counts; campaigns that start later have reached nobody yet.
        default_contact_cost: Cost of reaching one person, base currency.
        contact_cost_by_type: The same for the campaign types named here.

    Campaigns without audience or redemptions stay, with zeros. Ids that only audiences or redemptions name get a row
    too (``unknown_campaign``): no order's revenue is lost or credited to another campaign.
    """
    known = redemptions(people.events.filter(pl.col("event_date") <= as_of_date))
    # An order is credited on days of redemptions alone, so those of later days need no filter.
    earned = earned_by_orders(people.orders, people.reversals.filter(pl.col("reversal_date") <= as_of_date))
    redeemed, orders = pl.collect_all([known, credited_orders(known, earned)])
    # One person counts once, however many of their accounts the audience names: each contact has a cost.
    audience = audiences.select("campaign_id", "person_id").unique()
    rows = _all_campaigns(campaigns, audience, redeemed).with_columns(
        as_of_date=pl.lit(as_of_date, pl.Date),
        # Without a start date nothing says that a campaign has not started, so its audience counts.
        started=(pl.col("start_date") <= as_of_date).fill_null(value=True),
    )
    for counted in (_reach(audience), _redeeming(redeemed, audience), _sales(orders)):
        # Left: a campaign that is missing in one of the counts keeps its row, with zeros.
        rows = rows.join(counted, on="campaign_id", how="left")
    contact = pl.col("campaign_type").replace_strict(
        {kind: _cost_units(cost) for kind, cost in contact_cost_by_type.items()},
        default=_cost_units(default_contact_cost),
        return_dtype=UNITS,
    )
    # Only people of the audience: others redeem coupons too, and would take the rate over 1.
    in_audience = pl.when(pl.col("reached") > 0).then(pl.col("redeemed_reached") / pl.col("reached"))
    return (
        rows.with_columns(pl.col(COUNTS).fill_null(0))
        .with_columns(reached=pl.when("started").then("reached").otherwise(0))
        .with_columns(redemption_rate=in_audience, contact_cost=pl.col("reached") * contact)
        .with_columns(cost=pl.col("discount_cost") + pl.col("contact_cost"))
        .with_columns(
            roi_rate=pl.when(pl.col("cost") != 0).then((pl.col("revenue") - pl.col("cost")) / pl.col("cost")),
            status=_status(),
        )
        # Money is summed in whole units, which is exact, and becomes decimal last.
        .with_columns(as_money(pl.col(column)) for column in ("revenue", "discount_cost", "contact_cost", "cost"))
        .select(*CampaignRoi.to_schema().columns)
        .sort("campaign_id")
    )


def _all_campaigns(campaigns: pl.DataFrame, audience: pl.DataFrame, redeemed: pl.DataFrame) -> pl.DataFrame:
    """Return all campaigns: the listed ones, and those that only audiences or redemptions name; with ``listed``."""
    columns = ("campaign_id", "campaign_name", "campaign_type", "start_date", "end_date")
    named = pl.concat([frame.select("campaign_id") for frame in (campaigns, audience, redeemed)]).unique()
    listed = campaigns.select(*columns, listed=pl.lit(value=True))
    return named.join(listed, on="campaign_id", how="left").with_columns(pl.col("listed").fill_null(value=False))


def _reach(audience: pl.DataFrame) -> pl.DataFrame:
    """Return the number of people in each audience."""
    return audience.group_by("campaign_id").agg(reached=pl.len().cast(pl.Int64))


def _redeeming(redeemed: pl.DataFrame, audience: pl.DataFrame) -> pl.DataFrame:
    """Return each campaign's redemptions, the people who redeemed, and how many of them its audience has."""
    marked = redeemed.join(
        audience.with_columns(inside=pl.lit(value=True)), on=["campaign_id", "person_id"], how="left"
    )
    inside = pl.col("person_id").filter(pl.col("inside"))
    return marked.group_by("campaign_id").agg(
        redemptions=pl.len().cast(pl.Int64),
        redeemed=pl.col("person_id").n_unique().cast(pl.Int64),
        redeemed_reached=inside.n_unique().cast(pl.Int64),
    )


def _sales(orders: pl.DataFrame) -> pl.DataFrame:
    """Return each campaign's orders and its parts of revenue and discounts, in whole units."""
    return orders.group_by("campaign_id").agg(
        orders=pl.len().cast(pl.Int64), revenue=pl.col("revenue").sum(), discount_cost=pl.col("discount").sum()
    )


def _status() -> pl.Expr:
    """Return the first thing that a reader must know about a row."""
    return (
        pl.when(~pl.col("listed"))
        .then(pl.lit("unknown_campaign"))
        .when(~pl.col("started"))
        .then(pl.lit("not_started"))
        .when(pl.col("reached") == 0)
        .then(pl.lit("no_audience"))
        .when(pl.col("redemptions") == 0)
        .then(pl.lit("no_redemptions"))
        .otherwise(pl.lit("ok"))
    )


def _cost_units(cost: float) -> int:
    """Return a configured cost in whole money units; by its digits, because 0.1 is not exact in binary."""
    return int((Decimal(str(cost)) * MONEY_UNITS).to_integral_value(ROUND_HALF_UP))
