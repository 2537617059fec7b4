"""Steps of profiles: what people do, what is stated about them, and the traits computed of them."""

from dmp_assets.events.schema import CleanedEvents, DailyActivity, EventItems, Sessions
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.identity.schema.persons import PersonIdentifiers, Visitors
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.ingest.schema.people import RawConsents, RawCustomers, RawSurveyAnswers, RawThirdPartyAttributes
from dmp_assets.orders.schema import OrderItems, Orders, Reversals
from dmp_assets.profiles.schema.activity import Engagement, Lifecycle, Places, ProfileHistory, Touches
from dmp_assets.profiles.schema.interests import Affinities, Preferences
from dmp_assets.profiles.schema.orders import OrdersOfPersons
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets.profiles.schema.statements import ComputedTraits, ConsentState, Demographics, Psychographics
from dmp_assets.profiles.schema.sums import RunningSums, SummedInputs, SummedItems, SummedValues, SummedVisitors

DESCRIBE_PROFILES = Step(
    name="describe_profiles",
    makes=(
        Profiles,
        Affinities,
        Preferences,
        Engagement,
        Lifecycle,
        Touches,
        Places,
        ProfileHistory,
        OrdersOfPersons,
        RunningSums,
        SummedValues,
        SummedVisitors,
        SummedItems,
        SummedInputs,
    ),
    reads=(
        DailyActivity,
        Sessions,
        EventItems,
        CleanedEvents,
        Orders,
        OrderItems,
        Reversals,
        RawItems,
        RawCustomers,
        Visitors,
        PersonIdentifiers,
    ),
    settings=("interest_half_life_days", "affinity_window_days", "recommendations.blocked_categories"),
    internal=(RunningSums, SummedValues, SummedVisitors, SummedItems, SummedInputs),
)
DESCRIBE_PEOPLE = Step(
    name="describe_people",
    makes=(Demographics, Psychographics, ConsentState),
    reads=(
        CleanedEvents,
        Places,
        RawCustomers,
        RawThirdPartyAttributes,
        RawSurveyAnswers,
        RawConsents,
        Visitors,
    ),
)
COMPUTED_TRAITS = Step(
    name="computed_traits",
    makes=(ComputedTraits,),
    reads=(CleanedEvents, EventItems, Orders, OrderItems, Reversals, Lifecycle, Visitors),
    settings=("traits",),
)

STEPS = (DESCRIBE_PROFILES, DESCRIBE_PEOPLE, COMPUTED_TRAITS)
