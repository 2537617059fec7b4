"""The domains, in the order in which data flows: what each makes, from what, by which settings.

No asset is loaded here, so whoever only asks (what is stale, which tables there are) needs no Dagster. The assets of
the same domains stand in ``definitions``.
"""

from dmp_assets.activation import steps as activation
from dmp_assets.analytics import steps as analytics
from dmp_assets.campaigns import steps as campaigns
from dmp_assets.events import steps as events
from dmp_assets.foundation.warehouse.steps import Step, tables_of
from dmp_assets.identity import steps as identity
from dmp_assets.ingest import steps as ingest
from dmp_assets.orders import steps as orders
from dmp_assets.profiles import steps as profiles
from dmp_assets.quality import steps as quality
from dmp_assets.recommendations import steps as recommendations
from dmp_assets.segments import steps as segments

STEPS: tuple[Step, ...] = (
    *ingest.STEPS,
    *events.STEPS,
    *orders.STEPS,
    *identity.STEPS,
    *profiles.STEPS,
    *segments.STEPS,
    *analytics.STEPS,
    *recommendations.STEPS,
    *campaigns.STEPS,
    *activation.STEPS,
    *quality.STEPS,
)
"""Every step, in the order in which data flows: a step stands after those that it reads from."""

TABLES = tables_of(STEPS)
"""Every table, in the same order."""

CONTRACTS = tuple(table.contract for table in TABLES)
"""What every table holds."""

DAILY = tuple(contract for step in STEPS if step.is_daily for contract in step.makes)
"""What the tables hold that are made day by day."""
