"""How well each member and blend names what was held out, and the table that shows it."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.recommendations.blend import RERANKED, Choice, member_scores, rank, scale
from dmp_assets.recommendations.boost import Boost
from dmp_assets.recommendations.families import PERSONAL, POPULARITY, Member
from dmp_assets.recommendations.holdout import Holdout
from dmp_assets.recommendations.metrics import PairedDifference, judge, mean_and_error, ndcg, paired_difference
from dmp_assets.recommendations.model import THREADS, Model
from dmp_assets.recommendations.popularity import Fallback, fit_fallback
from dmp_assets.recommendations.recommend import listed, mask_of

K = 10

JUDGED_AT_ONCE = 64
"""People whose scores are held: up to twelve members' for two tasks and two threads, 250 MB at 20,000 items."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Contestant:
    """Members and their weights, re-ranked or not."""

    members: tuple[Member, ...]
    weights: tuple[float, ...]
    boost: Boost | None = None

    def __str__(self) -> str:
        """Return members and weights as a choice shows them."""
        return str(Choice("", self.members, self.weights, "", boost=self.boost))


@dataclass(frozen=True)
class Contest:
    """The fitted members, and the NDCG@10 of each person under everything that was judged so far."""

    holdout: Holdout
    models: Mapping[Member, Model]
    values: dict[tuple[str, Contestant], Values] = field(default_factory=dict)
    reasons: dict[tuple[str, Contestant], str] = field(default_factory=dict)
    """Why re-ranked blends are served or not."""

    @cached_property
    def fallback(self) -> Fallback:
        """Popularity of everybody, which follows where a contestant has no opinion."""
        return fit_fallback(self.holdout.interactions)

    def mean(self, task: str, contestant: Contestant) -> float:
        """Return the mean NDCG@10 over people."""
        return float(self.values[task, contestant].mean())

    def mean_and_error(self, task: str, contestant: Contestant) -> tuple[float, float]:
        """Return it with its standard error."""
        return mean_and_error(self.values[task, contestant])

    def difference(self, task: str, contestant: Contestant, other: Contestant) -> PairedDifference:
        """Return by how much a contestant is better than another on the same people."""
        return paired_difference(self.values[task, contestant], self.values[task, other])

    def order(self, task: str, contestant: Contestant) -> tuple[float, int, str]:
        """Return what sorts the best first; of equals the one of fewer members, then by name."""
        return -self.mean(task, contestant), len(contestant.members), str(contestant)

    def best(self, task: str, count: int, *, blends_only: bool = False) -> list[Contestant]:
        """Return the best contestants of a task."""
        judged = [c for judged_task, c in self.values if judged_task == task and len(c.members) > blends_only]
        return sorted(judged, key=lambda contestant: self.order(task, contestant))[:count]

    def best_of(self, task: str, family: str) -> Contestant:
        """Return the best single member of a family."""
        return next(
            contestant
            for contestant in self.best(task, len(self.values))
            if len(contestant.members) == 1 and contestant.members[0].family == family and contestant.boost is None
        )

    def best_of_families(self, task: str) -> list[Contestant]:
        """Return the best single member of each family, the best first."""
        best = [self.best_of(task, family) for family in {member.family for member in self.models}]
        return sorted(best, key=lambda contestant: self.order(task, contestant))


def judge_contestants(contest: Contest, tasks: Sequence[str], contestants: Iterable[Contestant]) -> None:
    """Add the NDCG@10 of contestants on each task to ``contest.values``.

    Single members are scored one by one; blends share the scores of their members, so what is held is a block of
    people x items for each different member.
    """
    new = [c for c in contestants if any((task, c) not in contest.values for task in tasks)]
    singles = [[c] for c in new if len(c.members) == 1]
    blends = [c for c in new if len(c.members) > 1]
    for group in [*singles, blends]:
        if group:
            _judge_group(contest, tasks, group)


