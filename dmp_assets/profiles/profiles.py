"""Profiles: what is known about each person, in one row."""

from datetime import date

import polars as pl

from dmp_assets.foundation.values.money import as_money
from dmp_assets.profiles.rfm import add_rfm
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets.profiles.sums.facts import has_profile

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


def build_profiles(facts: pl.DataFrame, customers: pl.DataFrame, as_of_date: date) -> pl.DataFrame:
    """Return one profile per person seen up to ``as_of_date`` (``Profiles``), sorted by ``person_id``.

    Args:
        facts: ``Sums.facts`` of all people.
        customers: ``ingest.raw_customers`` with person_id (``of_accounts``); people without events get no profile.
        as_of_date: The last day of the facts; recency is counted up to it.
    """
    people = facts.filter(has_profile()).with_columns(
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
        .with_columns(pl.col("person_id").cast(pl.String))
        .join(crm, on="person_id", how="left")
        .select(*Profiles.to_schema().columns)
        .sort("person_id")
    )
