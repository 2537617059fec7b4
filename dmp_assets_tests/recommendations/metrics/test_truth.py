"""Lists as arrays against lists as frames."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.recommendations.metrics.accuracy import judge
from dmp_assets.recommendations.metrics.truth import truth_of
from dmp_assets.recommendations.ranking.recommend import listed


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5))),
    st.lists(st.permutations(range(6)), min_size=5, max_size=5),
    st.integers(0, 6),
)
def test_lists_as_arrays_are_judged_like_lists_as_frames(taken: list, lists: list, length: int):
    truth = pl.DataFrame(taken, schema={"person_id": pl.Int64, "item_id": pl.Int64}, orient="row")
    people, items = np.arange(5), np.array(lists, np.int32)
    items[:, length:] = -1
    found, expected = truth_of(truth).judge(people, items), judge(listed(people, items), truth)
    assert found.people.to_list() == expected.people.to_list()
    for name in ("truths", "person", "rank"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