def _judge_group(contest: Contest, tasks: Sequence[str], group: Sequence[Contestant]) -> None:
    members = list(dict.fromkeys(member for contestant in group for member in contestant.members))
    place = {member: number for number, member in enumerate(members)}
    models = [contest.models[member] for member in members]
    weights = np.zeros((len(group), len(members)), np.float32)
    for number, contestant in enumerate(group):
        for member, weight in zip(contestant.members, contestant.weights, strict=True):
            weights[number, place[member]] += weight
    people = contest.holdout.people
    interactions = contest.holdout.interactions
    fallback = contest.fallback.shares

    def serve(start: int) -> list[NDArray[np.int32]]:
        block = interactions.rows(people[start : start + JUDGED_AT_ONCE])
        shares = np.broadcast_to(fallback, block.shape)
        raw, lists = member_scores(models, block), []
        for number, task in enumerate(tasks):
            scores = raw if number == len(tasks) - 1 else raw.copy()
            scale(scores, mask_of(block, task, None))
            lists.append(np.stack([rank(scores, mixed, shares, K)[0] for mixed in weights]))
        return lists

    with ThreadPoolExecutor(THREADS) as threads:
        blocks = list(threads.map(serve, range(0, people.size, JUDGED_AT_ONCE)))
    for number, task in enumerate(tasks):
        lists = np.concatenate([block[number] for block in blocks], axis=1)
        for contestant, items in zip(group, lists, strict=True):
            contest.values[task, contestant] = ndcg(judge(listed(people, items), contest.holdout.truths[task]), K)


def evidence_table(contest: Contest, choice: Choice) -> pl.DataFrame:
    """Return one row for everything that was judged for the task of ``choice``, the best first.

    Differences to the best popularity and the best personal frequency are given for the best member of each family and
    the best blends; the rest is left null. Where nothing was judged the choice is the only row.
    """
    task, holdout = choice.task, contest.holdout
    judged = contest.best(task, len(contest.values))
    chosen = Contestant(choice.members, choice.weights, choice.boost)
    compared = _compared(contest, task, chosen) if judged else set()
    rows: list[dict[str, object]] = []
    for contestant in judged or [chosen]:
        mean, error = contest.mean_and_error(task, contestant) if judged else (None, None)
        row: dict[str, object] = {
            "task": task,
            "candidate": candidate_name(contestant),
            "members": str(contestant),
            "ndcg_10": mean,
            "standard_error": error,
            "is_chosen": contestant == chosen,
            "reason": choice.reason if contestant == chosen else contest.reasons.get((task, contestant)),
        }
        for family in (POPULARITY, PERSONAL):
            found = None
            if contestant in compared:
                found = contest.difference(task, contestant, contest.best_of(task, family))
            row[f"difference_to_{family}"] = found and found.difference
            row[f"{family}_low"] = found and found.low
            row[f"{family}_high"] = found and found.high
        rows.append(row)
    return pl.DataFrame(rows, schema=_COLUMNS).with_columns(
        people=pl.lit(holdout.truths[task]["person_id"].n_unique(), pl.Int64),
        train_last_date=pl.lit(holdout.train_last_date, pl.Date),
        validation_first_date=pl.lit(holdout.first_date, pl.Date),
        validation_last_date=pl.lit(holdout.last_date, pl.Date),
        status=pl.lit("ok" if judged else "not_enough_data"),
    )


def candidate_name(candidate: Contestant | Choice) -> str:
    """Return boost for what is re-ranked, blend for several members, else the family."""
    if candidate.boost is not None:
        return RERANKED
    return "blend" if len(candidate.members) > 1 else candidate.members[0].family


def _compared(contest: Contest, task: str, chosen: Contestant) -> set[Contestant]:
    boosted = {contestant for judged_task, contestant in contest.reasons if judged_task == task}
    return {*contest.best_of_families(task), *contest.best(task, 3, blends_only=True), *boosted, chosen}


_NUMBERS = ("difference_to_popularity", "popularity_low", "popularity_high")
_MORE_NUMBERS = ("difference_to_personal", "personal_low", "personal_high")
_COLUMNS = {
    "task": pl.String,
    "candidate": pl.String,
    "members": pl.String,
    "ndcg_10": pl.Float64,
    "standard_error": pl.Float64,
    **dict.fromkeys((*_NUMBERS, *_MORE_NUMBERS), pl.Float64),
    "is_chosen": pl.Boolean,
    "reason": pl.String,
}
