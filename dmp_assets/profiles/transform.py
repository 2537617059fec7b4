"""Gather what is known about each person into one row."""

from datetime import date

import polars as pl

from dmp_assets.events.schema import PURCHASE, REFUND
from dmp_assets.money import as_money, in_units
from dmp_assets.profiles.interests import build_interests
from dmp_assets.profiles.rfm import add_rfm
from dmp_assets.profiles.schema import Profiles

CRM_COLUMNS = (
    "age_range",
    "income_range",
    "home_ownership",
    "marital_status",
    "household_size",
    "household_composition",
    "children",
    "country",
    "city",
)


def build_profiles(
    daily_activity: pl.LazyFrame, customers: pl.DataFrame, as_of_date: date, half_life_days: float
) -> pl.DataFrame:
    """Return one profile per person seen up to ``as_of_date`` (``Profiles``), sorted by ``person_id``.

    Args:
        daily_activity: ``events.daily_activity`` with person_id (``of_persons``), several rows per person, day, event
            name and category where a person has several identifiers; later days change nothing.
        customers: ``ingest.raw_customers`` with person_id (``of_accounts``); people without events get no profile.
        as_of_date: Last day that counts, and the day that recency is counted to.
        half_life_days: Age at which a purchase counts half towards interests, above 0.
    """
    activity = daily_activity.filter(pl.col("event_date") <= as_of_date)
    people, interests = pl.collect_all([_summarise(activity), build_interests(activity, half_life_days)])
    people = people.with_columns(
        as_of_date=pl.lit(as_of_date, pl.Date),
        recency_days=(pl.lit(as_of_date, pl.Date) - pl.col("last_order_date")).dt.total_days(),
        average_order_value=pl.when(pl.col("orders") > 0).then(
            # Half a unit is added before the floor: whole numbers round the same way everywhere.
            (2 * pl.col("revenue") + pl.col("orders")) // (2 * pl.col("orders"))
        ),
        discount_rate=pl.when(pl.col("revenue") + pl.col("discount") > 0).then(
            (pl.col("discount") / (pl.col("revenue") + pl.col("discount"))).clip(0.0, 1.0)
        ),
    )
    crm = customers.select("person_id", *CRM_COLUMNS)
    return (
        add_rfm(people)
        .with_columns(as_money(pl.col(column)) for column in ("revenue", "average_order_value", "discount"))
        .join(interests, on="person_id", how="left")
        .join(crm, on="person_id", how="left")
        .select(*Profiles.to_schema().columns)
        .sort("person_id")
    )


def _summarise(activity: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row of counts, dates and sums per person, with money in whole units."""
    bought = pl.col("event_name") == PURCHASE
    # A row of purchases that counts no event holds the other categories of orders counted elsewhere that day.
    order_date = pl.col("event_date").filter(bought)
    return activity.group_by("person_id").agg(
        first_seen_at=pl.col("first_event_at").min(),
        last_seen_at=pl.col("last_event_at").max(),
        active_days=pl.col("event_date").n_unique().cast(pl.Int64),
        events=pl.col("events").sum(),
        first_order_date=order_date.min(),
        last_order_date=order_date.max(),
        orders=pl.col("events").filter(bought).sum(),
        revenue=in_units(pl.col("revenue")).filter(pl.col("event_name").is_in([PURCHASE, REFUND])).sum(),
        items=pl.col("items").filter(bought).sum(),
        discount=in_units(pl.col("discount")).filter(bought).sum(),
    )
