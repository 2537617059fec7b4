"""Likeness by content against a plain count of what every two items share, and its honest minimum."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.models import content_neighbours
from dmp_assets.recommendations.models.content import ATTRIBUTE_WEIGHTS
from dmp_assets.recommendations.models.content_neighbours import alike_items

NOBODY = pl.DataFrame(schema={"item_id": pl.String, "people": pl.UInt32})


def catalogue(**columns: list[str | None]) -> pl.DataFrame:
    """Return items called a, b, c... with these values."""
    items = len(next(iter(columns.values())))
    return pl.DataFrame({"item_id": list("abcdefghijklmnopqrstuvwxyz"[:items])} | columns)


def random_catalogue(items: int = 120) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return items with few values, some missing, one that most have, and how many people touched a half of them."""
    chance = np.random.default_rng(7)
    ids = [f"i{number:03}" for number in range(items)]
    columns = {
        name: [None if value == values else f"{name}{value}" for value in chance.integers(0, values + 1, items)]
        for name, values in zip(ATTRIBUTE_WEIGHTS, (9, 4, 2, 5), strict=True)
    }
    columns["item_brand"] = ["own" if chance.random() < 0.7 else value for value in columns["item_brand"]]
    touched = [name for name in ids if chance.random() < 0.5]
    takers = pl.DataFrame({"item_id": touched, "people": chance.integers(1, 6, len(touched))})
    return pl.DataFrame({"item_id": ids} | columns), takers


def counted_plainly(items: pl.DataFrame, takers: pl.DataFrame, k: int) -> dict[str, list[tuple[str, float]]]:
    people = dict(takers.rows())
    rows = {row["item_id"]: row for row in items.iter_rows(named=True)}
    found: dict[str, list[tuple[str, float]]] = {one: [] for one in rows}
    for one, other in product(rows, rows):
        shared = [name for name in ATTRIBUTE_WEIGHTS if (value := rows[one][name]) and value == rows[other][name]]
        if one != other and {"item_category2", "item_category"} & set(shared):
            found[one].append((other, sum(ATTRIBUTE_WEIGHTS[name] for name in shared) / 5))
    for near in found.values():
        near.sort(key=lambda pair: (pair[0] not in people, -pair[1], -people.get(pair[0], 0), pair[0]))
    return {one: near[:k] for one, near in found.items() if near}


@pytest.mark.parametrize(("k", "block"), [(1, 4_096), (5, 3), (200, 50)])
def test_the_nearest_are_those_of_a_count_of_all_pairs(monkeypatch: pytest.MonkeyPatch, k: int, block: int):
    monkeypatch.setattr(content_neighbours, "BLOCK_KINDS", block)
    items, takers = random_catalogue()
    made = alike_items(items.sample(fraction=1, shuffle=True, seed=2), takers, items["item_id"], k)
    found: dict[str, list[tuple[str, float]]] = {}
    for item, rank, other, similarity in made.rows():
        found.setdefault(item, []).append((other, pytest.approx(similarity)))
        assert rank == len(found[item])
    assert found == counted_plainly(items, takers, k)


def test_only_the_wanted_have_neighbours_and_in_large_catalogues_fewer_each(monkeypatch: pytest.MonkeyPatch):
    items = catalogue(item_category=["tea"] * 4 + ["soap"] * 4)
    takers = pl.DataFrame({"item_id": ["b", "c"], "people": [1, 2]})
    made = alike_items(items, takers, pl.Series(["a"]))
    assert made["similar_item_id"].to_list() == ["c", "b", "d"]
    monkeypatch.setattr(content_neighbours, "MOST_ROWS", 9)
    assert alike_items(items, takers, items["item_id"])["rank"].max() == 1
    assert alike_items(items, takers, pl.Series(["a", "b", "c"]))["rank"].max() == 3


def test_a_kind_is_shared_or_nothing_is_alike():
    """A maker of soap and of tea makes no likeness between them, and no value that most items have does."""
    soap = catalogue(item_category=["tea", "tea", "soap", None], item_brand=["x", "y", "x", "x"])
    made = alike_items(soap, NOBODY, soap["item_id"])
    assert made.select("item_id", "similar_item_id", "similarity").rows() == [("a", "b", 0.5), ("b", "a", 0.5)]
    alone = catalogue(item_category=["food", "food", "food", "soap"])
    assert alike_items(alone, NOBODY, alone["item_id"]).is_empty()


def test_where_categories_tell_nothing_apart_brands_and_makers_do():
    for category in (["food"] * 4, [None] * 4):
        items = catalogue(item_category=category, item_brand=["x", "x", "y", None]).with_columns(
            pl.col("item_category").cast(pl.String)
        )
        made = alike_items(items, NOBODY, items["item_id"])
        assert made.select("item_id", "similar_item_id", "similarity").rows() == [("a", "b", 1.0), ("b", "a", 1.0)]


def test_a_catalogue_without_items_or_attributes_has_no_neighbours():
    for items in (catalogue(item_category=["tea"]).clear(), catalogue(item_name=["Tea", "Tea"])):
        made = alike_items(items, NOBODY, items["item_id"])
        assert made.rows() == []
        assert made.schema == content_neighbours.NEIGHBOURS
