"""Steps of segments."""

from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets.segments.schema import Memberships, Segments

SEGMENT_PEOPLE = Step(name="segment_people", makes=(Segments, Memberships), reads=(Profiles,))

STEPS = (SEGMENT_PEOPLE,)
