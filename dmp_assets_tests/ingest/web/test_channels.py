"""GA4's default channel groups: every rule from both sides, the order of the rules, and the table of sources."""

import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.web.channels import default_channel_group
from dmp_assets.ingest.web.sources import classify_sources, source_categories
from dmp_assets_tests.support.places import PUBLIC_DATA

CASES = PUBLIC_DATA / "traffic_source" / "dbt_ga4_cases.json"


def channel(source: str | None, medium: str | None = None, campaign: str | None = None) -> str | None:
    texts = (pl.Series([text], dtype=pl.String) for text in (source, medium, campaign))
    group: str | None = default_channel_group(*texts)[0]
    return group


@pytest.mark.skipif(not CASES.is_file(), reason=f"the channel cases are not at {CASES}")
def test_thirty_published_cases() -> None:
    cases = pl.DataFrame(
        json.loads(CASES.read_text())["test_macro_default_channel_grouping.py"]["traffic_data_with_expected_channels"]
    )
    groups = default_channel_group(cases["source"], cases["medium"], cases["campaign"])
    assert groups.to_list() == cases["expected_channel"].to_list()
    assert cases.height == 30


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "expected"),
    [
        ("(direct)", "(none)", None, "Direct"),
        ("(direct)", "(not set)", None, "Direct"),
        ("(direct)", "email", None, "Email"),
        ("newsletter", "(none)", None, "Unassigned"),
        ("google", "cpc", "EU cross-network 1", "Cross-network"),
        ("google", "cpc", "crossnetwork", "Paid Search"),
        ("ebay", "cpc", None, "Paid Shopping"),
        ("any", "paid", "eshop", "Paid Shopping"),
        ("any", "paid", "summer shop", "Paid Shopping"),
        ("any", "paid", "bishop", "Paid Other"),
        ("any", "paid", "workshopping", "Paid Shopping"),
        ("ebay", None, None, "Paid Shopping"),
        ("ebay", "referral", None, "Organic Shopping"),
        ("Google Shopping", None, None, "Organic Shopping"),
        ("bing", "cpc", None, "Paid Search"),
        ("bing", "retargeting", None, "Paid Search"),
        ("bing", "xcpx", None, "Paid Search"),
        ("bing", "ppc", None, "Paid Search"),
        ("bing", "my-ppc", None, "Organic Search"),
        ("bing", "cpm", None, "Paid Search"),
        ("facebook", "paid_social", None, "Paid Social"),
        ("facebook", "unpaid", None, "Organic Social"),
        ("youtube", "cpv", None, "Paid Video"),
        ("youtube", "referral", None, "Organic Video"),
        ("youtube", "cpc", None, "Paid Video"),
        ("any", "cpm", None, "Display"),
        ("facebook", "banner", None, "Display"),
        ("any", "banners", None, "Unassigned"),
        ("any", "cpa", None, "Paid Other"),
        ("any", None, "shop", "Organic Shopping"),
        ("any", "social media", None, "Organic Social"),
        ("any", "socials", None, "Unassigned"),
        ("any", "in-video-links", None, "Organic Video"),
        ("duckduckgo.com", "referral", None, "Organic Search"),
        ("any", "organic", None, "Organic Search"),
        ("chatgpt.com", None, None, "AI Assistant"),
        ("any", "ai-assistant", None, "AI Assistant"),
        ("chatgpt.com", "organic", None, "Organic Search"),
        ("perplexity.ai", "cpc", None, "Paid Other"),
        ("any", "app", None, "Referral"),
        ("any", "link", None, "Referral"),
        ("any", "links", None, "Unassigned"),
        ("e_mail", "referral", None, "Referral"),
        ("e_mail", None, None, "Email"),
        ("any", "E-Mail", None, "Email"),
        ("any", "emails", None, "Unassigned"),
        ("any", "affiliate", None, "Affiliates"),
        ("any", "affiliates", None, "Unassigned"),
        ("any", "audio", None, "Audio"),
        ("sms", "x", None, "SMS"),
        ("any", "SMS", None, "SMS"),
        ("any", "webpush", None, "Mobile Push Notifications"),
        ("any", "pushed", None, "Unassigned"),
        ("any", "mobile-x", None, "Mobile Push Notifications"),
        ("any", "notifications", None, "Mobile Push Notifications"),
        ("Firebase", None, None, "Mobile Push Notifications"),
        (None, None, "spring", "Unassigned"),
        ("", " ", "", None),
        (None, None, None, None),
    ],
)
def test_rules_in_their_order(
    source: str | None, medium: str | None, campaign: str | None, expected: str | None
) -> None:
    assert channel(source, medium, campaign) == expected


def test_groups_stay_with_their_rows() -> None:
    sources = pl.Series(["google", None, "facebook", "google"])
    mediums = pl.Series(["cpc", None, None, "cpc"])
    groups = default_channel_group(sources, mediums, pl.Series([None] * 4))
    assert groups.to_list() == ["Paid Search", None, "Organic Social", "Paid Search"]


@pytest.mark.parametrize(
    ("source", "category"),
    [
        ("Google ", "search"),
        ("www.google.co.uk", "search"),
        ("google.com.au", "search"),
        ("de.search.yahoo.com", "search"),
        ("mail.google.com", None),
        ("news.yahoo.co.jp", None),
        ("notgoogle.com", None),
        ("google.example.com", None),
        ("google.com.example", None),
        ("gemini.google.com", "ai"),
        ("l.facebook.com", "social"),
        ("t.co", "social"),
        ("smile.amazon.de", "shopping"),
        ("aws.amazon.com", None),
        ("m.youtube.com", "video"),
        ("com", None),
        ("", None),
        (".", None),
        ("a.b.c.d.e.f.g.h.i.j.k.bing.com", None),
    ],
)
def test_sites_are_known_by_word_domain_and_subdomain(source: str, category: str | None) -> None:
    assert classify_sources(pl.Series([source]))["category"][0] == category


def test_the_table_of_sources_is_unambiguous_and_lower_case() -> None:
    table = source_categories()
    assert table["source"].is_unique().all()
    assert (table["source"] == table["source"].str.to_lowercase()).all()
    assert set(table["category"]) == {"search", "social", "video", "shopping", "ai", "none"}
    assert table.filter(pl.col("category") != "none")["name"].null_count() == 0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(*[st.none() | st.text()] * 3)))
def test_no_text_makes_it_fail(rows: list[tuple[str | None, str | None, str | None]]) -> None:
    columns = [pl.Series([row[place] for row in rows], dtype=pl.String) for place in range(3)]
    assert default_channel_group(*columns).len() == len(rows)
