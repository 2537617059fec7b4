"""Bots by their user agent: which rule fires, and which people it must not hit."""

import re

import crawleruseragents
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.web.bots import bot_rule

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "rule"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "crawler: Googlebot/"),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", "crawler: bingbot"),
        ("Mozilla/5.0 (compatible; GPTBot/1.2)", "crawler: GPTBot"),
        (CHROME.replace("Chrome", "HeadlessChrome"), "headless: HeadlessChrome"),
        ("python-requests/2.32.3", "http library: python-requests"),
        ("curl/8.5.0", "http library: ^curl"),
        ("PostmanRuntime/7.43", "http library: PostmanRuntime"),
        ("Java/21", "http library: Java"),
        ("Acme-Bot/1.0", "bot word"),
        ("acme site crawler", "bot word"),
        ("acme (+https://acme.example/about)", "contact address"),
        (CHROME, None),
        (CHROME + " Edg/130.0.0.0", None),
        (IPHONE + " Version/18.0 Mobile/15E148 Safari/604.1", None),
        (IPHONE + " Mobile/15E148 [FBAN/FBIOS;FBAV/480.0;FBDV/iPhone15,2]", None),
        (IPHONE + " Mobile/15E148 Instagram 350.0", None),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", None),
        ("Mozilla/5.0 (Linux; Android 13; CUBOT X30) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", None),
        ("Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 Silk/120.1 like Chrome/120.0 Safari/537.36", None),
        ("Shop/5.1 CFNetwork/1496 Darwin/23.5", None),
        ("okhttp/4.12.0", None),
        ("Robotics", None),
        ("", None),
        (None, None),
    ],
)
def test_the_rule_that_fires(user_agent: str | None, rule: str | None) -> None:
    assert bot_rule(pl.Series([user_agent], dtype=pl.String))[0] == rule


def test_every_example_of_the_list_is_caught_by_its_first_pattern() -> None:
    patterns = [entry["pattern"] for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA]
    examples = [entry["instances"][0] for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA if entry["instances"]][
        ::7
    ]
    for example, rule in zip(examples, bot_rule(pl.Series(examples)), strict=True):
        first = next(pattern for pattern in patterns if re.search(pattern, example))
        assert rule.split(": ", 1)[1] == re.sub(r"\\([^A-Za-z0-9])", r"\1", first)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.none() | st.text()))
def test_no_text_makes_it_fail(texts: list[str | None]) -> None:
    rules = bot_rule(pl.Series(texts, dtype=pl.String))
    assert rules.len() == len(texts)
