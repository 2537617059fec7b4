"""Small worlds by chance: few identifiers that meet often, and limits that they reach."""

from collections.abc import Sequence
from random import Random

import polars as pl
from hypothesis import strategies as st

from dmp_assets.identity.observation import EDGE_COLUMNS, aggregate_edges, order_pairs
from dmp_assets.identity.resolution import Resolution, resolve
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import PAIR
from dmp_assets_tests.identity.support.factories import daily, edge, order, order_visitors

TIGHT = IdentityRules(
    limits={"user_id": 1, "email": 2, "phone": 2, "device_id": 1, "anonymous_id": 2, "click_id": 2},
    super_node_users=2,
    super_node_stronger=3,
)
"""Limits that a handful of identifiers reaches."""
VALUES = [
    f"{kind}{number}" for kind, most in (("u", 4), ("e", 3), ("d", 3), ("a", 4), ("c", 2)) for number in range(most)
]


def observation() -> st.SearchStrategy[dict]:
    """Return a pair of identifiers of different types, or one alone, in one of few minutes and days."""
    ends = st.lists(st.sampled_from(VALUES), min_size=1, max_size=2, unique_by=lambda value: value[0])
    minutes = st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 2))
    return st.builds(
        lambda pair, when: edge(" ".join(pair), when[0] * 1440 + when[1], when[0] * 1440 + when[1] + when[2]),
        ends,
        minutes,
    )


def orders() -> st.SearchStrategy[list[pl.DataFrame]]:
    """Return up to four orders of two or three visitors of any kind."""
    visitors = st.dictionaries(st.sampled_from(VALUES), st.integers(0, 3000), min_size=2, max_size=3)
    many = st.lists(visitors, max_size=4)
    return many.map(lambda found: [order(f"o{number}", **named) for number, named in enumerate(found)])


def family_observation(chance: Random) -> dict:
    """Return a pair within one of ten families of identifiers, now and then with one of another: many small worlds."""
    families = [chance.randrange(10)] * 2
    if chance.random() < 0.15:
        families[1] = chance.randrange(10)
    kinds = chance.sample("ueda", 2) if chance.random() < 0.9 else chance.sample("ueda", 1)
    numbers = [family * 2 + chance.randrange(2) for family in families]
    pair = [
        f"{kind}{number - number % 2 if kind == 'u' else number}" for kind, number in zip(kinds, numbers, strict=False)
    ]
    first = chance.randrange(3) * 1440 + chance.randrange(30)
    return edge(" ".join(pair), first, first + chance.randrange(20))


def family_order(chance: Random, number: int) -> pl.DataFrame:
    """Return an order of one family that names two or three visitors, now and then two accounts; on some day."""
    family = chance.randrange(10)
    values = [f"u{family * 2}", *(f"{kind}{family * 2 + place}" for kind in "eda" for place in range(2))]
    if chance.random() < 0.3:
        values.append(f"u{(family * 2 + 2) % 20}")
    named = chance.sample(values, chance.choice([2, 2, 3]))
    firsts = [chance.randrange(4320) for _ in named]
    times = {value: (first, first + chance.randrange(2000)) for value, first in zip(named, firsts, strict=True)}
    return order(f"o{number}", chance.randrange(3), **times)


def days(rows: list[dict], orders: Sequence[pl.DataFrame] = (), rules: IdentityRules = TIGHT) -> pl.DataFrame:
    """Return the daily rows of observations, and the pairs of orders."""
    together = daily(*rows).group_by("event_date", *PAIR)
    gathered = together.agg(
        pl.col("events").sum(),
        pl.col("last_seen_at").max(),
        pl.col("rule", "source").first(),
        pl.col("event_id").sort_by("first_seen_at", "event_id").first(),
        pl.col("first_seen_at").min(),
    )
    # Some pairs begin with a session that began before them.
    earlier = pl.duration(minutes=pl.col("value_a").hash(1) % 3)
    pairs = gathered.select("event_date", *EDGE_COLUMNS, begins_at=pl.col("first_seen_at") - earlier)
    of_orders = order_pairs(order_visitors(*orders).lazy(), rules).collect()
    return pl.concat([pairs, of_orders.select(pairs.columns)])


def everything(now: pl.DataFrame, rules: IdentityRules = TIGHT) -> Resolution:
    return resolve(aggregate_edges(now.lazy()).collect(), rules, now.lazy())
