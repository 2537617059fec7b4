"""The table of campaigns: what each one reached, sold and cost."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import MoneySum
from dmp_assets.foundation.values.contracts import TableContract

STATUSES = ("ok", "no_redemptions", "no_audience", "not_started", "unknown_campaign")


class CampaignRoi(TableContract, table="campaigns.campaign_roi", key=("campaign_id",), subject="aggregate"):
    """What each campaign reached, sold and cost.

    One row per campaign: reach, coupon orders, costs and return on investment.

    The return is what coupons can show, not the effect of the campaign: there is no control group, and people with a
    coupon might have bought anyway. It counts revenue, not margin, and only orders with a coupon, not later or other
    orders (no halo). What manufacturers pay back for coupons is unknown. The contact cost is an assumption from
    dmp.yaml, not an invoice.
    """

    campaign_id: str = pa.Field(description="Campaign.")
    campaign_name: str = pa.Field(nullable=True, description="Name that people use.")
    campaign_type: str = pa.Field(nullable=True, description="Type of campaign, as the source names it.")
    start_date: pl.Date = pa.Field(nullable=True, description="First day.")
    end_date: pl.Date = pa.Field(nullable=True, description="Last day, inclusive.")
    as_of_date: pl.Date = pa.Field(description="Events up to and including this day were used.")
    reached: pl.Int64 = pa.Field(ge=0, description="People in the audience; 0 for campaigns that start later.")
    redeemed: pl.Int64 = pa.Field(
        ge=0,
        description="People with a redemption event that names the campaign, up to the as-of day: also outside its "
        "dates and outside its audience.",
    )
    redemptions: pl.Int64 = pa.Field(ge=0, description="Redemption events of known people that name the campaign.")
    redemption_rate: pl.Float64 = pa.Field(
        nullable=True, ge=0, le=1, description="Redeeming people of the audience / reached; null where reached is 0."
    )
    orders: pl.Int64 = pa.Field(
        ge=0,
        description="Orders on a day on which the person redeemed a coupon of the campaign, those taken back since "
        "among them. An order with coupons of several campaigns counts for each: do not add this up over campaigns.",
    )
    revenue: MoneySum = pa.Field(
        description="Net sales of these orders less what was taken back of them up to the as-of day, base currency: "
        "a refunded order earned nothing. An order with coupons of several campaigns is shared equally, so campaigns "
        "add up to what the orders earned. All items of the order count: not incremental, since people might have "
        "bought anyway, and not margin."
    )
    discount_cost: MoneySum = pa.Field(
        description="Coupon discounts of these orders, those taken back since among them, base currency, shared like "
        "revenue. An upper bound: what manufacturers pay back is unknown."
    )
    contact_cost: MoneySum = pa.Field(
        description="reached x cost of one contact by campaign type (contact_cost in dmp.yaml): an assumption."
    )
    cost: MoneySum = pa.Field(description="discount_cost + contact_cost, base currency.")
    roi_rate: pl.Float64 = pa.Field(
        nullable=True,
        description="(revenue - cost) / cost: 1.5 is 1.50 of revenue beyond each 1.00 spent; null where cost is 0. Not "
        "the effect of the campaign: no control group, no margin, no halo.",
    )
    status: str = pa.Field(
        isin=STATUSES,
        description="ok; no_redemptions; no_audience: nobody is known to be reached; not_started by the as-of day; "
        "unknown_campaign: named by audiences or redemptions, missing in the list of campaigns.",
    )
