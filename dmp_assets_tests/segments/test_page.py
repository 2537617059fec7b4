"""The page of segments: sizes, marks that are no chance, reasons, and the way out."""

from datetime import date
from typing import Any

import pytest

from dmp_assets.foundation.pages.blocks import NotEnough, Table
from dmp_assets.segments.page import SEGMENTS
from dmp_assets_tests.support.editions import Rows, built, every, headline, nonsense, table, texts

TODAY = date(2026, 4, 1)


def segment(segment_id: str, name: str, people: int, kind: str = "rfm", status: str = "ok") -> dict[str, Any]:
    return {
        "segment_id": segment_id, "segment_name": name, "kind": kind, "as_of_date": TODAY, "people": people,
        "share_rate": people / 80, "description": f"Who is in {name}.", "status": status, "mean_orders": 2.0,
    }  # fmt: skip


def people_of(segment_id: str, people: int, revenue: int, categories: dict[str, int]) -> Rows:
    """Return people of a segment; the first so many of them have each category among their top ones."""
    ids = [f"{segment_id}{number:02}" for number in range(people)]
    return {
        "profiles.profiles": [
            {"person_id": one, "revenue": revenue, "orders": 1}
            | {"top_categories": [name for name, count in categories.items() if place < count]}
            for place, one in enumerate(ids)
        ],
        "segments.memberships": [
            {"segment_id": segment_id, "person_id": one, "kind": "rfm", "as_of_date": TODAY}
            | {"reason": "often" if place else "often and lately"}
            for place, one in enumerate(ids)
        ],
    }


def world() -> Rows:
    """Return two segments of 40: BEEF is a mark (30 against 5), SOUP may be chance (20 against 10)."""
    best = people_of("best", 40, 100, {"BREAD": 40, "BEEF": 30, "SOUP": 20, "FUEL": 40})
    rest = people_of("rest", 40, 50, {"BREAD": 40, "BEEF": 5, "SOUP": 10})
    both = {name: [*best[name], *rest[name]] for name in best}
    return {**both, "segments.segments": [segment("best", "Best", 40), segment("rest", "Rest", 40)]}


@pytest.fixture(scope="module")
def page() -> list[Any]:
    return built(SEGMENTS, world(), left_out=("FUEL",))


def test_the_headline_names_the_segment_with_the_most_revenue(page: list[Any]) -> None:
    assert headline(page) == "Best (40 people) are 50% of the known people and bring 66.7% of what those brought."
    assert [(row["people"], row["revenue"]) for row in table(page, "segments-rfm")] == [(40, 4000), (40, 2000)]
    assert nonsense(page) == []


def test_a_mark_is_beyond_chance_and_stands_beside_everybody_else(page: list[Any]) -> None:
    rows = table(page, "marks")
    assert [(row["segment_name"], row["value"], row["people"]) for row in rows] == [
        ("Best", "BEEF", 30),
        ("Rest", "BEEF", 5),
    ]
    assert (rows[0]["share_rate"], rows[0]["other_share_rate"], rows[0]["index"]) == (0.75, 0.125, 600)
    assert round(rows[1]["index"], 4) == 16.6667


def test_what_is_left_out_marks_nobody_and_what_nobody_else_has_has_no_index() -> None:
    rows = table(built(SEGMENTS, world()), "marks")
    assert ("Best", "FUEL", None) in {(row["segment_name"], row["value"], row["index"]) for row in rows}


def test_reasons_are_the_commonest_with_an_example_only_where_people_are_shown(page: list[Any]) -> None:
    assert table(page, "reasons")[0] == {
        "segment_name": "Best", "reason": "often", "members": 39, "person_id": "best01"
    }  # fmt: skip
    hidden = built(SEGMENTS, world(), show_people=False)
    assert set(table(hidden, "reasons")[0]) == {"segment_name", "reason", "members"}
    queries = [one.query for one in every(hidden) if isinstance(one, Table) and one.key == "reasons"]
    assert ["person_id" in query for query in queries] == [False]


def test_the_way_out_says_that_nobody_would_be_in_the_file_without_consent(page: list[Any]) -> None:
    assert any("dmp audience export best --to google_customer_match" in text for text in texts(page))
    assert any("the file would be empty" in text for text in texts(page))
    consents = [
        {"person_id": who, "purpose": "ads", "status": status} for who, status in (("a", "granted"), ("b", "denied"))
    ]
    agreed = built(SEGMENTS, {**world(), "profiles.consent": consents})
    assert any("1 person has agreed" in text for text in texts(agreed))


NO_CLUSTERS = segment("cluster_none", "No clusters", 0, "cluster", "not_enough_data")


@pytest.mark.parametrize(
    ("rows", "said", "missing"),
    [
        ({}, "Nobody can be put into a segment yet.", "Segments are made of people with a profile"),
        ({"segments.segments": [NO_CLUSTERS]}, "Nobody can be put", "Who is in No clusters."),
        (
            {"segments.segments": [segment("best", "Best", 1), NO_CLUSTERS], **people_of("best", 1, 5, {"BREAD": 1})},
            "Best is the largest: 1 person",
            "No category or trait of at least 30 people",
        ),
        (
            {"segments.segments": [segment("best", "Best", 40)], **people_of("best", 40, 0, {})},
            "Best is the largest: 40 people",
            "No category or trait",
        ),
    ],
)
def test_few_people_are_named_with_their_count_and_what_is_missing_is_said(rows: Rows, said: str, missing: str) -> None:
    page = built(SEGMENTS, rows)
    assert headline(page).startswith(said)
    assert nonsense(page) == []
    assert any(one.text.startswith(missing) for one in every(page) if isinstance(one, NotEnough))
