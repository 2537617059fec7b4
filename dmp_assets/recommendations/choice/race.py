"""Which candidates are judged on everybody: those that a heat among some people does not rule out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from dmp_assets.recommendations.choice.contest import Contest, Contestant, Wanted, is_single, judge_contestants, single
from dmp_assets.recommendations.dataset.holdout import ENOUGH_PEOPLE
from dmp_assets.recommendations.metrics.accuracy import mean_and_error
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY, Member

HEAT_PEOPLE = 500
"""People of the first heat at least: the error of a paired difference is 0.004 there (deviation 0.08)."""

HEAT_SHARE = 0.25
"""Share of the people of the first heat at least: of 4,000 a thousand, among whom the error is 0.0025. Where families
tie, what wins on everybody may be left out among fewer."""

HEAT_CELLS = 32_000_000
"""People times items of the first heat at least: with fewer, to judge everybody costs some ten seconds."""

MARGIN = 2.0
"""Standard errors that a candidate may lie behind the best of the heat: of two equal ones one in 44 is left out."""

FINALISTS = 16
"""Candidates of a task that are judged on everybody, beside the best of each family and baselines close to theirs."""

SHORTLIST = 5
"""Families that are blended, the best of a task; every two of them, then a third beside the best two pairs."""

PAIR_WEIGHTS = (0.8, 0.5, 0.2)
THIRD_WEIGHTS = (0.1, 0.25)


def heat_of(contest: Contest, tasks: Sequence[str]) -> Contest:
    """Return the contest among people drawn with a fixed seed.

    The contest itself where that would leave out less than half of the people, or where half of those drawn have
    nothing to find in one of the tasks.
    """
    everybody = max((contest.holdout.people(task).len() for task in tasks), default=0)
    of_catalogue = HEAT_CELLS // max(1, contest.holdout.newest.interactions.shape[1])
    people = max(HEAT_PEOPLE, of_catalogue, round(HEAT_SHARE * everybody))
    drawn = contest.holdout.drawn(people)
    if everybody < 2 * people or any(2 * drawn.people(task).len() < people for task in tasks):
        return contest
    return Contest(drawn, contest.models)


def run_heat(contest: Contest, tasks: Sequence[str]) -> Contest:
    """Return the heat: all members, blends of the best of each family, and the best blend's variants.

    Members without an opinion take no place in it. A task that fewer than ``ENOUGH_PEOPLE`` judge has no blends.
    """
    heat = heat_of(contest, tasks)
    judge_contestants(heat, {task: [single(member) for member in heat.members] for task in tasks})
    for task in tasks:
        for member in heat.members:
            if member.family != POPULARITY and not heat.has_opinion(task, member):
                del heat.values[task, single(member)]
    # Few people tell members apart at best: blends of what they prefer fit them, and nobody else.
    tasks = [task for task in tasks if contest.holdout.people(task).len() >= ENOUGH_PEOPLE]
    shortlists = {task: [best.members[0] for best in heat.best_of_families(task)[:SHORTLIST]] for task in tasks}
    judge_contestants(heat, {task: _pairs(shortlist) for task, shortlist in shortlists.items()})
    pairs = {task: heat.best(task, 2, blends_only=True) for task in tasks}
    judge_contestants(heat, {task: _triples(pairs[task], shortlists[task]) for task in tasks})
    judge_contestants(heat, {task: _variants(heat, task, heat.best(task, 1)) for task in tasks})
    return heat


def finalists(heat: Contest, task: str) -> list[Contestant]:
    """Return what is judged on everybody: what may yet be best of all, of popularity or of personal.

    The best of each other family is judged too, to be shown.
    """
    best, baselines = heat.best(task, FINALISTS), []
    for family in (POPULARITY, PERSONAL):
        members = [one for one in heat.best(task) if is_single(one) and one.members[0].family == family]
        baselines += _close(heat, task, members)
    return list(dict.fromkeys([*_close(heat, task, best), *heat.best_of_families(task), *baselines]))


def judge_rest(contest: Contest, heat: Contest, wanted: Wanted) -> None:
    """Add the NDCG@10 of contestants of the heat, judged on the people who were not in it as well."""
    if heat is contest:
        return
    everybody = contest.holdout.everybody()
    others = everybody.filter(~everybody.is_in(heat.holdout.everybody().implode()))
    rest = Contest(contest.holdout.among(others), contest.models)
    judge_contestants(rest, wanted)
    for task, some in wanted.items():
        people = contest.holdout.people(task)
        is_drawn = people.is_in(heat.holdout.people(task).implode()).to_numpy()
        for contestant in some:
            values = np.empty(people.len())
            values[is_drawn], values[~is_drawn] = heat.values[task, contestant], rest.values[task, contestant]
            contest.values[task, contestant] = values
            for member in contestant.members:
                shares = (heat.heard[task, member], rest.heard[task, member])
                contest.heard[task, member] = float(np.average(shares, weights=(is_drawn.sum(), (~is_drawn).sum())))


def left_out(heat: Contest, contest: Contest, task: str) -> dict[Contestant, str]:
    """Return why each contestant of the heat that the contest has not judged was left out, the best first."""
    found: dict[Contestant, str] = {}
    for contestant in (ranked := heat.best(task)):
        if (task, contestant) not in contest.values:
            behind, error = _behind(heat, task, contestant, ranked[0])
            shown = f"{behind:.4f} (error {error:.4f}) behind the best of a first heat"
            lost_by_places = "" if _is_clear(behind, error) else f", and not among its best {FINALISTS}"
            found[contestant] = shown + lost_by_places
    return found


def _behind(heat: Contest, task: str, contestant: Contestant, best: Contestant) -> tuple[float, float]:
    """Return by how much a contestant lies behind the best, and the standard error of that."""
    return mean_and_error(heat.values[task, best] - heat.values[task, contestant])


def _close(heat: Contest, task: str, ranked: Sequence[Contestant]) -> list[Contestant]:
    """Return the best contestant and those that may yet be better, the best first.

    A contestant with the values of the best for everybody is left out: it can show no difference.
    """
    return [one for one in ranked if one == ranked[0] or not _is_clear(*_behind(heat, task, one, ranked[0]))]


def _is_clear(behind: float, error: float) -> bool:
    return behind >= MARGIN * error


def _pairs(shortlist: Sequence[Member]) -> list[Contestant]:
    pairs = combinations(shortlist, 2)
    return [Contestant(pair, (weight, 1 - weight)) for pair in pairs for weight in PAIR_WEIGHTS]


def _triples(pairs: Iterable[Contestant], shortlist: Iterable[Member]) -> list[Contestant]:
    third = list(shortlist)
    return [
        Contestant((*pair.members, member), (*(part * (1 - weight) for part in pair.weights), weight))
        for pair in pairs
        for member in third
        for weight in THIRD_WEIGHTS
        if member not in pair.members
    ]


def _variants(heat: Contest, task: str, winners: Iterable[Contestant]) -> list[Contestant]:
    """Return the winners with one member exchanged for another of its family.

    The parameters that are best for a member alone need not be best within a blend.
    """
    return [
        replace(winner, members=(*winner.members[:place], other, *winner.members[place + 1 :]))
        for winner in winners
        for place, member in enumerate(winner.members)
        for other in heat.members
        if other.family == member.family and other != member and heat.has_opinion(task, other)
    ]
