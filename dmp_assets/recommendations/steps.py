"""Steps of recommendations."""

from dmp_assets.events.schema import EventItems
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.identity.schema.persons import Persons, Visitors
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.profiles.schema.statements import ConsentState, Demographics
from dmp_assets.recommendations.schema import (
    BoughtTogether,
    ItemNeighbours,
    ModelChoice,
    RecommendationCandidates,
    RecommendationMetrics,
    Recommendations,
    ServingPaths,
)

RECOMMEND_ITEMS = Step(
    name="recommend_items",
    makes=(
        Recommendations,
        RecommendationCandidates,
        ServingPaths,
        ModelChoice,
        RecommendationMetrics,
        ItemNeighbours,
        BoughtTogether,
    ),
    reads=(EventItems, Visitors, Persons, ConsentState, Demographics, RawItems),
    settings=("recommendations", "holdout_days"),
)

STEPS = (RECOMMEND_ITEMS,)
