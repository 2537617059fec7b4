"""Steps of campaigns."""

from dmp_assets.campaigns.schema import CampaignRoi
from dmp_assets.events.schema import CleanedEvents
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.identity.schema.persons import Visitors
from dmp_assets.ingest.schema.campaigns import RawCampaignAudiences, RawCampaigns
from dmp_assets.orders.schema import Orders, Reversals

CAMPAIGN_ROI = Step(
    name="campaign_roi",
    makes=(CampaignRoi,),
    reads=(RawCampaigns, RawCampaignAudiences, CleanedEvents, Orders, Reversals, Visitors),
    settings=("contact_cost",),
)

STEPS = (CAMPAIGN_ROI,)
