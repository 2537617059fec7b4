"""Orders at the till of two store chains, which are not in the web shop's or the app's events."""

import numpy as np
import polars as pl

from dmp_assets.simulation.catalogue import Catalogue, draw_topics
from dmp_assets.simulation.parameters import BLOCK, COUNTRIES, GBP_PER_EUR, REFUND_RATE, STORE_ORDERS_PER_DAY
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.world import DAY_US, World

MAX_LINES = 5


def store_lines(
    world: World, catalogue: Catalogue, tastes: np.ndarray, place: tuple[int, int], last_day: int
) -> pl.DataFrame:
    """Return one row per order line of a day and block of persons, refunds of some orders behind them.

    Stores open from 9 to 19 UTC. Only known persons show a loyalty card; an item stands on one line of an order.
    """
    day, first = place
    rng = stream(world.seed, "stores", *place)
    persons = np.arange(first, min(first + BLOCK, world.people))
    visits = (rng.random(len(persons)) < STORE_ORDERS_PER_DAY) & world.alive(day, persons)
    buyers = persons[visits]
    at = day * DAY_US + (9 * 3600 + rng.integers(0, 10 * 3600, len(buyers))) * 1_000_000
    sizes = rng.integers(1, MAX_LINES + 1, len(buyers))
    of = np.repeat(np.arange(len(buyers)), sizes)
    item = catalogue.draw(draw_topics(tastes, buyers[of], rng.random(len(of))), rng.random(len(of)))
    british = (world.country[buyers] == COUNTRIES.index("GB"))[of]
    cents = catalogue.cents[item]
    card = (rng.random(len(buyers)) < 0.8) & world.known[buyers]
    lines = pl.DataFrame(
        {
            "at_us": at[of],
            "refund": np.zeros(len(of), dtype=bool),
            "person": buyers[of].astype(np.int32),
            "order": ((np.int64(day) << 40) + np.int64(first) * 4096 + of),
            "card": card[of],
            "british": british,
            "item": item,
            "units": rng.integers(1, 4, len(of)),
            "cents": np.where(british, np.round(cents * GBP_PER_EUR).astype(np.int64), cents),
        }
    ).unique(["order", "item"], keep="first", maintain_order=True)
    back = rng.random(len(buyers)) < REFUND_RATE
    days = rng.integers(1, 21, len(buyers))
    possible = back & (day + days <= last_day) & (day + days < world.churn_day[buyers])
    row = lines["order"].to_numpy() - (np.int64(day) << 40) - np.int64(first) * 4096
    refunds = lines.with_columns(
        at_us=pl.col("at_us") + pl.Series(days[row] * DAY_US), refund=pl.lit(value=True)
    ).filter(pl.Series(possible[row]))
    return pl.concat([lines, refunds])
