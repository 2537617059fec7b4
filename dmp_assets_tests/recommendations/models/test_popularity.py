"""Shares of everybody and of segments."""

import polars as pl
import pytest

from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.popularity import fit_fallback, fit_popularity
from dmp_assets_tests.recommendations.support.item_lines import item_lines

ROWS = [
    ("ann", "a", "purchase", 0),
    ("bob", "b", "purchase", 27.5),
    ("cid", "b", "purchase", 28),
    ("cid", "a", "view_item", 28),
]


def test_all_time_popularity_is_the_share_of_buyers():
    shares = fit_popularity(build_interactions(item_lines(ROWS)), None).shares
    assert shares.tolist() == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize(("days", "expected"), [(28, [0, 1]), (29, [1 / 3, 2 / 3])])
def test_recent_popularity_counts_the_newest_days(days: int, expected: list[float]):
    assert fit_popularity(build_interactions(item_lines(ROWS)), days).shares.tolist() == pytest.approx(expected)


def test_segments_are_shrunk_to_everybody():
    people = [f"p{number}" for number in range(20)]
    # One in ten takes b: two of the ten people of a segment, nobody else.
    rows = [(person, "a", "purchase", 0.0) for person in people] + [
        (person, "b", "purchase", 0.0) for person in people[:2]
    ]
    segments = pl.DataFrame({"person_id": people[:10], "segment": "loyal"})
    fallback = fit_fallback(build_interactions(item_lines(rows)), segments)
    assert fallback.rows(pl.Series(["p0", "p10", "nobody"])).tolist() == [1, 0, 0]
    assert fallback.shares[0].tolist() == pytest.approx([1, 0.1])
    assert fallback.shares[1].tolist() == pytest.approx([1, (2 + 50 * 0.1) / 60])


def test_nothing_bought_is_no_popularity():
    assert fit_popularity(build_interactions(item_lines([]))).shares.tolist() == []
