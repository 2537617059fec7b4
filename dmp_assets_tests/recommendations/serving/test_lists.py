"""Everybody's lists: how many people are served at once changes nothing, nor whether tasks share a model."""

from dataclasses import replace

import polars as pl
from polars.testing import assert_frame_equal

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.families import Member
from dmp_assets.recommendations.models.popularity import fit_fallback
from dmp_assets.recommendations.ranking.blend import Choice, fit_choices
from dmp_assets.recommendations.ranking.recommend import recommend
from dmp_assets.recommendations.schema.tasks import DISCOVER, REPEAT
from dmp_assets.recommendations.serving.codes import Codes, in_text
from dmp_assets.recommendations.serving.lists import Restrictions, Serving, serve_lists
from dmp_assets.recommendations.serving.rules import item_rules
from dmp_assets_tests.recommendations.support.item_lines import random_lines

LINES = random_lines(names=("purchase", "view_item"))
TASTES = Member("graph_filter", (("neighbours", 3), ("tastes", 5)))
CHOICES = {
    REPEAT: Choice(REPEAT, (Member("personal", profile=Profile(half_life_days=30.0)), TASTES), (0.5, 0.5), "test"),
    DISCOVER: Choice(DISCOVER, (TASTES, Member("rp3beta", (("neighbours", 10),))), (0.5, 0.5), "test"),
}


def serving(**rules: object) -> Serving:
    """Return what lists are made with: of the first people's purchases some may not be shown again."""
    settings = RecommendationSettings.model_validate(rules)
    interactions = build_interactions(LINES, people=pl.Series(["nobody", "zoe"]))
    fallback = fit_fallback(interactions, pl.DataFrame({"person_id": ["zoe"], "segment": ["19-24"]}))
    names = pl.DataFrame({"item_id": interactions.items})
    items = names.with_columns(item_category=pl.col("item_id").str.tail(1), item_department=pl.lit(None, pl.String))
    codes = Codes(interactions, items, fallback, CHOICES.values())
    pairs = LINES.filter("is_bought").select("person_id", "item_id").unique().collect()
    bought = pairs.sort("person_id", "item_id").head(150)
    restrictions = Restrictions(
        settings,
        codes.numbered(item_rules(items, settings)),
        codes.numbered(bought),
        codes.numbers(interactions.people[3:5], "person_id"),
    )
    blends = dict(zip(CHOICES, fit_choices(interactions, CHOICES.values()), strict=True))
    return Serving(blends, interactions, fallback, codes, restrictions)


def lists(given: Serving, block_people: int | None = None) -> pl.DataFrame:
    table = in_text(given.codes.named(serve_lists(given, block_people)))
    return table.sort("person_id", "task", "candidate_rank")


def test_the_same_lists_whatever_the_number_of_people_served_at_once():
    given = serving(per_person=5, max_per_category=1, blocked_categories=["0", "1"], boosts={"3": 2.0})
    everybody = lists(given)
    assert {"bought_recently", "blocked_category", "max_per_category", "no_consent"} == set(
        everybody["excluded_by"]
    ) - {None}
    # Who is short of candidates after the first fifteen is asked again.
    assert everybody["candidate_rank"].max() > 15
    for height in (1, 7):
        assert_frame_equal(lists(given, height), everybody, check_exact=True)


def test_a_model_of_two_tasks_is_asked_once_and_says_the_same_to_both():
    given = serving(per_person=5)
    given = replace(given, restrictions=replace(given.restrictions, bought=given.restrictions.bought.clear()))
    shown = lists(given).filter(pl.col("person_id") != "nobody")
    refused = given.interactions.people[3:5]
    for task, blend in given.blends.items():
        alone = pl.concat(recommend(blend, given.interactions, given.fallback, task=task, per_person=5))
        alone = alone.filter(pl.col("person_id") != "nobody").sort("person_id", "rank")
        found = shown.filter(pl.col("task") == task)
        names = ["person_id", "item_id", "score", "model", "served_by", "reason_kind", "because"]
        assert_frame_equal(found.select(names), alone.select(names), check_exact=True)
        assert found.filter(pl.col("person_id").is_in(refused.implode()))["rank"].null_count() == 2 * 5


def test_an_item_that_only_tastes_speak_for_rests_on_people():
    found = lists(serving(per_person=10))
    by_item = found.filter(pl.col("reason_kind") == "item")
    assert by_item.height
    assert by_item["because"].null_count() == 0
    assert not found.filter(pl.col("reason_kind") == "people", pl.col("model") == "graph_filter").is_empty()
