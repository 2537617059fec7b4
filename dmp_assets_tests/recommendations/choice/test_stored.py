"""What is stored of a choice is enough to serve by."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dmp_assets.recommendations.choice.stored import recipe_of, restored_choices, with_recipes
from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.families import Member, candidates
from dmp_assets.recommendations.models.popularity import fit_fallback
from dmp_assets.recommendations.ranking.blend import Choice, fit_choice
from dmp_assets.recommendations.ranking.boost import Boost
from dmp_assets.recommendations.ranking.recommend import recommend
from dmp_assets.recommendations.schema.tasks import TASKS
from dmp_assets_tests.recommendations.support.item_lines import random_lines

LINES = random_lines()
MEMBERS = candidates(build_interactions(LINES))

numbers = st.floats(allow_nan=False, allow_infinity=False)
profiles = st.builds(Profile, st.none() | numbers, st.none() | numbers)
any_members = st.builds(Member, st.text(), st.tuples(st.tuples(st.text(), st.integers(0, 2**31) | numbers)), profiles)
evidence = (st.text(min_size=1), st.none() | numbers, st.none() | numbers)


@st.composite
def choices(draw: st.DrawFn, task: str) -> Choice:
    members = draw(st.lists(any_members, min_size=1, max_size=3))
    weights = draw(st.tuples(*[numbers] * len(members)))
    boost = draw(st.none() | st.builds(Boost, st.integers(1, 400), st.booleans()))
    return Choice(task, tuple(members), weights, *draw(st.tuples(*evidence)), boost)


def stored(made: dict[str, Choice]) -> pl.DataFrame:
    rows = [
        {"task": task, "is_chosen": is_chosen, "reason": one.reason, "ndcg_10": one.ndcg}
        | {"standard_error": one.standard_error}
        for task, one in made.items()
        for is_chosen in (True, False)
    ]
    numbers_too = {"ndcg_10": pl.Float64, "standard_error": pl.Float64}
    return with_recipes(pl.DataFrame(rows, schema_overrides=numbers_too), made)


@settings(deadline=None)
@given(st.tuples(*(choices(task) for task in TASKS)))
def test_any_choice_comes_back_as_it_was(some: tuple[Choice, ...]):
    made = dict(zip(TASKS, some, strict=True))
    table = stored(made)
    assert restored_choices(table.reverse()) == made
    assert list(restored_choices(table.reverse())) == list(TASKS)
    assert table.filter(~pl.col("is_chosen"))["recipe"].null_count() == len(TASKS)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.sampled_from(MEMBERS), min_size=2, max_size=2, unique=True),
    st.floats(0.01, 0.99),
    st.sampled_from(TASKS),
)
def test_a_restored_choice_serves_the_same_lists(members: list[Member], weight: float, task: str):
    made = Choice(task, tuple(members), (weight, 1 - weight), "for the test")
    restored = restored_choices(stored({task: made}))[task]
    interactions = build_interactions(LINES)
    fallback = fit_fallback(interactions)
    one, other = (
        pl.concat(recommend(fit_choice(interactions, choice), interactions, fallback, task=task, per_person=5))
        for choice in (made, restored)
    )
    assert one.equals(other)


@pytest.mark.parametrize("recipe", [None, "", "{}", '{"members": [], "weights": ["much"], "boost": null}'])
def test_what_is_no_recipe_is_refused(recipe: str | None):
    table = stored({"repeat": Choice("repeat", (MEMBERS[0],), (1.0,), "best")}).with_columns(recipe=pl.lit(recipe))
    with pytest.raises(ValidationError):
        restored_choices(table)


def test_a_recipe_names_every_parameter():
    member = Member("ease", (("l2", 500.0),), Profile(half_life_places=10.0))
    assert recipe_of(Choice("repeat", (member,), (1.0,), "best", boost=Boost(28, new_only=True))) == (
        '{"members":[{"family":"ease","parameters":[["l2",500.0]],'
        '"profile":{"half_life_days":null,"half_life_places":10.0}}],'
        '"weights":[1.0],"boost":{"window_days":28,"new_only":true}}'
    )
