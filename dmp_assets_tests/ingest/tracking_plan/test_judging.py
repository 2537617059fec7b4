"""Every rule of a tracking plan, from both sides of its edge."""

import json

import polars as pl
import pytest

from dmp_assets.ingest.tracking_plan.judging import find_violations, judge_batch
from dmp_assets.ingest.tracking_plan.plan import TrackingPlan

PLAN = TrackingPlan.model_validate(
    {
        "version": 1,
        "events": {
            "purchase": {
                "properties": {
                    "id": {"type": "string", "required": True},
                    "currency": {"type": "string", "allowed": ["EUR", "USD"]},
                    "value": {"type": "number", "min": 0, "max": 100},
                    "quantity": {"type": "integer", "allowed": [1, 2, 3]},
                    "is_new": {"type": "boolean"},
                    "placed_at": {"type": "datetime"},
                    "items": {"type": "array"},
                    "address": {"type": "object"},
                },
                "additional_properties": False,
            },
            "open": {},
            "whole": {"properties": {"n": {"type": "integer"}}},
        },
        "sources": {"strict": {"unplanned_events": "quarantine"}},
    }
)


def judge(*records: tuple[str | None, str | None], source: str = "web") -> list[tuple[int, str, str]]:
    names = pl.Series([name for name, _ in records], dtype=pl.String)
    texts = pl.Series([text for _, text in records], dtype=pl.String)
    return judge_batch(names, texts, PLAN, source).rows()


def verdict(text: str | None) -> tuple[str, str] | None:
    """Return code and message of one purchase, between two good ones that must stay good."""
    good = ("purchase", '{"id":"a"}')
    found = judge(good, ("purchase", text), good)
    assert [row for row, _, _ in found] in ([], [1])
    return found[0][1:] if found else None


def test_the_result_has_exactly_three_columns_whatever_is_found() -> None:
    for names in ([], ["purchase"]):
        empty = judge_batch(pl.Series(names, dtype=pl.String), pl.Series(["{}"] * len(names)), PLAN, "web")
        assert empty.schema == {"row": pl.Int64, "violation_code": pl.String, "violation_message": pl.String}


def test_an_event_outside_the_plan_is_a_violation_only_where_the_source_says_so() -> None:
    records = [("purchase", '{"id":"a"}'), ("open", None), ("scroll", "{}"), (None, "{}")]
    assert judge(*records, source="web") == []
    assert judge(*records, source="strict") == [(2, "Unplanned-Event", "event: not in the tracking plan")]


@pytest.mark.parametrize("text", [None, "{}", '{"id":null}', '{"currency":"EUR"}'])
def test_a_required_property_that_is_absent_or_null_is_missing(text: str | None) -> None:
    assert verdict(text) == ("Required-Missing", "property 'id': required, but missing")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("id", ['"a"', '""', '"12"'], ["12", "true", "[]", "{}"]),
        ("value", ["12", "12.5", "0", "1e2", "1.0E+1", "null"], ['"12"', "true", '"a"', "[1]", "{}"]),
        ("quantity", ["1", "2.0", "3", "null"], ['"1"', "1.5", "true"]),
        ("is_new", ["true", "false", "null"], ["1", '"true"', "0"]),
        ("items", ["[]", '["a","b"]', '[{"a":[1]},{"a":[2,"]"]}]', "null"], ['"[]"', "{}", "1"]),
        ("address", ["{}", '{"city":"a"}', '{"a":{"b":[{"c":1}]}}', "null"], ["[]", '"{}"', "true"]),
        (
            "placed_at",
            ['"2024-02-29"', '"2024-05-01T23:59:59.999Z"', '"2024-05-01 12:00+0200"', "null"],
            ['"2024-02-30"', '"2024-05-01T24:00:00Z"', '"soon"', '""', "1714564800"],
        ),
    ],
)
def test_a_value_of_another_type_is_a_mismatch(name: str, good: list[str], bad: list[str]) -> None:
    others = {} if name == "id" else {"id": '"a"'}

    def text(value: str) -> str:
        return "{" + ",".join(f'"{key}": {item}' for key, item in {**others, name: value}.items()) + "}"

    assert [value for value in good if verdict(text(value)) is not None] == []
    for value in bad:
        code, message = verdict(text(value)) or ("", "")
        assert code == "Datatype-Mismatch", value
        assert message.startswith(f"property {name!r}: expected ")


def test_a_property_that_the_plan_does_not_name_is_additional_only_where_the_event_is_closed() -> None:
    assert judge(("open", '{"x":1}'), ("whole", '{"n":1,"x":1}')) == []
    assert verdict('{"id":"a","x":1,"y":"secret"}') == (
        "Additional-Properties",
        "property 'x': not planned for this event; property 'y': not planned for this event",
    )
    assert verdict('{"id":"a","x":null}') is None


