"""The picture of campaigns: those that redeemed, the largest first, and a word for none."""

from decimal import Decimal

import polars as pl
import pytest

from dmp_assets.campaigns import charts
from dmp_assets.campaigns.charts import revenue_svg


def test_a_campaign_without_redemption_has_no_bar_and_one_without_name_has_its_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[tuple] = []
    monkeypatch.setattr(charts, "bars_svg", lambda rows, title, *_: drawn.append((rows, title)) or "")
    campaigns = pl.DataFrame(
        {
            "campaign_id": ["1", "2", "3"],
            "campaign_name": ["Spring", None, "Autumn"],
            "redemptions": [1, 2, 0],
            "revenue": [Decimal("25.0000"), Decimal("75.0000"), Decimal("0.0000")],
        },
        schema_overrides={"revenue": pl.Decimal(38, 4)},
    )
    for frame in (campaigns, campaigns.clear(), campaigns.with_columns(revenue=pl.lit(0, pl.Decimal(38, 4)))):
        revenue_svg(frame)
    assert drawn[0] == (
        [{"name": "2", "value": 75.0}, {"name": "Spring", "value": 25.0}],
        "Campaign 2 has the most revenue with coupons: 75% of all of it",
    )
    assert drawn[1] == ([], "No campaign has a redemption yet")
    # All of it was taken back: no share of nothing.
    assert drawn[2][1] == "Campaign Spring has the most revenue with coupons"
