"""Mappings that ship with the project: columns of known exports to our columns, one small module each."""

from dmp_assets.ingest.presets.ad_platforms import AD_PLATFORM_PRESETS
from dmp_assets.ingest.presets.completejourney import COMPLETEJOURNEY
from dmp_assets.ingest.presets.ecb import ECB
from dmp_assets.ingest.presets.ga4 import GA4
from dmp_assets.ingest.presets.preset import Preset
from dmp_assets.ingest.presets.segment import SEGMENT
from dmp_assets.ingest.presets.snowplow import SNOWPLOW
from dmp_assets.ingest.presets.social import SOCIAL

PRESETS: dict[str, Preset] = {
    "columns": Preset(kind=None),
    "ecb": ECB,
    "ga4": GA4,
    "segment": SEGMENT,
    "snowplow": SNOWPLOW,
    "social": SOCIAL,
    **AD_PLATFORM_PRESETS,
    **COMPLETEJOURNEY,
}
"""``columns`` is the empty preset: the source says everything itself."""
