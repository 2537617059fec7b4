"""Real e-commerce events against the interactions, transactions and sessions of Snowplow's e-commerce model."""

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets_tests.ingest.presets.support.pipeline import GIVEN_ID, Difference, Tables, compare, tables_of
from dmp_assets_tests.support.places import PUBLIC_DATA

DATA = PUBLIC_DATA / "snowplow" / "ecommerce"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"Snowplow's e-commerce events are not at {DATA}")

EVENT_NAMES = {
    "product_view": "view_item",
    "list_view": "view_item_list",
    "list_click": "select_item",
    "add_to_cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "transaction": "purchase",
    "refund": "refund",
    None: "snowplow_ecommerce_action",
}
"""Action -> our name; 410 events of the data say no action."""

COPY = pl.col("key").str.starts_with("b64a0af6")

TRANSACTION_DIFFERENCES = [
    Difference("one transaction per transaction_id; we keep every event", ["row"], COPY),
    Difference(
        "what it says was paid is not the sum of its products", ["products"], pl.col("key").str.starts_with("79314f8f")
    ),
    Difference(
        "its products are in another currency", ["products", "currency"], pl.col("key").str.starts_with("ab06d353")
    ),
]


def expected(name: str) -> pl.DataFrame:
    file = DATA / "expected" / f"snowplow_ecommerce_{name}_expected.csv"
    return pl.read_csv(file, infer_schema=False, null_values=["NULL", ""])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    content = (DATA / "source" / "snowplow_ecommerce_events.csv").read_bytes()
    source = Source(kind="events", preset="snowplow")
    return tables_of(tmp_path_factory.mktemp("shop"), "events.csv", content, source)


def test_every_e_commerce_event_is_kept(shop: Tables) -> None:
    assert (shop.reading.status, shop.reading.records, shop.reading.rejected) == ("ok", 834, 0)
    ledger = shop.event_ledger.select(pl.col("records", "kept", "duplicates", "quarantined").sum()).row(0)
    assert ledger == (834, 834, 0, 0)
    assert shop.cleaned_events.height == 834


def test_item_lines_are_the_product_interactions(shop: Tables) -> None:
    """All but the product of the second event of one transaction, which the model drops."""
    ours = shop.event_items.filter(~GIVEN_ID.str.starts_with("b64a0af6")).select(
        GIVEN_ID,
        "event_name",
        "item_id",
        "item_name",
        "item_brand",
        "item_category",
        "price",
    )
    theirs = expected("product_interactions").select(
        "event_id",
        pl.col("ecommerce_action_type").replace_strict(EVENT_NAMES).alias("event_name"),
        item_id="product_id",
        item_name="product_name",
        item_brand="product_brand",
        item_category="product_category",
        price=pl.col("product_price").cast(ours.schema["price"]),
    )
    assert (ours.height, shop.event_items.height) == (928, 929)
    order = ["event_id", "item_id"]
    assert ours.sort(order).equals(theirs.sort(order))


def test_transactions_are_those_of_the_model_without_shipping(shop: Tables) -> None:
    """An event's revenue is that of its products; the model's has shipping in it."""
    ours = shop.cleaned_events.filter(pl.col("event_name") == "purchase").select(
        "currency",
        "transaction_id",
        "session_id",
        "anonymous_id",
        "items",
        key=GIVEN_ID,
        products="revenue",
        row=pl.lit("there"),
    )
    money = ours.schema["products"]
    revenue, shipping = (pl.col(f"transaction_{name}").cast(money) for name in ("revenue", "shipping"))
    theirs = expected("transaction_interactions").select(
        key="event_id",
        expected_products=revenue - shipping.fill_null(0),
        expected_currency="transaction_currency",
        expected_transaction_id="transaction_id",
        expected_session_id="domain_sessionid",
        expected_anonymous_id="domain_userid",
        expected_items=pl.col("number_products").cast(pl.Int64),
        expected_row=pl.lit("there"),
    )
    both = ours.join(theirs, on="key", how="full", coalesce=True)
    compare(both, "key", ["row"], TRANSACTION_DIFFERENCES[:1])
    columns = ["products", "currency", "transaction_id", "session_id", "anonymous_id", "items"]
    compare(both.filter(~COPY), "key", columns, TRANSACTION_DIFFERENCES[1:])


def test_sessions_count_what_the_model_counts(shop: Tables) -> None:
    def count(*names: str) -> pl.Expr:
        return pl.col("event_name").is_in(names).sum().cast(pl.Int64)

    ours = (
        shop.cleaned_events.filter(pl.col("session_id").is_not_null())
        .group_by(key="session_id")
        .agg(
            row=pl.lit("there").first(),
            views=count("view_item", "view_item_list"),
            add_to_carts=count("add_to_cart"),
            remove_from_carts=count("remove_from_cart"),
            transactions=count("purchase"),
        )
    )
    theirs = {
        "views": "number_product_views",
        "add_to_carts": "number_add_to_carts",
        "remove_from_carts": "number_remove_from_carts",
        "transactions": "number_product_transactions",
    }
    sessions = expected("sessions").select(
        pl.lit("there").alias("expected_row"),
        *(pl.col(name).cast(pl.Int64).alias(f"expected_{column}") for column, name in theirs.items()),
        key="domain_sessionid",
    )
    both = ours.join(sessions, on="key", how="full", coalesce=True)
    skipped = pl.col("key").str.starts_with("9681591f679e7c40886ef5d7213108bf902249")
    compare(both, "key", ["row"], [Difference("left out for its app_id skip-me", ["row"], skipped)])
    twice = Difference(
        "one transaction per transaction_id", ["transactions"], pl.col("key").str.starts_with("0a42e1e2")
    )
    compare(both.filter(~skipped), "key", list(theirs), [twice])


def test_sessions_of_the_shop_hold_every_event_of_a_visitor(shop: Tables) -> None:
    assert shop.sessions["events"].sum() == 834
