"""Whether one set of defaults fits different kinds of data: ``python -m benchmarks.recommendation_shapes [NAME...]``.

Made-up worlds: films (long-term taste, nothing twice), clicks (the next depends on the last), groceries (the same
things again), shops of 3,000, 20,000 and 40,000 items, a shop of 6,000 people of whom 200 return, films without a
clock, and films that all have one moment. Each is drawn three times, the large ones once. In each draw, what is served
is chosen on what one holdout leaves and judged on that holdout, beside the best single member there. That one is picked
on one half of the people and judged on the other: the luckiest of some forty is not the best. Prints what is served as
a share of the best member's NDCG@10, and of popularity's. A shape fails where the 95 % paired bootstrap interval of
served minus 98 % of the best lies below 0, or where popularity is served though the best is surely above it.

``draws`` chooses three times in one world, by three draws of the people who judge, and fails where two choices differ
by more than the interval of their difference on the holdout.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from itertools import combinations
from unittest.mock import patch

import numpy as np
import polars as pl

from dmp_assets.recommendations.build import PROOF_REACH
from dmp_assets.recommendations.choice.contest import Contest, Contestant, judge_contestants, single
from dmp_assets.recommendations.choice.selection import select, select_among
from dmp_assets.recommendations.dataset import holdout
from dmp_assets.recommendations.dataset.holdout import Holdout
from dmp_assets.recommendations.dataset.sittings import hold_out_next
from dmp_assets.recommendations.dataset.timed_lines import timed
from dmp_assets.recommendations.dataset.windows import hold_out
from dmp_assets.recommendations.metrics.accuracy import Values, paired_difference
from dmp_assets.recommendations.models.families import Member, candidates, fit_members, next_candidates
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.schema.tasks import DISCOVER, NEXT, REPEAT

MAX_LOSS = 0.02
SEEDS = (1, 2, 3)
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
    """Return bought lines of 300 days: 70 % from 20 favourites that slowly change, the rest by popularity."""
    chance = np.random.default_rng(seed)
    popular = chance.zipf(1.3, items).clip(max=500).astype(float)
    popular /= popular.sum()
    favourites = chance.choice(items, (people, 30), p=popular)
    person = np.repeat(np.arange(people), chance.integers(20, 120, people))
    at = chance.integers(0, 300 * DAY_US, person.size)
    # Over the year ten of the thirty lose favour and ten others gain it.
    window = (10 * at // (300 * DAY_US)) + chance.integers(0, 20, person.size)
    own = favourites[person, window]
    item = np.where(chance.random(person.size) < 0.7, own, chance.choice(items, person.size, p=popular))
    return _lines(person, item, at, None)


def shop(people: int = 12_000, items: int = 20_000, lines: int = 400_000, seed: int = 4) -> pl.DataFrame:
    """Return views and purchases of a year, of people with one of fifty tastes over a catalogue of power-law appeal."""
    chance = np.random.default_rng(seed)
    activity = chance.lognormal(0, 1, people)
    person = np.repeat(np.arange(people), chance.multinomial(lines, activity / activity.sum()))
    share = 1 / (np.arange(items) + 10) ** 0.9
    place = np.searchsorted(np.cumsum(share / share.sum()), chance.random(lines)).clip(max=items - 1)
    taste = chance.integers(0, 50, people)[person]
    item = np.where(chance.random(lines) < 0.67, place // 50 * 50 + taste, place) % items
    at = chance.integers(0, 365 * DAY_US, lines)
    kind = chance.random(lines) < 0.3
    bought = _lines(person[kind], item[kind], at[kind], None)
    return pl.concat([bought, _lines(person[~kind], item[~kind], at[~kind], "view_item")])


def few_return(people: int = 6_000, returning: int = 200, items: int = 800, seed: int = 5) -> pl.DataFrame:
    """Return purchases of a year: most people buy three things of one taste in one order, a few come back."""
    chance = np.random.default_rng(seed)
    appeal = chance.gamma(0.15, size=(12, items)) + 0.05 * chance.gamma(0.5, size=items)
    appeal /= appeal.sum(axis=1, keepdims=True)
    orders = np.where(np.arange(people) < returning, chance.integers(4, 9, people), 1)
    person = np.repeat(np.arange(people), orders)
    at = chance.integers(0, 365 * DAY_US, person.size)
    taste = chance.integers(0, 12, people)[person]
    baskets = np.stack([np.searchsorted(np.cumsum(appeal, axis=1)[one], chance.random(3)) for one in taste])
    return _lines(np.repeat(person, 3), baskets.clip(max=items - 1).ravel(), np.repeat(at, 3), None)


def without_clock(seed: int = 1) -> pl.DataFrame:
    """Return films as an export gives them that says only what, all of its day."""
    return films(seed=seed).with_columns(event_date=pl.lit(START.date())).drop("event_at")


def one_moment(seed: int = 1) -> pl.DataFrame:
    """Return films that were all seen at one moment."""
    return films(seed=seed).with_columns(event_date=pl.lit(START.date()), event_at=pl.lit(START))


SHAPES: Mapping[str, tuple[Callable[..., pl.DataFrame], tuple[str, ...], tuple[int, ...]]] = {
    "films": (films, (DISCOVER,), SEEDS),
    "clicks": (clicks, (REPEAT, DISCOVER, NEXT), SEEDS),
    "groceries": (groceries, (REPEAT, DISCOVER), SEEDS),
    "3,000 items": (partial(shop, people=6_000, items=3_000, lines=200_000), (REPEAT, DISCOVER), SEEDS),
    "20,000 items": (shop, (REPEAT, DISCOVER), SEEDS[:1]),
    "40,000 items": (partial(shop, people=20_000, items=40_000, lines=700_000), (REPEAT, DISCOVER), SEEDS[:1]),
    "few return": (few_return, (DISCOVER,), SEEDS),
    "no clock": (without_clock, (DISCOVER,), SEEDS),
    "one moment": (one_moment, (DISCOVER,), SEEDS),
}


def main() -> int:
    """Print the table and return 0 where every shape that is asked for holds."""
    asked = sys.argv[1:] or [*SHAPES, "draws"]
    print(f"{'':22} {'people':>7} {'served':>7} {'best':>7} {'popular':>7} {'of it':>7}  served minus 98 % of the best")
    holds = [_judge(name, task) for name in asked if name in SHAPES for task in SHAPES[name][1]]
    if "draws" in asked:
        holds.append(_judge_draws(shop(), DISCOVER))
    return 0 if all(holds) else 1


def _judge_draws(lines: pl.DataFrame, task: str) -> bool:
    """Print what three draws of people choose, and how far two of them are apart; return whether they agree."""
    test, choices = hold_out(lines.lazy()), []
    for seed in SEEDS:
        with patch.object(holdout, "SEED", seed):
            choices.append(select(test.known, tasks=[task]).choices[task])
    contest = _contest(test, [member for choice in choices for member in choice.members])
    chosen = [Contestant(choice.members, choice.weights) for choice in choices]
    judge_contestants(contest, {task: chosen})
    agrees = True
    for one, other in combinations(chosen, 2):
        found = contest.difference(task, one, other)
        agrees &= found.low <= 0 <= found.high
        shown = f"{found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f})"
        print(f"draws / {task}: {one} {contest.mean(task, one):.4f}, {other}: {shown}", flush=True)
    return agrees


def _judge(name: str, task: str) -> bool:
    """Print one line for a shape, and one for each draw of it; return whether it holds."""
    world, _, seeds = SHAPES[name]
    draws = [(_next_values if task == NEXT else _values)(world(seed=seed), task) for seed in seeds]
    served = np.concatenate([values[choice] for choice, values in draws])
    singles = sorted(set.intersection(*(set(values) for _, values in draws)) - {choice for choice, _ in draws})
    best = _best(served.size, {one: np.concatenate([values[one] for _, values in draws]) for one in singles})
    over = paired_difference(served, (1 - MAX_LOSS) * best)
    share, shown = served.mean() / best.mean(), f"{over.difference:+.4f} ({over.low:+.4f} to {over.high:+.4f})"
    verdict = "holds" if over.low >= 0 else "fails" if over.high < 0 else "not told apart from holding"
    popular = np.concatenate([_popular(values) for _, values in draws])
    figures = f"{served.size:7,} {served.mean():7.4f} {best.mean():7.4f} {popular.mean():7.4f} {share:7.1%}"
    print(f"{name + ' / ' + task:22} {figures}  {shown}: {verdict}")
    is_popular = all(choice.startswith("served popularity") for choice, _ in draws)
    is_missed = is_popular and paired_difference(best, served).is_above
    for seed, (choice, values) in zip(seeds, draws, strict=True):
        top = max(singles, key=lambda one: values[one].mean())
        luckiest = f"{values[choice].mean():.4f} ({values[choice].mean() / values[top].mean():.1%} of {top})"
        print(f"{'':22} draw {seed}: {choice} {luckiest}", flush=True)
    return over.high >= 0 and not is_missed


def _popular(values: Mapping[str, Values]) -> Values:
    """Return the better popularity of a draw."""
    return max((of_people for name, of_people in values.items() if name.startswith("popularity")), key=np.mean)


def _values(lines: pl.DataFrame, task: str) -> tuple[str, Mapping[str, Values]]:
    """Return the name of what is served, and the NDCG@10 of each judged person under it and every single member."""
    test = hold_out(lines.lazy(), reach=PROOF_REACH)
    choice = select(test.known, tasks=[task]).choices[task]
    members = candidates(test.newest.interactions, copies=len(test.windows))
    return _judged(_contest(test, [*members, *choice.members]), task, members, choice)


def _next_values(lines: pl.DataFrame, task: str) -> tuple[str, Mapping[str, Values]]:
    """Return the same of *next*: chosen on half of the people, judged on the other half."""
    halves = hold_out_next(timed(lines.lazy(), None, "UTC"))
    if halves is None:
        raise SystemExit("too few people touched two items in a sitting")
    choosing, judging = halves
    members = next_candidates(choosing.newest.interactions)
    contest = _contest(choosing, members)
    choice = select_among(contest, [task]).choices[task]
    return _judged(Contest(judging, contest.models), task, members, choice)


def _contest(test: Holdout, members: Iterable[Member]) -> Contest:
    wanted = list(members)
    return Contest(test, tuple(fit_members(window.interactions, wanted) for window in test.windows))


def _judged(contest: Contest, task: str, members: Iterable[Member], choice: Choice) -> tuple[str, Mapping[str, Values]]:
    served = Contestant(choice.members, choice.weights)
    judge_contestants(contest, {task: [*(single(member) for member in members), served]})
    values = {str(member): contest.values[task, single(member)] for member in members}
    name = f"served {choice} [{contest.holdout.judged_by}]"
    return name, {**values, name: contest.values[task, served]}


def _best(people: int, singles: Mapping[str, Values]) -> Values:
    """Return everybody's value under the member that is best on the half of the people that they are not in."""
    half = np.arange(people) % 2
    found = np.empty(people)
    for own in (0, 1):
        best = max(singles, key=lambda one: singles[one][half != own].mean())
        found[half == own] = singles[best][half == own]
    return found


def _lines(person: np.ndarray, item: np.ndarray, at: np.ndarray, event_name: str | None) -> pl.DataFrame:
    """Return the lines of an event; without a name they are bought."""
    frame = pl.DataFrame({"person": person, "item": item, "at": at})
    return frame.select(
        person_id=pl.format("p{}", "person"),
        item_id=pl.format("i{}", "item"),
        is_bought=pl.lit(event_name is None),
        event_name=pl.lit(event_name, pl.String),
        event_at=pl.lit(START) + pl.col("at").cast(pl.Duration("us")),
    ).with_columns(event_date=pl.col("event_at").dt.date())


if __name__ == "__main__":
    sys.exit(main())
