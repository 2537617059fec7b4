"""What persons did, and customers, in the shape of their tables, from a few values."""

from datetime import date, datetime, time

import polars as pl

from dmp_assets.events.schema import DailyActivity
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.ingest.schema.people import RawCustomers
from dmp_assets.orders.schema import ORDERED, REVERSED
from dmp_assets.profiles.profiles import CRM_COLUMNS, build_profiles
from dmp_assets.profiles.sums.sum_up import PersonEvents, sum_up
from dmp_assets_tests.profiles.support import table_frames as table_frames
from dmp_assets_tests.profiles.support.bought import MONEY, Row, bought, orders, reversals

DAY_AND_PERSON = {"event_date": pl.Date, "person_id": pl.String, "event_name": pl.String}
BOUGHT = {"item_id": pl.String, "item_brand": pl.String, "price": MONEY, "quantity": pl.Float64, "item_revenue": MONEY}
LINES = pl.DataFrame(schema=DAY_AND_PERSON | BOUGHT)
CONTENTS = pl.DataFrame(schema=DAY_AND_PERSON | {"content_group": pl.String})
PLACES = pl.DataFrame(
    schema={
        "event_date": pl.Date,
        "person_id": pl.String,
        "event_at": pl.Datetime("us"),
        **dict.fromkeys(("source", "country", "city"), pl.String),
    }
)
ITEMS = pl.DataFrame(schema=dict.fromkeys(("item_id", "item_brand", "item_category"), pl.String))


def activity(rows: list[Row]) -> pl.DataFrame:
    """Return daily activity of the rows that are neither orders nor reversals, whose amounts count for nothing."""
    frame = pl.DataFrame(
        [
            {
                "event_date": day,
                "visitor_id": person,
                "event_name": name,
                "item_category": category,
                "events": events,
                "items": 1 if category else 0,
                "first_event_at": datetime.combine(day, time(9)),
                "last_event_at": datetime.combine(day, time(18)),
            }
            for person, day, name, category, events, _, _ in rows
            if name not in (ORDERED, REVERSED)
        ],
        schema=Table(DailyActivity).polars_schema,
    )
    return DailyActivity.validate(frame, lazy=True).rename({"visitor_id": "person_id"})


def did(rows: list[Row]) -> PersonEvents:
    """Return what persons did: daily activity, orders and reversals."""
    nothing = (table_frames.visits([]), LINES.lazy(), CONTENTS.lazy(), PLACES.lazy())
    return PersonEvents(activity(rows).lazy(), *nothing, orders(rows), bought(rows), reversals(rows))


def profiles(rows: list[Row], crm: pl.DataFrame, day: date, half_life_days: float = 90.0) -> pl.DataFrame:
    """Return the profiles that daily activity, orders and reversals make."""
    return build_profiles(sum_up(did(rows), ITEMS, day, half_life_days, 28).facts, crm, day)


def customers(rows: dict[str, str]) -> pl.DataFrame:
    """Return customers from person_id -> city; every other attribute is null."""
    frame = pl.DataFrame(
        {"user_id": list(rows), "city": list(rows.values())}, schema={"user_id": pl.String, "city": pl.String}
    )
    made = RawCustomers.validate(
        frame.select(
            "user_id",
            *(pl.lit(None, pl.String).alias(name) for name in ("email", "phone", "country")),
            "city",
            *(pl.lit(None, pl.String).alias(name) for name in CRM_COLUMNS if name not in ("country", "city")),
            updated_at=pl.lit(None, pl.Datetime("us")),
            source=pl.lit("crm"),
            path=pl.lit("crm/a.csv"),
            line_number=pl.int_range(1, pl.len() + 1).cast(pl.Int64),
        ),
        lazy=True,
    )
    return made.rename({"user_id": "person_id"})


def shaped(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Return the frame in the columns of a table, those that it lacks being null."""
    schema = Table(contract).polars_schema
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    )
