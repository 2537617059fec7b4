"""The web columns of a batch: what is filled, what wins, and what stays null."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.web import add_web_context
from dmp_assets.ingest.web.context import WEB_COLUMNS
from dmp_assets.ingest.web.distinct import encode

TAGGED = "https://www.shop.com/a?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=g1"


def context(**values: str | None) -> dict[str, str | None]:
    return add_web_context(pl.DataFrame({name: [value] for name, value in values.items()})).row(0, named=True)


def test_an_address_fills_page_campaign_channel_and_bot() -> None:
    found = context(page_url=TAGGED, referrer_url="https://www.Google.com/", user_agent="curl/8.5.0")
    assert {name: found[name] for name in WEB_COLUMNS} == {
        "page_host": "www.shop.com",
        "page_path": "/a",
        "referrer_host": "www.google.com",
        "mkt_source": "google",
        "mkt_medium": "cpc",
        "mkt_campaign": "spring",
        "mkt_term": None,
        "mkt_content": None,
        "mkt_clickid": "g1",
        "mkt_network": "Google",
        "channel_group": "Paid Search",
        "bot_rule": "http library: ^curl",
    }


def test_what_the_source_gave_wins() -> None:
    given_values = dict.fromkeys(WEB_COLUMNS, "given")
    found = context(page_url=TAGGED, referrer_url="https://a.com/", user_agent="curl/8.5.0", **given_values)
    assert {name: found[name] for name in WEB_COLUMNS} == given_values


def test_gaps_are_filled_from_an_address_that_agrees() -> None:
    found = context(page_url=TAGGED, mkt_source="Google", mkt_network=None, mkt_clickid="g1")
    assert (found["mkt_source"], found["mkt_medium"], found["mkt_network"]) == ("Google", "cpc", "Google")


def test_another_campaign_is_not_completed_from_the_address() -> None:
    found = context(page_url=TAGGED, mkt_source="newsletter", mkt_clickid="m1")
    assert (found["mkt_source"], found["mkt_medium"], found["mkt_campaign"]) == ("newsletter", None, None)
    assert (found["mkt_clickid"], found["mkt_network"]) == ("m1", None)


def test_referrers_give_a_channel_but_no_tags() -> None:
    found = context(page_url="https://shop.com/", referrer_url="https://www.bing.com/search?q=x")
    assert (found["channel_group"], found["mkt_source"], found["mkt_medium"]) == ("Organic Search", None, None)


def test_inner_links_have_no_channel_and_pages_without_referrer_are_direct() -> None:
    inner = context(page_url="https://www.shop.com/b", referrer_url="https://www.shop.com/a")
    assert inner["channel_group"] is None
    assert context(page_url="https://www.shop.com/b")["channel_group"] == "Direct"


def test_rows_without_web_values_stay_null_and_rows_keep_their_place() -> None:
    frame = pl.DataFrame(
        {
            "event_id": ["1", "2", "3", "4"],
            "page_url": [None, TAGGED, None, None],
            "user_agent": [None, None, "Mozilla/5.0", None],
            "mkt_medium": [None, None, None, "email"],
        }
    )
    found = add_web_context(frame)
    assert found.columns[:4] == frame.columns
    assert found["event_id"].to_list() == ["1", "2", "3", "4"]
    assert found["channel_group"].to_list() == [None, "Paid Search", None, "Email"]
    assert found.filter(event_id="1").select(pl.any_horizontal(pl.col(WEB_COLUMNS).is_not_null())).item() is False


def test_a_batch_without_web_values_gets_null_text_columns() -> None:
    for frame in (
        pl.DataFrame({"event_id": ["1"]}),
        pl.DataFrame({"event_id": ["1"], "page_url": [None], "mkt_source": [None]}),
        pl.DataFrame({"page_url": []}),
    ):
        found = add_web_context(frame)
        assert found.height == frame.height
        assert [found.schema[name] for name in WEB_COLUMNS] == [pl.String] * len(WEB_COLUMNS)
        assert all(found[name].count() == 0 for name in WEB_COLUMNS)


def test_values_of_other_types_and_empty_text_do_no_harm() -> None:
    found = add_web_context(pl.DataFrame({"page_url": [1, 2], "mkt_campaign": [2024, None], "mkt_term": ["", " x "]}))
    assert found["mkt_campaign"].to_list() == ["2024", None]
    assert found["mkt_term"].to_list() == [None, "x"]


def test_new_categories_are_numbered_without_a_gap() -> None:
    """``encode`` reads Polars' category numbers as places, which is why distinct values cost so little."""
    texts = pl.Series([None if row % 10 == 0 else f"text {row * 7919 % 5003}" for row in range(20_000)])
    places, distinct = encode(texts)
    assert distinct.gather(places).equals(texts)
    assert distinct.is_unique().all()


texts = st.none() | st.text() | st.sampled_from([TAGGED, "https://bing.com/", "curl/8", "Google", "//", "a?b#c"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("page_url", "referrer_url", "user_agent", *WEB_COLUMNS), texts))))
def test_no_text_makes_it_fail_and_order_does_not_matter(rows: list[dict[str, str | None]]) -> None:
    names = ("page_url", "referrer_url", "user_agent", *WEB_COLUMNS)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
    found = add_web_context(frame)
    assert found.height == len(rows)
    assert add_web_context(frame.reverse()).reverse().equals(found)
