"""How well members and blends name what was held out: one value per person, task and contestant."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.holdout import Holdout
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.metrics.accuracy import PairedDifference, mean_and_error, ndcg, paired_difference
from dmp_assets.recommendations.metrics.truth import truth_of
from dmp_assets.recommendations.models.families import Member
from dmp_assets.recommendations.models.popularity import Fallback, fit_fallback
from dmp_assets.recommendations.models.recommender import BLOCK_PEOPLE, THREADS, Recommender
from dmp_assets.recommendations.ranking.blend import Choice, member_scores, rank, scale
from dmp_assets.recommendations.ranking.boost import Boost
from dmp_assets.recommendations.ranking.recommend import mask_of

K = 10

HELD_SCORES = 12_000_000
"""Scores of all members and people that a thread holds at once: 48 MB, and as much again for a second task."""

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


Wanted = Mapping[str, Sequence[Contestant]]
"""Contestants of each task."""


@dataclass(frozen=True)
class Contest:
    """The fitted members, and the NDCG@10 of each person under everything that was judged so far."""

    holdout: Holdout
    models: Mapping[Member, Recommender]
    values: dict[tuple[str, Contestant], Values] = field(default_factory=dict)
    reasons: dict[tuple[str, Contestant], str] = field(default_factory=dict)
    """Why contestants that are not the best blend are served or not."""

    @cached_property
    def fallback(self) -> Fallback:
        """Popularity of everybody, which follows where a contestant has no opinion."""
        return fit_fallback(self.holdout.interactions)

    def mean(self, task: str, contestant: Contestant) -> float:
        """Return the mean NDCG@10 over people."""
        return float(self.values[task, contestant].mean())

    def mean_and_error(self, task: str, contestant: Contestant) -> tuple[float, float]:
        """Return the mean NDCG@10 over people and its standard error."""
        return mean_and_error(self.values[task, contestant])

    def difference(self, task: str, contestant: Contestant, other: Contestant) -> PairedDifference:
        """Return by how much a contestant is better than another on the same people."""
        return paired_difference(self.values[task, contestant], self.values[task, other])

    def order(self, task: str, contestant: Contestant) -> tuple[float, int, str]:
        """Return what sorts the best first; of equals the one of fewer members, then by name."""
        return -self.mean(task, contestant), len(contestant.members), str(contestant)

    def best(self, task: str, count: int | None = None, *, blends_only: bool = False) -> list[Contestant]:
        """Return the best ``count`` contestants of a task, all of them without a count."""
        judged = [c for judged_task, c in self.values if judged_task == task and len(c.members) > blends_only]
        return sorted(judged, key=lambda contestant: self.order(task, contestant))[:count]

    def best_of(self, task: str, family: str) -> Contestant:
        """Return the best single member of a family."""
        return next(one for one in self.best(task) if is_single(one) and one.members[0].family == family)

    def best_of_families(self, task: str) -> list[Contestant]:
        """Return the best single member of each family, the best first."""
        best = {one.members[0].family: one for one in reversed(self.best(task)) if is_single(one)}
        return sorted(best.values(), key=lambda contestant: self.order(task, contestant))


def single(member: Member) -> Contestant:
    """Return a member alone."""
    return Contestant((member,), (1.0,))


def is_single(contestant: Contestant) -> bool:
    """Return whether a contestant is one member, not re-ranked."""
    return len(contestant.members) == 1 and contestant.boost is None


def judge_contestants(contest: Contest, wanted: Wanted) -> None:
    """Add the NDCG@10 of those contestants that ``contest.values`` does not have yet.

    Blends of a task, and members that are in one, are judged together and share the members' scores. Other members are
    judged one by one, for all tasks at once.
    """
    new = {task: [c for c in dict.fromkeys(some) if (task, c) not in contest.values] for task, some in wanted.items()}
    apart: dict[Contestant, dict[str, list[Contestant]]] = {}
    for task, some in new.items():
        blended = {member for c in some if not is_single(c) for member in c.members}
        together = [c for c in some if not blended.isdisjoint(c.members)]
        if together:
            _judge_group(contest, {task: together})
        for c in some:
            if c not in together:
                apart.setdefault(c, {})[task] = [c]
    for group in apart.values():
        _judge_group(contest, group)


def _judge_group(contest: Contest, wanted: Wanted) -> None:
    holdout, people = contest.holdout, contest.holdout.people
    positions = rank_contestants(holdout.interactions, people, contest.models, contest.fallback, wanted, K)
    for task, some in wanted.items():
        truth = truth_of(holdout.truths[task])
        for contestant, items in zip(some, positions[task], strict=True):
            contest.values[task, contestant] = ndcg(truth.judge(people, items), K)


def rank_contestants(
    interactions: Interactions,
    people: Positions,
    models: Mapping[Member, Recommender],
    fallback: Fallback,
    wanted: Wanted,
    k: int,
) -> dict[str, NDArray[np.int32]]:
    """Return per task the positions of the ``k`` best items: contestants x people x places.

    Args:
        interactions: All people and items.
        people: Positions in it of those to serve.
        models: The fitted members; each is asked once for the scores of a person.
        fallback: Popularity of everybody, which follows where a contestant has no opinion.
        wanted: Contestants of each task, none re-ranked.
        k: Length of a list; ``NONE`` ends shorter ones.
    """
    members = list(dict.fromkeys(member for some in wanted.values() for c in some for member in c.members))
    weights = {task: _weights(some, members) for task, some in wanted.items()}
    height = HELD_SCORES // max(1, len(members) * interactions.shape[1])
    height = min(max(height, 1), BLOCK_PEOPLE)

    def serve(start: int) -> list[NDArray[np.int32]]:
        block = interactions.rows(people[start : start + height])
        shares = np.broadcast_to(fallback.shares[:1], block.shape)
        raw, lists = member_scores([models[member] for member in members], block), []
        for number, (task, mixes) in enumerate(weights.items()):
            scores = raw if number == len(weights) - 1 else raw.copy()
            scale(scores, mask_of(block, task, None))
            lists.append(np.stack([rank(scores, mix, shares, k)[0] for mix in mixes]))
        return lists

    with ThreadPoolExecutor(THREADS) as threads:
        blocks = list(threads.map(serve, range(0, people.size, height)))
    return {task: np.concatenate([block[number] for block in blocks], axis=1) for number, task in enumerate(weights)}


def _weights(contestants: Sequence[Contestant], members: Sequence[Member]) -> NDArray[np.float32]:
    """Return the weights of the members, contestants x members."""
    weights = np.zeros((len(contestants), len(members)), np.float32)
    place = {member: number for number, member in enumerate(members)}
    for number, contestant in enumerate(contestants):
        for member, weight in zip(contestant.members, contestant.weights, strict=True):
            weights[number, place[member]] += weight
    return weights
