"""Person sums: days added one by one tell what all days at once tell, whoever people turn out to be."""

import random
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.foundation.values.persons import of_persons
from dmp_assets.orders.schema import ORDERED, REVERSED
from dmp_assets.profiles.affinities import build_affinities
from dmp_assets.profiles.engagement import build_engagement
from dmp_assets.profiles.history import build_profile_history
from dmp_assets.profiles.lifecycle import build_lifecycle
from dmp_assets.profiles.preferences import build_preferences
from dmp_assets.profiles.profiles import build_profiles
from dmp_assets.profiles.sums.moved import PERIOD, changed_rows, moved_people
from dmp_assets.profiles.sums.sum_up import PersonEvents, Sums, added, sum_up
from dmp_assets_tests.profiles.support.factories import MONEY, customers

FIRST = date(2024, 1, 20)
ITEMS = pl.DataFrame(
    {"item_id": ["i0", "i1"], "item_brand": ["acme", None], "item_category": [None, "tea"]},
    schema_overrides={"item_brand": pl.String},
)
HALF_LIFE, WINDOW = 20.0, 7
NAMES = (ORDERED, "view_item", REVERSED, "review", "page_view")

Event = tuple[int, str, int, int]
"""Day, visitor, number of the event name, number of the value."""

Whose = dict[str, str | None]

EVENTS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 4), st.integers(0, 2)),
    min_size=1,
    max_size=40,
)
PEOPLE = st.fixed_dictionaries({name: st.sampled_from(["p", "q", "r", None]) for name in "abcd"})


def table(events: list[Event]) -> pl.DataFrame:
    """Return the events with all that any of the tables of events says of them."""
    columns = {"day": pl.Int64, "visitor_id": pl.String, "name": pl.Int64, "value": pl.Int64}
    frame = pl.DataFrame(events, schema=columns, orient="row")
    name = pl.col("name").replace_strict(dict(enumerate(NAMES)), return_dtype=pl.String)
    after = pl.duration(days="day", hours=7 * pl.col("value"))
    at = pl.lit(datetime.combine(FIRST, time(3))).cast(pl.Datetime("us")) + after
    paid = (pl.col("value") + 1).cast(MONEY)
    return frame.select(
        "visitor_id",
        event_date=pl.lit(FIRST) + pl.duration(days="day"),
        event_name=name,
        at=at,
        value=pl.format("v{}", "value"),
        item_id=pl.format("i{}", "value"),
        paid=paid,
        off=(pl.col("value") % 2).cast(MONEY),
        place=pl.int_range(pl.len()),
    )


def behaviour(events: pl.DataFrame, visitors: pl.DataFrame) -> PersonEvents:
    rows = of_persons(events.lazy(), visitors, "at")
    key = ["event_date", "person_id", "event_name"]
    activity = rows.group_by(*key, item_category="value").agg(
        events=pl.len().cast(pl.Int64),
        items=pl.len().cast(pl.Int64),
        first_event_at=pl.col("at").min(),
        last_event_at=pl.col("at").max(),
    )
    nothing = pl.lit(None, pl.String)
    visits = rows.select(
        "event_date", "person_id", session_id=pl.format("s{}", "place"), started_at="at",
        events=pl.lit(2, pl.Int64), page_views=pl.lit(1, pl.Int64), channel_group="value", platform="event_name",
        mkt_source="event_name", mkt_medium=nothing, mkt_campaign=nothing,
        kind=pl.lit("session"), is_server_side=pl.lit(value=False),
    )  # fmt: skip
    lines = rows.select(*key, "item_id", item_brand="value", price="paid", quantity=pl.lit(1.0), item_revenue="paid")
    places = rows.select(*key[:2], event_at="at", source="event_name", country="value", city=nothing)
    contents = rows.select(*key, content_group="value")
    when = ("event_date", pl.col("at").alias("event_at"), "person_id")
    ordered = rows.filter(pl.col("event_name") == ORDERED)
    orders = ordered.select(
        *when, order_id=pl.format("o{}", "place"), items=pl.lit(1, pl.Int64), net_sales="paid", discounts="off"
    )
    bought = ordered.select(
        *when, "item_id", item_brand="value", item_category="value", price="paid", quantity=pl.lit(1.0),
        net_sales="paid",
    )  # fmt: skip
    reversals = rows.filter(pl.col("event_name") == REVERSED).select(*when, sales_reversals="paid")
    # Orders of the first value come without an event: the account that they are booked to was never seen.
    told = activity.filter(~(pl.col("event_name").is_in([ORDERED, REVERSED]) & (pl.col("item_category") == "v0")))
    return PersonEvents(told, visits, lines, contents, places, orders, bought, reversals)


