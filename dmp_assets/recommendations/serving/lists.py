"""Everybody's lists: what the models propose, what the rules leave of it, and why each item is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.popularity import Fallback
from dmp_assets.recommendations.models.recommender import Scores
from dmp_assets.recommendations.ranking.blend import Blend, fill, member_scores, scale
from dmp_assets.recommendations.ranking.blocks import in_order, people_of_block
from dmp_assets.recommendations.ranking.recommend import in_words, mask_of, placed
from dmp_assets.recommendations.schema.tasks import BLEND, NEXT
from dmp_assets.recommendations.serving.codes import FEW, Codes
from dmp_assets.recommendations.serving.rules import NO_CONSENT, apply_rules, within_reach

SPARE = 3
"""Candidates per place where rules may take some; people who still have too few get as many again."""


@dataclass(frozen=True)
class Restrictions:
    """What holds for the lists of a day, by the numbers of :class:`Codes`."""

    rules: RecommendationSettings
    items: pl.DataFrame
    """Boost, category and rule of each item (``item_rules``)."""
    bought: pl.DataFrame
    """person_id and item_id that are not to be shown again (``recently_bought``), sorted."""
    refused: pl.Series
    """People who get no list (``refused_people``)."""

    @property
    def asked(self) -> int:
        """Candidates to ask the models for, per person."""
        takes = self.items["item_rule"].null_count() < self.items.height or not self.bought.is_empty()
        moves = bool(self.rules.boosts) or self.rules.max_per_category is not None
        return self.rules.per_person * (SPARE if takes or moves else 1)


@dataclass(frozen=True)
class Serving:
    """What lists are made with."""

    blends: Mapping[str, Blend]
    """Task -> the fitted choice."""
    interactions: Interactions
    """Whom to serve."""
    fallback: Fallback
    """Popularity, for people and places without an opinion of the blend."""
    codes: Codes
    restrictions: Restrictions
    """The rules and what they need to know."""


def serve_lists(given: Serving, block_people: int | None = None) -> pl.DataFrame:
    """Return the judged candidates of everybody, up to the last place of each list, by numbers (:class:`Codes`).

    Args:
        given: Models, people and rules.
        block_people: People served at once; None: as many as the width of the catalogue allows.

    Lists have ``per_person`` places unless the catalogue, less what rules keep out, has no more; those of *next* end
    where the models have no opinion.
    """
    everybody, height = given.interactions.people.len(), block_people or people_of_block(given.interactions.shape[1])
    segment_rows = given.fallback.rows(given.interactions.people)
    # Nobody makes a block too: it has the columns.
    starts = range(0, max(1, everybody), height)
    return pl.concat(
        in_order(lambda start: _block(given, np.arange(start, min(everybody, start + height)), segment_rows), starts)
    )


def _block(given: Serving, people: Positions, segment_rows: Positions) -> pl.DataFrame:
    """Return the judged candidates of a block of people (their positions), of all tasks."""
    restrictions, block = given.restrictions, given.interactions.rows(people)
    bought = _of_people(restrictions.bought, people)
    served, known = [], _Shared(list(given.blends.values()))
    for task, blend in given.blends.items():
        scores = known.scores(blend, block)
        candidates = _candidates(given, task, scores, block, people, segment_rows, None)
        judged = _judged(candidates, bought, restrictions)
        short = _short_people(judged, restrictions)
        if short.len():
            of_short = short.to_numpy().astype(np.int64)
            rows = given.interactions.rows(of_short)
            mask = _judged_already(given, rows, of_short, judged, bought)
            again = member_scores(blend.models, rows)
            more = _candidates(given, task, again, rows, of_short, segment_rows, mask)
            more = more.with_columns(pl.col("candidate_rank") + restrictions.asked, round=pl.lit(2, pl.Int8))
            judged = _judged(pl.concat([candidates, more]), bought, restrictions)
        served.append(within_reach(judged, restrictions.rules.per_person).drop("round"))
    return pl.concat(served)


def _of_people(pairs: pl.DataFrame, people: Positions) -> pl.DataFrame:
    """Return the rows of people that stand together, of pairs sorted by person."""
    if not people.size:
        return pairs.clear()
    first, end = np.searchsorted(pairs["person_id"].to_numpy(), [people[0], people[-1] + 1])
    return pairs[first:end]


class _Shared:
    """Scores of one block, asked for once of a model that is in the blends of several tasks."""

    def __init__(self, blends: Sequence[Blend]) -> None:
        self._left = [id(model) for blend in blends for model in blend.models]
        self._known: dict[int, Scores] = {}

    def scores(self, blend: Blend, block: Interactions) -> Scores:
        """Return a new array of the scores of a blend's members; blends are asked for in their order."""
        scores = np.empty((len(blend.models), *block.shape), np.float32)
        for of_model, model in zip(scores, blend.models, strict=True):
            self._left.remove(id(model))
            known = self._known.pop(id(model), None)
            if known is None:
                fill(of_model, model, block)
            else:
                of_model[:] = known
            if id(model) in self._left:
                # A copy: scores are scaled in place, and each task masks other items.
                self._known[id(model)] = of_model.copy() if known is None else known
        return scores


