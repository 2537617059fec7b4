"""Tables of the choice: what was tried, what is served, and its proof."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.recommendations.schema.tasks import (
    CUTOFFS,
    INTERVAL,
    JUDGED_BY,
    LIST_METRICS,
    PERSON_METRICS,
    STATUSES,
    TASK,
    TASKS,
    WAYS,
)


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
    judged_by: str = pa.Field(isin=WAYS, description=JUDGED_BY)
    status: str = pa.Field(
        isin=STATUSES,
        description="not_enough_data: nothing was compared; popularity is served, and no list of next.",
    )
    as_of_date: pl.Date = pa.Field(
        description="Events up to and including this day chose and proved; lists of later days may rest on it."
    )
    recipe: str = pa.Field(nullable=True, description="Of the chosen one: what it is fitted by, as JSON.")
    items: pl.Int64 = pa.Field(ge=0, description="Items of the catalogue that anybody had taken by then.")
    items_left_out: pl.Int64 = pa.Field(
        ge=0,
        description="Items that somebody had touched and no model holds: beyond 100,000 the least touched.",
    )
    touches_left_out_rate: pl.Float64 = pa.Field(
        ge=0, le=1, description="Share of the lines of the last holdout_days that name an item left out."
    )
    nameable_people_rate: pl.Float64 = pa.Field(
        nullable=True,
        ge=0,
        le=1,
        description="Share of the buyers of the last holdout_days whose lists, made before, could have named something "
        "that they bought; null where nothing was sold, or known before.",
    )
    nameable_sales_rate: pl.Float64 = pa.Field(
        nullable=True, ge=0, le=1, description="Share of the lines bought in these days that they could have named."
    )
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
    judged_by: str = pa.Field(isin=WAYS, description=JUDGED_BY)
    status: str = pa.Field(isin=STATUSES, description="not_enough_data: fewer than 20 people to judge by.")
