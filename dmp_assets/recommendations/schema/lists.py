"""Tables of lists: what to offer each person, why an item is or is not in there, and what lists come from."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.recommendations.schema.tasks import EXCLUSIONS, PATHS, REASON_KINDS, SERVED_BY, TASK, TASKS


class Recommendations(
    TableContract,
    table="recommendations.recommendations",
    key=("person_id", "task", "rank"),
    unique=("person_id", "task", "item_id"),
    subject=("person_id",),
):
    """What to offer each person next.

    The items to show each person next, best first: one list to buy again and one to discover.
    """

    person_id: str = pa.Field(description="The person.")
    task: str = pa.Field(isin=TASKS, description=TASK)
    rank: pl.Int64 = pa.Field(ge=1, description="Place in the person's list of the task, from 1.")
    item_id: str = pa.Field(description="Product.")
    score: pl.Float64 = pa.Field(
        ge=0,
        description="Score after the boost. blend: weighted sum of models, each scaled to 1 at the person's best item; "
        "popularity: share of people who took it lately. Comparable within one person, task and served_by only.",
    )
    boost: pl.Float64 = pa.Field(gt=0, description="Factor of dmp.yaml that is in the score; 1 without.")
    model: str = pa.Field(
        description="Family of models that speaks loudest for the item: personal, ease, popularity..."
    )
    served_by: str = pa.Field(isin=PATHS, description=SERVED_BY)
    reason_kind: str = pa.Field(
        isin=REASON_KINDS,
        description="item: another item of the person; own: the person's own use of this item; people: people with "
        "like histories; popular; segment: popular in the person's segment; category: new, of a kind the person likes.",
    )
    because: str = pa.Field(
        nullable=True,
        description="item: that item's id; segment: its name; category: the value that fits; null for the others.",
    )
    reason: str = pa.Field(description="Why it is offered, in words.")
    as_of_date: pl.Date = pa.Field(description="Events up to and including this day were used.")


class RecommendationCandidates(
    TableContract,
    table="recommendations.recommendation_candidates",
    key=("person_id", "task", "item_id"),
    subject=("person_id",),
):
    """Why a product is in the list of a person, or is not.

    Every item considered for a list up to its last place: what the models proposed, and what the rules did to it.
    """

    person_id: str = pa.Field(description="The person.")
    task: str = pa.Field(isin=TASKS, description=TASK)
    candidate_rank: pl.Int64 = pa.Field(ge=1, description="Place that the models gave it, from 1.")
    item_id: str = pa.Field(description="Product.")
    item_category: str = pa.Field(
        nullable=True,
        description="Its category by which rules look at it: of the catalogue, else as events and orders name it.",
    )
    score: pl.Float64 = pa.Field(ge=0, description="Score before the boost.")
    served_by: str = pa.Field(isin=PATHS, description=SERVED_BY)
    boost: pl.Float64 = pa.Field(gt=0, description="Factor of dmp.yaml; an item's own wins over its category's.")
    excluded_by: str = pa.Field(
        nullable=True,
        isin=EXCLUSIONS,
        description="Rule that keeps it out, the first of several: no_consent, out_of_stock, blocked_category, "
        "bought_recently, max_per_category; null where it may be shown.",
    )
    rank: pl.Int64 = pa.Field(nullable=True, ge=1, description="Place in recommendations; null where it is not shown.")
    as_of_date: pl.Date = pa.Field(description="Day of the lists.")


class ServingPaths(
    TableContract, table="recommendations.serving_paths", key=("task", "served_by"), subject="aggregate"
):
    """What the lists come from: models, or what is popular.

    How many people each path serves, by the first place of their list.
    """

    task: str = pa.Field(isin=TASKS, description=TASK)
    served_by: str = pa.Field(isin=(*PATHS, "none"), description=f"{SERVED_BY} none: people without a list.")
    people: pl.Int64 = pa.Field(ge=0, description="People whose first place comes by this path.")
    people_rate: pl.Float64 = pa.Field(ge=0, le=1, description="people / all people; the paths of a task add up to 1.")
    places: pl.Int64 = pa.Field(ge=0, description="Places of all lists that come by this path.")
    places_rate: pl.Float64 = pa.Field(ge=0, le=1, description="places / all places of the task.")
    as_of_date: pl.Date = pa.Field(description="Day of the lists.")
