"""How well members and blends name what was held out: one value per person, task and contestant."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.holdout import Holdout, Window
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.metrics.accuracy import PairedDifference, mean_and_error, ndcg, paired_difference
from dmp_assets.recommendations.metrics.truth import truth_of
from dmp_assets.recommendations.models.families import Member
from dmp_assets.recommendations.models.popularity import Fallback, fit_fallback, no_fallback
from dmp_assets.recommendations.models.recommender import BLOCK_PEOPLE, THREADS, Recommender
from dmp_assets.recommendations.ranking.blend import Choice, member_scores
from dmp_assets.recommendations.ranking.boost import Boost
from dmp_assets.recommendations.ranking.mixes import best_of_mixes
from dmp_assets.recommendations.ranking.recommend import mask_of
from dmp_assets.recommendations.schema.tasks import NEXT

K = 10

HELD_SCORES = 24_000_000
"""Scores of all members and people that a thread holds at once: 96 MB."""

LEAST_HEARD = 0.05
"""Share of people that a member must have an opinion on: what is shown to the others is popularity."""

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


Models = Mapping[Member, Recommender]


@dataclass(frozen=True)
class Contest:
    """The fitted members, and the NDCG@10 of each person under everything that was judged so far."""

    holdout: Holdout
    models: tuple[Models, ...]
    """The members fitted on what each window may know."""
    values: dict[tuple[str, Contestant], Values] = field(default_factory=dict)
    reasons: dict[tuple[str, Contestant], str] = field(default_factory=dict)
    """Why contestants that are not the best blend are served or not."""
    heard: dict[tuple[str, Member], float] = field(default_factory=dict)
    """Share of the people that a member had an opinion on."""

    @property
    def members(self) -> list[Member]:
        """All members."""
        return list(self.models[0])

    @cached_property
    def fallbacks(self) -> tuple[Fallback, ...]:
        """Popularity of everybody in each window, which follows where a contestant has no opinion."""
        return tuple(fallback_of(window) for window in self.holdout.windows)

    def has_opinion(self, task: str, member: Member) -> bool:
        """Return whether a member has an opinion on enough people; without one it is popularity by another name."""
        return self.heard[task, member] >= LEAST_HEARD

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

    def best_of(self, task: str, family: str) -> Contestant | None:
        """Return the best single member of a family; None where none has an opinion."""
        members = (one for one in self.best(task) if is_single(one) and one.members[0].family == family)
        return next(members, None)

    def best_of_families(self, task: str) -> list[Contestant]:
        """Return the best single member of each family, the best first."""
        best = {one.members[0].family: one for one in reversed(self.best(task)) if is_single(one)}
        return sorted(best.values(), key=lambda contestant: self.order(task, contestant))


def fallback_of(window: Window) -> Fallback:
    """Return popularity of everybody; of *next* lists end where the models have no opinion."""
    return no_fallback(window.interactions) if NEXT in window.truths else fit_fallback(window.interactions)


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
    found: dict[tuple[str, Contestant], list[Values]] = {(task, c): [] for task, some in wanted.items() for c in some}
    heard: Counter[tuple[str, Member]] = Counter()
    judged: Counter[str] = Counter()
    for window, models, fallback in zip(contest.holdout.windows, contest.models, contest.fallbacks, strict=True):
        people = np.unique(np.concatenate([window.takers(task) for task in wanted]))
        ranked = rank_contestants(window.interactions, people, models, fallback, wanted, K)
        heard.update(ranked.heard)
        for task, some in wanted.items():
            truth = truth_of(window.truths[task])
            judged[task] += people.size
            for contestant, items in zip(some, ranked.positions[task], strict=True):
                found[task, contestant].append(ndcg(truth.judge(people, items), K))
    for (task, contestant), values in found.items():
        contest.values[task, contestant] = contest.holdout.by_person(task, values)
    contest.heard.update({(task, member): count / max(1, judged[task]) for (task, member), count in heard.items()})


@dataclass(frozen=True)
class Ranked:
    """The lists of people under contestants."""

    positions: Mapping[str, NDArray[np.int32]]
    """Per task the positions of the best items: contestants x people x places."""
    heard: Mapping[tuple[str, Member], int]
    """People that each member has an opinion on."""


def rank_contestants(
    interactions: Interactions,
    people: Positions,
    models: Models,
    fallback: Fallback,
    wanted: Wanted,
    k: int,
) -> Ranked:
    """Return the positions of the ``k`` best items of each person, and which members had an opinion.

    Args:
        interactions: All people and items.
        people: Positions in it of those to serve.
        models: The fitted members; each is asked once for the scores of a person.
        fallback: Popularity of everybody, which follows where a contestant has no opinion.
        wanted: Contestants of each task, none re-ranked.
        k: Length of a list; ``NONE`` ends shorter ones.
    """
    members = list(dict.fromkeys(member for some in wanted.values() for c in some for member in c.members))
    # Of several windows one may have nobody with something to discover.
    if not people.size:
        nothing = {task: np.empty((len(some), 0, k), np.int32) for task, some in wanted.items()}
        return Ranked(nothing, dict.fromkeys(product(wanted, members), 0))
    weights = [(task, _weights(some, members)) for task, some in wanted.items()]
    height = HELD_SCORES // max(1, len(members) * interactions.shape[1])
    height = min(max(height, 1), BLOCK_PEOPLE)

    def serve(start: int) -> tuple[list[NDArray[np.int32]], list[NDArray[np.int64]]]:
        block = interactions.rows(people[start : start + height])
        scores = member_scores([models[member] for member in members], block)
        found = [best_of_mixes(scores, mask_of(block, task, None), w, fallback.shares[0], k) for task, w in weights]
        return [items for items, _ in found], [heard for _, heard in found]

    with ThreadPoolExecutor(THREADS) as threads:
        blocks = list(threads.map(serve, range(0, people.size, height)))
    positions: dict[str, NDArray[np.int32]] = {}
    heard: dict[tuple[str, Member], int] = {}
    for number, task in enumerate(wanted):
        positions[task] = np.concatenate([lists[number] for lists, _ in blocks], axis=1)
        counts = np.sum([found[number] for _, found in blocks], axis=0)
        heard |= {(task, member): int(count) for member, count in zip(members, counts, strict=True)}
    return Ranked(positions, heard)


def _weights(contestants: Sequence[Contestant], members: Sequence[Member]) -> NDArray[np.float32]:
    """Return the weights of the members, contestants x members."""
    weights = np.zeros((len(contestants), len(members)), np.float32)
    place = {member: number for number, member in enumerate(members)}
    for number, contestant in enumerate(contestants):
        for member, weight in zip(contestant.members, contestant.weights, strict=True):
            weights[number, place[member]] += weight
    return weights
