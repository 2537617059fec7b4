"""Addresses: host, path, campaign parameters and click ids; garbage gives nulls."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.web.urls import CLICK_ID_NETWORKS, UTM_PARAMETERS, parse_hosts, parse_pages


def page(url: str) -> dict[str, str | None]:
    return parse_pages(pl.Series([url], dtype=pl.String)).row(0, named=True)


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://www.Example.COM/Shop/A", "www.example.com", "/Shop/A"),
        ("http://example.com:8080/a?b=/c//d#e", "example.com", "/a"),
        ("http://example.com?b=1", "example.com", "/"),
        ("http://example.com#b", "example.com", "/"),
        ("https://user:pw@example.com/a@b", "example.com", "/a@b"),
        ("//cdn.example.com/x", "cdn.example.com", "/x"),
        ("http://[2001:DB8::1]:80/x", "[2001:db8::1]", "/x"),
        ("https://müller.de./über", "müller.de", "/über"),
        ("android-app://com.google.android.gm/", "com.google.android.gm", "/"),
        ("  https://a.com/b  ", "a.com", "/b"),
        ("https://a.com//b", "a.com", "//b"),
        ("/only/a/path?x=1", None, "/only/a/path"),
        ("/", None, "/"),
        ("/a//b", None, None),
        ("example.com/a", None, None),
        ("https://", None, None),
        ("https://a b.com/", None, None),
        ("https://a.com:port/", None, None),
        ("ht tp://a.com/", None, None),
        ("mailto:a@b.com", None, None),
        ("about:blank", None, None),
        ("", None, None),
        ("?", None, None),
        ("//", None, None),
    ],
)
def test_host_and_path(url: str, host: str | None, path: str | None) -> None:
    found = page(url)
    assert (found["page_host"], found["page_path"]) == (host, path)
    assert parse_hosts(pl.Series([url]))[0] == host


def test_utm_parameters_become_mkt_columns_and_are_decoded() -> None:
    query = "utm_source=G%C3%B6ogle&utm_medium=c+p%2Bc&utm_campaign=a%26b&utm_term=%20x%20&utm_content=%E4&other=1"
    found = page(f"https://a.com/?{query}")
    assert [found[column] for column in UTM_PARAMETERS] == ["Göogle", "c p+c", "a&b", "x", "\N{REPLACEMENT CHARACTER}"]


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("utm_source=a&utm_source=b", "a"),
        ("utm_source=&utm_source=b", "b"),
        ("utm_source=", None),
        ("utm_source", None),
        ("utm_source=%20", None),
        ("utm_source=a%0Ab", "a b"),
        ("utm_source=a%2", "a%2"),
        ("utm_source=a=b", "a=b"),
        ("utm_source=a?b", "a?b"),
        ("x=1&amp;utm_source=a", "a"),
        ("my_utm_source=a", None),
        ("utm_source_platform=a", None),
        ("x=1#utm_source=a", None),
    ],
)
def test_what_counts_as_a_parameter(query: str, source: str | None) -> None:
    assert page(f"https://a.com/?{query}")["mkt_source"] == source


@pytest.mark.parametrize(("name", "network"), CLICK_ID_NETWORKS.items())
def test_each_click_id_names_its_network(name: str, network: str) -> None:
    found = page(f"https://a.com/?q=1&{name}=Ab_1-c")
    assert (found["mkt_clickid"], found["mkt_network"]) == ("Ab_1-c", network)
    assert page(f"https://a.com/?{name}=")["mkt_network"] is None


def test_a_paid_click_id_wins_over_the_one_that_facebook_puts_on_every_link() -> None:
    found = page("https://a.com/?fbclid=f&gclid=g")
    assert (found["mkt_clickid"], found["mkt_network"]) == ("g", "Google")


def test_the_parameters_of_what_is_no_address_are_not_taken() -> None:
    assert page("no address?utm_source=a&gclid=b")["mkt_source"] is None
    assert page("no address?utm_source=a&gclid=b")["mkt_clickid"] is None


def test_rows_stay_in_order_and_nulls_stay_null() -> None:
    urls = pl.Series(["https://b.com/?gclid=1", None, "https://a.com/", "https://c.com/?utm_source=x"], dtype=pl.String)
    pages = parse_pages(urls)
    assert pages["page_host"].to_list() == ["b.com", None, "a.com", "c.com"]
    assert pages["mkt_clickid"].to_list() == ["1", None, None, None]
    assert parse_pages(urls.head(0)).height == 0


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text() | st.from_regex(r"(https?:)?//[^ ]*\?utm_source=.*&gclid=.*") | st.none()))
def test_no_text_makes_it_fail(texts: list[str | None]) -> None:
    pages = parse_pages(pl.Series(texts, dtype=pl.String))
    assert pages.height == len(texts)
    assert not any((pages[column] == "").any() for column in pages.columns)
