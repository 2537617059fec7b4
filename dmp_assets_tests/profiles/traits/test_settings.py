"""A ``traits.yaml`` that cannot be used is refused with line, key, value seen and values allowed."""

from pathlib import Path
from textwrap import dedent
from typing import get_args

import pytest

from dmp_assets.foundation.settings.strict_yaml import ConfigurationError
from dmp_assets.profiles.traits import settings as trait_settings
from dmp_assets.profiles.traits.columns import PROPERTY_TYPES, Kind, column_types
from dmp_assets.profiles.traits.settings import ComputedTraitSettings, load_traits

GOOD = """\
version: 1
traits:
  orders_90d: {kind: count, event: purchase, window_days: 90}
  last_plan:
    kind: last
    event: [sign_up, login]
    property: properties.plan
    filters:
      - {column: revenue, op: ge, value: 10.5}
      - {column: event_at, op: lt, value: 2026-05-01T00:00:00+02:00}
      - {column: platform, op: in, value: [web, ios]}
"""


def load(folder: Path, text: str) -> ComputedTraitSettings:
    file = folder / "traits.yaml"
    file.write_text(text, encoding="utf-8")
    return load_traits(file)


def refusal(folder: Path, trait: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, f"version: 1\ntraits:\n  good: {{kind: count, event: a}}\n  t: {trait}\n")
    return str(caught.value)


def test_traits_are_read_and_what_they_do_not_say_has_a_default(tmp_path: Path) -> None:
    traits = load(tmp_path, GOOD).traits
    assert traits["orders_90d"].event == ("purchase",)
    assert (traits["orders_90d"].property, traits["orders_90d"].filters) == (None, ())
    assert (traits["last_plan"].event, traits["last_plan"].window_days) == (("sign_up", "login"), None)
    instant = traits["last_plan"].filters[1].value
    assert (instant.isoformat(), traits["last_plan"].filters[2].value) == ("2026-04-30T22:00:00", ("web", "ios"))


def test_without_a_file_there_are_no_traits(tmp_path: Path) -> None:
    assert load_traits(tmp_path / "traits.yaml").traits == {}
    with pytest.raises(ConfigurationError, match="expected a file"):
        load_traits(tmp_path)


def test_every_kind_says_what_property_it_can_have() -> None:
    assert set(PROPERTY_TYPES) == set(get_args(Kind))
    assert {"number", "text", "instant", "day"} == set(column_types().values())


@pytest.mark.parametrize(
    ("trait", "messages"),
    [
        ("{kind: median, event: a}", [":4: key 'traits.t.kind' has the value 'median'", "'count', 'sum', 'mean'"]),
        ("{event: a}", [":4: key 'traits.t.kind' is missing."]),
        ("{kind: count}", [":4: key 'traits.t.event' is missing."]),
        ("{kind: count, event: []}", [":4: key 'traits.t.event' has a list of 0", "at least 1"]),
        ("{kind: count, event: [a, 5]}", [":4: key 'traits.t.event.1' has the value 5", "valid string"]),
        ("{kind: sum, event: a}", [":4: key 'traits.t.property'", "a sum needs a property; allowed: ", "quantity"]),
        ("{kind: count, event: a, property: revenue}", ["has the value 'revenue'", "a count has no property"]),
        ("{kind: time_since, event: a, property: revenue}", ["a time_since has no property; allowed for: sum, mean"]),
        ("{kind: sum, event: a, property: platform}", ["'platform'", "cannot be made of this property; allowed: "]),
        ("{kind: min, event: a, property: platform}", ["a min cannot be made of this property; allowed: "]),
        ("{kind: unique_list, event: a, property: revenue}", ["a unique_list cannot be made of this property"]),
        (
            "{kind: last, event: a, property: colour}",
            [":4: key 'traits.t.property' has the value 'colour'", "items.item_brand"],
        ),
        ("{kind: last, event: a, property: person_id}", ["cannot be made of this property"]),
        ("{kind: last, event: a, property: visitor_id}", ["cannot be made of this property"]),
        ("{kind: last, event: a, property: items.visitor_id}", ["cannot be made of this property"]),
        ("{kind: last, event: a, property: 'properties.'}", ["cannot be made of this property"]),
        ("{kind: last, event: a, property: 'properties.a\"]'}", ["cannot be made of this property"]),
        (
            "{kind: count, event: a, window_days: 0}",
            [":4: key 'traits.t.window_days' has the value 0", "greater than 0"],
        ),
        ("{kind: count, event: a, window_days: 36501}", ["has the value 36501", "less than or equal to 36500"]),
        ("{kind: count, event: a, window_days: '7'}", ["has the value '7'", "valid integer"]),
        ("{kind: count, event: a, window: 7}", ["unknown key 'traits.t.window'", "did you mean 'window_days'?"]),
    ],
)
def test_a_bad_trait_is_refused_with_its_place(tmp_path: Path, trait: str, messages: list[str]) -> None:
    told = refusal(tmp_path, trait)
    assert told.startswith("traits.yaml:4:")
    assert [message for message in messages if message not in told] == []


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("{column: colour, op: eq, value: a}", "filters.0.column' has the value 'colour': Value error, no such column"),
        ("{column: revenue, op: like, value: a}", "filters.0.op' has the value 'like'"),
        ("{column: revenue, op: contains, value: a}", "revenue is of type number; allowed for it: eq, ne, in, gt"),
        ("{column: platform, op: gt, value: a}", "platform is of type text; allowed for it: eq, ne, in, contains"),
        ("{column: revenue, op: gt, value: '5'}", "'5' is no number"),
        ("{column: revenue, op: gt, value: .nan}", "nan is no number"),
        ("{column: revenue, op: gt, value: 1.1e+20}", "1.1e+20 is no number"),
        ("{column: revenue, op: gt, value: true}", "True is no number"),
        ("{column: country, op: eq, value: NO}", "False is no text; quote words such as yes, no"),
        ("{column: platform, op: in, value: web}", "expected a list of at least one text"),
        ("{column: platform, op: in, value: []}", "expected a list of at least one text"),
        ("{column: platform, op: eq, value: [web]}", "['web'] is no text"),
        ("{column: event_date, op: ge, value: '2026-01-01'}", "'2026-01-01' is no day"),
        ("{column: event_date, op: ge, value: 2026-01-01T10:00:00}", "is no day"),
        ("{column: event_at, op: ge, value: 5}", "5 is no instant"),
        ("{column: properties.plan, op: gt, value: a}", "'a' is no number"),
        ("{column: properties.plan, op: eq, value: true}", "True is no text or number"),
        ("{column: properties.plan, op: in, value: [a, 1]}", "expected all text or all numbers"),
        ("{column: properties.plan, op: contains, value: 1}", "1 is no text"),
        ("{column: platform, op: eq}", "key 'traits.t.filters.0.value' is missing."),
    ],
)
def test_a_bad_filter_is_refused_with_its_place(tmp_path: Path, condition: str, message: str) -> None:
    told = refusal(tmp_path, f"\n    kind: count\n    event: a\n    filters:\n      - {condition}")
    assert told.startswith("traits.yaml:8:")
    assert message in told


