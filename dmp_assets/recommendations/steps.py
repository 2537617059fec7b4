"""Steps of recommendations: which models serve, which items go together, and everybody's lists."""

from dmp_assets.analytics.schema import Items
from dmp_assets.events.schema import EventItems
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.identity.schema.persons import Persons, Visitors
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.orders.schema import OrderItems
from dmp_assets.profiles.schema.statements import ConsentState, Demographics
from dmp_assets.recommendations.schema.choice import ModelChoice, RecommendationMetrics
from dmp_assets.recommendations.schema.inputs import RelationInputs, ServingInputs
from dmp_assets.recommendations.schema.lists import RecommendationCandidates, Recommendations, ServingPaths
from dmp_assets.recommendations.schema.relations import BoughtTogether, ItemNeighbours

PEOPLE_AND_LINES = (EventItems, OrderItems, Visitors, Persons, ConsentState)
CONSENT = ("recommendations.consent_purposes", "recommendations.consent_required")

CHOOSE_MODELS = Step(
    name="choose_models",
    makes=(ModelChoice, RecommendationMetrics),
    reads=PEOPLE_AND_LINES,
    # Not choose_every_days: it says when the next choice is due, and changes nothing about the stored one.
    settings=("holdout_days", "recommendations.rerank", *CONSENT),
)
RELATE_ITEMS = Step(
    name="relate_items",
    makes=(ItemNeighbours, BoughtTogether, RelationInputs),
    reads=(*PEOPLE_AND_LINES, RawItems),
    settings=CONSENT,
    internal=(RelationInputs,),
)
RECOMMEND_ITEMS = Step(
    name="recommend_items",
    makes=(Recommendations, RecommendationCandidates, ServingPaths, ServingInputs),
    reads=(*PEOPLE_AND_LINES, ModelChoice, RawItems, Demographics, Items),
    settings=(
        "recommendations.per_person",
        "recommendations.exclude_bought_days",
        "recommendations.out_of_stock",
        "recommendations.blocked_categories",
        "recommendations.max_per_category",
        "recommendations.boosts",
        "recommendations.new_items",
        "recommendations.segment_field",
        *CONSENT,
    ),
    internal=(ServingInputs,),
)

STEPS = (CHOOSE_MODELS, RELATE_ITEMS, RECOMMEND_ITEMS)
