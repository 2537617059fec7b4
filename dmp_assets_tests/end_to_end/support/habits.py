"""Which habits of exports the platform can read: all of them, once its tables have what they end in."""

from dmp_assets.events.schema import EventLedger, Sessions
from dmp_assets.simulation.parameters import PLAIN, Habits

ARE_READ = "superseded" in EventLedger.to_schema().columns and "kind" in Sessions.to_schema().columns
WHY = "orders have no statements yet (event_ledger.superseded), and sessions no kind (sessions.kind)"

HABITS = Habits() if ARE_READ else PLAIN
