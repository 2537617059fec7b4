"""Recommendations: masks, fill, ties, leaks, and the account of their quality."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.recommendations.interactions import RECENT_DAYS, build_interactions, known_people, purchased_pairs
from dmp_assets.recommendations.item_item import MIN_BUYERS, MIN_TOGETHER, NEIGHBOURS, best_first, fit_neighbours
from dmp_assets.recommendations.schema import RecommendationMetrics, Recommendations
from dmp_assets.recommendations.transform import build_recommendations, evaluate_recommendations
from dmp_assets_tests.recommendations.factories import Line, lines

DAY = date(2026, 6, 30)


def recommend(rows: list[Line], per_person: int = 3) -> pl.DataFrame:
    return Recommendations.validate(build_recommendations(lines(rows).lazy(), DAY, per_person), lazy=True)


def evaluate(rows: list[Line], holdout_days: int = 28) -> pl.DataFrame:
    return RecommendationMetrics.validate(evaluate_recommendations(lines(rows).lazy(), DAY, holdout_days), lazy=True)


def items_of(table: pl.DataFrame, person: str) -> list[str]:
    return table.filter(pl.col("person_id") == person)["item_id"].to_list()


# Six people buy bread and butter, six buy tea and milk; ann has bread only, and everybody has soap.
PAIRS: list[Line] = [
    (f"{kind}{n}", item, DAY)
    for kind, basket in (("b", ("bread", "butter", "soap")), ("t", ("tea", "milk", "soap")))
    for n in range(6)
    for item in basket
]
ANN: list[Line] = [("ann", "bread", DAY), ("ann", "soap", DAY)]


def test_what_goes_with_the_own_items_comes_first_and_says_why():
    table = recommend([*PAIRS, *ANN])
    first = table.filter(pl.col("person_id") == "ann").row(0, named=True)
    assert (first["item_id"], first["rank"], first["model"]) == ("butter", 1, "item_item")
    assert first["reason"] == "bought with bread"
    bread, soap = 6 / np.sqrt(6 * 7), 6 / np.sqrt(6 * 13)
    assert first["score"] == pytest.approx(bread + soap)


def test_the_reason_is_an_item_that_the_person_owns():
    table = recommend([*PAIRS, ("bob", "soap", DAY)], per_person=9)
    assert set(table.filter(pl.col("person_id") == "bob")["reason"]) == {"bought with soap"}


def test_equal_scores_go_by_item_id():
    assert items_of(recommend([*PAIRS, *ANN]), "ann") == ["butter", "milk", "tea"]


def test_what_was_bought_is_never_recommended():
    rows = [*PAIRS, *ANN]
    table = recommend(rows, per_person=20)
    bought = pl.DataFrame(rows, schema=["person_id", "item_id", "day"], orient="row")
    assert table.join(bought, on=["person_id", "item_id"], how="semi").height == 0
    assert table.height == 13 * 5 - bought.height
    assert table.group_by("person_id").agg((pl.col("rank") == pl.int_range(1, pl.len() + 1)).all())["rank"].all()


def test_too_few_buyers_give_popularity():
    rows: list[Line] = [(f"p{n}", item, DAY) for n in range(MIN_BUYERS - 1) for item in ("tea", "milk")]
    table = recommend([*rows, ("ann", "tea", DAY), ("bob", "soap", DAY)])
    assert items_of(table, "bob") == ["tea", "milk"]
    assert set(table["model"]) == {"popularity"}
    assert set(table["reason"]) == {"popular"}
    share = table.filter(pl.col("person_id") == "bob", pl.col("item_id") == "tea")["score"].item()
    assert share == pytest.approx(MIN_BUYERS / (MIN_BUYERS + 1))


def test_one_more_buyer_gives_similarity():
    rows: list[Line] = [(f"p{n}", item, DAY) for n in range(MIN_BUYERS) for item in ("tea", "milk")]
    table = recommend([*rows, ("ann", "tea", DAY)])
    assert table.filter(pl.col("person_id") == "ann")["model"].to_list() == ["item_item"]


def test_a_person_who_only_looks_gets_what_is_popular():
    looked = lines([("eve", "tea", DAY)], "view_item")
    table = build_recommendations(pl.concat([lines([*PAIRS, *ANN]), looked]).lazy(), DAY, 2)
    assert items_of(table, "eve") == ["soap", "bread"]


def test_recent_popularity_beats_old():
    old: list[Line] = [(f"p{n}", "old", DAY - timedelta(days=28)) for n in range(9)]
    new: list[Line] = [("q", "new", DAY - timedelta(days=27)), ("r", "now", DAY)]
    assert items_of(recommend([*old, *new]), "r") == ["new", "old"]


@pytest.mark.parametrize(("age", "model"), [(RECENT_DAYS - 1, "item_item"), (RECENT_DAYS, "popularity")])
def test_only_recent_buyers_speak_for_an_item(age: int, model: str):
    rows: list[Line] = [(f"p{n}", "fad", DAY - timedelta(days=age)) for n in range(6)]
    rows += [(f"p{n}", "tea", DAY) for n in range(6)]
    table = recommend([*rows, ("ann", "tea", DAY)])
    assert table.filter(pl.col("person_id") == "ann")["model"].to_list() == [model]


def test_anonymous_and_later_lines_change_nothing():
    extra: list[Line] = [
        (None, "soap", DAY),
        ("ann", "tea", DAY + timedelta(days=1)),
        ("new", "x", DAY + timedelta(days=1)),
    ]
    assert_frame_equal(recommend([*PAIRS, *ANN, *extra]), recommend([*PAIRS, *ANN]))


def random_lines(seed: int, people: int = 40, days: int = 120) -> list[Line]:
    chance = np.random.default_rng(seed)
    return [
        (f"p{person:02}", f"i{int(25 * chance.random() ** 2):02}", DAY - timedelta(days=int(chance.integers(0, days))))
        for person in range(people)
        for _ in range(int(chance.integers(1, 15)))
    ]


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_neighbours_equal_brute_force(seed: int):
    pairs = purchased_pairs(lines(random_lines(seed)).lazy(), DAY)
    interactions = build_interactions(pairs, pairs["person_id"].unique().sort())
    newest = pairs["last_date"].max()
    ever, lately = {}, {}
    for person, item, _, last in pairs.iter_rows():
        ever.setdefault(item, set()).add(person)
        if (newest - last).days < RECENT_DAYS:
            lately.setdefault(item, set()).add(person)
    fitted = fit_neighbours(interactions)
    names = interactions.items.to_list()
    for column, target in enumerate(names):
        fans = lately.get(target, set())
        want = []
        for other in names if len(fans) >= MIN_BUYERS else ():
            together = len(fans & ever[other])
            if other != target and together >= MIN_TOGETHER:
                want.append((-together / np.sqrt(len(fans) * len(ever[other])), other))
        got = [names[place] for place in fitted.index[column] if place >= 0]
        assert got == [other for _, other in sorted(want)][:NEIGHBOURS]


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 10))
@settings(deadline=None)
def test_best_first_equals_sorting(scores: list[int], count: int):
    index = np.arange(len(scores))[::-1].copy()
    want = sorted(range(len(scores)), key=lambda place: (-scores[place], index[place]))[:count]
    assert best_first(np.array(scores, dtype=np.float64), index, count).tolist() == want


def test_order_of_rows_changes_nothing():
    frame = lines(random_lines(1))
    lists, metrics = build_recommendations(frame.lazy(), DAY, 5), evaluate_recommendations(frame.lazy(), DAY, 28)
    for seed in range(2):
        shuffled = frame.sample(fraction=1, shuffle=True, seed=seed).lazy()
        assert_frame_equal(build_recommendations(shuffled, DAY, 5), lists, check_exact=True)
        assert_frame_equal(evaluate_recommendations(shuffled, DAY, 28), metrics, check_exact=True)


def test_metrics_by_hand_and_without_leak():
    """Thirty people own tea; in the holdout 15 buy the popular milk and 15 something that is new to everybody."""
    before, after = DAY - timedelta(days=28), DAY - timedelta(days=27)
    rows: list[Line] = [(f"p{n:02}", "tea", before) for n in range(30)]
    rows += [(f"q{n}", "milk", before) for n in range(3)]
    rows += [(f"p{n:02}", "milk" if n < 15 else "novelty", after) for n in range(30)]
    rows += [("stranger", "tea", after), ("p00", "tea", after)]
    table = evaluate(rows)
    value = {(row["model"], row["metric"], row["k"]): row for row in table.rows(named=True)}
    for model in ("item_item", "popularity"):
        assert value[model, "recall", 5]["value"] == value[model, "ndcg", 10]["value"] == 0.5
        assert value[model, "recall", 5]["standard_error"] == pytest.approx(np.sqrt(0.25 * 30 / 29 / 30))
        assert value[model, "coverage", 20]["value"] == 0.5
    assert set(table["people"]) == {30}
    assert set(table["train_last_date"]) == {before}
    assert set(table["holdout_first_date"]) == {after}


def test_lists_before_the_holdout_do_not_know_it():
    rows, cut = random_lines(5), DAY - timedelta(days=28)
    known = lines([row for row in rows if row[2] <= cut]).lazy()
    assert_frame_equal(build_recommendations(lines(rows).lazy(), cut, 5), build_recommendations(known, cut, 5))


@pytest.mark.parametrize(("people", "status"), [(19, "not_enough_data"), (20, "ok")])
def test_twenty_people_are_needed_to_judge(people: int, status: str):
    old, new = DAY - timedelta(days=60), DAY
    rows: list[Line] = [(f"p{n}", "tea", old) for n in range(people)] + [(f"p{n}", "milk", new) for n in range(people)]
    table = evaluate(rows)
    assert set(table["status"]) == {status}
    assert set(table["people"]) == {people}
    assert (table["value"].null_count() == 24) is (status != "ok")


def test_nothing_in_gives_no_lists_and_says_not_enough_data():
    assert recommend([]).height == 0
    table = evaluate([])
    assert table.height == 24
    assert set(table["status"]) == {"not_enough_data"}
    assert known_people(lines([]).lazy(), DAY).len() == 0
