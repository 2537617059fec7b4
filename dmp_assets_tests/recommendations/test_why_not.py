"""The place of an item for a person is the one that serving gives it, and what keeps it out is named."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import polars as pl
import pytest

from dmp_assets.analytics.schema import Items
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.profiles.schema.statements import ConsentState, Demographics
from dmp_assets.recommendations import why_not
from dmp_assets.recommendations.build import Sources, serve
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.families import Member
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.schema.lists import Recommendations
from dmp_assets.recommendations.schema.tasks import DISCOVER, NEXT, REPEAT
from dmp_assets.recommendations.why_not import Verdict, judge
from dmp_assets_tests.profiles.support.factories import shaped
from dmp_assets_tests.recommendations.support.factories import DAY, lines, shoppers

KNN = Member("item_knn", (("neighbours", 5),))
RULES = RecommendationSettings(per_person=100)
WIDE = {
    REPEAT: Choice(REPEAT, (Member("personal"), KNN), (0.7, 0.3), "chosen"),
    DISCOVER: Choice(DISCOVER, (KNN,), (1.0,), "chosen"),
    NEXT: Choice(NEXT, (KNN,), (1.0,), "chosen"),
}
YEAR_AGO = DAY - timedelta(days=365)


@pytest.fixture(scope="module")
def world() -> Sources:
    bought = [*shoppers(12), ("p00", "old", YEAR_AGO), ("ann", "i00", DAY)]
    people = pl.Series("person_id", sorted({person for person, *_ in bought if person} | {"quiet"}))
    items = [{"item_id": item, "item_category": "TEA", "item_department": "FOOD"} for item in ("i00", "fresh")]
    no_one = shaped(pl.DataFrame({"person_id": ["nobody"]}), ConsentState)
    return Sources(
        lines(bought).lazy(),
        people,
        no_one.clear(),
        shaped(pl.DataFrame(items), RawItems),
        shaped(pl.DataFrame({"person_id": ["nobody"]}), Demographics),
        shaped(pl.DataFrame(items), Items),
    )


def asked(world: Sources, person: str, item: str, rules: RecommendationSettings = RULES) -> dict[str, Verdict]:
    return {found.task: found for found in judge(world, WIDE, DAY, rules, person, item)}


@pytest.mark.parametrize("person", ["p03", "quiet"])
def test_places_are_those_of_the_served_lists(world: Sources, person: str) -> None:
    """Lists of a hundred places hold the whole catalogue of 21 items; ``quiet`` is served what is popular.

    Those of *next* end where the models have no opinion.
    """
    served = serve(world, WIDE, DAY, RULES)[Recommendations].filter(person_id=person)
    lists = {(task, item): rank for task, item, rank in served.select("task", "item_id", "rank").rows()}
    assert len([task for task, _ in lists if task == NEXT]) == (19 if person == "p03" else 0)
    bought = world.lines.collect()
    items = bought["item_id"].unique().sort().to_list()
    for item in items:
        found = asked(world, person, item)
        assert {task: one.place for task, one in found.items()} == {task: lists.get((task, item)) for task in WIDE}
        assert {one.items for one in found.values()} == {len(items)}
        is_bought = lists.get((DISCOVER, item)) is None
        assert [found[REPEAT].kept_out_by, found[DISCOVER].kept_out_by] == [
            None,
            "bought_before" if is_bought else None,
        ]
    assert (
        sum(task == DISCOVER for task, _ in lists) == len(items) - bought.filter(person_id=person)["item_id"].n_unique()
    )


@pytest.mark.parametrize(
    ("rules", "person", "item", "repeat", "discover"),
    [
        ({"blocked_categories": ("TEA",)}, "p03", "i00", "blocked_category", "bought_before"),
        ({"blocked_categories": ("FOOD",)}, "quiet", "i00", "blocked_category", "blocked_category"),
        ({"out_of_stock": ("i01",), "exclude_bought_days": 30}, "quiet", "i01", "out_of_stock", "out_of_stock"),
        ({"exclude_bought_days": 30}, "ann", "i00", "bought_recently", "bought_before"),
        ({"exclude_bought_days": 30}, "p00", "old", None, "bought_before"),
        ({}, "p03", "fresh", "nobody_yet", "nobody_yet"),
        ({}, "stranger", "i00", "not_known_yet", "not_known_yet"),
        ({"consent_required": True}, "p03", "i00", "no_consent", "no_consent"),
    ],
)
def test_what_keeps_an_item_out_is_named(
    world: Sources, rules: dict, person: str, item: str, repeat: str | None, discover: str
) -> None:
    found = asked(world, person, item, RULES.model_copy(update=rules))
    assert (found[REPEAT].kept_out_by, found[DISCOVER].kept_out_by) == (repeat, discover)
    is_placed = item != "fresh" and person != "stranger" and "consent_required" not in rules
    assert (found[REPEAT].place is not None) == is_placed


def test_an_item_that_too_few_people_touched_is_told_from_one_that_nobody_did(
    world: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(why_not, "build_interactions", partial(build_interactions, max_items=20))
    assert asked(world, "p03", "old")[REPEAT] == Verdict(REPEAT, None, 20, 1, "too_few_people")
    denied = pl.DataFrame({"person_id": ["p00"], "purpose": ["personalisation"], "status": ["denied"]})
    refused = replace(world, consent=denied)
    assert asked(refused, "p03", "old")[REPEAT] == Verdict(REPEAT, None, 20, 0, "nobody_yet")
    assert asked(refused, "p00", "old")[REPEAT].kept_out_by == "no_consent"
