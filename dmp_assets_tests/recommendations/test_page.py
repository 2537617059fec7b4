"""The page of recommendations: what is served, and how honestly it stands beside the baselines."""

from datetime import date
from typing import Any

import pytest

from dmp_assets.foundation.pages.blocks import NotEnough, Section
from dmp_assets.recommendations.page import RECOMMENDATIONS
from dmp_assets_tests.support.editions import Rows, built, chart, drawn, every, headline, nonsense, table, texts

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 28)


def metric(model: str, value: float | None, people: int = 400, **more: Any) -> dict[str, Any]:
    return {
        "task": "repeat", "model": model, "metric": "hit_rate", "k": 10, "value": value, "people": people,
        "is_served": model == "blend", "holdout_first_date": FIRST, "holdout_last_date": LAST, "status": "ok",
    } | more  # fmt: skip


def proven(low: float, high: float, people: int = 400) -> list[dict[str, Any]]:
    """Return metrics of a blend beside own habit, the better baseline, from which it differs by low to high."""
    middle = (low + high) / 2
    differences = {"difference_to_personal": middle, "personal_low": low, "personal_high": high}
    differences |= {"difference_to_popularity": 0.2, "popularity_low": 0.1, "popularity_high": 0.3}
    return [
        metric("blend", 0.5 + middle, people, **differences),
        metric("personal", 0.5, people),
        metric("popularity", 0.3, people),
        metric("ease", 0.99, people),
        metric("blend", 0.9, people, task="discover", metric="ndcg"),
    ]


def lists(*rows: tuple[str, str, str, str, str]) -> Rows:
    names = ("person_id", "task", "item_id", "reason_kind", "reason")
    served = [
        {"task": "repeat", "served_by": "blend", "people": 3, "people_rate": 0.75, "places": 5, "places_rate": 0.8},
        {"task": "repeat", "served_by": "none", "people": 1, "people_rate": 0.25, "places": 0, "places_rate": 0.0},
        {"task": "discover", "served_by": "content", "people": 0, "people_rate": 0.0, "places": 0, "places_rate": 0.0},
    ]
    return {
        "recommendations.recommendations": [dict(zip(names, row, strict=True)) for row in rows],
        "recommendations.serving_paths": served,
        "analytics.items": [
            {"item_id": "1", "item_name": "Oat milk", "item_category": "MILK"},
            {"item_id": "2", "item_category": "BREAD"},
            {"item_id": "3", "item_category": "BREAD"},
        ],
    }


LISTS = lists(
    ("a", "repeat", "1", "own", "had before"),
    ("b", "repeat", "1", "own", "had before"),
    ("c", "repeat", "1", "own", "had before"),
    ("a", "repeat", "2", "item", "goes with <b>"),
    ("b", "repeat", "3", "own", "had before"),
    ("a", "discover", "4", "people", "like histories"),
)
"""Item 4 is not among the items."""


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.02, 0.06, ": 4 points more than own habit (50%), with 95 % certainty 2 to 6 points."),
        (-0.01, 0.03, ". That is no certain difference from own habit (50%): it lies between -1 and 3 points."),
        (0.0, 0.04, ". That is no certain difference from own habit (50%): it lies between 0 and 4 points."),
        (-0.06, -0.02, ": 4 points fewer than own habit (50%), with 95 % certainty 2 to 6 points."),
    ],
)
def test_the_headline_is_the_difference_from_the_better_baseline_with_its_interval(
    low: float, high: float, said: str
) -> None:
    page = built(RECOMMENDATIONS, {**LISTS, "recommendations.recommendation_metrics": proven(low, high)})
    share = f"{50 + 50 * (low + high):.0f}%"
    assert headline(page) == f"The lists to buy again name something that was then taken for {share} of people{said}"
    assert chart(page, "proof-repeat").title == headline(page)
    assert [(one["value"], one["low"], one["high"]) for one in drawn(page, "proof-repeat")] == [
        (0.2, 0.1, 0.3),
        ((low + high) / 2, low, high),
    ]
    assert [row["model"] for row in table(page, "proof-repeat")] == ["chosen blend", "own habit", "best sellers"]
    assert nonsense(page) == []


def test_the_paths_are_named_with_their_shares_and_people_without_a_list_too() -> None:
    page = built(RECOMMENDATIONS, LISTS)
    assert [(row["task"], row["served_by"], row["people_rate"]) for row in table(page, "paths")] == [
        ("buy again", "the chosen model", 0.75),
        ("buy again", "no list", 0.25),
    ]
    assert "To buy again, the chosen model serves 3 people (75%)." in texts(page)


