"""Reports of ad platforms, one preset per platform."""

from functools import partial

from dmp_assets.ingest.ad_spend.presets import AD_PLATFORMS
from dmp_assets.ingest.ad_spend.report import OUR_COLUMNS, prepare_report
from dmp_assets.ingest.presets.preset import COMPUTED, Preset

AD_PLATFORM_PRESETS = {
    name: Preset(
        kind="ad_spend",
        columns={ours: COMPUTED + ours for ours in OUR_COLUMNS},
        reads_all=True,
        prepare=partial(prepare_report, platform=platform, prefix=COMPUTED),
    )
    for name, platform in AD_PLATFORMS.items()
}
