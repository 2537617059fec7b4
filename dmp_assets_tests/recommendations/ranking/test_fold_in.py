"""One more touch gives what the batch gives."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.families import Member, candidates
from dmp_assets.recommendations.models.popularity import fit_fallback
from dmp_assets.recommendations.ranking.blend import Choice, fit_choice
from dmp_assets.recommendations.ranking.fold_in import Touch, fold_in
from dmp_assets.recommendations.ranking.recommend import recommend
from dmp_assets.recommendations.schema import DISCOVER, REPEAT
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines

AT_US = 1_704_067_200_000_000 + 120 * 86_400_000_000
"""2024-04-30, after all random lines."""

LINES = random_lines(names=("purchase", "view_item"))
MEMBERS = candidates(build_interactions(LINES))
FAMILIES = {member.family: member for member in reversed(MEMBERS)}
FAMILIES["graph_filter"] = Member("graph_filter", (("neighbours", 20), ("tastes", 4)))


def choose(member: Member) -> Choice:
    return Choice("any", (member,), (1.0,), "for the test")


@pytest.mark.parametrize("event_name", ["purchase", "view_item"])
@pytest.mark.parametrize("task", [REPEAT, DISCOVER])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_it_is_what_the_batch_makes_of_the_same_model(family: str, task: str, event_name: str):
    before = build_interactions(LINES)
    blend, fallback = fit_choice(before, choose(FAMILIES[family])), fit_fallback(before)
    after = build_interactions(pl.concat([LINES, item_lines([("p007", "i009", event_name, 120)])]))
    batch = pl.concat(recommend(blend, after, fallback, task=task, per_person=8)).filter(pl.col("person_id") == "p007")
    touch = Touch("p007", "i009", event_name, AT_US)
    folded, _ = fold_in(blend, fallback, before, touch, task=task, per_person=8)
    assert_frame_equal(folded, batch, check_exact=True)


def test_touches_fold_in_one_after_another_and_the_same_twice_counts_once():
    before = build_interactions(LINES)
    blend, fallback = fit_choice(before, choose(FAMILIES["personal"])), fit_fallback(before)
    first = Touch("p007", "i009", "purchase", AT_US)
    one, mine = fold_in(blend, fallback, before, first, task=REPEAT, per_person=8)
    again, mine = fold_in(blend, fallback, mine, first, task=REPEAT, per_person=8)
    assert again.equals(one)
    other, mine = fold_in(
        blend, fallback, mine, Touch("p007", "i010", "purchase", AT_US + 1), task=REPEAT, per_person=8
    )
    assert set(one["item_id"]) != set(other["item_id"]) or not other.equals(one)
    assert (
        mine.touched_at.size
        == before.rows(before.people.search_sorted("p007") + 0 * before.first_pair[:1]).touched_at.size + 2
    )


def test_a_new_person_starts_with_the_touch_and_an_unknown_item_changes_nothing():
    before = build_interactions(LINES)
    blend, fallback = fit_choice(before, choose(FAMILIES["personal"])), fit_fallback(before)
    found, _ = fold_in(blend, fallback, before, Touch("zoe", "i003", "view_item", AT_US), task=REPEAT, per_person=2)
    assert found.select("person_id", "item_id", "served_by").row(0) == ("zoe", "i003", "blend")
    found, _ = fold_in(
        blend, fallback, before, Touch("zoe", "unheard of", "purchase", AT_US), task=REPEAT, per_person=2
    )
    assert found["served_by"].to_list() == ["popularity", "popularity"]
