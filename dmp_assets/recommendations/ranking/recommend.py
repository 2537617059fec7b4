"""The lists of everybody, a block of people at a time: never people x items at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.families import POPULARITY
from dmp_assets.recommendations.models.kernels.top_k import NONE
from dmp_assets.recommendations.models.popularity import Fallback
from dmp_assets.recommendations.models.recommender import NO_CAUSE, THREADS
from dmp_assets.recommendations.ranking.blend import Blend, best_items, member_scores, scale
from dmp_assets.recommendations.ranking.blocks import in_order, people_of_block
from dmp_assets.recommendations.schema.tasks import BLEND, DISCOVER, NEXT, SEGMENT_POPULARITY


@dataclass(frozen=True)
class Names:
    """What positions are called, as texts or as an ``Enum`` of them."""

    people: pl.Series
    items: pl.Series
    causes: pl.Series
    """The items again, in the type of ``because``."""
    segments: pl.Series
    """In the type of ``because``."""


def recommend(
    blend: Blend,
    interactions: Interactions,
    fallback: Fallback,
    *,
    task: str,
    per_person: int,
    excluded: Any | None = None,
    block_people: int | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield the best items of each block of people, in the order of ``person_id``.

    Args:
        blend: The fitted choice of the task.
        interactions: Whom to serve, with their histories; over the same items as those fitted on.
        fallback: Popularity, which follows where the blend has no opinion.
        task: repeat, or discover, which leaves out what the person bought.
        per_person: Length of a list; shorter only where the catalogue has nothing left.
        excluded: More cells that may not be served (CSR, people x items).
        block_people: People per frame; None: ``people_of_block`` of the catalogue.

    Frames have person_id, task, rank (from 1), item_id, score (comparable within one person, task and served_by),
    model, served_by (blend, segment_popularity or popularity), reason_kind (item, own, people, popular or segment) and
    because: the person's own item that speaks loudest, or the segment.
    """
    everybody, height = interactions.people.len(), block_people or people_of_block(interactions.shape[1])
    segment_rows = fallback.rows(interactions.people)
    names = Names(interactions.people, interactions.items, interactions.items, fallback.segments)

    def serve(start: int) -> pl.DataFrame:
        people = np.arange(start, min(everybody, start + height))
        block = interactions.rows(people)
        scores = member_scores(blend.models, block)
        scale(scores, mask_of(block, task, None if excluded is None else excluded[people]))
        places = placed(blend, scores, block, fallback, segment_rows[people], per_person)
        return in_words(places.with_columns(pl.col("person") + start), blend, names, task)

    yield from in_order(serve, range(0, everybody, height))


def mask_of(block: Interactions, task: str, excluded: Any | None) -> Any | None:
    """Return the cells that may not be served (CSR), or None.

    Of *discover* they are what the person bought, of *next* what was touched last.
    """
    own = {DISCOVER: block.bought, NEXT: block.last_touched}.get(task)
    if own is None:
        return None if excluded is None else excluded.tocsr()
    return own() if excluded is None else (own() + excluded).tocsr()


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
    if not people.size:
        return listed(people, np.empty((0, per_person), np.int32))
    height = people_of_block(interactions.shape[1])
    segment_rows = fallback.rows(interactions.people)[people]

    def serve(start: int) -> NDArray[np.int32]:
        block = interactions.rows(people[start : start + height])
        scores = member_scores(blend.models, block)
        scale(scores, mask_of(block, task, None))
        return best_items(blend, scores, block, fallback.shares[segment_rows[start : start + height]], per_person)[0]

    with ThreadPoolExecutor(THREADS) as threads:
        items = np.concatenate(list(threads.map(serve, range(0, people.size, height))))
    return listed(people, items)


def listed(people: Positions, items: NDArray[np.int32]) -> pl.DataFrame:
    """Return lists of positions, people x places, as person_id, rank and item_id (Int64); ``NONE`` ends a list."""
    row, place = np.nonzero(items != NONE)
    return pl.DataFrame({"person_id": people[row], "rank": place + 1, "item_id": items[row, place].astype(np.int64)})


def placed(
    blend: Blend,
    scores: NDArray[np.float32],
    block: Interactions,
    fallback: Fallback,
    segment_rows: Positions,
    per_person: int,
) -> pl.DataFrame:
    """Return the lists of one block of people as positions, each place with what it rests on.

    Args:
        blend: The fitted choice.
        scores: Scores of its members, scaled: models x people x items.
        block: The people.
        fallback: As for :func:`recommend`.
        segment_rows: Row of the fallback's shares that serves each person.
        per_person: Length of a list.

    Columns: person (in the block), rank, item, score, and, below 0 for none, loudest (a member of the blend), cause
    (an item) and segment.
    """
    items, values = best_items(blend, scores, block, fallback.shares[segment_rows], per_person)
    person, place = np.nonzero(items != NONE)
    item, value = items[person, place].astype(np.int64), values[person, place].astype(np.float64)
    parts = scores[:, person, item] * blend.weights[:, np.newaxis]
    loudest = np.where(value > 0, parts.argmax(axis=0), NONE)
    causes = np.full(person.size, NO_CAUSE, np.int64)
    for number, model in enumerate(blend.models):
        mine = np.flatnonzero(loudest == number)
        causes[mine] = model.causes(block, person[mine], item[mine])
    return pl.DataFrame(
        {
            "person": person,
            "rank": place.astype(np.int64) + 1,
            "item": item,
            "score": np.where(value > 0, value, value + 1),
            "loudest": loudest,
            "cause": causes,
            "segment": segment_rows[person] - 1,
        }
    )


def in_words(places: pl.DataFrame, blend: Blend, names: Names, task: str) -> pl.DataFrame:
    """Return the lists of :func:`placed`, as :func:`recommend` yields them; ``names`` call their positions."""
    # Numbers below 0 become null, and a null position gives a null name.
    positions = places.select(pl.when(pl.col(name) >= 0).then(name) for name in ("loudest", "cause", "segment"))
    families = pl.Series([member.family for member in blend.members])
    kinds = pl.Series([model.reason_kind for model in blend.models])
    named = places.select(
        "rank",
        "score",
        person_id=names.people.gather(places["person"]),
        item_id=names.items.gather(places["item"]),
        model=families.gather(positions["loudest"]),
        kind=kinds.gather(positions["loudest"]),
        cause=names.causes.gather(positions["cause"]),
        segment=names.segments.gather(positions["segment"]),
        is_itself=places["cause"] == places["item"],
    )
    # An item that goes with itself is there for the person's own use of it. The main tastes may speak for an item that
    # none of the person's own items speaks for: like people have it.
    is_itself = pl.col("is_itself") & (pl.col("kind") == "item")
    kind = pl.when(is_itself).then(pl.lit("own")).otherwise("kind")
    kind = pl.when((pl.col("kind") == "item") & pl.col("cause").is_null()).then(pl.lit("people")).otherwise(kind)
    is_item = (pl.col("kind") == "item") & ~pl.col("is_itself")
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
        reason_kind=pl.when(served).then(kind).otherwise(popular),
        # An item that speaks for itself needs no other.
        because=pl.when(served).then(pl.when(is_item).then("cause")).otherwise("segment"),
    )
