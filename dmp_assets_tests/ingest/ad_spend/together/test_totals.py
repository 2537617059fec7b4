"""The totals of every platform are the sums of its raw extract, in true units, at every level that was delivered."""

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from dmp_assets.ingest.ad_spend.plausibility import unit_suspects
from dmp_assets_tests.ingest.ad_spend.support.reports import EXTRACTS, table, text_frame, typed

pytestmark = pytest.mark.skipif(not EXTRACTS.is_dir(), reason=f"the extracts of the platforms are not in {EXTRACTS}")


class Extract(NamedTuple):
    """What one file says: its level, the raw columns and the divisor of its money."""

    preset: str
    name: str
    level: str
    impressions: str = "impressions"
    clicks: str | None = "clicks"
    spend: str | None = "spend"
    conversions: str | None = None
    value: str | None = None
    divisor: int = 1


def google(name: str, level: str) -> Extract:
    columns = ("impressions", "clicks", "cost_micros", "conversions", "conversions_value")
    # The value of conversions is in units there, unlike the cost.
    return Extract("google_ads", f"google_ads_{name}_data", level, *columns, divisor=10**6)


def microsoft(name: str, level: str) -> Extract:
    name = f"microsoft_ads_{name}_performance_daily_report_data"
    return Extract("microsoft_ads", name, level, "impressions", "clicks", "spend", "conversions", "revenue")


def linkedin(name: str, level: str) -> Extract:
    money = ("cost_in_local_currency", "external_website_conversions", "conversion_value_in_local_currency")
    return Extract("linkedin_ads", f"linkedin_ad_analytics_by_{name}_data", level, "impressions", "clicks", *money)


def tiktok(name: str, level: str) -> Extract:
    columns = ("IMPRESSIONS", "CLICKS", "SPEND", "CONVERSION", "TOTAL_PURCHASE_VALUE")
    return Extract("tiktok_ads", f"tiktok_{name}_report_hourly_data", level, *columns)


def pinterest(name: str, level: str) -> Extract:
    money = ("spend_in_micro_dollar", "total_conversions", "total_conversions_value_in_micro_dollar")
    name = f"pinterest_{name}_report_data"
    return Extract("pinterest_ads", name, level, "impression_1", "clickthrough_1", *money, divisor=10**6)


def reddit(name: str, level: str) -> Extract:
    return Extract("reddit_ads", f"reddit_ads_{name}_report_data", level, divisor=10**6)


def snapchat(name: str, level: str, conversions: str | None = "conversion_purchases") -> Extract:
    columns = ("impressions", "swipes", "spend", conversions, "conversion_purchases_value")
    return Extract("snapchat_ads", f"snapchat_{name}_report_data", level, *columns, divisor=10**6)


def twitter(name: str, level: str) -> Extract:
    name = f"twitter_{name}_report_data"
    return Extract("twitter_ads", name, level, spend="billed_charge_local_micro", divisor=10**6)


def amazon(name: str, level: str, *conversions: str) -> Extract:
    name = f"amazon_ads_{name}_report_data"
    return Extract("amazon_ads", name, level, "impressions", "clicks", "cost", *conversions)


def apple(name: str, level: str) -> Extract:
    columns = ("impressions", "taps", "local_spend_amount", "conversions")
    return Extract("apple_search_ads", f"apple_search_{name}_report_data", level, *columns)


