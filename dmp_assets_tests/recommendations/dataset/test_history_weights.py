"""How touches become weights."""

import numpy as np
import pytest

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines

ROWS = [
    ("ann", "a", "purchase", 0),
    ("ann", "a", "view_item", 10),
    ("ann", "b", "view_item", 20),
    ("ann", "c", "add_to_cart", 20),
    ("bob", "a", "view_item", 5),
]


def weights(profile: Profile, shift: float = 0) -> list[list[float]]:
    rows = [(person, item, name, day + shift) for person, item, name, day in ROWS]
    return profile.weights(build_interactions(item_lines(rows))).toarray().tolist()


def test_without_a_half_life_every_item_weighs_one():
    assert weights(Profile()) == [[1, 1, 1], [1, 0, 0]]


def test_a_touch_halves_with_every_half_life_before_the_persons_last():
    assert weights(Profile(half_life_days=10)) == [[5 / 4 + 1 / 2, 1, 3], [1, 0, 0]]


def test_items_of_one_moment_share_their_place():
    assert weights(Profile(half_life_places=1)) == [[0.5, 1, 1], [1, 0, 0]]


@pytest.mark.parametrize("profile", [Profile(half_life_days=10), Profile(half_life_places=3)])
def test_the_calendar_does_not_matter(profile: Profile):
    assert weights(profile, shift=3_000) == weights(profile)


def test_a_long_absence_leaves_weights_to_tell_apart():
    rows = [("ann", "a", "purchase", 0), ("ann", "b", "purchase", 1), ("bob", "a", "purchase", 4_000)]
    made = Profile(half_life_days=7).weights(build_interactions(item_lines(rows))).toarray()
    assert 0 < made[0, 0] < made[0, 1]


def test_a_block_holds_the_weights_of_each_profile_apart():
    made = build_interactions(random_lines())
    people = np.array([3, 5, 8])
    block = made.rows(people)
    for profile in (
        Profile(),
        Profile(half_life_days=7.0),
        Profile(half_life_places=3.0),
        Profile(half_life_places=10.0),
    ):
        first, again = profile.weights(block), profile.weights(block)
        assert first is again
        assert np.array_equal(first.toarray(), profile.weights(made)[people].toarray())
