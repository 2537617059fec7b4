"""Steps of what analysts' views are made over."""

from dmp_assets.analytics.schema import DailyAdSpend, Items
from dmp_assets.events.schema import EventItems
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.ingest.schema.campaigns import RawAdSpend
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.orders.schema import OrderItems

DESCRIBE_ITEMS = Step(name="describe_items", makes=(Items,), reads=(RawItems, EventItems, OrderItems))
DAILY_AD_SPEND = Step(
    name="daily_ad_spend",
    makes=(DailyAdSpend,),
    reads=(RawAdSpend, RawExchangeRates),
    settings=("base_currency", "rate_max_age_days"),
)

STEPS = (DESCRIBE_ITEMS, DAILY_AD_SPEND)