READ = [
    google("account_stats", "account"),
    google("campaign_stats", "campaign"),
    google("ad_group_stats", "ad_group"),
    google("ad_stats", "ad"),
    google("keyword_stats", "ad_group"),
    google("search_term_keyword_stats", "ad_group"),
    Extract("facebook_ads", "facebook_ads_basic_ad_data", "ad", clicks="inline_link_clicks"),
    Extract("facebook_ads", "facebook_ads_demographics_country_data", "account", clicks="inline_link_clicks"),
    Extract("facebook_ads", "facebook_ads_demographics_region_data", "account", clicks="inline_link_clicks"),
    microsoft("account", "account"),
    microsoft("campaign", "campaign"),
    microsoft("ad_group", "ad_group"),
    microsoft("ad", "ad"),
    microsoft("keyword", "ad"),
    microsoft("search", "ad"),
    microsoft("geographic", "ad_group"),
    linkedin("campaign", "campaign"),
    linkedin("creative", "ad"),
    tiktok("campaign", "campaign"),
    tiktok("adgroup", "ad_group"),
    tiktok("ad", "ad"),
    Extract("tiktok_ads", "tiktok_campaign_country_report_data", "campaign", conversions="conversion"),
    pinterest("advertiser", "account"),
    pinterest("campaign", "campaign"),
    pinterest("ad_group", "ad_group"),
    pinterest("pin_promotion", "ad"),
    pinterest("keyword", "ad"),
    pinterest("pin_promotion_targeting", "ad"),
    reddit("account", "account"),
    reddit("campaign", "campaign"),
    reddit("ad_group", "ad_group"),
    reddit("ad", "ad"),
    reddit("campaign_country", "campaign"),
    snapchat("campaign_hourly", "campaign"),
    snapchat("ad_squad_hourly", "ad_group"),
    snapchat("ad_hourly", "ad"),
    snapchat("campaign_geo_country_daily", "campaign", None),
    snapchat("campaign_geo_region_daily", "campaign", None),
    Extract("twitter_ads", "twitter_account_report_data", "account", clicks=None, spend=None),
    twitter("campaign", "campaign"),
    twitter("line_item", "ad_group"),
    twitter("promoted_tweet", "ad"),
    twitter("campaign_locations", "campaign"),
    twitter("campaign_regions", "campaign"),
    twitter("line_item_keywords", "ad_group"),
    amazon("campaign_level", "campaign", "purchases_30_d", "sales_30_d"),
    amazon("ad_group_level", "ad_group"),
    amazon("advertised_product", "ad"),
    amazon("targeting_keyword", "ad_group"),
    amazon("search_term_ad_keyword", "ad_group"),
    apple("campaign", "campaign"),
    apple("ad_group", "ad_group"),
    apple("ad", "ad"),
    apple("search_term", "ad_group"),
    apple("keyword", "ad_group"),
]

OWN_MAPPING: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "apple_search_campaign_report_data": ({"campaign_id": "id"}, {"level": "campaign"}),
    "apple_search_keyword_report_data": ({"breakdown": "id"}, {"breakdown_by": "keyword_id", "level": "ad_group"}),
}
"""Reports with a bare id, which nothing in the file explains: what the source's own mapping has to say."""

REPORTS_WITHOUT_A_DAY = {
    "linkedin_monthly_ad_analytics_by_member_country_data",
    "linkedin_monthly_ad_analytics_by_member_region_data",
}
CONVERSIONS_WITHOUT_SPEND = {"reddit_ads_campaign_country_conversions_report_data"}


def rows_of(extract: Extract) -> pl.DataFrame:
    columns, constants = OWN_MAPPING.get(extract.name, ({}, {}))
    path = EXTRACTS / f"{extract.name}.csv"
    frame = text_frame(path.read_text(encoding="utf-8-sig"))
    return typed(frame, extract.preset, columns=columns, constants=constants, path=f"ads/{path.name}")


