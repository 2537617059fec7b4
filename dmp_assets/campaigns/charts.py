"""Charts of campaigns, drawn without a browser or a network."""

import polars as pl

from dmp_assets.foundation.drawing.charts import bars_svg

MOST_BARS = 15


def revenue_svg(campaigns: pl.DataFrame) -> str:
    """Return a drawing of what orders with coupons of each campaign sold (``CampaignRoi``), the largest first.

    Campaigns without a redemption have no bar: their 0 is in the table.
    """
    sold = campaigns.filter(pl.col("redemptions") > 0).sort("revenue", "campaign_id", descending=[True, False])
    named = sold.select(name=pl.coalesce("campaign_name", "campaign_id"), value=pl.col("revenue").cast(pl.Float64))
    rows = named.head(MOST_BARS).to_dicts()
    total = float(named["value"].sum())
    title = "No campaign has a redemption yet"
    if rows:
        title = f"Campaign {rows[0]['name']} has the most revenue with coupons"
        title += f": {rows[0]['value'] / total:.0%} of all of it" if total > 0 else ""
    words = (
        f"Revenue of orders with a coupon, base currency: {len(rows)} of {campaigns.height:,} campaigns; what coupons "
        "show, not what campaigns caused"
    )
    return bars_svg(rows, title, words, "Revenue", ",.0f")
