"""The lists: what is masked, what they rest on, and that nothing else changes them."""

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.families import Member, candidates
from dmp_assets.recommendations.models.popularity import fit_fallback, no_fallback
from dmp_assets.recommendations.ranking.blend import Choice, fit_choice, member_scores
from dmp_assets.recommendations.ranking.mixes import best_of_mixes
from dmp_assets.recommendations.ranking.recommend import listed, ranked_positions, recommend
from dmp_assets.recommendations.schema.tasks import DISCOVER, REPEAT
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines

MEMBERS = (Member("personal", profile=Profile(half_life_days=30.0)), Member("item_knn", (("neighbours", 20),)))
CHOICE = Choice("any", MEMBERS, (0.75, 0.25), "for the test")


def served(lines: pl.LazyFrame, task: str, per_person: int = 5, choice: Choice = CHOICE, **more) -> pl.DataFrame:
    interactions = build_interactions(lines, people=more.pop("people", None))
    fallback = fit_fallback(interactions, more.pop("segments", None))
    blend = fit_choice(interactions, choice)
    return pl.concat(recommend(blend, interactions, fallback, task=task, per_person=per_person, **more))


def test_discover_leaves_out_what_was_bought_and_repeat_does_not():
    lines = random_lines(names=("purchase", "view_item"))
    bought = lines.filter("is_bought").collect()
    pair = ["person_id", "item_id"]
    assert served(lines, DISCOVER).join(bought, on=pair, how="semi").is_empty()
    assert served(lines, REPEAT).join(bought, on=pair, how="semi").height > 100


def test_what_was_touched_but_not_bought_may_be_discovered():
    rows = [("ann", "a", "view_item", 0), ("ann", "b", "purchase", 0), ("bob", "c", "purchase", 0)]
    first = served(item_lines(rows), DISCOVER).filter(pl.col("person_id") == "ann", pl.col("rank") == 1)
    assert first.select("item_id", "model", "reason_kind").row(0) == ("a", "personal", "own")


def test_every_place_says_what_it_rests_on():
    rows = [(person, item, "purchase", 0.0) for person in ("ann", "bob", "cid") for item in ("a", "b")]
    found = served(item_lines([*rows, ("dan", "a", "purchase", 0), ("eve", "z", "purchase", 0)]), DISCOVER, 1)
    words = found.select("person_id", "item_id", "served_by", "reason_kind", "because").rows()
    assert ("dan", "b", "blend", "item", "a") in words
    assert ("eve", "a", "popularity", "popular", None) in words


def test_an_item_that_goes_with_itself_is_the_persons_own():
    """Tea is drunk again and again: one cup leads to the next, which is no other item to name."""
    rows = [(person, "tea", "view_item", float(day)) for person in ("ann", "bob") for day in range(4)]
    rows += [("cid", "tea", "view_item", 0.0), ("cid", "milk", "view_item", 1.0)]
    follows = Choice("any", (Member("covisit", (("neighbours", 5),)),), (1.0,), "for the test")
    found = served(item_lines(rows), REPEAT, choice=follows).filter(person_id="ann")
    assert found.select("item_id", "model", "reason_kind", "because").rows() == [
        ("tea", "covisit", "own", None),
        ("milk", "covisit", "item", "tea"),
    ]


def test_the_cold_are_served_by_their_segment_or_by_everybody():
    rows = [("ann", "a", "purchase", 0.0), ("bob", "a", "purchase", 0.0), ("cid", "b", "purchase", 0.0)]
    segments = pl.DataFrame({"person_id": ["new", "cid"], "segment": ["loyal", "loyal"]})
    found = served(item_lines(rows), REPEAT, 2, people=pl.Series(["new", "other"]), segments=segments)
    cold = found.filter(pl.col("person_id").is_in(["new", "other"]), pl.col("rank") == 1)
    assert cold.select("person_id", "served_by", "reason_kind", "because").rows() == [
        ("new", "segment_popularity", "segment", "loyal"),
        ("other", "popularity", "popular", None),
    ]
    shares = found.filter(pl.col("served_by") != "blend")["score"]
    assert shares.is_between(0, 1).all()


def test_everybody_has_a_full_list_ranked_from_one():
    found = served(random_lines(), REPEAT, 7)
    assert found.group_by("person_id").agg(pl.col("rank").sort())["rank"].to_list() == [list(range(1, 8))] * 60
    assert found.select("person_id", "item_id").is_unique().all()


def test_what_is_excluded_is_not_served():
    lines = random_lines()
    interactions = build_interactions(lines)
    excluded = sparse.csr_matrix(np.tile(np.arange(interactions.shape[1]) % 2, (interactions.shape[0], 1)))
    for task in (REPEAT, DISCOVER):
        found = served(lines, task, 50, excluded=excluded)
        places = interactions.items.search_sorted(found["item_id"])
        assert found.height
        assert (places % 2 == 0).all()


@pytest.mark.parametrize("task", [REPEAT, DISCOVER])
def test_neither_the_order_of_lines_nor_the_size_of_blocks_matters(task: str):
    lines = random_lines(names=("purchase", "view_item"))
    members = tuple(dict.fromkeys(member for member in candidates(build_interactions(lines))))[::3]
    choice = Choice(task, members, (1.0,) * len(members), "for the test")
    one = served(lines, task, choice=choice)
    shuffled = lines.collect().sample(fraction=1, shuffle=True, seed=5).lazy()
    assert one.equals(served(shuffled, task, choice=choice))
    assert one.equals(served(lines, task, choice=choice, block_people=7))


def test_nobody_to_serve_gets_no_list():
    """As in a window in which nobody has something to discover."""
    interactions = build_interactions(random_lines())
    blend, fallback = fit_choice(interactions, CHOICE), fit_fallback(interactions)
    nobody = np.empty(0, np.int64)
    assert ranked_positions(blend, interactions, nobody, fallback, task=DISCOVER, per_person=5).is_empty()


@pytest.mark.parametrize("is_compared", [True, False])
def test_without_a_fallback_a_list_ends_where_the_models_have_no_opinion(is_compared: bool):
    rows = [("ann", "c", "purchase", 0), ("bob", "a", "purchase", 0), ("bob", "b", "purchase", 0)]
    interactions = build_interactions(item_lines(rows), people=pl.Series(["cid"]))
    own = Choice("any", MEMBERS[:1], (1.0,), "for the test")
    blend, fallback, everybody = fit_choice(interactions, own), no_fallback(interactions), np.arange(3)
    if is_compared:
        scores = member_scores(blend.models, interactions.rows(everybody))
        found = listed(everybody, best_of_mixes(scores, None, blend.weights[np.newaxis], fallback.shares[0], 3)[0][0])
    else:
        found = ranked_positions(blend, interactions, everybody, fallback, task=REPEAT, per_person=3)
    assert found.rows() == [(0, 1, 2), (1, 1, 0), (1, 2, 1)]
