"""The lists of everybody, a block of people at a time: never people x items at once."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.families import POPULARITY
from dmp_assets.recommendations.models.popularity import Fallback
from dmp_assets.recommendations.models.recommender import BLOCK_PEOPLE, NO_CAUSE, THREADS
from dmp_assets.recommendations.models.top_k import NONE
from dmp_assets.recommendations.ranking.blend import Blend, best_items, member_scores, scale
from dmp_assets.recommendations.schema import BLEND, DISCOVER, SEGMENT_POPULARITY


def recommend(
    blend: Blend,
    interactions: Interactions,
    fallback: Fallback,
    *,
    task: str,
    per_person: int,
    excluded: Any | None = None,
    block_people: int = BLOCK_PEOPLE,
) -> Iterator[pl.DataFrame]:
    """Yield the best items of each block of people, in the order of ``person_id``.

    Args:
        blend: The fitted choice of the task.
        interactions: Whom to serve, with their histories; over the same items as those fitted on.
        fallback: Popularity, which follows where the blend has no opinion.
        task: repeat, or discover, which leaves out what the person bought.
        per_person: Length of a list; shorter only where the catalogue has nothing left.
        excluded: More cells that may not be served (CSR, people x items).
        block_people: People per frame.

    Frames have person_id, task, rank (from 1), item_id, score (comparable within one person, task and served_by),
    model, served_by (blend, segment_popularity or popularity), reason_kind (item, own, people, popular or segment) and
    because: the person's own item that speaks loudest, or the segment.
    """

    def serve(start: int) -> pl.DataFrame:
        people = np.arange(start, min(interactions.people.len(), start + block_people))
        block = interactions.rows(people)
        more = None if excluded is None else excluded[people]
        return rank_block(blend, block, fallback, task, per_person, more)

    # One block is made while another is written; more in advance would only be held.
    with ThreadPoolExecutor(THREADS) as threads:
        ahead: deque[Future[pl.DataFrame]] = deque()
        for start in range(0, interactions.people.len(), block_people):
            ahead.append(threads.submit(serve, start))
            if len(ahead) > THREADS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def mask_of(block: Interactions, task: str, excluded: Any | None) -> Any | None:
    """Return the cells that may not be served (CSR), or None."""
    if task == DISCOVER:
        return block.bought() if excluded is None else (block.bought() + excluded).tocsr()
    return None if excluded is None else excluded.tocsr()


def ranked_positions(
    blend: Blend, interactions: Interactions, people: Positions, fallback: Fallback, *, task: str, per_person: int
) -> pl.DataFrame:
    """Return the lists of some people as positions, without reasons: person_id, rank, item_id (Int64).

    Args:
        blend: The fitted choice of the task.
        interactions: All people and items.
        people: Positions in it of those to serve.
        fallback: As for :func:`recommend`.
        task: repeat or discover.
        per_person: Length of a list.
    """

    def serve(start: int) -> NDArray[np.int32]:
        block = interactions.rows(people[start : start + BLOCK_PEOPLE])
        shares = fallback.shares[fallback.rows(block.people)]
        return best_items(blend, _scaled(blend, block, task, None), block, shares, per_person)[0]

    with ThreadPoolExecutor(THREADS) as threads:
        items = np.concatenate(list(threads.map(serve, range(0, people.size, BLOCK_PEOPLE))))
    return listed(people, items)


def listed(people: Positions, items: NDArray[np.int32]) -> pl.DataFrame:
    """Return lists of positions, people x places, as person_id, rank and item_id (Int64); ``NONE`` ends a list."""
    row, place = np.nonzero(items != NONE)
    return pl.DataFrame({"person_id": people[row], "rank": place + 1, "item_id": items[row, place].astype(np.int64)})


def _scaled(blend: Blend, block: Interactions, task: str, excluded: Any | None) -> NDArray[np.float32]:
    """Return the scores of the members for a block, what may not be served left out."""
    scores = member_scores(blend.models, block)
    scale(scores, mask_of(block, task, excluded))
    return scores


def rank_block(
    blend: Blend, block: Interactions, fallback: Fallback, task: str, per_person: int, excluded: Any | None = None
) -> pl.DataFrame:
    """Return the lists of one block of people, as :func:`recommend` yields them."""
    rows = fallback.rows(block.people)
    scores = _scaled(blend, block, task, excluded)
    items, values = best_items(blend, scores, block, fallback.shares[rows], per_person)
    person, place = np.nonzero(items != NONE)
    item, value = items[person, place].astype(np.int64), values[person, place].astype(np.float64)
    parts = scores[:, person, item] * blend.weights[:, np.newaxis]
    loudest = np.where(value > 0, parts.argmax(axis=0), NONE)
    causes = np.full(person.size, NO_CAUSE, np.int64)
    for number, model in enumerate(blend.models):
        mine = np.flatnonzero(loudest == number)
        causes[mine] = model.causes(block, person[mine], item[mine])
    places = pl.DataFrame(
        {
            "person_id": block.people.gather(person),
            "rank": place.astype(np.int64) + 1,
            "item_id": block.items.gather(item),
            "score": np.where(value > 0, value, value + 1),
            "loudest": loudest,
            "cause": causes,
            "segment": rows[person] - 1,
        }
    )
    return _in_words(places, blend, block, fallback, task)


def _in_words(places: pl.DataFrame, blend: Blend, block: Interactions, fallback: Fallback, task: str) -> pl.DataFrame:
    """Return the lists with what each place rests on; places below 0 are none."""
    # Numbers below 0 become null, and a null position gives a null name.
    positions = places.select(pl.when(pl.col(name) >= 0).then(name) for name in ("loudest", "cause", "segment"))
    families = pl.Series([member.family for member in blend.members])
    kinds = pl.Series([model.reason_kind for model in blend.models])
    named = places.with_columns(
        model=families.gather(positions["loudest"]),
        kind=kinds.gather(positions["loudest"]),
        cause=block.items.gather(positions["cause"]),
        segment=fallback.segments.gather(positions["segment"]),
    )
    served, in_segment = pl.col("kind").is_not_null(), pl.col("segment").is_not_null()
    by_popularity = pl.when(in_segment).then(pl.lit(SEGMENT_POPULARITY)).otherwise(pl.lit(POPULARITY))
    popular = pl.when(in_segment).then(pl.lit("segment")).otherwise(pl.lit("popular"))
    return named.select(
        "person_id",
        pl.lit(task).alias("task"),
        "rank",
        "item_id",
        "score",
        model=pl.col("model").fill_null(POPULARITY),
        served_by=pl.when(served).then(pl.lit(BLEND)).otherwise(by_popularity),
        reason_kind=pl.when(served).then("kind").otherwise(popular),
        # An item that speaks for itself needs no other.
        because=pl.when(served).then(pl.when(pl.col("kind") == "item").then("cause")).otherwise("segment"),
    )
