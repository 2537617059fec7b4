"""Computed traits: every kind, windows, filters, ties, item lines."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.profiles.schema.statements import ComputedTraits
from dmp_assets.profiles.traits.columns import PROPERTY_TYPES
from dmp_assets.profiles.traits.compute import compute_traits, event_names, first_day
from dmp_assets.profiles.traits.settings import Trait
from dmp_assets_tests.profiles.support.table_frames import DAY, seen

MONEY = pl.Decimal(18, 4)
NOON = datetime.fromisoformat("2026-06-30T12:00")
EVENTS = {
    "event_date": pl.Date,
    "event_id": pl.String,
    "event_at": pl.Datetime("us"),
    "event_name": pl.String,
    "person_id": pl.String,
    "platform": pl.String,
    "campaign_id": pl.String,
    "properties": pl.String,
    "rate_date": pl.Date,
    "items": pl.Int64,
    "quantity": pl.Float64,
    "revenue": MONEY,
}
ITEMS = {
    "event_date": pl.Date,
    "event_id": pl.String,
    "line": pl.Int64,
    "item_category": pl.String,
    "item_brand": pl.String,
    "item_revenue": MONEY,
    "quantity": pl.Float64,
}


def events(*rows: dict[str, Any]) -> pl.LazyFrame:
    """Return events, by default of ann at noon of the as-of day; ``days`` ago, the ids in order."""
    full = []
    for place, row in enumerate(rows):
        at = row.get("event_at", NOON) - timedelta(days=row.get("days", 0))
        usual = {"event_id": f"e{place}", "event_name": "add_to_cart", "person_id": "ann", "quantity": 1.0, "items": 0}
        values = {**dict.fromkeys(EVENTS), **usual, "revenue": "0", **row, "event_at": at, "event_date": at.date()}
        values["revenue"] = Decimal(values["revenue"])
        full.append({name: values[name] for name in EVENTS})
    return pl.DataFrame(full, schema=EVENTS).lazy()


def lines(*rows: tuple[str, int, str, str, str]) -> pl.LazyFrame:
    """Return item lines of the as-of day from (event_id, line, category, brand, revenue)."""
    full = [(DAY, event, line, category, brand, Decimal(paid), 1.0) for event, line, category, brand, paid in rows]
    return pl.DataFrame(full, schema=ITEMS, orient="row").lazy()


def value(
    rows: list[dict[str, Any]], kind: str, name: str | None = None, items: pl.LazyFrame | None = None, **more: Any
) -> Any:
    """Return the one value of ann, None where there is no row; checks the contract and the order of rows."""
    trait = Trait.model_validate({"kind": kind, "event": "add_to_cart", "property": name, **more})
    done = events(*rows)
    table = ComputedTraits.validate(compute_traits(done, seen(done), {"t": trait}, DAY, items), lazy=True)
    turned = None if items is None else items.reverse()
    assert_frame_equal(compute_traits(done.reverse(), seen(done).reverse(), {"t": trait}, DAY, turned), table)
    named = done.filter(pl.col("event_name").is_in(event_names({"t": trait})))
    again = compute_traits(named, seen(done), {"t": trait}, DAY, items)
    assert_frame_equal(again, table)
    found = table.filter(person_id="ann").select("number", "text", "texts", "value_at").rows()
    if not found:
        return None
    filled = [entry for entry in found[0] if entry is not None]
    assert len(filled) == 1
    return filled[0]


def rule(column: str, op: str, compared: Any) -> dict[str, Any]:
    return {"filters": [{"column": column, "op": op, "value": compared}]}


MONEYS = [{"revenue": "10.25"}, {"revenue": "0.5"}, {"revenue": "4", "event_name": "remove_from_cart"}]


@pytest.mark.parametrize(
    ("kind", "expected"), [("sum", 10.75), ("mean", 5.375), ("min", 0.5), ("max", 10.25), ("unique_count", 2)]
)
def test_kinds_of_numbers(kind: str, expected: float) -> None:
    assert value(MONEYS, kind, "revenue") == expected


def test_count_counts_the_named_events() -> None:
    assert value(MONEYS, "count") == 2
    assert value(MONEYS, "count", event=["add_to_cart", "remove_from_cart"]) == 3


PLANS = [
    {"platform": "web", "days": 2},
    {"platform": "ios", "days": 3},
    {"platform": "web", "days": 5},
    {"platform": None, "days": 9},
    {"platform": None},
]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("first", "web"),
        ("last", "web"),
        ("most_frequent", "web"),
        ("least_frequent", "ios"),
        ("unique_list", ["ios", "web"]),
        ("unique_count", 2),
    ],
)
def test_kinds_of_text_pass_over_events_without_the_property(kind: str, expected: object) -> None:
    assert value(PLANS, kind, "platform") == expected


def test_first_and_last_go_by_time_and_then_by_event_id() -> None:
    rows = [{"platform": "a", "days": 1}, {"platform": "b"}, {"platform": "c", "days": 4}]
    assert (value(rows, "first", "platform"), value(rows, "last", "platform")) == ("c", "b")
    tied = [{"platform": "a", "event_id": "2"}, {"platform": "b", "event_id": "1"}, {"platform": "c", "event_id": "3"}]
    assert (value(tied, "first", "platform"), value(tied, "last", "platform")) == ("b", "c")


def test_of_equally_frequent_values_the_first_by_letters_counts() -> None:
    tied = [{"platform": name} for name in ("web", "ios", "web", "ios", "tv", "app")]
    assert value(tied, "most_frequent", "platform") == "ios"
    assert value(tied, "least_frequent", "platform") == "app"


def test_time_since_is_days_to_the_end_of_the_as_of_day() -> None:
    assert value([{}], "time_since") == 0.5
    assert value([{"days": 3}, {"days": 9}], "time_since") == 3.5


def test_instants_and_days_are_instants() -> None:
    rows = [{"days": 2, "rate_date": date(2026, 6, 1)}, {"days": 1, "rate_date": date(2026, 5, 1)}]
    assert value(rows, "max", "event_at") == NOON - timedelta(days=1)
    assert value(rows, "first", "event_date") == datetime.fromisoformat("2026-06-28")
    assert value(rows, "min", "rate_date") == datetime.fromisoformat("2026-05-01")
    assert value(rows, "unique_count", "event_date") == 2


@pytest.mark.parametrize(("window", "expected"), [(None, 4), (1, 1), (2, 2), (30, 2), (31, 3)])
def test_a_window_is_the_as_of_day_and_the_days_before_it(window: int | None, expected: int) -> None:
    rows = [{"days": days} for days in (0, 1, 30, 400)]
    assert value(rows, "count", window_days=window) == expected


def test_the_days_that_are_read_are_those_of_the_longest_window_and_all_where_one_has_none() -> None:
    week, month = (Trait.model_validate({"kind": "count", "event": "a", "window_days": days}) for days in (7, 30))
    ever = Trait.model_validate({"kind": "count", "event": "a"})
    assert first_day({"week": week, "month": month}, DAY) == DAY - timedelta(days=29)
    assert first_day({"week": week, "ever": ever}, DAY) == first_day({}, DAY) == date.min


def test_without_such_an_event_amounts_are_zero_and_the_rest_is_not_there() -> None:
    other = [{"event_name": "login", "platform": "web"}]
    for kind, types in PROPERTY_TYPES.items():
        name = None if not types else "revenue" if "text" not in types or "number" in types else "platform"
        assert value(other, kind, name) == (0 if kind in ("count", "sum", "unique_count") else None), kind


def test_events_without_a_person_are_nobodys() -> None:
    trait = Trait.model_validate({"kind": "count", "event": "add_to_cart"})
    done = events({"person_id": None})
    assert compute_traits(done, seen(done), {"t": trait}, DAY).is_empty()


@pytest.mark.parametrize(
    ("op", "compared", "expected"),
    [
        ("eq", 10, 1),
        ("ne", 10, 2),
        ("gt", 10, 1),
        ("ge", 10, 2),
        ("lt", 10, 1),
        ("le", 10, 2),
        ("in", [10, 10.01], 2),
        ("in", [11], 0),
    ],
)
def test_filters_of_numbers(op: str, compared: Any, expected: int) -> None:
    rows = [{"revenue": "9.99"}, {"revenue": "10"}, {"revenue": "10.01"}]
    assert value(rows, "count", **rule("revenue", op, compared)) == expected


@pytest.mark.parametrize(
    ("op", "compared", "expected"),
    [("eq", "web", 1), ("ne", "web", 1), ("in", ["web", "w.b"], 2), ("contains", "w.", 1), ("contains", "", 2)],
)
def test_filters_of_text_are_literal_and_nothing_known_meets_none(op: str, compared: Any, expected: int) -> None:
    rows = [{"platform": "web"}, {"platform": "w.b"}, {"platform": None}]
    assert value(rows, "count", **rule("platform", op, compared)) == expected


def test_filters_of_days_and_instants() -> None:
    rows = [{"days": 0}, {"days": 1}]
    assert value(rows, "count", **rule("event_date", "ge", DAY)) == 1
    assert value(rows, "count", **rule("event_date", "in", [DAY, DAY - timedelta(days=1)])) == 2
    assert value(rows, "count", **rule("event_at", "lt", NOON)) == 1
    assert value(rows, "count", **rule("event_at", "le", NOON)) == 2
    assert value(rows, "count", **rule("event_at", "ge", DAY)) == 1


def test_several_filters_must_all_be_met() -> None:
    both = {"filters": [*rule("platform", "eq", "web")["filters"], *rule("revenue", "gt", 1)["filters"]]}
    rows = [{"platform": "web", "revenue": "2"}, {"platform": "ios", "revenue": "2"}, {"platform": "web"}]
    assert value(rows, "count", **both) == 1


JSON = [
    {"properties": '{"plan":"pro","value":12.5,"deep":{"a b":"x"},"ok":true}'},
    {"properties": '{"plan":"free","value":"3","ok":false}'},
    {"properties": '{"plan":null,"value":"many"}'},
    {"properties": "no json"},
    {"properties": '{"value":1e300}'},
    {"properties": None},
]


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("sum", "value", 15.5),
        ("mean", "value", 7.75),
        ("min", "value", 3.0),
        ("max", "value", 12.5),
        ("first", "value", "12.5"),
        ("unique_list", "plan", ["free", "pro"]),
        ("last", "deep.a b", "x"),
        ("unique_count", "ok", 2),
        ("last", "other", None),
    ],
)
def test_properties_in_json_are_text_and_what_is_no_number_is_not_reckoned(
    kind: str, name: str, expected: object
) -> None:
    assert value(JSON, kind, f"properties.{name}") == expected


@pytest.mark.parametrize(
    ("op", "compared", "expected"),
    [
        ("eq", "pro", 1),
        ("ge", 3, 2),
        ("gt", 3, 1),
        ("eq", "3", 1),
        ("eq", 3.0, 1),
        ("in", [3, 12.5], 2),
        ("ne", "x", 4),
    ],
)
def test_filters_of_properties_compare_numbers_as_numbers(op: str, compared: Any, expected: int) -> None:
    name = "plan" if compared == "pro" else "value"
    assert value(JSON, "count", **rule(f"properties.{name}", op, compared)) == expected


BASKETS = [{"event_id": "a", "revenue": "9"}, {"event_id": "b", "revenue": "5"}, {"event_id": "c"}]
LINES = lines(
    ("a", 2, "tea", "zen", "4"), ("a", 1, "tea", "ace", "3"), ("a", 3, "milk", "cow", "2"), ("b", 1, "tea", "ace", "5")
)
TEA = rule("items.item_category", "eq", "tea")


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("count", None, 2),
        ("sum", "items.item_revenue", 12.0),
        ("mean", "items.item_revenue", 4.0),
        ("first", "items.item_brand", "ace"),
        ("last", "items.item_brand", "ace"),
        ("most_frequent", "items.item_brand", "ace"),
        ("least_frequent", "items.item_brand", "zen"),
        ("unique_list", "items.item_brand", ["ace", "zen"]),
    ],
)
def test_item_lines_have_traits_and_an_event_with_several_counts_once(
    kind: str, name: str | None, expected: object
) -> None:
    assert value(BASKETS, kind, name, LINES, **TEA) == expected


def test_lines_of_one_event_go_by_their_number() -> None:
    assert value(BASKETS[:1], "first", "items.item_brand", LINES) == "ace"
    assert value(BASKETS[:1], "last", "items.item_brand", LINES) == "cow"


def test_a_filter_on_the_event_holds_for_its_lines() -> None:
    assert value(BASKETS, "sum", "items.item_revenue", LINES, **rule("revenue", "gt", 5)) == 9.0


def test_traits_of_item_lines_need_item_lines() -> None:
    with pytest.raises(ValueError, match="traits t are made of item lines, and no items are given"):
        value(BASKETS, "sum", "items.item_revenue")


def test_many_traits_give_one_table_sorted_by_person_and_trait() -> None:
    traits = {
        "b_orders": Trait.model_validate({"kind": "count", "event": "add_to_cart"}),
        "a_tea": Trait.model_validate({"kind": "sum", "event": "add_to_cart", "property": "items.item_revenue", **TEA}),
        "person_id": Trait.model_validate({"kind": "last", "event": "login", "property": "platform"}),
    }
    rows = [*BASKETS, {"person_id": "bob", "event_name": "login", "platform": "web"}]
    done = events(*rows)
    table = ComputedTraits.validate(compute_traits(done, seen(done), traits, DAY, LINES), lazy=True)
    assert table.select("person_id", "trait", "number", "text").rows() == [
        ("ann", "a_tea", 12.0, None),
        ("ann", "b_orders", 3.0, None),
        ("bob", "a_tea", 0.0, None),
        ("bob", "b_orders", 0.0, None),
        ("bob", "person_id", None, "web"),
    ]


def test_no_traits_and_no_events_give_an_empty_table() -> None:
    trait = Trait.model_validate({"kind": "unique_list", "event": "add_to_cart", "property": "platform"})
    done = events(*BASKETS)
    for table in (
        compute_traits(done, seen(done), {}, DAY),
        compute_traits(events(), seen(events()), {"t": trait}, DAY),
    ):
        assert ComputedTraits.validate(table, lazy=True).is_empty()


FRACTIONS = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.1, 0.2, 0.3, float("nan"), float("inf"), 1e300]))


@given(st.lists(FRACTIONS, max_size=25), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_sums_do_not_depend_on_the_order_of_rows(amounts: list[float], chance) -> None:
    traits = {
        kind: Trait.model_validate({"kind": kind, "event": "add_to_cart", "property": "quantity"})
        for kind in ("sum", "mean", "min", "max", "first", "last", "unique_count")
    }
    rows = [{"quantity": amount, "event_id": f"e{place}"} for place, amount in enumerate(amounts)]
    ann = pl.DataFrame({"person_id": ["ann"]})
    table = compute_traits(events(*rows), ann, traits, DAY)
    assert table["number"].is_finite().all()
    chance.shuffle(rows)
    assert compute_traits(events(*rows), ann, traits, DAY).equals(table)


@pytest.mark.parametrize(("zone", "hours"), [("UTC", 12), ("Europe/Berlin", 10), ("America/New_York", 16)])
def test_the_time_since_an_event_ends_with_the_businesss_day(zone: str, hours: int) -> None:
    trait = Trait.model_validate({"kind": "time_since", "event": "add_to_cart"})
    table = compute_traits(events({}), seen(events({})), {"t": trait}, DAY, time_zone=zone)
    assert table["number"].to_list() == [hours / 24]


@pytest.mark.parametrize(("zone", "found"), [("UTC", 2), ("Europe/Berlin", 3), ("America/New_York", 1)])
def test_a_day_that_an_instant_is_held_against_begins_at_the_businesss_midnight(zone: str, found: int) -> None:
    rows = [{"event_at": datetime.fromisoformat(f"2026-06-{at}")} for at in ("29T22:30", "30T00:30", "30T04:30")]
    rule = {"column": "event_at", "op": "ge", "value": date(2026, 6, 30)}
    trait = Trait.model_validate({"kind": "count", "event": "add_to_cart", "filters": [rule]})
    table = compute_traits(events(*rows), seen(events(*rows)), {"t": trait}, DAY, time_zone=zone)
    assert table["number"].to_list() == [found]


def test_a_day_as_a_value_is_its_first_instant_in_the_business() -> None:
    trait = Trait.model_validate({"kind": "max", "event": "add_to_cart", "property": "rate_date"})
    rows = events({"rate_date": date(2026, 6, 5)})
    table = compute_traits(rows, seen(rows), {"t": trait}, DAY, time_zone="Europe/Berlin")
    assert table["value_at"].to_list() == [datetime.fromisoformat("2026-06-04T22:00")]
    assert compute_traits(rows, seen(rows), {"t": trait}, DAY)["value_at"].to_list() == [
        datetime.fromisoformat("2026-06-05T00:00")
    ]
