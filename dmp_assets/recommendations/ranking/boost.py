"""A better order of a blend's best items, learnt by the optional extra ``boost`` (LightGBM)."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.history_weights import DAY_US
from dmp_assets.recommendations.dataset.holdout import NEWEST_SHARE
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions, from_touches
from dmp_assets.recommendations.models.kernels.top_k import NONE, top_k
from dmp_assets.recommendations.models.recommender import BLOCK_PEOPLE, Scores
from dmp_assets.recommendations.ranking.rank_features import Cells, Moment, Table, moment_of, pair_features

CANDIDATES = 100
"""Items of each person that are put in a new order: the blend's best, and the person's own newest beside them."""

MIN_PEOPLE = 100
"""With fewer to learn from no order is learnt."""

MAX_PEOPLE = 4_000
"""More to learn from are sampled: 600,000 rows."""

SEED = 7
THREADS = 1
"""Two make the same trees in 3 of 6 seconds on an idle machine; on a busy one they wait for each other, for 30."""

ROUNDS = 100
# Small trees on many rows: NDCG@10 over the demo's blend +0.0031 (interval 0.0012 to 0.0051) on the validation; with 15
# leaves of 100 rows and 150 rounds +0.0027 (0.0001 to 0.0054), with 31 leaves -0.0002.
PARAMETERS = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 20,
    "learning_rate": 0.05,
    "num_leaves": 7,
    "min_data_in_leaf": 300,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": THREADS,
    "verbosity": -1,
}

Scorer = Callable[[Interactions], tuple[Scores, Scores]]
"""A block of people -> scaled scores, members x people x items, and their weighted sum, people x items."""


class BoostNotInstalledError(RuntimeError):
    """The extra is missing."""


@dataclass(frozen=True)
class Boost:
    """What a re-ranker learns: who takes what in the newest ``window_days``, by what was known before."""

    window_days: int
    """The newest fifth of the touches instead, where that is the shorter time."""
    new_only: bool
    """Whether only what the person never bought is ordered."""


@dataclass(frozen=True)
class Ranker:
    """Trees that order a person's candidates, and the moment that they are asked at."""

    trees: Any
    moment: Moment

    def reorder(self, sums: Scores, scores: Scores, block: Interactions) -> None:
        """Reorder the sums of each person's candidates in place: the trees' first gets the highest.

        Args:
            sums: People x items, above 0 where the blend has an opinion; only such items are candidates.
            scores: Members x people x items, scaled.
            block: The people's histories.

        The sums themselves stay, so an item that is no candidate keeps its place; equal sums get different last bits.
        """
        cells = candidates(sums, block)
        if not cells.person.size:
            return
        wanted = self.trees.predict(_table(block, cells, sums, scores, self.moment), num_threads=THREADS)
        order = np.lexsort((-wanted, cells.person))
        sums[cells.person, cells.item[order]] = _distinguished(cells.of(sums), cells.person)


def is_installed() -> bool:
    """Return whether the extra is there."""
    return find_spec("lightgbm") is not None


def fit_ranker(interactions: Interactions, boost: Boost, fit: Callable[[Interactions], Scorer]) -> Ranker | None:
    """Return a re-ranker to use with members fitted on ``interactions``; None where people teach too little.

    Args:
        interactions: All that is known.
        boost: What to learn.
        fit: Returns the scorer of the blend fitted on given interactions: it gets those before the window only.

    Burges 2010, "From RankNet to LambdaRank to LambdaMART: an overview", MSR-TR-2010-82, gains by NDCG, one group per
    person. Candidates, features and their moment are from before the window, labels from within it.

    Raises:
        BoostNotInstalledError: The extra ``boost`` is missing.
    """
    if not is_installed():
        raise BoostNotInstalledError("re-ranking needs lightgbm; install it with: pip install 'dmp-assets[boost]'")
    before, taken = split(interactions, boost.window_days)
    people = _teachers(before, taken)
    if people.size < MIN_PEOPLE:
        return None
    table, labels, groups = _lessons(before, taken, people, fit(before))
    if not labels.any():
        return None
    lightgbm = import_module("lightgbm")
    lessons = lightgbm.Dataset(table, labels, group=groups, free_raw_data=True)
    return Ranker(lightgbm.train(PARAMETERS, lessons, ROUNDS), moment_of(interactions))


