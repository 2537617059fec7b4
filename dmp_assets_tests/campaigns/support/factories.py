"""Campaigns, audiences and events in the shape of their tables, from a few values."""

from datetime import date, datetime, time
from decimal import Decimal

import polars as pl

from dmp_assets.events.schema import CleanedEvents
from dmp_assets.ingest.schema.campaigns import RawCampaignAudiences, RawCampaigns

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


def event(
    day: date,
    name: str,
    person: str | None,
    campaign: str | None = None,
    revenue: str = "0",
    coupon: str = "0",
    match: str = "0",
) -> dict[str, object]:
    """Return one event without its id."""
    return {
        "event_date": day,
        "event_at": datetime.combine(day, time(12)),
        "event_name": name,
        "visitor_id": person,
        "campaign_id": campaign,
        "revenue": Decimal(revenue),
        "coupon_discount": Decimal(coupon),
        "coupon_match_discount": Decimal(match),
    }


def events(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Return the cleaned events of persons with ids e0, e1, ..."""
    filled = [
        {
            **row,
            "event_id": f"e{place}",
            "source": "test",
            "kind": "orders" if row["event_name"] == "purchase" else "events",
            "anonymous_id": None,
            "transaction_id": None,
            "coupon": None,
            "store_id": None,
            "items": 1,
            "quantity": 1.0,
            "retail_discount": Decimal(0),
            "records": 1,
        }
        for place, row in enumerate(rows)
    ]
    schema = {name: column.dtype.type for name, column in CleanedEvents.to_schema().columns.items()}
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in filled], schema=schema)
    known = CleanedEvents.validate(frame, lazy=True).drop("user_id").rename({"visitor_id": "person_id"})
    return known.drop_nulls("person_id")
