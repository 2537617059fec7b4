"""Columns, hours, days, levels and breakdowns of reports, whatever their shape."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.ingest.ad_spend.presets import AD_PLATFORMS
from dmp_assets.ingest.ad_spend.report import OUR_COLUMNS, prepare_report
from dmp_assets.ingest.schema.campaigns import RawAdSpend
from dmp_assets_tests.ingest.ad_spend.support.reports import table, text_frame, typed

MADE_ELSEWHERE = {"records", "source", "path", "line_number"}


def test_the_prepared_columns_are_the_tables() -> None:
    assert set(RawAdSpend.to_schema().columns) == {*OUR_COLUMNS, *MADE_ELSEWHERE}
    for platform in AD_PLATFORMS.values():
        assert set(platform.columns) <= set(OUR_COLUMNS)


def test_the_eleven_presets_carry_their_platforms_name() -> None:
    assert len(AD_PLATFORMS) == 11
    assert all(name == platform.platform for name, platform in AD_PLATFORMS.items())


def test_the_unit_belongs_to_the_column_not_to_the_platform() -> None:
    exported = typed(text_frame("date,campaign_id,cost_micros\n2024-05-01,7,12500000\n"), "google_ads")
    downloaded = typed(text_frame("Day,Campaign ID,Cost,Currency code\n2024-05-01,7,12.5,JPY\n"), "google_ads")
    assert exported["spend"].to_list() == downloaded["spend"].to_list() == [Decimal("12.5000")]
    assert downloaded["campaign_id"].to_list() == ["7"]
    assert downloaded["currency"].to_list() == ["JPY"]


@pytest.mark.parametrize(
    ("preset", "header"),
    [
        ("google_ads", "segments.date,campaign.id,metrics.cost_micros"),
        ("tiktok_ads", "STAT_TIME_DAY,CAMPAIGN_ID,SPEND"),
        ("amazon_ads", "date,campaignId,cost"),
        ("microsoft_ads", "TimePeriod,CampaignId,Spend"),
    ],
)
def test_usual_spellings_of_a_column_are_found(preset: str, header: str) -> None:
    row = typed(text_frame(f"{header}\n2024-05-01,7,1\n"), preset).row(0, named=True)
    assert (row["date"], row["campaign_id"], row["level"]) == (date(2024, 5, 1), "7", "campaign")
    assert row["spend"] is not None


def test_typed_columns_are_read_like_text() -> None:
    text = text_frame("ad_id,date,spend,swipes\n17,2024-05-01 10:00:00,1250000,3\n")
    numbers = pl.DataFrame({"ad_id": [17.0], "date": [datetime(2024, 5, 1, 10)], "spend": [1250000], "swipes": [3]})
    columns = list(OUR_COLUMNS)
    assert typed(text, "snapchat_ads").select(columns).equals(typed(numbers, "snapchat_ads").select(columns))


def test_a_file_column_named_like_ours_is_not_taken_for_it() -> None:
    frame = text_frame("date,campaign_id,level,platform,hour_at\n2024-05-01,7,gold,ios,noon\n")
    row = typed(frame, "amazon_ads").row(0, named=True)
    assert (row["level"], row["platform"], row["hour_at"]) == ("campaign", "amazon_ads", None)


def test_hourly_and_daily_reports_of_one_column_are_told_apart() -> None:
    frame = text_frame("campaign_id,date,spend\n7,2024-05-01T10:00:00,1000000\n7,2024-05-01,24000000\n")
    rows = typed(frame, "snapchat_ads")
    assert rows["date"].to_list() == [date(2024, 5, 1)] * 2
    assert rows["hour_at"].to_list() == [datetime(2024, 5, 1, 10), None]


def test_hours_are_local_and_the_day_is_the_accounts() -> None:
    frame = text_frame("AD_ID,STAT_TIME_HOUR,SPEND\n1,2024-05-01 4:00:00,1\n1,2024-05-01 23:00:00,1\n")
    rows = typed(frame, "tiktok_ads", time_zone="America/Los_Angeles")
    assert rows["date"].to_list() == [date(2024, 5, 1)] * 2
    assert rows["hour_at"].to_list() == [datetime(2024, 5, 1, 11), datetime(2024, 5, 2, 6)]


@pytest.mark.parametrize(
    ("began_at", "time_zone", "day"),
    [
        ("2018-08-14 07:00:00", "America/Los_Angeles", date(2018, 8, 14)),
        ("2018-08-14 06:59:59", "America/Los_Angeles", date(2018, 8, 13)),
        ("2019-01-23 08:00:00", "America/Los_Angeles", date(2019, 1, 23)),
        ("2018-08-13 22:00:00 UTC", "Europe/Berlin", date(2018, 8, 14)),
        ("2018-08-13T22:00:00Z", "Europe/Berlin", date(2018, 8, 14)),
        ("2018-08-14", "America/Los_Angeles", date(2018, 8, 14)),
    ],
)
def test_a_day_written_as_its_beginning_in_utc_is_the_accounts_day(began_at: str, time_zone: str, day: date) -> None:
    frame = text_frame(f"campaign_id,date,billed_charge_local_micro\nx,{began_at},1000000\n")
    assert typed(frame, "twitter_ads", time_zone=time_zone)["date"].to_list() == [day]


def test_the_level_is_the_finest_id_that_is_there() -> None:
    frame = text_frame(
        "date,account_id,campaign_id,adset_id,ad_id\n"
        "2024-05-01,1,,,\n2024-05-01,1,2,,\n2024-05-01,1,2,3,\n2024-05-01,1,2,3,4\n2024-05-01, ,,,\n"
    )
    rows = typed(frame, "facebook_ads")
    assert rows["level"].to_list() == ["account", "campaign", "ad_group", "ad", None]
    assert rows["violation_code"].is_null().to_list() == [True, True, True, True, False]


def test_a_bare_id_is_read_only_where_another_column_explains_it() -> None:
    campaigns = typed(text_frame("id,base_campaign,date\n7,c/7,2024-05-01\n"), "google_ads")
    groups = typed(text_frame("id,campaign_id,base_ad_group,date\n8,7,g/8,2024-05-01\n"), "google_ads")
    unknown = typed(text_frame("id,date\n9,2024-05-01\n"), "apple_search_ads")
    assert campaigns.select("level", "campaign_id", "ad_group_id").row(0) == ("campaign", "7", None)
    assert groups.select("level", "campaign_id", "ad_group_id").row(0) == ("ad_group", "7", "8")
    assert unknown["violation_code"].to_list() == ["Datatype-Mismatch"]


def test_unreadable_values_are_refused_and_cost_no_other_row() -> None:
    frame = text_frame(
        "date,campaign_id,spend,clicks\n"
        '2024-05-01,7,"1,000",1\n2024-02-30,7,1,1\n,7,1,1\nTotal,,5,4\n2024-05-01,7,5000000,many\n2024-05-01,8,5000000,1\n'
    )
    assert typed(frame, "reddit_ads")["violation_code"].is_null().to_list() == [False] * 5 + [True]


def test_breakdowns_keep_levels_apart(tmp_path: Path) -> None:
    daily = typed(text_frame("date,campaign_id,spend\n2024-05-01,7,3000000\n"), "snapchat_ads", path="ads/1.csv")
    by_country = typed(
        text_frame("date,campaign_id,country,spend\n2024-05-01,7,DE,1000000\n2024-05-01,7,,2000000\n"),
        "snapchat_ads",
        path="ads/2.csv",
    )
    rows = table(tmp_path, daily, by_country).sort("breakdown_by", "spend", nulls_last=False)
    assert rows["breakdown_by"].to_list() == [None, "country", "country"]
    assert rows["breakdown"].to_list() == [None, '{"country":"DE"}', '{"country":null}']
    assert rows.group_by("breakdown_by").agg(pl.col("spend").sum())["spend"].to_list() == [Decimal(3)] * 2


def test_the_order_of_columns_does_not_change_the_breakdown() -> None:
    first = typed(text_frame("date,campaign_id,device,ad_network_type\n2024-05-01,7,MOBILE,SEARCH\n"), "google_ads")
    second = typed(text_frame("ad_network_type,date,device,campaign_id\nSEARCH,2024-05-01,MOBILE,7\n"), "google_ads")
    assert first.equals(second)


def test_an_empty_batch_keeps_its_columns() -> None:
    prepared = prepare_report(text_frame("date,campaign_id,cost_micros\n"), AD_PLATFORMS["google_ads"], "=")
    assert prepared.height == 0
    assert {f"={name}" for name in OUR_COLUMNS} <= set(prepared.columns)
