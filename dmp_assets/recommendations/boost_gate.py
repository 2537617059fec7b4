"""Whether a blend is served re-ranked: only where that is better on the held-out days, and surely so."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.blend import Blend, Choice, best_items, fit_choice_ranker, member_scores, scale
from dmp_assets.recommendations.boost import Boost, Ranker
from dmp_assets.recommendations.evidence import Contest, Contestant, K, person_ndcg
from dmp_assets.recommendations.families import PERSONAL, POPULARITY
from dmp_assets.recommendations.holdout import Holdout
from dmp_assets.recommendations.popularity import fit_fallback
from dmp_assets.recommendations.recommend import BLOCK_PEOPLE, DISCOVER, THREADS, mask_of


def boost_of(holdout: Holdout, task: str) -> Boost:
    """Return what to learn for a task: a window as long as the held-out one, at least a day."""
    return Boost(max(1, (holdout.last_date - holdout.cut.date()).days), new_only=task == DISCOVER)


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
    """Add the NDCG@10 of a re-ranked contestant; return whether there were enough people to learn an order from.

    The order is learnt on the newest window of what models may know, which ends where the held-out days begin.
    """
    holdout = contest.holdout
    choice = Choice(task, boosted.members, boosted.weights, "", boost=boosted.boost)
    ranker = fit_choice_ranker(holdout.interactions, choice)
    if ranker is not None:
        contest.values[task, boosted] = person_ndcg(
            holdout.people, _lists(contest, task, boosted, ranker), holdout.truths[task]
        )
    return ranker is not None


def _lists(contest: Contest, task: str, boosted: Contestant, ranker: Ranker) -> NDArray[np.int32]:
    """Return the first places of the people to judge by, as positions of items."""
    interactions, people = contest.holdout.interactions, contest.holdout.people
    models = tuple(contest.models[member] for member in boosted.members)
    blend = Blend(boosted.members, models, np.array(boosted.weights, np.float32), ranker)
    fallback = fit_fallback(interactions).shares

    def serve(start: int) -> NDArray[np.int32]:
        block = interactions.rows(people[start : start + BLOCK_PEOPLE])
        scores = member_scores(models, block)
        scale(scores, mask_of(block, task, None))
        return best_items(blend, scores, block, np.broadcast_to(fallback, block.shape), K)[0]

    with ThreadPoolExecutor(THREADS) as threads:
        return np.concatenate(list(threads.map(serve, range(0, people.size, BLOCK_PEOPLE))))
