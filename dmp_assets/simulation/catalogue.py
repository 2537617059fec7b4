"""The catalogue, and tastes that decide who looks at what: a low-rank model of choice."""

import json
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.simulation.randomness import stream

TOPICS = ("garden", "kitchen", "sports", "books", "toys", "fashion", "electronics", "pets")
_BRANDS = ("Alder", "Birch & Co", "Cedar", 'Dogwood "Pro"', "Elm", "Fir, Ltd", "Gorse", "Hazel", "Ivy", "Juniper")
_NOUNS = ("Basket", "Lamp", "Set", "Box", "Kit", "Bag", "Stand", "Cover", "Tool", "Pack")


@dataclass(frozen=True)
class Catalogue:
    """Items by number, with the probability of each within each topic.

    A person with taste ``t`` looks at item ``i`` with probability ``sum over topics k of t[k] * factors[i, k]``.
    """

    names: list[str]
    brands: list[str]
    categories: NDArray
    cents: NDArray
    factors: NDArray
    alias_table: NDArray
    """Cumulative probabilities of all topics in one ascending row: topic k runs from k to k + 1."""

    @property
    def items(self) -> int:
        """How many there are."""
        return len(self.cents)

    def draw(self, topics: NDArray, uniform: NDArray) -> NDArray:
        """Return an item for each topic and uniform number."""
        flat = np.searchsorted(self.alias_table, topics + uniform, side="right")
        numbers: NDArray = np.minimum(flat - topics * self.items, self.items - 1).astype(np.int32)
        return numbers

    def frame(self) -> pl.DataFrame:
        """Return one row per item, with texts that are valid within JSON, in the order of the items."""
        return pl.DataFrame(
            {
                "item_id": [item_id(number) for number in range(self.items)],
                "name": self.names,
                "brand": self.brands,
                "category": pl.Series(TOPICS).gather(self.categories),
                "cents": self.cents,
                "name_json": [json.dumps(name) for name in self.names],
                "brand_json": [json.dumps(brand) for brand in self.brands],
            }
        )


def item_id(number: int) -> str:
    """Return the id of an item, as sources write it."""
    return f"SKU{number:05d}"


def make_catalogue(seed: int, people: int) -> Catalogue:
    """Return the catalogue of a seed: 100 to 5,000 items, more for more people."""
    rng = stream(seed, "catalogue")
    items = int(np.clip(people // 5, 100, 5_000))
    categories = (np.arange(items) % len(TOPICS)).astype(np.uint32)
    popularity = 1 / rng.permutation(np.arange(3, items + 3)) ** 0.8
    loadings = rng.gamma(0.3, size=(items, len(TOPICS))) * 0.1
    loadings[np.arange(items), categories] += 1.0
    weights = popularity[:, None] * loadings
    factors = weights / weights.sum(axis=0)
    cumulative = np.cumsum(factors, axis=0)
    cumulative /= cumulative[-1]
    brands = rng.integers(0, len(_BRANDS), items)
    nouns = rng.integers(0, len(_NOUNS), items)
    return Catalogue(
        names=[
            f"{_BRANDS[brand]} {TOPICS[category]} {_NOUNS[noun]} {number}"
            for number, (brand, category, noun) in enumerate(zip(brands, categories, nouns, strict=True))
        ],
        brands=[_BRANDS[brand] for brand in brands],
        categories=categories,
        cents=np.round(np.exp(rng.normal(3.0, 0.8, items)) * 100).astype(np.int64) + 99,
        factors=factors,
        alias_table=(cumulative + np.arange(len(TOPICS))).T.reshape(-1),
    )


def make_tastes(seed: int, people: int) -> NDArray:
    """Return people x topics: the share of a person's interest in each topic; most people have two or three."""
    rng = stream(seed, "tastes")
    tastes = rng.gamma(0.25, size=(people, len(TOPICS))).astype(np.float32) + np.float32(1e-4)
    shares: NDArray = tastes / tastes.sum(axis=1, keepdims=True)
    return shares


def draw_topics(tastes: NDArray, persons: NDArray, uniform: NDArray) -> NDArray:
    """Return a topic for each person, drawn from the person's taste."""
    cumulative = np.cumsum(tastes[persons], axis=1)
    topics: NDArray = np.minimum((uniform[:, None] >= cumulative).sum(axis=1), len(TOPICS) - 1)
    return topics
