"""Event names between vocabularies: known ones both ways, others in snake_case."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.values.event_names import TABLE, event_names, from_event_name, snake_case, to_event_name

VOCABULARIES = ("segment", "snowplow", "social", "orders")

ECOMMERCE = {
    "Products Searched": "search",
    "Product List Viewed": "view_item_list",
    "Product Clicked": "select_item",
    "Product Viewed": "view_item",
    "Product Added": "add_to_cart",
    "Product Removed": "remove_from_cart",
    "Cart Viewed": "view_cart",
    "Checkout Started": "begin_checkout",
    "Payment Info Entered": "add_payment_info",
    "Order Completed": "purchase",
    "Order Refunded": "refund",
    "Promotion Viewed": "view_promotion",
    "Promotion Clicked": "select_promotion",
    "Product Added to Wishlist": "add_to_wishlist",
    "Product Shared": "share",
    "Signed Up": "sign_up",
    "Signed In": "login",
    "page": "page_view",
    "screen": "screen_view",
}


def test_ecommerce_names_go_both_ways() -> None:
    theirs, ours = pl.Series(list(ECOMMERCE)), pl.Series(list(ECOMMERCE.values()))
    assert to_event_name(theirs, "segment").to_list() == ours.to_list()
    assert from_event_name(ours, "segment").to_list() == theirs.to_list()


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_name_of_the_table_comes_back_to_itself(vocabulary: str) -> None:
    rows = pl.read_csv(TABLE).filter(pl.col("vocabulary") == vocabulary)
    assert to_event_name(rows["their_name"], vocabulary).to_list() == rows["event_name"].to_list()
    assert len(event_names(vocabulary)) == rows.height
    ours = rows["event_name"].unique()
    there = from_event_name(ours, vocabulary)
    assert there.null_count() == 0
    assert there.n_unique() == len(ours)
    assert to_event_name(there, vocabulary).equals(ours)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_a_name_that_is_ours_already_stays(vocabulary: str) -> None:
    ours = pl.read_csv(TABLE)["event_name"].unique()
    assert to_event_name(ours, vocabulary).equals(ours)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order completed", "purchase"),
        ("Order_Completed", "purchase"),
        ("orderCompleted", "purchase"),
        (" ORDER COMPLETED ", "purchase"),
        ("Completed Order", "purchase"),
        ("Logged In", "login"),
        ("Quiz: Step 2 Viewed!", "quiz_step_2_viewed"),
        ("HTMLViewed", "html_viewed"),
        ("Größe Gewählt", "größe_gewählt"),
        ("???", "???"),
        ("", None),
        (None, None),
    ],
)
def test_segment_names_however_they_are_spelt(name: str | None, expected: str | None) -> None:
    assert to_event_name(pl.Series([name], dtype=pl.String), "segment").to_list() == [expected]


def test_names_of_social_platforms_become_four() -> None:
    names = ["favorite", "Reaction", "reply", "Retweet", "repost", "subscribe", "unfollow", "unlike"]
    expected = ["like", "like", "comment", "share", "share", "follow", "unfollow", "unlike"]
    assert to_event_name(pl.Series(names), "social").to_list() == expected


def test_one_vocabulary_does_not_read_another() -> None:
    names = pl.Series(["transaction", "Product Viewed", "retweet"])
    assert to_event_name(names, "snowplow").to_list() == ["purchase", "product_viewed", "retweet"]
    assert to_event_name(names, "segment").to_list() == ["transaction", "view_item", "retweet"]


def test_an_unknown_vocabulary_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="unknown vocabulary 'ga3'; allowed: segment, snowplow, social"):
        to_event_name(pl.Series(["a"]), "ga3")


@settings(deadline=None)
@given(st.lists(st.text()))
def test_snake_case_of_snake_case_is_the_same(texts: list[str]) -> None:
    once = snake_case(pl.Series(texts, dtype=pl.String))
    assert snake_case(once).equals(once)
    assert "" not in once.to_list()
