"""iALS where its extra is there, and what is said where it is not."""

import numpy as np
import pytest

from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models import factors
from dmp_assets.recommendations.models.factors import FactorsNotInstalledError, fit_factors, is_installed
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(factors, "is_installed", lambda: False)
    with pytest.raises(FactorsNotInstalledError, match=r"dmp-assets\[factors\]"):
        fit_factors(build_interactions(random_lines()))


@pytest.mark.skipif(not is_installed(), reason="the extra factors (irspack) is not installed")
def test_people_are_offered_what_others_of_their_taste_take():
    worlds = {"a": ("i0", "i1", "i2"), "b": ("i3", "i4", "i5")}
    rows = [
        (f"{world}{n}", item, "purchase", 0.0) for world, items in worlds.items() for n in range(20) for item in items
    ]
    rows = [row for row in rows if row[:2] not in (("a0", "i2"), ("b0", "i5"))]
    made = build_interactions(item_lines(rows))
    found = fit_factors(made, dimensions=4).scores(made)
    for person, missing, strange in (("a0", 2, 5), ("b0", 5, 2)):
        row = found[made.people.index_of(person)]
        assert row[missing] > row[strange]
    assert np.array_equal(found, fit_factors(made, dimensions=4).scores(made))