def test_items_are_named_by_the_catalogue_and_never_drawn_as_one_bar() -> None:
    page = built(RECOMMENDATIONS, LISTS)
    rows = table(page, "items-repeat")
    assert [(row["item_name"], row["people"], row["share_rate"]) for row in rows] == [
        ("Oat milk", 3, 1.0),
        ("BREAD (2)", 1, 1 / 3),
        ("BREAD (3)", 1, 1 / 3),
    ]
    assert [one["name"] for one in drawn(page, "items-repeat")] == ["Oat milk", "BREAD (2)", "BREAD (3)"]
    assert chart(page, "items-repeat").title == "Oat milk stands in most lists to buy again: 3 (100%)"
    assert chart(page, "items-repeat").note == "These 3 items take 100% of all places."
    assert table(page, "items-discover")[0]["item_name"] == "4"


def test_reasons_have_their_share_of_the_places_of_their_list() -> None:
    rows = table(built(RECOMMENDATIONS, LISTS), "reasons")
    assert [(row["task"], row["reason_kind"], row["places"], row["share_rate"]) for row in rows] == [
        ("buy again", "They had it before", 4, 0.8),
        ("buy again", "Goes with another item of theirs", 1, 0.2),
        ("discover", "People like them have it", 1, 1.0),
    ]


def test_a_baseline_that_is_served_is_compared_with_the_other_one_only() -> None:
    differences: dict[str, Any] = {"difference_to_popularity": 0.2, "popularity_low": 0.1, "popularity_high": 0.3}
    itself: dict[str, Any] = {"difference_to_personal": 0.0, "personal_low": 0.0, "personal_high": 0.0}
    served = metric("personal", 0.5, is_served=True, **differences, **itself)
    rows = {**LISTS, "recommendations.recommendation_metrics": [served, metric("popularity", 0.3)]}
    page = built(RECOMMENDATIONS, rows)
    assert "20 points more than best sellers (30%)" in headline(page)
    assert [one["name"] for one in drawn(page, "proof-repeat")] == ["More than best sellers"]


@pytest.mark.parametrize("model", ["blend", "popularity"])
def test_what_comes_next_is_proved_on_no_days_and_only_where_it_is_a_list(model: str) -> None:
    """Popularity is no list of it, whatever it is worth."""
    of_next = {"task": "next", "holdout_first_date": LAST, "is_served": True, "personal_low": 0.1, "personal_high": 0.3}
    rows = [metric(model, 0.5, **of_next, difference_to_personal=0.2), metric("personal", 0.3, task="next")]
    paths = [*LISTS["recommendations.serving_paths"]]
    if model == "blend":
        paths.append(paths[0] | {"task": "next"})
    tables = {**LISTS, "recommendations.serving_paths": paths}
    page = built(RECOMMENDATIONS, tables | {"recommendations.recommendation_metrics": [*proven(0.02, 0.06), *rows]})
    (section,) = (block for block in page if isinstance(block, Section) and block.key == "proof")
    assert "The days judged are 1 Mar 2026 to 28 Mar 2026." in str(section)
    assert ("400 people, each judged by the newest step" in str(section)) is (model == "blend")


UNJUDGED = [metric(name, None, 7, status="not_enough_data") for name in ("blend", "popularity")]
CHOICE = {"task": "repeat", "candidate": "popularity", "members": "popularity", "is_chosen": True, "people": 7}


@pytest.mark.parametrize(
    ("rows", "said", "missing"),
    [
        ({}, "Nothing is recommended yet.", "Lists need identified people"),
        (LISTS, "3 people have a list; whether", "The list to buy again cannot be judged: 0 people"),
        (
            {**LISTS, "recommendations.recommendation_metrics": UNJUDGED},
            "3 people have a list; whether",
            "The list to buy again cannot be judged: 7 people",
        ),
        (
            {**LISTS, "recommendations.recommendation_metrics": proven(0.02, 0.06, people=29)},
            "3 people have a list; whether",
            "The list to discover cannot be judged",
        ),
        (
            {**LISTS, "recommendations.model_choice": [CHOICE | {"status": "not_enough_data"}]},
            "3 people have a list; whether",
            "There were too few people to compare models for the list to buy again",
        ),
    ],
)
def test_what_cannot_be_judged_is_said_and_is_no_headline(rows: Rows, said: str, missing: str) -> None:
    page = built(RECOMMENDATIONS, rows)
    assert headline(page).startswith(said)
    assert nonsense(page) == []
    assert any(one.text.startswith(missing) for one in every(page) if isinstance(one, NotEnough))
