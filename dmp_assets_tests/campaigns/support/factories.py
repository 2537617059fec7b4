"""Campaigns, audiences, redemptions, orders and reversals in the shape of their tables, from a few values."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

import polars as pl

from dmp_assets.campaigns.campaign_roi import People
from dmp_assets.events.schema import CleanedEvents
from dmp_assets.ingest.schema.campaigns import RawCampaignAudiences, RawCampaigns
from dmp_assets.orders.schema import Orders, Reversals
from dmp_assets_tests.profiles.support.factories import shaped

ORIGIN = {"source": "test", "path": "test/a.csv"}


def campaigns(rows: list[tuple[str, str | None, date | None, date | None]]) -> pl.DataFrame:
    """Return campaigns from (campaign_id, type, first day, last day)."""
    frame = pl.DataFrame(
        rows,
        schema={"campaign_id": pl.String, "campaign_type": pl.String, "start_date": pl.Date, "end_date": pl.Date},
        orient="row",
    )
    frame = frame.select(
        "campaign_id",
        (pl.lit("Campaign ") + pl.col("campaign_id")).alias("campaign_name"),
        "campaign_type",
        "start_date",
        "end_date",
        **{name: pl.lit(value) for name, value in ORIGIN.items()},
        line_number=pl.int_range(1, pl.len() + 1).cast(pl.Int64),
    )
    return RawCampaigns.validate(frame, lazy=True)


def audiences(rows: list[tuple[str, str]]) -> pl.DataFrame:
    """Return audiences from (campaign_id, person_id)."""
    frame = pl.DataFrame(rows, schema={"campaign_id": pl.String, "user_id": pl.String}, orient="row").with_columns(
        **{name: pl.lit(value) for name, value in ORIGIN.items()},
        line_number=pl.int_range(1, pl.len() + 1).cast(pl.Int64),
    )
    return RawCampaignAudiences.validate(frame, lazy=True).rename({"user_id": "person_id"})


Row = dict[str, object]


def redeemed(day: date, person: str | None, campaign: str | None, name: str = "coupon_redemption") -> Row:
    """Return one redemption."""
    at = datetime.combine(day, time(12))
    return {"event_date": day, "event_at": at, "event_name": name, "person_id": person, "campaign_id": campaign}


def order(day: date, person: str | None, sales: str = "0", coupon: str = "0", *, counts: bool = True) -> Row:
    """Return one order without its id."""
    return {
        "order_date": day,
        "ordered_at": datetime.combine(day, time(12)),
        "person_id": person,
        "counts": counts,
        "net_sales": Decimal(sales),
        "coupon_discounts": Decimal(coupon),
    }


def reversal(day: date, order_id: str | None, sales: str) -> Row:
    """Return what was taken back of an order (o0, o1, ...)."""
    return {"reversal_date": day, "order_id": order_id, "sales_reversals": Decimal(sales)}


def people(redemptions: Sequence[Row] = (), orders: Sequence[Row] = (), reversals: Sequence[Row] = ()) -> People:
    """Return what people did; the orders are called o0, o1, ..."""
    numbered = [row | {"order_id": f"o{place}"} for place, row in enumerate(orders)]
    return People(_of_persons(redemptions, CleanedEvents), _of_persons(numbered, Orders), _frame(reversals, Reversals))


def _of_persons(rows: Sequence[Row], contract: type[CleanedEvents] | type[Orders]) -> pl.LazyFrame:
    named = [{**row, "visitor_id": row["person_id"]} for row in rows if row["person_id"] is not None]
    return _frame(named, contract).rename({"visitor_id": "person_id"})


def _frame(rows: Sequence[Row], contract: type[CleanedEvents] | type[Orders] | type[Reversals]) -> pl.LazyFrame:
    return shaped(pl.DataFrame(rows), contract).lazy()