def _candidates(
    given: Serving,
    task: str,
    scores: Scores,
    block: Interactions,
    people: Positions,
    segment_rows: Positions,
    mask: sparse.csr_matrix | None,
) -> pl.DataFrame:
    """Return the models' lists of some people, as candidates of the first round; ``scores`` are scaled in place."""
    blend = given.blends[task]
    scale(scores, mask_of(block, task, mask))
    places = placed(blend, scores, block, given.fallback, segment_rows[people], given.restrictions.asked)
    lists = in_words(places.with_columns(person=people[places["person"].to_numpy()]), blend, given.codes.names, task)
    if task == NEXT:
        # Where the models have no opinion, nothing is known of what comes next.
        lists = lists.filter(pl.col("served_by") == BLEND)
    few = [pl.col(name).cast(given.codes.few[name]) for name in ("task", "served_by", "reason_kind", "model")]
    return lists.rename({"rank": "candidate_rank"}).with_columns(*few, round=pl.lit(1, pl.Int8))


def _judged(candidates: pl.DataFrame, bought: pl.DataFrame, restrictions: Restrictions) -> pl.DataFrame:
    judged = apply_rules(candidates, restrictions.items, bought, restrictions.refused, restrictions.rules)
    return judged.with_columns(pl.col("excluded_by").cast(FEW["excluded_by"]))


def _short_people(judged: pl.DataFrame, restrictions: Restrictions) -> pl.Series:
    """Return the people whose list is not full though the models have more to propose, ascending."""
    may_have_more = pl.len() >= restrictions.asked
    is_short = pl.col("rank").count() < restrictions.rules.per_person
    is_served = (pl.col("excluded_by") != NO_CONSENT).fill_null(value=True).any()
    found = judged.group_by("person_id").agg(wanted=may_have_more & is_short & is_served).filter("wanted")
    return found["person_id"].sort()


def _judged_already(
    given: Serving, block: Interactions, people: Positions, judged: pl.DataFrame, bought: pl.DataFrame
) -> sparse.csr_matrix:
    """Return the cells not to propose again: judged, kept out by a rule, or of a category that is full."""
    rules = given.restrictions.rules
    items = (
        given.codes.names.items.to_frame("item_id")
        .join(given.restrictions.items, on="item_id", how="left", maintain_order="left")
        .with_columns(
            column=pl.int_range(pl.len(), dtype=pl.Int64),
            category=pl.col("item_category").rank("dense").cast(pl.Int64).fill_null(0),
        )
    )
    rows = pl.DataFrame({"person_id": people.astype(np.uint32)}).with_columns(
        row=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    mask = np.zeros(block.shape, np.bool_)
    mask[:, items["item_rule"].is_not_null().to_numpy()] = True
    for pairs in (judged, bought):
        cells = pairs.select("person_id", "item_id").join(rows, on="person_id").join(items, on="item_id")
        mask[cells["row"].to_numpy(), cells["column"].to_numpy()] = True
    if rules.max_per_category is not None:
        mask |= _full(judged.join(rows, on="person_id"), items, rows.height, rules.max_per_category)
    return sparse.csr_matrix(mask.astype(np.float32))


def _full(judged: pl.DataFrame, items: pl.DataFrame, people: int, most: int) -> NDArray[np.bool_]:
    """Return the cells (people x items) whose category has all the places it may take."""
    placed = judged.filter(pl.col("rank").is_not_null()).join(items.select("item_id", "category"), on="item_id")
    taken = placed.filter(pl.col("category") > 0).group_by("row", "category").len().filter(pl.col("len") >= most)
    is_full = np.zeros((people, int(items["category"].max() or 0) + 1), np.bool_)  # type: ignore[arg-type]
    is_full[taken["row"].to_numpy(), taken["category"].to_numpy()] = True
    cells: NDArray[np.bool_] = is_full[:, items["category"].to_numpy()]
    return cells