def split(interactions: Interactions, window_days: int) -> tuple[Interactions, Any]:
    """Return what was before the newest ``window_days``, and who took what in them (CSR, people x items).

    The window is the newest fifth of the touches where that is the shorter time. People and items keep their positions.
    """
    at = interactions.touched_at
    if not at.size:
        return interactions, _binary(interactions, np.zeros(0, np.bool_))
    cut = max(at.max() - window_days * DAY_US, np.quantile(at, 1 - NEWEST_SHARE, method="higher"))
    touches = interactions.touches()
    known = touches.filter(at < cut)
    before = from_touches(interactions.people, interactions.items, known, has_purchases=interactions.has_purchases)
    counts = (at >= cut) & (touches["bought"].to_numpy() if interactions.has_purchases else True)
    return before, _binary(interactions, np.logical_or.reduceat(counts, interactions.first_touch[:-1]))


def candidates(sums: Scores, block: Interactions) -> Cells:
    """Return the items to order of each person, the best by the blend first, equal ones by position.

    The ``CANDIDATES`` best of the blend, and as many of the person's own, the last touched first; of both only those
    with a sum above 0.
    """
    items = np.int64(block.shape[1])
    best, _ = top_k(sums, CANDIDATES)
    row, place = np.nonzero(best != NONE)
    person = block.pair_person
    newest = np.lexsort((block.pair_item, -block.pair_last_at, person))
    newest = newest[np.arange(person.size) - block.first_pair[person] < CANDIDATES]
    keys = np.union1d(row * items + best[row, place], person[newest] * items + block.pair_item[newest])
    cells = Cells(keys // items, keys % items)
    total = cells.of(sums)
    order = np.lexsort((-total, cells.person))
    order = order[total[order] > 0]
    return Cells(cells.person[order], cells.item[order])


def _binary(interactions: Interactions, wanted: NDArray[np.bool_]) -> Any:
    return interactions.matrix(wanted, np.ones(wanted.size, np.float32)).astype(np.bool_)


def _teachers(before: Interactions, taken: Any) -> Positions:
    """Return the people with a history who took something in the window, ``MAX_PEOPLE`` of them at most."""
    known = (np.diff(before.first_pair) > 0) & (np.diff(taken.indptr) > 0)
    people = np.flatnonzero(known)
    if people.size > MAX_PEOPLE:
        people = np.sort(np.random.default_rng(SEED).choice(people, MAX_PEOPLE, replace=False))
    return people


def _lessons(
    before: Interactions, taken: Any, people: Positions, score: Scorer
) -> tuple[Table, NDArray[np.int8], NDArray[np.int64]]:
    """Return features and labels of the people's candidates, and how many of them each person has."""
    moment = moment_of(before)
    tables, labels, groups = [], [], []
    for start in range(0, people.size, BLOCK_PEOPLE):
        rows = people[start : start + BLOCK_PEOPLE]
        block = before.rows(rows)
        scores, sums = score(block)
        cells = candidates(sums, block)
        tables.append(_table(block, cells, sums, scores, moment))
        labels.append(taken[rows].toarray()[cells.person, cells.item])
        groups.append(np.bincount(cells.person, minlength=rows.size))
    sizes = np.concatenate(groups)
    return np.vstack(tables), np.concatenate(labels).astype(np.int8), sizes[sizes > 0]


def _table(block: Interactions, cells: Cells, sums: Scores, scores: Scores, moment: Moment) -> Table:
    """Return the features of candidates: sum and place in the blend, each member's score, and those of pairs."""
    place = np.arange(cells.person.size) - np.searchsorted(cells.person, cells.person)
    columns = [cells.of(sums), place, *cells.of(scores), pair_features(block, cells, moment)]
    return np.column_stack(columns).astype(np.float32)


def _distinguished(sums: NDArray[np.float32], person: Positions) -> NDArray[np.float32]:
    """Return sums, highest first for each person, each at least one step of its type below the one before.

    The bits of positive floats are in the order of their values.
    """
    place = np.arange(sums.size)
    # People are 2 ** 40 apart, more than any bits can be: the running minimum starts again with each person.
    level = sums.view(np.int32).astype(np.int64) + place - (person << 40)
    bits = np.minimum.accumulate(level) - place + (person << 40)
    return np.maximum(bits, 1).astype(np.int32).view(np.float32)
