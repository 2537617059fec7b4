"""No feature knows anything of the days after its as-of day, whatever the order of rows."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.profiles.affinities import build_affinities, sum_interests
from dmp_assets.profiles.engagement import build_engagement
from dmp_assets.profiles.favourites import FAVOURITE_ATTRIBUTES, sum_favourites
from dmp_assets.profiles.history import build_profile_history, sum_months
from dmp_assets.profiles.lifecycle import build_lifecycle
from dmp_assets.profiles.orders_of_persons import build_orders_of_persons
from dmp_assets.profiles.places import build_places
from dmp_assets.profiles.preferences import build_preferences
from dmp_assets.profiles.profiles import CRM_COLUMNS
from dmp_assets.profiles.schema.interests import AFFINITY_ATTRIBUTES
from dmp_assets.profiles.statements.consent import build_consent
from dmp_assets.profiles.statements.demographics import build_demographics
from dmp_assets.profiles.statements.psychographics import build_psychographics
from dmp_assets.profiles.sums.attributes import Attributes
from dmp_assets.profiles.sums.facts import build_facts, by_person_and_day
from dmp_assets.profiles.touches import build_touches
from dmp_assets.profiles.traits.columns import PROPERTY_TYPES
from dmp_assets.profiles.traits.compute import compute_traits
from dmp_assets.profiles.traits.settings import Trait
from dmp_assets_tests.profiles.support.table_frames import DAY, seen

Frame = pl.LazyFrame
NO_TEXT, NO_INSTANT = pl.lit(None, pl.String), pl.lit(None, pl.Datetime("us"))


def moments(people: list[str], days: list[int], step: int) -> pl.DataFrame:
    """Return 40 rows of person_id, event_date, at and place, spread over people and days before (after) the day."""
    size = 40
    rows = range(size)
    dates = [DAY - timedelta(days=days[(row * step) % len(days)]) for row in rows]
    return pl.DataFrame(
        {"person_id": [people[row % len(people)] for row in rows], "event_date": dates, "place": list(rows)},
        schema={"person_id": pl.String, "event_date": pl.Date, "place": pl.Int64},
    ).with_columns(at=pl.col("event_date").cast(pl.Datetime("us")) + pl.duration(minutes=31 * pl.col("place")))


KNOWN = moments(["ann", "bob", "cem"], [0, 1, 7, 20, 29, 30, 95, 300], 3)
LATER = moments(["ann", "bob", "cem", "new"], [-1, -2, -30], 1)


def choice(*values: str) -> pl.Expr:
    names = dict(enumerate(values))
    return (pl.col("place") % len(values)).replace_strict(names, return_dtype=pl.String)


def money() -> pl.Expr:
    return pl.lit(Decimal("1.5"), pl.Decimal(18, 4))


def activity(rows: pl.DataFrame) -> Frame:
    name, events = choice("add_to_cart", "view_item", "review"), pl.lit(1, pl.Int64)
    return rows.lazy().select(
        "event_date", "person_id", event_name=name, events=events, items=events,
        first_event_at="at", last_event_at="at",
    )  # fmt: skip


def orders(rows: pl.DataFrame) -> Frame:
    return rows.lazy().select(
        "event_date", "person_id", event_at="at", order_id=pl.format("o{}", "place"), items=pl.lit(1, pl.Int64),
        net_sales=money(), discounts=money(),
    )  # fmt: skip


def reversals(rows: pl.DataFrame) -> Frame:
    return rows.lazy().filter(pl.col("place") % 4 == 0).select("event_date", "person_id", sales_reversals=money())


def attributes(rows: pl.DataFrame) -> Frame:
    value = choice("1", "2", "13").cast(pl.Categorical)
    return rows.lazy().select("event_date", "person_id", value=value, weighted=pl.col("place") + 1)


def visits(rows: pl.DataFrame) -> Frame:
    return rows.lazy().select(
        "event_date",
        "person_id",
        session_id=pl.format("s{}", "place"),
        kind=pl.lit("session"),
        is_server_side=pl.lit(value=False),
        started_at="at",
        page_views="place",
        events=pl.col("place") + 1,
        channel_group=choice("Email", "Direct", "Paid Search"),
        mkt_source=choice("a", "b"),
        mkt_medium=NO_TEXT,
        mkt_campaign=NO_TEXT,
    )


def answers(rows: pl.DataFrame) -> Frame:
    return rows.lazy().select(
        "person_id", question=choice("q", "r"), answer=choice("1", "2", "3"), score=pl.col("place") / 40,
        answered_at="at", source=pl.lit("web"),
    )  # fmt: skip


def consents(rows: pl.DataFrame) -> Frame:
    status, purpose = choice("granted", "denied", "granted"), choice("marketing", "analytics")
    return rows.lazy().select("person_id", purpose=purpose, status=status, changed_at="at", source=pl.lit("web"))


def customers(rows: pl.DataFrame) -> Frame:
    crm = dict.fromkeys(CRM_COLUMNS, NO_TEXT)
    crm["city"] = choice("Oslo", "Rome")
    return rows.lazy().select("person_id", source=pl.lit("crm"), updated_at="at", **crm)


def third_party(rows: pl.DataFrame) -> Frame:
    return rows.lazy().select(
        "person_id",
        attribute=choice("country", "age_range"),
        value=choice("x", "y", "z"),
        confidence=pl.lit(0.5),
        observed_at="at",
        expires_at=NO_INSTANT,
        source=pl.lit("panel"),
    )


def events(rows: pl.DataFrame) -> Frame:
    return rows.lazy().select(
        "event_date",
        "person_id",
        event_id=pl.format("e{}", "place"),
        event_at="at",
        event_name=choice("purchase", "view_item"),
        source=pl.lit("web"),
        country=choice("NO", "SE"),
        city=NO_TEXT,
        platform=choice("web", "ios", "tv"),
        revenue=money(),
    )


TRAITS = {
    kind: Trait.model_validate(
        {
            "kind": kind,
            "event": ["purchase", "view_item"],
            "property": None if not types else "platform" if "text" in types else "revenue",
        }
    )
    for kind, types in PROPERTY_TYPES.items()
}

Given = Callable[[Callable[[pl.DataFrame], Frame]], Frame]


def told(given: Given) -> Attributes:
    return dict.fromkeys((*AFFINITY_ATTRIBUTES, *FAVOURITE_ATTRIBUTES), given(attributes))


def facts(given: Given) -> Frame:
    did, came = (given(activity), given(orders), given(reversals)), given(visits)
    seen_on = pl.concat([frame.select("person_id", "event_date") for frame in (*did, came)])
    return build_facts(by_person_and_day(*did, DAY), came, seen_on, DAY)


def months(given: Given) -> pl.DataFrame:
    return sum_months(by_person_and_day(given(activity), given(orders), given(reversals), DAY)).collect()


FEATURES: dict[str, Callable[[Given], pl.DataFrame]] = {
    "affinities": lambda given: build_affinities(sum_interests(told(given), DAY, 30.0, 7)),
    "preferences": lambda given: build_preferences(sum_favourites(told(given), DAY, 30.0)),
    "engagement": lambda given: build_engagement(facts(given), given(visits), given(activity), DAY, 14.0),
    "lifecycle": lambda given: build_lifecycle(facts(given), DAY),
    "history": lambda given: build_profile_history(months(given), DAY),
    "orders of persons": lambda given: build_orders_of_persons(given(orders), DAY),
    "touches": lambda given: build_touches(given(visits), DAY).sort("person_id").collect(),
    "psychographics": lambda given: build_psychographics(given(answers), DAY),
    "places": lambda given: build_places(given(events), DAY).sort(pl.all()).collect(),
    "demographics": lambda given: build_demographics(
        given(customers), given(third_party), build_places(given(events), DAY), DAY
    ),
    "consent": lambda given: build_consent(given(consents), DAY),
    "traits": lambda given: compute_traits(given(events), seen(given(events)), TRAITS, DAY),
}


@pytest.mark.parametrize("feature", FEATURES)
def test_rows_after_the_as_of_day_change_nothing(feature: str) -> None:
    build = FEATURES[feature]
    table = build(lambda shape: shape(KNOWN))
    assert table.height > 0
    assert_frame_equal(build(lambda shape: pl.concat([shape(LATER), shape(KNOWN)])), table)
    assert build(lambda shape: shape(LATER)).is_empty()


@pytest.mark.parametrize("feature", FEATURES)
def test_the_order_of_rows_changes_nothing(feature: str) -> None:
    build = FEATURES[feature]
    table = build(lambda shape: shape(KNOWN))
    for seed in range(3):
        shuffled = KNOWN.sample(fraction=1, shuffle=True, seed=seed)
        assert_frame_equal(build(lambda shape, rows=shuffled: shape(rows)), table)
