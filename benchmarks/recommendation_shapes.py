"""Whether one set of defaults fits different kinds of data: ``python -m benchmarks.recommendation_shapes``.

Three made-up worlds: films (long-term taste, nothing twice), clicks (the next depends on the last) and groceries (the
same things again). In each, what is served is chosen on the newest part but one and judged on the newest, beside the
best single member there, which nobody could have known. Prints the table; a choice that was proven better than both
baselines may be 2 % below at most. Where nothing was, a baseline is served, and what that costs is shown, not bounded.
"""

import sys
from datetime import datetime

import numpy as np
import polars as pl

from dmp_assets.recommendations.evidence import Contest, Contestant, judge_contestants
from dmp_assets.recommendations.families import PERSONAL, POPULARITY, candidates, fit_members
from dmp_assets.recommendations.holdout import hold_out
from dmp_assets.recommendations.schema import DISCOVER, REPEAT
from dmp_assets.recommendations.selection import select

MAX_LOSS = 0.02
DAY_US = 86_400_000_000
START = datetime(2024, 1, 1)  # noqa: DTZ001 - UTC without a zone, as events are


def films(people: int = 2_000, items: int = 600, seed: int = 1) -> pl.DataFrame:
    """Return views of people with a mix of two of twelve tastes, each film once, over 300 days."""
    chance = np.random.default_rng(seed)
    appeal = chance.gamma(0.15, size=(12, items)) + 0.02 * chance.gamma(0.5, size=items)
    taste = chance.dirichlet(np.full(12, 0.15), size=people) @ (appeal / appeal.sum(axis=1, keepdims=True))
    # The largest of logarithms plus Gumbel noise are a draw without replacement.
    order = np.argsort(-(np.log(taste + 1e-12) + chance.gumbel(size=taste.shape)), axis=1)
    person, place = np.nonzero(np.arange(50) < chance.integers(15, 50, people)[:, np.newaxis])
    at = chance.integers(0, 300 * DAY_US, person.size)
    return _lines(person, order[person, place], at, "view_item")


def clicks(people: int = 3_000, items: int = 500, seed: int = 2) -> pl.DataFrame:
    """Return walks from item to item, one of four successors 85 % of the time, over nine days."""
    chance = np.random.default_rng(seed)
    follows = chance.integers(0, items, (items, 4))
    steps = 40
    at = np.sort(chance.integers(0, 9 * DAY_US, (people, steps)), axis=1)
    walk = np.empty((people, steps), np.int64)
    walk[:, 0] = chance.integers(0, items, people)
    for step in range(1, steps):
        goes_on = chance.random(people) < 0.85
        successor = follows[walk[:, step - 1], chance.integers(0, 4, people)]
        walk[:, step] = np.where(goes_on, successor, chance.integers(0, items, people))
    person = np.repeat(np.arange(people), steps)
    return _lines(person, walk.ravel(), at.ravel(), "page_view")


def groceries(people: int = 5_000, items: int = 400, seed: int = 3) -> pl.DataFrame:
    """Return purchases of 300 days: 70 % from 20 favourites that slowly change, the rest by popularity."""
    chance = np.random.default_rng(seed)
    popular = chance.zipf(1.3, items).clip(max=500).astype(float)
    popular /= popular.sum()
    favourites = chance.choice(items, (people, 30), p=popular)
    person = np.repeat(np.arange(people), chance.integers(20, 120, people))
    at = chance.integers(0, 300 * DAY_US, person.size)
    # Ten of the thirty go out of favour over the year while ten others come in.
    window = (10 * at // (300 * DAY_US)) + chance.integers(0, 20, person.size)
    own = favourites[person, window]
    item = np.where(chance.random(person.size) < 0.7, own, chance.choice(items, person.size, p=popular))
    return _lines(person, item, at, "purchase")


def main() -> int:
    """Print the table and return 0 where no proven choice loses more than 2 %."""
    print(f"{'':20} {'served':>7} {'error':>7} {'best single':>11} {'of it':>6}")
    shares = [
        _judge("films", films(), DISCOVER),
        _judge("clicks", clicks(), REPEAT),
        _judge("clicks", clicks(), DISCOVER),
        _judge("groceries", groceries(), REPEAT),
        _judge("groceries", groceries(), DISCOVER),
    ]
    return 0 if min(shares) >= 1 - MAX_LOSS else 1


def _judge(name: str, lines: pl.DataFrame, task: str) -> float:
    """Print one line and return the share of the best single member's NDCG@10 that a proven choice reaches, else 1."""
    test = hold_out(lines.lazy())
    before = lines.lazy().filter(pl.col("event_at") < pl.lit(test.cut))
    choice = select(before, tasks=[task]).choices[task]
    singles = candidates(test.interactions)
    contest = Contest(test, fit_members(test.interactions, [*singles, *choice.members]))
    served = Contestant(choice.members, choice.weights)
    judge_contestants(contest, [task], [*(Contestant((single,), (1.0,)) for single in singles), served])
    best = next(one for one in contest.best(task, len(contest.values)) if len(one.members) == 1)
    mean, error = contest.mean_and_error(task, served)
    share = mean / contest.mean(task, best)
    print(f"{name + ' / ' + task:20} {mean:.4f} {error:.4f} {contest.mean(task, best):.4f} {share:6.1%}  {served}")
    print(f"{'':48} best single: {best}; {choice.reason}", flush=True)
    is_proven = choice.members[0].family not in (POPULARITY, PERSONAL) or len(choice.members) > 1
    return share if is_proven else 1.0


def _lines(person: np.ndarray, item: np.ndarray, at: np.ndarray, event_name: str) -> pl.DataFrame:
    frame = pl.DataFrame({"person": person, "item": item, "at": at})
    return frame.select(
        person_id=pl.format("p{}", "person"),
        item_id=pl.format("i{}", "item"),
        event_name=pl.lit(event_name),
        event_at=pl.lit(START) + pl.col("at").cast(pl.Duration("us")),
    ).with_columns(event_date=pl.col("event_at").dt.date())


if __name__ == "__main__":
    sys.exit(main())
