"""New items by what they share with a history."""

import polars as pl
import pytest

from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.content import rank_new_items
from dmp_assets_tests.recommendations.support.item_lines import item_lines

ITEMS = pl.DataFrame(
    {
        "item_id": ["ale", "bun", "cola", "new ale", "new bun", "new tea"],
        "item_category2": ["beer", "roll", "soda", "beer", "roll", None],
        "item_brand": ["x", "y", "y", "y", "z", "x"],
    }
)
ROWS = [("ann", "ale", "purchase", 0), ("bob", "bun", "purchase", 0), ("bob", "cola", "purchase", 0)]
NEW = pl.Series(["new ale", "new bun", "new tea"])


def ranked(items: pl.DataFrame = ITEMS, k: int = 3, more: tuple = ()) -> pl.DataFrame:
    return pl.concat(rank_new_items(items, build_interactions(item_lines([*ROWS, *more])), NEW, k))


def test_what_shares_more_comes_first_and_says_why():
    assert ranked().select("person_id", "rank", "item_id", "because").rows() == [
        ("ann", 1, "new ale", "beer"),
        ("ann", 2, "new tea", "x"),
        ("bob", 1, "new bun", "roll"),
        ("bob", 2, "new ale", "y"),
    ]


def test_scores_are_weighted_affinities_and_half_of_what_everybody_takes():
    # One taker of each sub-category: new ale and new bun have the whole of it, new tea has none.
    assert ranked()["score"].to_list() == pytest.approx([2 + 0.5, 1, 2 + 0.5, 1 + 0.5])


def test_the_popular_sub_category_decides_between_equals():
    both = [("cid", "ale", "purchase", 0), ("cid", "bun", "purchase", 0)]
    found = ranked(ITEMS.drop("item_brand"), more=(*both, ("dan", "bun", "purchase", 0)))
    assert found.filter(pl.col("person_id") == "cid")["item_id"].to_list() == ["new bun", "new ale"]


@pytest.mark.parametrize("items", [ITEMS.select("item_id"), ITEMS.head(3)])
def test_without_attributes_or_new_items_there_is_nothing(items: pl.DataFrame):
    assert list(rank_new_items(items, build_interactions(item_lines(ROWS)), NEW, 3)) == []