@pytest.mark.parametrize(
    "edge", ["{column: revenue, op: gt, value: 1.0e+15}", "{column: event_at, op: ge, value: 2026-01-01}"]
)
def test_a_filter_at_the_edge_of_what_is_allowed_is_good(tmp_path: Path, edge: str) -> None:
    assert load(tmp_path, f"version: 1\ntraits:\n  t: {{kind: count, event: a, filters: [{edge}]}}\n").traits


def test_a_column_of_the_event_cannot_be_reckoned_over_item_lines(tmp_path: Path) -> None:
    tea = "filters: [{column: items.item_category, op: eq, value: tea}]"
    told = refusal(tmp_path, f"{{kind: sum, event: purchase, property: revenue, {tea}}}")
    assert "items.item_category is a column of item lines, but revenue is one of the whole event" in told
    for good in ("kind: sum, property: items.item_revenue", "kind: count", "kind: time_since"):
        assert load(tmp_path, f"version: 1\ntraits:\n  t: {{event: purchase, {good}, {tea}}}\n").traits


@pytest.mark.parametrize(
    ("trait", "message"),
    [
        (
            "{kind: last, event: purchase, property: properties.plan}",
            "a last cannot be made of this property; allowed: ",
        ),
        ("{kind: sum, event: login, property: shipping}", "a sum cannot be made of this property; allowed: "),
        ("{kind: sum, event: [purchase, login], property: shipping}", "a sum cannot be made of this property"),
        (
            "{kind: sum, event: refund, property: items.quantity}",
            "allowed: exchange_rate, quantity, revenue, shipping,",
        ),
        ("{kind: last, event: [purchase, refund], property: coupon}", "cannot be made of this property"),
        ("{kind: last, event: purchase, property: counts}", "cannot be made of this property"),
        ("{kind: last, event: purchase, property: visitor_id}", "cannot be made of this property"),
        (
            "{kind: count, event: purchase, filters: [{column: page_path, op: eq, value: a}]}",
            "page_path is no column of purchase; allowed: anonymous_id, ",
        ),
        (
            "{kind: count, event: [purchase, refund], filters: [{column: items.item_id, op: eq, value: a}]}",
            "items.item_id is no column of purchase and of refund; allowed: ",
        ),
    ],
)
def test_a_column_that_not_all_of_the_events_have_is_refused_with_those_that_they_have(
    tmp_path: Path, trait: str, message: str
) -> None:
    assert message in refusal(tmp_path, trait)


@pytest.mark.parametrize(
    "trait",
    [
        "{kind: sum, event: [purchase, refund], property: revenue, window_days: 365}",
        "{kind: sum, event: [purchase, refund], property: total_sales}",
        "{kind: most_frequent, event: purchase, property: store_id}",
        "{kind: unique_list, event: purchase, property: channel_group}",
        "{kind: last, event: purchase, property: coupon}",
        "{kind: sum, event: purchase, property: items.item_revenue}",
        "{kind: unique_list, event: [purchase, add_to_cart], property: items.item_category}",
        "{kind: count, event: refund, filters: [{column: kind, op: eq, value: cancellation}]}",
        "{kind: last, event: [purchase, login], property: platform}",
    ],
)
def test_orders_reversals_and_events_share_the_columns_that_all_of_them_have(tmp_path: Path, trait: str) -> None:
    assert load(tmp_path, f"version: 1\ntraits:\n  t: {trait}\n").traits


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "  good: {kind: count, event: a}\n  good: {kind: count, event: b}\n",
            ":4: the key is given twice (first on line 3)",
        ),
        ("  Bad Name: {kind: count, event: a}\n", ":3: key 'traits.Bad Name' is not a usable name"),
    ],
)
def test_names_are_single_and_plain(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, f"version: 1\ntraits:\n{text}")
    assert message in str(caught.value)


def test_the_example_of_the_documentation_is_good(tmp_path: Path) -> None:
    example = dedent((trait_settings.__doc__ or "").split("\n\n", 1)[1])
    assert set(load(tmp_path, example).traits) == {"looks_90d", "tea_in_cart", "last_plan"}