def test_a_record_with_thousands_of_unplanned_properties_has_a_short_message() -> None:
    _, message = verdict(json.dumps({"id": "a"} | {f"{i:04}" + "x" * 500: i for i in range(2000)})) or ("", "")
    assert message.count("not planned") == 5
    assert len(message) < 600


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id":"a","currency":"EUR","value":0,"quantity":1}', None),
        ('{"id":"a","currency":"USD","value":100,"quantity":3}', None),
        ('{"id":"a","currency":"GBP"}', "property 'currency': not one of the allowed values"),
        ('{"id":"a","currency":"eur"}', "property 'currency': not one of the allowed values"),
        ('{"id":"a","value":-0.01}', "property 'value': below the minimum 0"),
        ('{"id":"a","value":100.01}', "property 'value': above the maximum 100"),
        ('{"id":"a","quantity":4}', "property 'quantity': not one of the allowed values"),
        ('{"id":"a","id":"b"}', "a property is given twice"),
    ],
)
def test_what_has_no_other_name_is_an_unknown_violation(text: str, message: str | None) -> None:
    assert verdict(text) == (None if message is None else ("Unknown-Violation", message))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[1]",
        '"a"',
        "12",
        '{"id":"a"}x',
        '{"id":"a"},{"id":"b"}',
        '{"id":"a\nb"}',
        '{"id":"\\x"}',
        '{"id":"a","value":NaN}',
        '{"id":"a","value":01}',
        '{"id":"a","value":1e999}',
        '{"id":"a","value":1 2}',
        '{"id":"a","items":[{"a":1},]}',
        '{"id":"a","items":' + "[" * 5000 + "]" * 5000 + "}",
    ],
)
def test_text_that_is_no_readable_object_is_an_unknown_violation_and_never_an_error(text: str) -> None:
    assert verdict(text) == ("Unknown-Violation", "properties: not a readable JSON object")


def test_a_record_with_several_violations_has_the_gravest_code_and_every_message() -> None:
    assert judge(("purchase", '{"value":"1","x":1}'), ("purchase", '{"id":"a","value":-1,"currency":"X"}')) == [
        (
            0,
            "Required-Missing",
            (
                "property 'id': required, but missing; property 'value': expected number; "
                "property 'x': not planned for this event"
            ),
        ),
        (
            1,
            "Unknown-Violation",
            "property 'currency': not one of the allowed values; property 'value': below the minimum 0",
        ),
    ]


def test_rows_are_those_of_the_batch_whatever_the_order_of_events() -> None:
    names = ["open", "purchase", "whole", "purchase", "whole", "purchase"]
    texts = ["{}", '{"id":"a"}', '{"n":0.5}', "{}", '{"n":2}', '{"id":"a","value":101}']
    assert [(row, code) for row, code, _ in judge(*zip(names, texts, strict=True))] == [
        (2, "Datatype-Mismatch"),
        (3, "Required-Missing"),
        (5, "Unknown-Violation"),
    ]


def test_messages_and_properties_never_hold_a_value() -> None:
    secret = "jane@example.org"
    texts = [
        json.dumps({"id": "a"} | {key: secret})
        for key in ("currency", "value", "quantity", "is_new", "placed_at", "items", "x")
    ]
    found = find_violations(pl.Series(["purchase"] * len(texts)), pl.Series(texts), PLAN, "strict")
    assert found.height == len(texts)
    assert secret not in found.write_csv()


def test_every_bad_record_among_many_is_found() -> None:
    rows = 50_000
    names = [f"event_{number}" for number in range(5)]
    properties = {
        "id": {"type": "string", "required": True},
        "currency": {"type": "string", "allowed": ["EUR", "USD"]},
        "value": {"type": "number", "min": 0},
        "quantity": {"type": "integer"},
        "is_new": {"type": "boolean"},
        "placed_at": {"type": "datetime"},
    }
    plan = TrackingPlan.model_validate({"version": 1, "events": {name: {"properties": properties} for name in names}})
    texts = [
        f'{{"id":"T-{i}","currency":"EUR","value":{i % 997 - (i % 1000 == 0) * 1000},"quantity":{i % 7},'
        f'"is_new":{"true" if i % 2 else "false"},"placed_at":"2024-05-{i % 28 + 1:02}T12:00:00Z"}}'
        for i in range(rows)
    ]
    events, column = pl.Series([names[i % 5] for i in range(rows)]), pl.Series(texts)
    found = judge_batch(events, column, plan, "web")
    assert found["row"].to_list() == list(range(0, rows, 1000))


def test_a_plan_without_events_and_a_batch_without_a_readable_record_are_no_error() -> None:
    nothing = TrackingPlan.model_validate({"version": 1, "sources": {"web": {"unplanned_events": "quarantine"}}})
    names, texts = pl.Series(["a", None]), pl.Series(["{}", None])
    assert judge_batch(names, texts, nothing, "web")["row"].to_list() == [0]
    assert judge(("purchase", "x"), ("purchase", "x")) == [
        (row, "Unknown-Violation", "properties: not a readable JSON object") for row in (0, 1)
    ]
