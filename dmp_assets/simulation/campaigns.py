"""E-mail campaigns with a randomised holdout, and the orders that they cause."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.simulation.parameters import (
    AUDIENCE_RATE,
    CAMPAIGN_DAYS,
    CAMPAIGN_EVERY_DAYS,
    HOLDOUT_RATE,
    SEGMENTS,
)
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.world import World


@dataclass(frozen=True)
class Campaigns:
    """Who gets what, and who orders because of it."""

    start_days: NDArray
    members: pl.DataFrame
    """campaign, person, arm (treated or holdout), order_day (-1 where the campaign causes no order)."""

    def caused_on(self, day: int) -> tuple[NDArray, NDArray]:
        """Return persons and campaigns of the orders that are caused that day, in the order of the persons."""
        rows = self.members.filter(pl.col("order_day") == day).sort("person", "campaign")
        return rows["person"].to_numpy(), rows["campaign"].to_numpy()


def campaign_id(number: int) -> str:
    """Return the id of a campaign, as sources write it."""
    return f"CMP{number + 1:03d}"


def make_campaigns(world: World, days: int) -> Campaigns:
    """Return the campaigns of a world: one every two weeks, each open for a week.

    Audiences are drawn from known persons who have come by then and allow advertising; nobody knows who has left.
    The arm is drawn after that, so treated and holdout differ in nothing else. A treated person makes one more order
    within the week with the probability of the segment, if the person has not left by that day.
    """
    first = min(3, days // 2)
    starts = np.arange(first, max(days - CAMPAIGN_DAYS, first + 1), CAMPAIGN_EVERY_DAYS)
    effects = np.array([segment.campaign_effect for segment in SEGMENTS])
    everybody = np.arange(world.people)
    parts = []
    for number, start in enumerate(starts.tolist()):
        rng = stream(world.seed, "campaign", number)
        chosen = rng.random(world.people) < AUDIENCE_RATE
        allowed = world.known & (world.first_day <= start) & world.may_advertise(start, everybody)
        persons = np.flatnonzero(chosen & allowed)
        holdout = rng.random(len(persons)) < HOLDOUT_RATE
        order_day = start + rng.integers(0, CAMPAIGN_DAYS, len(persons))
        caused = rng.random(len(persons)) < effects[world.segment[persons]]
        alive = (world.churn_day[persons] > order_day) & (order_day < days)
        parts.append(
            pl.DataFrame(
                {
                    "campaign": np.full(len(persons), number, dtype=np.int16),
                    "person": persons.astype(np.int32),
                    "arm": np.where(holdout, "holdout", "treated"),
                    "order_day": np.where(caused & alive & ~holdout, order_day, -1).astype(np.int32),
                }
            )
        )
    return Campaigns(starts, pl.concat(parts))


def campaign_effects(campaigns: Campaigns, world: World) -> pl.DataFrame:
    """Return the true effect of each campaign on each segment.

    ``effect`` is orders added per treated person who has not left; ``incremental_orders`` are those that came about.
    """
    names = pl.Series([segment.name for segment in SEGMENTS])
    effects = pl.Series([segment.campaign_effect for segment in SEGMENTS])
    segment = world.segment[campaigns.members["person"].to_numpy()]
    return (
        campaigns.members.with_columns(segment=names.gather(segment), effect=effects.gather(segment))
        .group_by("campaign", "segment", "effect")
        .agg(
            treated=(pl.col("arm") == "treated").sum(),
            holdout=(pl.col("arm") == "holdout").sum(),
            incremental_orders=(pl.col("order_day") >= 0).sum(),
        )
        .sort("campaign", "segment")
    )
