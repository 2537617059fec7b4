"""Days of a made-up shop: events, item lines, sessions and orders; some people visit far more than others.

One Parquet file per day and table, in the types of the warehouse, with the columns that profiles are made of.
"""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import polars as pl

START = date(2023, 1, 1)
PEOPLE, SHARED_COOKIES = 80_000, 400
JOINED_COOKIES, GUESTS = 50, 5
"""The last people's cookies are not known to be theirs at first; of these the last buy as guests, by their cookie."""
ITEMS, CATEGORIES, BRANDS, TOPICS = 8_000, 60, 250, 25
COUNTRIES, CITIES, STORES = 12, 300, 40
EVENTS_PER_SESSION = 6
HANDED_ON = 45
"""Days after which shared cookies change hands."""
RATES = {
    "page_view": 0.41,
    "view_item": 0.30,
    "add_to_cart": 0.10,
    "purchase": 0.08,
    "refund": 0.01,
    "review": 0.02,
    "scroll": 0.08,
}
CHANNELS = {
    "Direct": ("(direct)", None),
    "Organic Search": ("google", "organic"),
    "Paid Search": ("google", "cpc"),
    "Email": ("newsletter", "email"),
}
MONEY = pl.Decimal(18, 4)
TABLES = ("cleaned_events", "event_items", "sessions", "orders", "order_items", "reversals")


def day_of(place: int) -> date:
    """Return the day that is ``place`` days after the first."""
    return START + timedelta(days=place)


def make_catalogue() -> pl.DataFrame:
    """Return the items (``RawItems``): one in ten has no brand, which the event then names."""
    place = pl.int_range(ITEMS, eager=True).alias("place")
    brand = pl.format("brand {}", pl.col("place") % BRANDS)
    return pl.DataFrame(place).select(
        item_id=pl.format("i{}", "place"),
        item_brand=pl.when(pl.col("place") % 10 > 0).then(brand),
        item_category=pl.format("category {}", pl.col("place") % CATEGORIES),
    )


def make_visitors(joined: int) -> pl.DataFrame:
    """Return whose identifiers are (``Visitors``): an account and a cookie each; some cookies are shared.

    Args:
        joined: How many of the last people's cookies are known to be theirs, the first of them first; the others are
            people of their own.
    """
    people = pl.DataFrame({"place": np.arange(PEOPLE)}).with_columns(person_id=pl.format("user_id:u{}", "place"))
    cookie = pl.format("anonymous_id:c{}", "place")
    alone = pl.col("place") >= PEOPLE - JOINED_COOKIES + joined
    shared = pl.col("place") < SHARED_COOKIES
    never, handed_on = (
        pl.lit(None, pl.Datetime("us")),
        pl.lit(datetime.combine(day_of(HANDED_ON), time())).cast(pl.Datetime("us")),
    )
    accounts = people.select(visitor_id="person_id", person_id="person_id", effective_at=never, superseded_at=never)
    cookies = people.select(
        visitor_id=cookie,
        person_id=pl.when(alone).then(cookie).otherwise("person_id"),
        effective_at=never,
        superseded_at=pl.when(shared).then(handed_on).otherwise(never),
    )
    later = people.filter(shared).select(
        visitor_id=cookie,
        person_id=pl.format("user_id:u{}", pl.col("place") + SHARED_COOKIES),
        effective_at=handed_on,
        superseded_at=never,
    )
    return pl.concat([accounts, cookies, later]).sort("visitor_id", "effective_at", nulls_last=False)


