"""Tables of recommendations: lists, why an item is or is not in them, the choice, and its proof."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.incremental.inputs import DAY, RULES, InputRows
from dmp_assets.foundation.values.contracts import TableContract

REPEAT, DISCOVER = TASKS = ("repeat", "discover")
BLEND, SEGMENT_POPULARITY, _POPULARITY, CONTENT = PATHS = ("blend", "segment_popularity", "popularity", "content")
REASON_KINDS = ("item", "own", "people", "popular", "segment", "category")
EXCLUSIONS = ("no_consent", "out_of_stock", "blocked_category", "bought_recently", "max_per_category")
"""Rules that keep an item out of a list; where several do, the first is named."""
STATUSES = ("ok", "not_enough_data")
PERSON_METRICS = ("recall", "ndcg", "map", "hit_rate")
LIST_METRICS = ("coverage", "gini", "novelty", "popularity_lift")
CUTOFFS = (5, 10, 20)

TASK = "repeat: what the person will buy next, known items allowed; discover: items never bought by the person."
SERVED_BY = (
    "Path: blend (the chosen model), segment_popularity and popularity (where the model has no opinion, as on people "
    "without history), content (new items, by what the person likes)."
)
CHOICE, AS_OF, REFUSED = "choice", "as_of", "refused"
SOURCES = ("event_items", "order_items", "visitors", "persons", "consent", "demographics", "raw_items")
AS_OF_INPUT = "as_of: the last day that counts, which its fingerprint is"
RULES_INPUT = "rules: settings, and the code and layout of the tables."
INTERVAL = "end of the 95 % interval of it, by a paired bootstrap over people."


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
        nullable=True, description="Its category in the catalogue, by which rules look at it."
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


class ModelChoice(TableContract, table="recommendations.model_choice", key=("task", "members"), subject="aggregate"):
    """Which model makes the recommendations, and why that one.

    Every candidate that was tried on the validation days, what was chosen of them for each task, and why.
    """

    task: str = pa.Field(isin=TASKS, description=TASK)
    candidate: str = pa.Field(description="Family of models, blend, or reranked: the best blend re-ranked.")
    members: str = pa.Field(description="Its models with their parameters, and their weights where there are several.")
    ndcg_10: pl.Float64 = pa.Field(nullable=True, ge=0, le=1, description="NDCG@10 on the validation days.")
    standard_error: pl.Float64 = pa.Field(nullable=True, ge=0, description="Of ndcg_10, over people.")
    difference_to_popularity: pl.Float64 = pa.Field(nullable=True, description="ndcg_10 minus that of popularity.")
    popularity_low: pl.Float64 = pa.Field(nullable=True, description=f"Lower {INTERVAL}")
    popularity_high: pl.Float64 = pa.Field(nullable=True, description=f"Upper {INTERVAL}")
    difference_to_personal: pl.Float64 = pa.Field(nullable=True, description="The same to personal frequency.")
    personal_low: pl.Float64 = pa.Field(nullable=True, description=f"Lower {INTERVAL}")
    personal_high: pl.Float64 = pa.Field(nullable=True, description=f"Upper {INTERVAL}")
    is_chosen: pl.Boolean = pa.Field(description="Whether it is what the task is served with.")
    reason: str = pa.Field(
        nullable=True,
        description="Of the chosen one: why; of reranked: why or why not; of what was left out early: why.",
    )
    people: pl.Int64 = pa.Field(
        ge=0, description="People judged: known before, with something to find; fewer for what was left out early."
    )
    train_last_date: pl.Date = pa.Field(nullable=True, description="Last day that the candidates were fitted on.")
    validation_first_date: pl.Date = pa.Field(nullable=True, description="First day of the validation.")
    validation_last_date: pl.Date = pa.Field(nullable=True, description="Last day; the holdout of the metrics follows.")
    status: str = pa.Field(isin=STATUSES, description="not_enough_data: nothing was compared; popularity is served.")
    as_of_date: pl.Date = pa.Field(
        description="Events up to and including this day chose and proved; lists of later days may rest on it."
    )
    recipe: str = pa.Field(nullable=True, description="Of the chosen one: what it is fitted by, as JSON.")
    items: pl.Int64 = pa.Field(ge=0, description="Items of the catalogue that anybody had taken by then.")
    made_by: str = pa.Field(description="Fingerprint of settings and code; another one makes a new choice due.")


class RecommendationMetrics(
    TableContract,
    table="recommendations.recommendation_metrics",
    key=("task", "model", "metric", "k"),
    subject="aggregate",
):
    """Proof of how good the recommendations are.

    How well lists made before the holdout named what people bought in it, each candidate beside two baselines.
    """

    task: str = pa.Field(isin=TASKS, description=TASK)
    model: str = pa.Field(
        description="Best of its family by model_choice, the blend, or reranked: the blend re-ranked; popularity "
        "and personal are the baselines."
    )
    metric: str = pa.Field(
        isin=(*PERSON_METRICS, *LIST_METRICS),
        description="recall: share of the person's items that were named; ndcg: the same, weighted by rank; map: mean "
        "precision at the right places; hit_rate: share of people with a right place; coverage: share of the catalogue "
        "shown; gini: how unevenly (0 even, 1 all on one item); novelty: mean surprise of the items in bits; "
        "popularity_lift: how much more popular they are than what people have (0.5: half as much again).",
    )
    k: pl.Int64 = pa.Field(isin=CUTOFFS, description="Length of the list that is judged.")
    value: pl.Float64 = pa.Field(nullable=True, ge=-1, description="Mean over people; null for too little data.")
    standard_error: pl.Float64 = pa.Field(
        nullable=True, ge=0, description="Sample deviation over people / sqrt(people); null for coverage and gini."
    )
    difference_to_popularity: pl.Float64 = pa.Field(
        nullable=True, description="value minus that of popularity, for recall, ndcg, map and hit_rate."
    )
    popularity_low: pl.Float64 = pa.Field(nullable=True, description=f"Lower {INTERVAL}")
    popularity_high: pl.Float64 = pa.Field(nullable=True, description=f"Upper {INTERVAL}")
    difference_to_personal: pl.Float64 = pa.Field(nullable=True, description="The same to personal frequency.")
    personal_low: pl.Float64 = pa.Field(nullable=True, description=f"Lower {INTERVAL}")
    personal_high: pl.Float64 = pa.Field(nullable=True, description=f"Upper {INTERVAL}")
    is_served: pl.Boolean = pa.Field(description="Whether model_choice serves the task with it.")
    people: pl.Int64 = pa.Field(ge=0, description="People known before the holdout with something to find in it.")
    train_last_date: pl.Date = pa.Field(description="Last day that the lists were made from.")
    holdout_first_date: pl.Date = pa.Field(description="First day of the judged period, which no choice has seen.")
    holdout_last_date: pl.Date = pa.Field(description="Last day of the judged period: the as-of day.")
    status: str = pa.Field(isin=STATUSES, description="not_enough_data: fewer than 20 people to judge by.")


class ItemNeighbours(
    TableContract,
    table="recommendations.item_neighbours",
    key=("item_id", "rank"),
    unique=("item_id", "similar_item_id"),
    subject="aggregate",
):
    """Products that the same people like.

    The items most like each item, by the people who touched both.
    """

    item_id: str = pa.Field(description="Product.")
    rank: pl.Int64 = pa.Field(ge=1, description="Place among its neighbours, from 1.")
    similar_item_id: str = pa.Field(description="The neighbour.")
    similarity: pl.Float64 = pa.Field(
        ge=0,
        description="people_together / (people of item_id ** 0.3 * people of the other ** 0.7 + 10): not symmetric, "
        "and comparable within one item_id only.",
    )
    people_together: pl.Int64 = pa.Field(ge=1, description="People who touched both.")
    as_of_date: pl.Date = pa.Field(description="Events up to and including this day were used.")


class BoughtTogether(
    TableContract,
    table="recommendations.bought_together",
    key=("item_id", "rank"),
    unique=("item_id", "other_item_id"),
    subject="aggregate",
):
    """Products that are bought together.

    The items that stand in one order with each item, more often than chance would put them there.
    """

    item_id: str = pa.Field(description="Product.")
    rank: pl.Int64 = pa.Field(ge=1, description="Place among those, by the strength of the evidence, from 1.")
    other_item_id: str = pa.Field(description="The other product.")
    orders_together: pl.Int64 = pa.Field(ge=5, description="Orders with both.")
    item_orders: pl.Int64 = pa.Field(ge=5, description="Orders with item_id.")
    other_item_orders: pl.Int64 = pa.Field(ge=5, description="Orders with other_item_id.")
    orders: pl.Int64 = pa.Field(ge=5, description="All orders with an item, without those of over 200 different items.")
    support_rate: pl.Float64 = pa.Field(ge=0, le=1, description="orders_together / orders.")
    confidence_rate: pl.Float64 = pa.Field(ge=0, le=1, description="orders_together / item_orders.")
    lift: pl.Float64 = pa.Field(ge=1, description="How many times as often as by chance both are in one order.")
    p_value: pl.Float64 = pa.Field(
        ge=0, le=1, description="How often chance alone does that, one-sided (G test); at most one in a million."
    )
    as_of_date: pl.Date = pa.Field(description="Orders up to and including this day were used.")


class RelationInputs(
    InputRows, table="recommendations.relation_inputs", key=("input", "event_date"), subject="aggregate"
):
    """Internal: what neighbours and pairs of products were made of.

    One row per input of neighbours and pairs of items; they are kept while little of it changed.
    """

    input: str = pa.Field(
        isin=(DAY, AS_OF, REFUSED, RULES),
        description="day: of events.event_items and orders.order_items; "
        f"{AS_OF_INPUT}; refused: what people who refused did; {RULES_INPUT}",
    )


class ServingInputs(
    InputRows, table="recommendations.serving_inputs", key=("input", "event_date"), subject="aggregate"
):
    """Internal: what the lists were made of.

    One row per input of the lists; they are kept where none has changed.
    """

    input: str = pa.Field(
        isin=(*SOURCES, CHOICE, AS_OF, RULES),
        description=f"The table of that name; choice: what is served; {AS_OF_INPUT}; {RULES_INPUT}",
    )
