"""Steps of quality: column profiles by day, and all checks as of a day."""

from dmp_assets.events.schema import CleanedEvents, EventLedger, QuarantinedEvents
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.landing import LandingDays, LandingFiles
from dmp_assets.orders.schema import OrderReports
from dmp_assets.quality.schema import ColumnProfiles, Quality

COLUMN_PROFILES = Step(name="column_profiles", makes=(ColumnProfiles,), reads=(CleanedEvents, OrderReports, RawEvents))
QUALITY = Step(
    name="quality",
    makes=(Quality,),
    reads=(ColumnProfiles, EventLedger, QuarantinedEvents, LandingFiles, LandingDays),
    settings=("quality",),
)

STEPS = (COLUMN_PROFILES, QUALITY)