def whose(people: Whose) -> pl.DataFrame:
    never = pl.lit(None, pl.Datetime("us"))
    columns = {"visitor_id": pl.String, "person_id": pl.String}
    rows = [(visitor, person) for visitor, person in people.items() if person is not None]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(effective_at=never, superseded_at=never)


def made_of(sums: Sums, recent: PersonEvents, day: date) -> dict[str, pl.DataFrame]:
    """Return the tables of sums, and of what people did lately."""
    facts = sums.facts.lazy()
    return {
        "profiles": build_profiles(sums.facts, customers({}), day),
        "affinities": build_affinities(sums.interest_sums.lazy()),
        "preferences": build_preferences(sums.favourite_sums.lazy()),
        "engagement": build_engagement(facts, recent.visits, recent.activity, day, HALF_LIFE),
        "lifecycle": build_lifecycle(facts, day),
        "touches": sums.touches.sort("person_id"),
        "places": sums.places.sort(["person_id", "field", "value", "source"]),
        "history": build_profile_history(sums.months, day),
    }


def summed(did: PersonEvents, day: date, before: Sums | None = None) -> Sums:
    return sum_up(did, ITEMS, day, HALF_LIFE, WINDOW, before)


def of_people(sums: Sums, people: pl.Series, but: pl.Series) -> Sums:
    """Return the sums of these people without those."""
    wanted = people.filter(~people.is_in(but.implode())).to_frame()
    return Sums(**{name: frame.join(wanted, on="person_id", how="semi") for name, frame in vars(sums).items()})


def replaced(sums: Sums, part: Sums, moved: pl.Series) -> Sums:
    """Return the sums with those of ``part`` in place of its people's, and without the others of ``moved``."""
    gone = pl.concat([part.facts["person_id"], moved]).unique().to_frame()
    kept = {name: frame.join(gone, on="person_id", how="anti") for name, frame in vars(sums).items()}
    found = {name: frame.select(kept[name].columns) for name, frame in vars(part).items()}
    return Sums(**{name: pl.concat([frame, found[name]]) for name, frame in kept.items()})


def assert_days_add_up(rows: pl.DataFrame, stops: list[int], first: Whose, then: Whose) -> None:
    """Add the days up to each stop, the last of them by other people, and compare with all days at once."""
    people, sums, until = whose(first), None, date.min
    for stop in stops:
        day, now = FIRST + timedelta(days=stop), whose(then) if stop == stops[-1] else people
        past = rows.filter(pl.col("event_date") <= until)
        new = rows.filter(pl.col("event_date").is_between(until, day, closed="right"))
        moved = moved_people(
            *changed_rows(people.select(PERIOD), now.select(PERIOD)),
            now.join(past, on="visitor_id", how="anti").select("visitor_id"),
        )
        did = added(behaviour(new, now), behaviour(past, now), moved)
        part = summed(did, day, None if sums is None else of_people(sums, did.people(), moved))
        sums = part if sums is None else replaced(sums, part, moved)
        people, until = now, day
    assert sums is not None
    whole = behaviour(rows, people)
    found = made_of(sums, whole, until)
    for name, frame in made_of(summed(whole, until), whole, until).items():
        assert_frame_equal(found[name], frame, abs_tol=2e-9)


def test_a_blocked_category_is_neither_top_category_nor_interest_and_its_brand_is() -> None:
    did = behaviour(table([(0, "a", 0, 1), (1, "a", 0, 2), (2, "a", 1, 2)]), whose({"a": "p"}))
    sums = sum_up(did, ITEMS, FIRST + timedelta(days=2), HALF_LIFE, WINDOW, blocked=["v2"])
    assert sums.facts["top_categories"].to_list() == [["tea"]]
    liked = build_affinities(sums.interest_sums.lazy())
    assert set(liked.filter(attribute="item_category")["value"]) == {"tea"}
    assert "v2" in set(liked.filter(attribute="brand")["value"])


@pytest.mark.parametrize("seed", range(3))
def test_busy_days_added_one_by_one_tell_what_all_days_tell(seed: int) -> None:
    chance = random.Random(seed)
    names = (0, 0, 1, 2, 3, 4)
    events = [
        (chance.randint(0, 60), chance.choice("abcd"), chance.choice(names), chance.randint(0, 2)) for _ in range(150)
    ]
    people = dict(zip("abcd", "pqrr", strict=True))
    assert_days_add_up(table(events), [9, 10, 11, 30, 59, 60], people, {**people, "b": "p"} if seed else people)


@given(EVENTS, st.integers(0, 59), PEOPLE, PEOPLE)
@settings(deadline=None, max_examples=25)
def test_days_added_tell_what_all_days_tell(events: list[Event], cut: int, first: Whose, then: Whose) -> None:
    assert_days_add_up(table(events), [cut, 60], first, then)