def raw_sum(name: str, column: str | None, divisor: int = 1) -> tuple[Decimal, Decimal, int]:
    """Return the exact sum of a raw column, the sum of its values rounded to four decimals, and their number."""
    exact = rounded = Decimal(0)
    count = 0
    if column is not None:
        with (EXTRACTS / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            for record in csv.DictReader(stream):
                value = Decimal(record[column].strip() or 0) / divisor
                exact += value
                rounded += value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
                count += 1
    return exact, rounded, count


@pytest.mark.parametrize("extract", READ, ids=[extract.name for extract in READ])
def test_totals_are_the_sums_of_the_raw_extract(extract: Extract, tmp_path: Path) -> None:
    rows = table(tmp_path, rows_of(extract))
    with (EXTRACTS / f"{extract.name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert rows.height == rows["records"].sum() == sum(1 for _ in csv.DictReader(stream))
    assert set(rows["level"]) == {extract.level}
    assert set(rows["platform"]) == {extract.preset}
    assert rows["breakdown_by"].n_unique() == 1

    value_divisor = 1 if extract.preset == "google_ads" else extract.divisor
    for column, raw, divisor in (
        ("spend", extract.spend, extract.divisor),
        ("conversion_value", extract.value, value_divisor),
    ):
        exact, rounded, count = raw_sum(extract.name, raw, divisor)
        total = Decimal(rows[column].sum() or 0)
        assert total == rounded
        assert abs(total - exact) <= Decimal("0.00005") * count
    for column, raw in (
        ("impressions", extract.impressions),
        ("clicks", extract.clicks),
        ("conversions", extract.conversions),
    ):
        assert rows[column].sum() == pytest.approx(float(raw_sum(extract.name, raw)[0]), rel=1e-12)


def test_published_figures(tmp_path: Path) -> None:
    figures = {
        "google_ads_campaign_stats_data": ("231.3300", 1854, 280),
        "facebook_ads_basic_ad_data": ("643.6300", 37275, None),
        "microsoft_ads_campaign_performance_daily_report_data": ("946.3400", 7569, 592),
        "reddit_ads_campaign_report_data": ("12970.777467", 3469863, 8815),
        "snapchat_ad_hourly_report_data": ("2513.448305", 362452, None),
        "twitter_promoted_tweet_report_data": ("1390.824997", 554124, 5099),
    }
    for extract in (extract for extract in READ if extract.name in figures):
        spend, impressions, clicks = figures[extract.name]
        folder = tmp_path / extract.name
        folder.mkdir()
        rows = table(folder, rows_of(extract))
        # Money has four decimals, so a row in micros is off by half of the last one at most.
        assert abs(Decimal(rows["spend"].sum()) - Decimal(spend)) <= Decimal("0.00005") * rows.height
        assert rows["impressions"].sum() == impressions
        assert clicks in (None, rows["clicks"].sum())


def test_every_report_of_the_extracts_is_read_or_named() -> None:
    reports = {
        path.stem
        for path in EXTRACTS.glob("*.csv")
        if any(word in path.name for word in ("_report", "_stats", "_analytics", "basic_ad_data"))
        or (path.stem.startswith("facebook_ads_demographics") and "actions" not in path.stem)
    }
    assert reports == {extract.name for extract in READ} | REPORTS_WITHOUT_A_DAY | CONVERSIONS_WITHOUT_SPEND


@pytest.mark.parametrize("name", sorted(REPORTS_WITHOUT_A_DAY))
def test_a_month_is_not_a_day(name: str) -> None:
    rows = rows_of(Extract("linkedin_ads", name, "campaign"))
    assert rows["violation_code"].null_count() == 0


def test_units_of_the_extracts_are_plausible_but_for_the_one_that_is_not(tmp_path: Path) -> None:
    suspects = unit_suspects(table(tmp_path, *map(rows_of, READ)))
    # 450 clicks a day for 0.225 dollars: its own figures are what is odd, a hundredth of its campaign's.
    assert set(suspects["path"].drop_nulls()) == {"ads/pinterest_pin_promotion_report_data.csv"}


@pytest.mark.parametrize(
    ("extract", "factor", "verdict"),
    [
        (google("campaign_stats", "campaign"), 10**6, "too high"),
        (reddit("campaign", "campaign"), 10**6, "too high"),
        (snapchat("ad_hourly", "ad"), 10**6, "too high"),
        (microsoft("campaign", "campaign"), Decimal("0.000001"), "too low"),
        (amazon("targeting_keyword", "ad_group"), Decimal("0.000001"), "too low"),
    ],
)
def test_an_extract_in_the_wrong_unit_is_caught(
    extract: Extract, factor: Decimal | int, verdict: str, tmp_path: Path
) -> None:
    right = rows_of(extract)
    spend = [None if value is None else round(value * factor, 4) for value in right["spend"]]
    wrong = right.with_columns(pl.Series("spend", spend, dtype=pl.Decimal(18, 4)))
    assert unit_suspects(table(tmp_path, right)).is_empty()
    assert unit_suspects(table(tmp_path, wrong))["verdict"].to_list() == [verdict, verdict]
