"""Whether a blend is served re-ranked: only where that is better on the held-out days, and surely so."""

from dataclasses import replace

import numpy as np

from dmp_assets.recommendations.choice.contest import Contest, Contestant, K
from dmp_assets.recommendations.dataset.holdout import Window
from dmp_assets.recommendations.metrics.accuracy import judge, ndcg
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY
from dmp_assets.recommendations.ranking.blend import Blend, Choice, fit_choice_ranker
from dmp_assets.recommendations.ranking.boost import Boost
from dmp_assets.recommendations.ranking.recommend import ranked_positions
from dmp_assets.recommendations.schema.tasks import DISCOVER

NAMES = {POPULARITY: "popularity", PERSONAL: "personal frequency"}
"""The baselines in words."""


def boost_of(window: Window, task: str) -> Boost:
    """Return what to learn for a task: a window as long as the held-out one, at least a day."""
    return Boost(max(1, (window.last_date - window.first_date).days), new_only=task == DISCOVER)


def baselines_of(contest: Contest, task: str) -> dict[str, Contestant]:
    """Return the best popularity and the best personal frequency by name; who has no opinion is no rival."""
    found = {name: contest.best_of(task, family) for family, name in NAMES.items()}
    return {name: contestant for name, contestant in found.items() if contestant is not None}


def boosted_winner(contest: Contest, task: str, blend: Contestant) -> Contestant | None:
    """Return the blend re-ranked where that beats the blend, popularity and personal frequency; else None.

    The 95 % paired bootstrap interval of each difference must lie above 0. What was found is added to
    ``contest.values`` and ``contest.reasons``, unless there were too few people to learn an order from.
    """
    boosted = replace(blend, boost=boost_of(contest.holdout.newest, task))
    if not judge_boosted(contest, task, boosted):
        return None
    rivals = {"the blend": blend, **baselines_of(contest, task)}
    found = {name: contest.difference(task, boosted, rival) for name, rival in rivals.items()}
    missed = [name for name, difference in found.items() if not difference.is_above]
    over = found["the blend"]
    verdict = f"does not surely beat {' and '.join(missed)}" if missed else f"beats {', '.join(rivals)}"
    shown = f"{over.difference:+.4f} ({over.low:+.4f} to {over.high:+.4f}) over the blend"
    contest.reasons[task, boosted] = f"re-ranking {verdict}: {shown}"
    return None if missed else boosted


def judge_boosted(contest: Contest, task: str, boosted: Contestant) -> bool:
    """Add the NDCG@10 of a re-ranked contestant; return whether enough people taught an order in every window.

    The order is learnt on the newest days of what models may know, which end where the held-out days begin.
    """
    choice = Choice(task, boosted.members, boosted.weights, "", boost=boosted.boost)
    values = []
    for window, models, fallback in zip(contest.holdout.windows, contest.models, contest.fallbacks, strict=True):
        ranker = fit_choice_ranker(window.interactions, choice)
        if ranker is None:
            return False
        fitted = tuple(models[member] for member in boosted.members)
        blend = Blend(boosted.members, fitted, np.array(boosted.weights, np.float32), ranker)
        people = window.takers(task)
        lists = ranked_positions(blend, window.interactions, people, fallback, task=task, per_person=K)
        values.append(ndcg(judge(lists, window.truths[task]), K))
    contest.values[task, boosted] = contest.holdout.by_person(task, values)
    return True
