"""Whether a blend is served re-ranked: only where that is better on the held-out days, and surely so."""

from dataclasses import replace

import numpy as np

from dmp_assets.recommendations.choice.contest import Contest, Contestant, K
from dmp_assets.recommendations.dataset.holdout import Holdout
from dmp_assets.recommendations.metrics.accuracy import judge, ndcg
from dmp_assets.recommendations.models.families import PERSONAL, POPULARITY
from dmp_assets.recommendations.ranking.blend import Blend, Choice, fit_choice_ranker
from dmp_assets.recommendations.ranking.boost import Boost
from dmp_assets.recommendations.ranking.recommend import ranked_positions
from dmp_assets.recommendations.schema import DISCOVER


def boost_of(holdout: Holdout, task: str) -> Boost:
    """Return what to learn for a task: a window as long as the held-out one, at least a day."""
    return Boost(max(1, (holdout.last_date - holdout.first_date).days), new_only=task == DISCOVER)


def boosted_winner(contest: Contest, task: str, blend: Contestant) -> Contestant | None:
    """Return the blend re-ranked where that beats the blend, popularity and personal frequency; else None.

    The 95 % paired bootstrap interval of each difference must lie above 0. What was found is added to
    ``contest.values`` and ``contest.reasons``, unless there were too few people to learn an order from.
    """
    boosted = replace(blend, boost=boost_of(contest.holdout, task))
    if not judge_boosted(contest, task, boosted):
        return None
    baselines = {"personal frequency": PERSONAL, "popularity": POPULARITY}
    rivals = {"the blend": blend, **{name: contest.best_of(task, family) for name, family in baselines.items()}}
    found = {name: contest.difference(task, boosted, rival) for name, rival in rivals.items()}
    missed = [name for name, difference in found.items() if not difference.is_above]
    over = found["the blend"]
    verdict = f"does not surely beat {' and '.join(missed)}" if missed else f"beats {', '.join(rivals)}"
    shown = f"{over.difference:+.4f} ({over.low:+.4f} to {over.high:+.4f}) over the blend"
    contest.reasons[task, boosted] = f"re-ranking {verdict}: {shown}"
    return None if missed else boosted


def judge_boosted(contest: Contest, task: str, boosted: Contestant) -> bool:
    """Add the NDCG@10 of a re-ranked contestant; return whether enough people taught an order.

    The order is learnt on the newest window of what models may know, which ends where the held-out days begin.
    """
    holdout = contest.holdout
    choice = Choice(task, boosted.members, boosted.weights, "", boost=boosted.boost)
    ranker = fit_choice_ranker(holdout.interactions, choice)
    if ranker is None:
        return False
    models = tuple(contest.models[member] for member in boosted.members)
    blend = Blend(boosted.members, models, np.array(boosted.weights, np.float32), ranker)
    lists = ranked_positions(blend, holdout.interactions, holdout.people, contest.fallback, task=task, per_person=K)
    contest.values[task, boosted] = ndcg(judge(lists, holdout.truths[task]), K)
    return True
