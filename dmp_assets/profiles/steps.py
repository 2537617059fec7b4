"""Steps of profiles: what people do, what is stated about them, and the traits computed of them."""

from dmp_assets.events.schema import CleanedEvents, DailyActivity, EventItems, Sessions
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.identity.schema.persons import PersonIdentifiers, Visitors
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.ingest.schema.people import RawConsents, RawCustomers, RawSurveyAnswers, RawThirdPartyAttributes
from dmp_assets.profiles.schema.activity import Engagement, Lifecycle, Places, ProfileHistory, Touches
from dmp_assets.profiles.schema.interests import Affinities, Preferences
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets.profiles.schema.statements import ComputedTraits, ConsentState, Demographics, Psychographics
from dmp_assets.profiles.schema.sums import RunningSums, SummedBrands, SummedInputs, SummedValues, SummedVisitors

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
        RunningSums,
        SummedValues,
        SummedVisitors,
        SummedBrands,
        SummedInputs,
    ),
    reads=(
        DailyActivity,
        Sessions,
        EventItems,
        CleanedEvents,
        RawItems,
        RawCustomers,
        Visitors,
        PersonIdentifiers,
    ),
    settings=("interest_half_life_days", "affinity_window_days"),
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
    reads=(CleanedEvents, EventItems, Lifecycle, Visitors),
    settings=("traits",),
)

STEPS = (DESCRIBE_PROFILES, DESCRIBE_PEOPLE, COMPUTED_TRAITS)
