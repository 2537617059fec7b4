"""A drafted plan holds for its data, and is the same text whatever the order of the records."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.tracking_plan.draft import LEAST_REPEATS, MOST_ALLOWED, REQUIRED_FROM, infer_plan
from dmp_assets.ingest.tracking_plan.plan import PropertyRule, TrackingPlan, load_tracking_plan
from dmp_assets.ingest.tracking_plan.report import report_violations

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=6)
WORDS = st.sampled_from(["yes", "no", "EUR", "12", "2024-05-01", "2024-05-01T12:00:00Z", "~", "null", ": #"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9) | WORDS | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(["currency", "value", "on", "1", "a: b", "", "'", "#"]) | TEXTS
RECORDS = st.tuples(NAMES, st.none() | st.dictionaries(NAMES, VALUES, max_size=4))


def frame(records: list[tuple[str, dict[str, Any] | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "source": ["web"] * len(records),
            "event_name": [name for name, _ in records],
            "properties": [None if properties is None else json.dumps(properties) for _, properties in records],
            "path": ["web/a.ndjson"] * len(records),
            "line_number": range(1, len(records) + 1),
        },
        schema={
            "source": pl.String,
            "event_name": pl.String,
            "properties": pl.String,
            "path": pl.String,
            "line_number": pl.Int64,
        },
    )


def parse(text: str) -> TrackingPlan:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tracking_plan.yaml"
        file.write_text(text, encoding="utf-8")
        plan = load_tracking_plan(file)
        assert plan is not None
        return plan


def rules(*values: object) -> dict[str, PropertyRule]:
    """Return the drafted rules of records that have one property, ``v``, or none where the value is ``...``."""
    records = [("buy", {} if value is ... else {"v": value}) for value in values]
    return parse(infer_plan(frame(records))).events["buy"].properties


@pytest.mark.parametrize("key", ["^a$", "^.*$", "*", "^b.$"])
def test_a_key_that_looks_like_a_pattern_is_a_name(key: str) -> None:
    records = [("x", {key: "yes", "a": "no", "bc": "no"})] * (LEAST_REPEATS * 4)
    text = infer_plan(frame(records))
    of_its_own = [line for line in text.splitlines() if "allowed: ['yes']" in line]
    assert len(of_its_own) == 1
    assert key in of_its_own[0]


# Few records by chance have a property of two types: with half of the examples, drafts that break went unseen.
@pytest.mark.all_examples
@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, max_size=6), st.integers(1, 25))
def test_data_never_break_the_plan_that_was_drafted_from_them(
    records: list[tuple[str, dict[str, Any] | None]], repeats: int
) -> None:
    events = frame(records * repeats)
    text = infer_plan(events)
    report = report_violations([events], parse(text))
    assert report.filter(pl.col("quarantined")).is_empty()
    assert infer_plan(events.reverse()) == text


def test_types_are_as_narrow_as_every_value_allows() -> None:
    assert rules(1, 2.0)["v"].type == "integer"
    assert rules(1, 2.5)["v"].type == "number"
    assert rules("2024-05-01", "2024-05-01T12:00:00Z")["v"].type == "datetime"
    assert rules("2024-05-01", "soon")["v"].type == "string"
    assert rules(True, None)["v"].type == "boolean"
    assert rules([1], ["a"])["v"].type == "array"
    assert rules({"a": 1})["v"].type == "object"


def test_a_property_of_two_types_is_left_to_a_person() -> None:
    assert rules(1, "1") == {}
    assert '# "v": number in 1, string in 1; left out' in infer_plan(frame([("buy", {"v": 1}), ("buy", {"v": "1"})]))


def test_a_property_is_required_where_enough_records_all_have_it() -> None:
    assert rules(*range(REQUIRED_FROM))["v"].required
    assert not rules(*range(REQUIRED_FROM - 1))["v"].required
    assert not rules(*range(REQUIRED_FROM), None)["v"].required


def test_values_are_listed_where_they_are_few_and_come_often() -> None:
    few = [f"word {chr(97 + number)}" for number in range(MOST_ALLOWED)]
    assert rules(*few * LEAST_REPEATS)["v"].allowed == tuple(few)
    assert rules(*few * LEAST_REPEATS, *["one more"] * LEAST_REPEATS)["v"].allowed is None
    assert rules(*few * (LEAST_REPEATS - 1))["v"].allowed is None


def test_values_that_could_name_a_person_are_not_listed() -> None:
    for value in ("jane@example.org", "4915112345678", "T-1"):
        assert rules(*[value] * 100)["v"].allowed is None


def test_a_draft_reads_as_expected() -> None:
    records = [("buy", {"currency": "EUR" if i % 2 else "NO", "n": i}) for i in range(20)] + [("view", None)]
    assert infer_plan(frame(records)) == (
        "# Drafted from 21 records: what holds so far, not what should. Review before use.\n"
        "version: 1\n"
        "events:\n"
        "  buy:  # 20 records\n"
        "    version: 1\n"
        "    properties:\n"
        "      currency: {type: string, required: true, allowed: [EUR, 'NO']}  # in 20 of 20\n"
        "      n: {type: integer, required: true}  # in 20 of 20\n"
        "  view:  # 1 records\n"
        "    version: 1\n"
    )


def test_a_report_counts_each_rule_and_names_the_first_place() -> None:
    plan = TrackingPlan.model_validate(
        {"version": 1, "events": {"buy": {"properties": {"v": {"type": "number", "required": True}}}}}
    )
    records = frame([("buy", {"v": "x"}), ("buy", {}), ("scroll", None), ("buy", {"v": 1}), ("buy", {"v": "y"})])
    report = report_violations([records[3:], records[:3]], plan)
    assert report.select(
        "event_name", "property", "violation_code", "quarantined", "violations", "line_number"
    ).rows() == [
        ("buy", "v", "Datatype-Mismatch", True, 2, 1),
        ("(unplanned)", None, "Unplanned-Event", False, 1, 3),
        ("buy", "v", "Required-Missing", True, 1, 2),
    ]
