"""Visits that are no person's: crawlers that say so, and stealth bots with a browser's name and inhuman rates."""

import numpy as np
import polars as pl

from dmp_assets.simulation.catalogue import Catalogue
from dmp_assets.simulation.events import PAGE, VIEW
from dmp_assets.simulation.parameters import DECLARED_BOT_RATE, SEGMENTS, STEALTH_BOT_RATE
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.world import DAY_US, World

DECLARED, STEALTH = 1, 2
BOT_NAMES = ("none", "declared", "stealth")
_RECORDS_PER_SESSION = 5.0
BOT_NUMBERS = 2**39
"""Numbers of a day from here on are bots'; below are those of up to 134 million persons."""


def bot_events(world: World, catalogue: Catalogue, day: int) -> pl.DataFrame:
    """Return a day's events of bots, in the columns of ``unroll``.

    Declared crawlers read 20 to 40 pages, 2 to 10 seconds apart; stealth bots 60 to 120, 0.1 to 0.6 seconds apart.
    """
    rng = stream(world.seed, "bots", day)
    human = world.people * sum(s.share * s.sessions_per_day for s in SEGMENTS) * _RECORDS_PER_SESSION
    parts = []
    for bot, rate, pages, gaps in (
        (DECLARED, DECLARED_BOT_RATE, (20, 41), (2.0, 10.0)),
        (STEALTH, STEALTH_BOT_RATE, (60, 121), (0.1, 0.6)),
    ):
        visits = int(rng.poisson(human * rate / np.mean(pages)))
        lengths = rng.integers(*pages, visits)
        of = np.repeat(np.arange(visits), lengths)
        starts = np.cumsum(lengths) - lengths
        gap = (rng.uniform(*gaps, len(of)) * 1_000_000).astype(np.int64)
        gap[starts] = 0
        elapsed = np.cumsum(gap)
        start = day * DAY_US + rng.integers(0, DAY_US - 600_000_000, visits)
        position = np.arange(len(of)) - starts[of]
        view = position > 0
        parts.append(
            pl.DataFrame(
                {
                    "at_us": start[of] + elapsed - elapsed[starts][of],
                    "kind": np.where(view, VIEW, PAGE).astype(np.uint8),
                    "first": position == 0,
                    "person": np.full(len(of), -1, dtype=np.int32),
                    "session": (np.int64(day) << 40) + np.int64(BOT_NUMBERS + bot * 2**30) + of,
                    "session_start": start[of],
                    "device": np.full(len(of), -1, dtype=np.int32),
                    "channel": np.zeros(len(of), dtype=np.uint8),
                    "campaign": np.full(len(of), -1, dtype=np.int16),
                    "in_app": np.zeros(len(of), dtype=bool),
                    "extra": np.zeros(len(of), dtype=np.uint8),
                    "identified": np.zeros(len(of), dtype=bool),
                    "item": np.where(view, rng.integers(0, catalogue.items, len(of)), -1).astype(np.int32),
                    "bot": np.full(len(of), bot, dtype=np.uint8),
                }
            )
        )
    return pl.concat(parts)