def make_day(place: int, events_per_day: int, folder: Path) -> None:
    """Write the files of one day; the same place gives the same day."""
    chance = np.random.default_rng([1, place])
    sessions = _sessions(chance, place, events_per_day // EVENTS_PER_SESSION)
    events = _events(chance, place, sessions)
    lines = _lines(chance, events)
    per_event = lines.group_by("event_id").agg(
        pl.len().cast(pl.Int64).alias("items"),
        pl.col("quantity").sum(),
        revenue=pl.col("item_revenue").sum().cast(MONEY),
    )
    per_event = events.select("event_id").join(per_event, on="event_id", how="left", maintain_order="left")
    no_money = pl.lit(0).cast(MONEY)
    cleaned = events.drop("item", "session").with_columns(
        per_event["items"].fill_null(0),
        per_event["quantity"].fill_null(0.0),
        per_event["revenue"].fill_null(0).cast(MONEY),
        retail_discount=no_money,
        coupon_discount=no_money,
        coupon_match_discount=no_money,
    )
    views = pl.col("event_name").is_in(["page_view", "screen_view"]).sum().cast(pl.Int64)
    counts = events.group_by("session").agg(events=pl.len().cast(pl.Int64), page_views=views)
    stored = sessions.join(counts, on="session").drop("session", "person", "start")
    for name, frame in zip(TABLES, (cleaned, lines, stored, *_orders(cleaned, lines)), strict=True):
        frame.sort("visitor_id").write_parquet(folder / name / f"{place:04}.parquet", compression="lz4")


def _sessions(chance: np.random.Generator, place: int, size: int) -> pl.DataFrame:
    # A tenth of the people makes half of the visits; which of a person's habits show is fixed by the person's number.
    person = (chance.beta(0.4, 2.2, size) * PEOPLE).astype(np.int64) * 7_919 % PEOPLE
    start = np.sort(chance.integers(0, 86_000_000_000, size))
    channel = np.where(chance.random(size) < 0.6, person % len(CHANNELS), chance.integers(0, len(CHANNELS), size))
    names = list(CHANNELS)
    made = pl.DataFrame(
        {
            "session": np.arange(size),
            "person": person,
            "start": start,
            "known": chance.random(size) < 0.6,
            "on_app": (person % 3 == 0) & (chance.random(size) < 0.8),
            "channel_group": [names[one] if one < len(names) else None for one in channel],
        }
    )
    return made.select(
        "session",
        "person",
        "start",
        event_date=pl.lit(day_of(place)),
        session_id=pl.format("s{}-{}", pl.lit(place), "session"),
        kind=pl.lit("session"),
        is_server_side=pl.lit(False),
        visitor_id=pl.when("known")
        .then(pl.format("user_id:u{}", "person"))
        .otherwise(pl.format("anonymous_id:c{}", "person")),
        started_at=_instant(place, pl.col("start")),
        channel_group="channel_group",
        platform=pl.when("on_app").then(pl.lit("ios")).otherwise(pl.lit("web")),
        mkt_source=pl.col("channel_group").replace_strict({name: source for name, (source, _) in CHANNELS.items()}),
        mkt_medium=pl.col("channel_group").replace_strict({name: medium for name, (_, medium) in CHANNELS.items()}),
        mkt_campaign=pl.when(pl.col("channel_group") == "Email").then(pl.format("letter {}", pl.lit(place // 7))),
    )


def _events(chance: np.random.Generator, place: int, sessions: pl.DataFrame) -> pl.DataFrame:
    session = np.repeat(np.arange(sessions.height), 1 + chance.poisson(EVENTS_PER_SESSION - 1, sessions.height))
    size = len(session)
    person = sessions["person"].to_numpy()[session]
    # Of some forty things a person likes, the first few again and again.
    taste = person * 31 + (40 * chance.random(size) ** 3).astype(np.int64)
    names = np.array(list(RATES))[chance.choice(len(RATES), size, p=list(RATES.values()))]
    return pl.DataFrame(
        {
            "session": session,
            "person": person,
            "visitor_id": sessions["visitor_id"].gather(session),
            "at": sessions["start"].to_numpy()[session] + chance.integers(0, 300_000_000, size),
            "event_name": names,
            "item": np.where(chance.random(size) < 0.85, taste, chance.integers(0, ITEMS, size)) % ITEMS,
        }
    ).select(
        "session",
        "event_name",
        "item",
        event_date=pl.lit(day_of(place)),
        event_at=_instant(place, pl.col("at")),
        event_id=pl.format("e{}-{}", pl.lit(place), pl.int_range(pl.len())),
        # Who orders says who it is.
        visitor_id=pl.when(pl.col("event_name").is_in(["purchase", "refund"]) & (pl.col("person") < PEOPLE - GUESTS))
        .then(pl.format("user_id:u{}", "person"))
        .otherwise(pl.col("visitor_id")),
        content_group=pl.when(pl.col("event_name").eq("page_view") & (pl.col("item") % 3 > 0)).then(
            pl.format("topic {}", pl.col("item") % TOPICS)
        ),
        source=pl.lit("shop"),
        country=pl.format("country {}", pl.col("person") % COUNTRIES),
        # One visit in twenty is from somewhere else.
        city=pl.format(
            "city {}", (pl.col("person") + pl.when(pl.col("session") % 20 == 0).then("session").otherwise(0)) % CITIES
        ),
        store_id=pl.when(pl.col("event_name") == "purchase").then(pl.format("store {}", pl.col("person") % STORES)),
    )


def _lines(chance: np.random.Generator, events: pl.DataFrame) -> pl.DataFrame:
    with_lines = events.filter(pl.col("event_name").is_in(["view_item", "add_to_cart", "purchase", "refund"]))
    bought = (with_lines["event_name"] == "purchase").to_numpy()
    lines = np.where(bought, chance.integers(1, 4, with_lines.height), 1)
    source = np.repeat(np.arange(with_lines.height), lines)
    number = np.arange(len(source)) - np.repeat(np.cumsum(lines) - lines, lines) + 1
    rows = with_lines.select("event_date", "event_id", "event_at", "event_name", "visitor_id", "item")[source]
    item = (rows["item"].to_numpy() + (number - 1) * 61) % ITEMS
    quantity = 1.0 + (chance.random(len(source)) < 0.2)
    price = np.round((2 + item % 97) * 1.37, 2)
    sign = np.where(rows["event_name"] == "purchase", 1.0, np.where(rows["event_name"] == "refund", -1.0, 0.0))
    off = np.where(chance.random(len(source)) < 0.15, np.round(price * 0.1, 2), 0.0) * (sign > 0)
    no_money = pl.lit(0).cast(MONEY)
    return (
        rows.drop("item")
        .with_columns(
            line=pl.Series(number).cast(pl.Int64),
            item_id=pl.Series("item_id", item),
            item_brand=pl.lit("own brand"),
            item_category=pl.lit(None, pl.String),
            price=pl.Series(price).cast(MONEY),
            quantity=pl.Series(quantity * np.where(sign < 0, -1, 1)),
            item_revenue=pl.Series(price * quantity * sign - off).cast(MONEY),
            retail_discount=pl.Series(off).cast(MONEY),
            coupon_discount=no_money,
            coupon_match_discount=no_money,
        )
        .with_columns(item_id=pl.format("i{}", "item_id"))
    )


def _orders(events: pl.DataFrame, lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return orders, their items, and reversals: each as one event told it."""
    ordered = {"event_date": "order_date", "event_at": "ordered_at", "event_id": "order_id"}
    taken_back = {"event_date": "reversal_date", "event_at": "reversed_at", "event_id": "reversal_id"}
    bought = lines.filter(event_name="purchase").rename({**ordered, "item_revenue": "net_sales"})
    bought = bought.with_columns(discounts="retail_discount")
    off = bought.group_by("order_id").agg(pl.col("discounts").sum().cast(MONEY))
    orders = events.filter(event_name="purchase").rename({**ordered, "revenue": "net_sales"}).join(off, on="order_id")
    back = events.filter(event_name="refund").rename(taken_back).with_columns(sales_reversals=-pl.col("revenue"))
    return orders.with_columns(counts=pl.lit(value=True)), bought, back


def _instant(place: int, microseconds: pl.Expr) -> pl.Expr:
    midnight = pl.lit(datetime.combine(day_of(place), time())).cast(pl.Datetime("us"))
    return midnight + microseconds.cast(pl.Duration("us"))
