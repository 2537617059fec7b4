"""What recommendations cost: ``python -m benchmarks.recommendation_cost [--lines 10000000]``.

Makes lines of people with tastes over a catalogue of power-law popularity, and prints for a twentieth, a fifth and all
of them what it costs to read them into matrices, to fit each family that bears the size, to score everybody's fifty
best by a blend of two, and to choose what is served; then the growth of each step. The bounds are those of all lines
and of the fit and the scoring, on two cores that have nothing else to do.
"""

import argparse
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl

from dmp_assets.recommendations.choice.selection import select
from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.ease import MAX_ITEMS, ease_columns
from dmp_assets.recommendations.models.families import EASE, RP3BETA, Member, candidates
from dmp_assets.recommendations.models.popularity import fit_fallback
from dmp_assets.recommendations.ranking.blend import Choice, fit_choice
from dmp_assets.recommendations.ranking.recommend import recommend
from dmp_assets.recommendations.schema import DISCOVER

MAX_SECONDS, MAX_GIB = 180.0, 4.0
LINES_PER_PERSON, LINES_PER_ITEM = 50, 500
TASTES = 50
PER_PERSON = 50
DAY_US = 86_400_000_000

Cost = dict[str, tuple[float, float]]


def make_lines(lines: int, file: Path, seed: int = 1) -> None:
    """Write lines of people who take two thirds from the items of their taste, popular ones first."""
    chance = np.random.default_rng(seed)
    people, items = lines // LINES_PER_PERSON, max(1_000, lines // LINES_PER_ITEM)
    activity = chance.lognormal(0, 1, people)
    person = np.repeat(np.arange(people), chance.multinomial(lines, activity / activity.sum()))
    share = 1 / (np.arange(items) + 10) ** 0.9
    place = np.searchsorted(np.cumsum(share / share.sum()), chance.random(lines)).clip(max=items - 1)
    taste = chance.integers(0, TASTES, people)[person]
    item = np.where(chance.random(lines) < 0.67, place // TASTES * TASTES + taste, place) % items
    frame = pl.DataFrame({"person": person, "item": item, "at": chance.integers(0, 365 * DAY_US, lines)})
    frame = frame.with_columns(kind=pl.Series(chance.integers(0, 10, lines)))
    frame.select(
        person_id=pl.format("p{}", "person"),
        item_id=pl.format("i{}", "item"),
        is_bought=pl.col("kind") >= 7,
        event_name=pl.when(pl.col("kind") < 7).then(pl.lit("view_item")),
        event_at=pl.col("at").cast(pl.Datetime("us")),
    ).with_columns(event_date=pl.col("event_at").dt.date()).write_parquet(file)


def measure(file: Path, *, is_choosing: bool) -> tuple[Cost, dict[str, int], float]:
    """Return wall and CPU seconds of each step, sizes and the peak GiB of this process."""
    cost: Cost = {}

    @contextmanager
    def lap(name: str) -> Iterator[None]:
        wall, cpu = time.monotonic(), time.process_time()
        yield
        cost[name] = (time.monotonic() - wall, time.process_time() - cpu)

    lines = pl.scan_parquet(file)
    if is_choosing:
        with lap("choose"):
            select(lines)
        return cost, {}, _peak_gib()
    with lap("read"):
        interactions = build_interactions(lines)
        fallback = fit_fallback(interactions)
    members = {member.family: member for member in reversed(candidates(interactions))}
    best = EASE if EASE in members else RP3BETA
    recent = Member("personal", profile=Profile(half_life_days=60.0))
    with lap("fit"):
        blend = fit_choice(interactions, Choice(DISCOVER, (recent, members[best]), (0.5, 0.5), "for the benchmark"))
    with lap("score"):
        served = sum(
            frame.height for frame in recommend(blend, interactions, fallback, task=DISCOVER, per_person=PER_PERSON)
        )
    sizes = {"people": interactions.shape[0], "items": interactions.shape[1], "pairs": interactions.pair_item.size}
    sizes |= {"EASE items": ease_columns(interactions).size, "places": served}
    print(f"  {best}: EASE holds {sizes['EASE items']:,} items, at most {MAX_ITEMS:,}", flush=True)
    return cost, sizes, _peak_gib()


def main() -> int:
    """Print the figures and return 0 where the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--choose", action="store_true", help="measure the choice as well, in a process of its own")
    options = parser.parse_args()
    parts = [options.lines // 20, options.lines // 5, options.lines]
    costs, wall, gib = [], 0.0, 0.0
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="dmp-recommendations-") as folder:
            file = Path(folder) / "lines.parquet"
            make_lines(part, file)
            cost, sizes, gib = _apart(file, is_choosing=False)
            wall = sum(seconds for seconds, _ in cost.values())
            _show(part, cost, sizes, gib)
            if options.choose:
                chosen, _, peak = _apart(file, is_choosing=True)
                _show(part, chosen, {}, peak)
            costs.append(cost)
    for step in costs[0]:
        growth = math.log(costs[-1][step][1] / costs[0][step][1]) / math.log(parts[-1] / parts[0])
        print(f"{step}: CPU grows with lines ** {growth:.2f}")
    print(
        f"bounds for {parts[-1]:,} lines: {MAX_SECONDS:.0f} s, {MAX_GIB:.0f} GiB; measured {wall:.0f} s, {gib:.2f} GiB"
    )
    return 0 if wall <= MAX_SECONDS and gib <= MAX_GIB else 1


def _apart(file: Path, *, is_choosing: bool) -> tuple[Cost, dict[str, int], float]:
    """Return what :func:`measure` finds in a process of its own, whose peak is of nothing else."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, file, is_choosing=is_choosing).result()


def _show(part: int, cost: Cost, sizes: dict[str, int], gib: float) -> None:
    shown = ", ".join(f"{name} {wall:.1f} s (CPU {cpu:.1f})" for name, (wall, cpu) in cost.items())
    counts = ", ".join(f"{count:,} {name}" for name, count in sizes.items())
    print(f"{part:>11,} lines: {shown}; {gib:.2f} GiB; {counts}", flush=True)


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    sys.exit(main())
