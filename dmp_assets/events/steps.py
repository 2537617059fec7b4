"""Steps of events: what is kept and what is refused, sessions, and the daily rollup."""

from dmp_assets.events.schema import (
    CleanedEvents,
    DailyActivity,
    EventItems,
    EventLedger,
    OrderDetails,
    QuarantinedEvents,
    Sessions,
)
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.items import RawItems

CLEAN = Step(
    name="clean",
    makes=(CleanedEvents, EventItems, OrderDetails, QuarantinedEvents, EventLedger),
    reads=(RawEvents,),
)
SESSIONS = Step(name="sessions", makes=(Sessions,), reads=(CleanedEvents,))
DAILY_ACTIVITY = Step(name="daily_activity", makes=(DailyActivity,), reads=(CleanedEvents, EventItems, RawItems))

STEPS = (CLEAN, SESSIONS, DAILY_ACTIVITY)
