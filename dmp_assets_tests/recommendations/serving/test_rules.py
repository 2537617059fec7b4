"""Rules of lists: who and what is kept out, why, and what moves up."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from pydantic import ValidationError

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.recommendations.schema.tasks import EXCLUSIONS
from dmp_assets.recommendations.serving.rules import (
    apply_rules,
    item_rules,
    recently_bought,
    refused_people,
    within_reach,
)
from dmp_assets_tests.recommendations.support.factories import Line, lines

DAY = date(2026, 6, 30)
NOBODY = pl.Series("person_id", [], dtype=pl.String)
NOTHING = pl.DataFrame(schema={"person_id": pl.String, "item_id": pl.String})
CATALOGUE = pl.DataFrame(
    {
        "item_id": ["bread", "butter", "diesel", "milk", "roll", "tea"],
        "item_category": ["bakery", "dairy", "fuel", "dairy", "bakery", None],
        "item_department": ["food", "food", "station", "food", None, None],
    }
)
Candidate = tuple[str, float, str]


def candidates(rows: list[Candidate], person: str = "ann", task: str = "repeat") -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["item_id", "score", "served_by"], orient="row")
    return frame.select(
        pl.lit(person).alias("person_id"),
        pl.lit(task).alias("task"),
        pl.lit(1, pl.Int8).alias("round"),
        pl.int_range(1, pl.len() + 1).alias("candidate_rank"),
        pl.all(),
    )


ANN = candidates([(item, 1 - 0.1 * place, "blend") for place, item in enumerate(CATALOGUE["item_id"])])


def judge(
    rows: pl.DataFrame = ANN, bought: pl.DataFrame = NOTHING, refused: pl.Series = NOBODY, **rules: object
) -> pl.DataFrame:
    chosen = RecommendationSettings.model_validate(rules)
    return apply_rules(rows, item_rules(CATALOGUE, chosen), bought, refused, chosen)


def shown(table: pl.DataFrame) -> list[str]:
    return table.filter(pl.col("rank").is_not_null()).sort("rank")["item_id"].to_list()


def why_not(table: pl.DataFrame) -> dict[str, str]:
    return dict(table.filter(pl.col("excluded_by").is_not_null()).select("item_id", "excluded_by").iter_rows())


def test_without_rules_the_candidates_are_the_list():
    table = judge()
    assert shown(table) == ANN["item_id"].to_list()
    assert table["rank"].to_list() == table["candidate_rank"].to_list()
    assert table["boosted_score"].to_list() == table["score"].to_list()


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"out_of_stock": ["tea"]}, {"tea": "out_of_stock"}),
        ({"blocked_categories": ["fuel"]}, {"diesel": "blocked_category"}),
        ({"blocked_categories": ["station"]}, {"diesel": "blocked_category"}),
        ({"blocked_categories": ["fuel"], "out_of_stock": ["diesel"]}, {"diesel": "out_of_stock"}),
        ({"max_per_category": 1}, {"milk": "max_per_category", "roll": "max_per_category"}),
        ({"max_per_category": 2}, {}),
        ({"max_per_category": 1, "out_of_stock": ["butter"]}, {"butter": "out_of_stock", "roll": "max_per_category"}),
    ],
)
def test_a_rule_keeps_its_items_out_and_is_named(rules: dict, expected: dict[str, str]):
    table = judge(**rules)
    assert why_not(table) == expected
    assert shown(table) == [item for item in ANN["item_id"] if item not in expected]


def test_items_without_a_category_are_not_limited():
    unknown = candidates([("x", 3.0, "blend"), ("y", 2.0, "blend"), ("tea", 1.0, "blend")])
    assert shown(judge(unknown, max_per_category=1)) == ["x", "y", "tea"]


def test_bought_items_of_another_person_stay():
    bought = pl.DataFrame({"person_id": ["ann", "bob"], "item_id": ["tea", "milk"]})
    assert why_not(judge(bought=bought)) == {"tea": "bought_recently"}


def test_who_refused_gets_nothing_and_the_others_all():
    rows = pl.concat([ANN, ANN.with_columns(person_id=pl.lit("bob"))])
    table = judge(rows, refused=pl.Series("person_id", ["ann"]), out_of_stock=["tea"])
    assert set(table.filter(pl.col("person_id") == "ann")["excluded_by"]) == {"no_consent"}
    assert shown(table.filter(pl.col("person_id") == "bob")) == ANN["item_id"].to_list()[:-1]


@pytest.mark.parametrize(("days", "expected"), [(0, []), (1, ["now"]), (2, ["now", "yesterday"])])
def test_bought_days_count_back_from_the_as_of_day(days: int, expected: list[str]):
    rows: list[Line] = [
        ("ann", "now", DAY),
        ("ann", "yesterday", DAY - timedelta(days=1)),
        ("ann", "before", DAY - timedelta(days=2)),
        ("ann", "later", DAY + timedelta(days=1)),
    ]
    looked = lines([("ann", "seen", DAY)], "view_item")
    table = recently_bought(
        pl.concat([lines(rows + rows), looked]).lazy(), DAY, RecommendationSettings(exclude_bought_days=days)
    )
    assert table["item_id"].to_list() == expected


def test_a_boost_moves_an_item_up_and_its_own_factor_wins():
    table = judge(boosts={"dairy": 1.5, "butter": 0.5})
    assert shown(table) == ["milk", "bread", "diesel", "roll", "tea", "butter"]
    assert table.filter(pl.col("item_id") == "milk")["boosted_score"].item() == pytest.approx(0.7 * 1.5)


def test_a_boost_does_not_lift_an_item_over_those_of_a_better_path():
    rows = candidates([("bread", 0.1, "blend"), ("milk", 0.9, "popularity"), ("tea", 0.8, "popularity")])
    assert shown(judge(rows, boosts={"tea": 9.0})) == ["bread", "tea", "milk"]


def test_equal_scores_keep_the_order_of_candidates():
    rows = candidates([("tea", 1.0, "blend"), ("bread", 1.0, "blend"), ("milk", 0.5, "blend")])
    assert shown(judge(rows, boosts={"milk": 2.0})) == ["tea", "bread", "milk"]


def test_lists_end_at_per_person_and_tasks_do_not_share_places():
    rows = pl.concat([ANN, ANN.with_columns(task=pl.lit("discover"))])
    table = judge(rows, per_person=2, out_of_stock=["bread"])
    for task in ("repeat", "discover"):
        assert shown(table.filter(pl.col("task") == task)) == ["butter", "diesel"]


def test_only_what_a_full_list_needed_is_within_reach():
    table = within_reach(judge(per_person=2, out_of_stock=["bread", "tea"]), 2)
    assert table["item_id"].to_list() == ["bread", "butter", "diesel"]


def test_of_a_list_that_is_not_full_everything_is_within_reach():
    table = within_reach(judge(per_person=6, out_of_stock=["bread", "tea"]), 6)
    assert table["item_id"].to_list() == ANN["item_id"].to_list()


@given(
    st.permutations(list(range(12))),
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(1, 2)),
    st.sets(st.sampled_from(CATALOGUE["item_id"].to_list())),
)
@settings(deadline=None, max_examples=40)
def test_lists_are_full_and_within_the_rules_whatever_the_order_of_rows(order, per_person, most, out_of_stock):
    rows = pl.concat([ANN, ANN.with_columns(task=pl.lit("discover"))])
    rules = {"per_person": per_person, "max_per_category": most, "out_of_stock": sorted(out_of_stock)}
    table = judge(rows[list(order)], **rules)
    assert_frame_equal(table, judge(rows, **rules), check_exact=True)
    assert set(table["excluded_by"].drop_nulls()) <= set(EXCLUSIONS)
    for one in table.partition_by("task"):
        ranks = one["rank"].drop_nulls().sort().to_list()
        assert ranks == list(range(1, len(ranks) + 1))
        assert len(ranks) == min(per_person, one["excluded_by"].null_count())
        placed = one.filter(pl.col("rank").is_not_null())
        assert placed["excluded_by"].null_count() == placed.height
        assert most is None or placed.drop_nulls("item_category").group_by("item_category").len()["len"].le(most).all()


def test_one_denial_outweighs_grants_of_other_purposes():
    consent = pl.DataFrame(
        [
            ("a", "personalisation", "granted"),
            ("a", "select_personalised_content", "denied"),
            ("b", "marketing", "denied"),
            ("c", "personalisation", "granted"),
        ],
        schema=["person_id", "purpose", "status"],
        orient="row",
    )
    people = pl.Series("person_id", ["d", "c", "b", "a"])
    assert refused_people(consent, people, RecommendationSettings()).to_list() == ["a"]
    assert refused_people(consent, people, RecommendationSettings(consent_required=True)).to_list() == ["a", "b", "d"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"per_person": 101}, "less than or equal to 100"),
        ({"per_person": "5"}, "valid integer"),
        ({"max_per_category": 0}, "greater than or equal to 1"),
        ({"boosts": {"tea": 0.0}}, "greater than 0"),
        ({"boosts": {"tea": float("inf")}}, "finite"),
        ({"consent_purposes": ["everything"]}, "allowed: store_and_access_device"),
        ({"exclude_bought_days": -1}, "greater than or equal to 0"),
        ({"block": ["fuel"]}, "Extra inputs"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(values: dict, words: str):
    with pytest.raises(ValidationError, match=words):
        RecommendationSettings.model_validate(values)


def test_every_setting_says_what_it_does():
    assert [name for name, field in RecommendationSettings.model_fields.items() if not field.description] == []
