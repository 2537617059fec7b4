"""Source and medium: tags before click id before referrer before direct."""

import polars as pl
import pytest

from dmp_assets.ingest.web.traffic import NETWORK_TRAFFIC, traffic_source
from dmp_assets.ingest.web.urls import CLICK_ID_NETWORKS

COLUMNS = ("mkt_source", "mkt_medium", "mkt_campaign", "mkt_network", "page_host", "referrer_host")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (("news", "email", None, "Google", "a.com", "www.bing.com"), ("news", "email")),
        (("google", None, None, "Google", "a.com", None), ("google", "cpc")),
        ((None, "cpm", None, "Google", "a.com", None), ("google", "cpm")),
        (("news", None, None, None, "a.com", "www.bing.com"), ("news", None)),
        ((None, None, None, "Google", "a.com", "www.bing.com"), ("google", "cpc")),
        ((None, None, None, "Facebook", "a.com", "l.facebook.com"), ("facebook", "referral")),
        ((None, None, None, "Acme Ads", "a.com", "www.bing.com"), ("bing", "organic")),
        ((None, None, "spring", None, "a.com", "www.bing.com"), (None, None)),
        ((None, None, None, None, "a.com", "a.com"), (None, None)),
        ((None, None, None, None, "www.a.com", "a.com"), (None, None)),
        ((None, None, None, None, "a.com", "www.a.com"), (None, None)),
        ((None, None, None, None, "a.com", "shop.a.com"), ("shop.a.com", "referral")),
        ((None, None, None, None, "a.com", "www.google.de"), ("google", "organic")),
        ((None, None, None, None, "a.com", "mail.google.com"), ("mail.google.com", "referral")),
        ((None, None, None, None, "a.com", "l.facebook.com"), ("l.facebook.com", "referral")),
        ((None, None, None, None, "a.com", "claude.ai"), ("claude.ai", "ai-assistant")),
        ((None, None, None, None, "a.com", "blog.example.org"), ("blog.example.org", "referral")),
        ((None, None, None, None, None, "blog.example.org"), ("blog.example.org", "referral")),
        ((None, None, None, None, "a.com", None), ("(direct)", "(none)")),
        ((None, None, None, None, None, None), (None, None)),
    ],
)
def test_the_first_that_says_something(facts: tuple[str | None, ...], expected: tuple[str | None, str | None]) -> None:
    assert traffic_source(pl.DataFrame([facts], schema=list(COLUMNS), orient="row")).row(0) == expected


def test_every_click_id_has_a_source() -> None:
    assert set(CLICK_ID_NETWORKS.values()) == set(NETWORK_TRAFFIC)
