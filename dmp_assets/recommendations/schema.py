"""Tables of recommendations: the lists themselves, and how well such lists predicted a held-out period."""

import pandera.polars as pa
import polars as pl

ITEM_ITEM = "item_item"
POPULARITY = "popularity"
MODELS = (ITEM_ITEM, POPULARITY)
METRICS = ("recall", "ndcg", "hit_rate", "coverage")
CUTOFFS = (5, 10, 20)


class Recommendations(pa.DataFrameModel):
    """The items to show each person next: things the person never bought, best first."""

    person_id: str = pa.Field(description="The person.")
    rank: pl.Int64 = pa.Field(ge=1, description="Place in the person's list, from 1.")
    item_id: str = pa.Field(description="Product; never one that the person has bought before.")
    score: pl.Float64 = pa.Field(
        ge=0,
        description="item_item: sum of cosine similarities to the person's items; popularity: share of the people "
        "buying in the newest 28 days who bought it. Comparable within one person and model only.",
    )
    model: str = pa.Field(isin=MODELS, description="What proposed the item; popularity fills lists that are short.")
    reason: str = pa.Field(
        description="'bought with <item_id>': the person's own item that is most similar; or 'popular'."
    )
    as_of_date: pl.Date = pa.Field(description="Purchases up to and including this UTC day were used.")

    class Config:
        """Table facts."""

        strict = True
        unique = ["person_id", "item_id"]
        metadata = {"table": "recommendations.recommendations", "key": ["person_id", "rank"]}


class RecommendationMetrics(pa.DataFrameModel):
    """How well lists made before the holdout named the items that people first bought in it."""

    model: str = pa.Field(isin=MODELS, description="item_item: the lists as served, with fill; or popularity alone.")
    metric: str = pa.Field(
        isin=METRICS,
        description="recall: share of the person's new items that were named; ndcg: the same, weighted by rank; "
        "hit_rate: share of people with one named item or more; coverage: share of the catalogue ever shown.",
    )
    k: pl.Int64 = pa.Field(isin=CUTOFFS, description="Length of the list that is judged.")
    value: pl.Float64 = pa.Field(nullable=True, ge=0, le=1, description="Mean over people; null for too little data.")
    standard_error: pl.Float64 = pa.Field(
        nullable=True, ge=0, description="Sample deviation over people / sqrt(people); null for coverage."
    )
    people: pl.Int64 = pa.Field(ge=0, description="People known before the holdout who bought something new in it.")
    train_last_date: pl.Date = pa.Field(description="Last day that the lists were made from.")
    holdout_first_date: pl.Date = pa.Field(description="First day of the judged period.")
    holdout_last_date: pl.Date = pa.Field(description="Last day of the judged period: the as-of day.")
    status: str = pa.Field(
        isin=("ok", "not_enough_data"), description="not_enough_data: fewer than 20 people to judge by."
    )

    class Config:
        """Table facts."""

        strict = True
        unique = ["model", "metric", "k"]
        metadata = {"table": "recommendations.recommendation_metrics", "key": ["model", "metric", "k"]}
