"""Tables of items: which are alike, and which are bought together."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.recommendations.schema.tasks import LIKENESSES


class ItemNeighbours(
    TableContract,
    table="recommendations.item_neighbours",
    key=("item_id", "rank"),
    unique=("item_id", "similar_item_id"),
    subject="aggregate",
):
    """Products that are like each other.

    The items most like each item, by the people who touched both; of items that nobody touched, by what they are.
    """

    item_id: str = pa.Field(description="Product.")
    rank: pl.Int64 = pa.Field(ge=1, description="Place among its neighbours, from 1.")
    similar_item_id: str = pa.Field(description="The neighbour.")
    similarity: pl.Float64 = pa.Field(
        ge=0,
        description="people: people_together / (people of item_id ** 0.3 * people of the other ** 0.7 + 10), not "
        "symmetric; content: share of the weights of item_category2 (2), item_category, item_brand and manufacturer_id "
        "(1 each), as far as the catalogue fills them, in which both agree. Comparable within one item_id only.",
    )
    people_together: pl.Int64 = pa.Field(ge=0, description="People who touched both; 0 for content.")
    likeness: str = pa.Field(
        isin=LIKENESSES,
        description="What it rests on. people: those who touched both; content: for items of the catalogue that are "
        "like no other by people. These share a category, or a brand or maker where the catalogue names no categories "
        "that tell items apart; touched items come first.",
    )
    as_of_date: pl.Date = pa.Field(description="Events up to and including this day were used.")


class BoughtTogether(
    TableContract,
    table="recommendations.bought_together",
    key=("item_id", "rank"),
    unique=("item_id", "other_item_id"),
    subject="aggregate",
):
    """Products that are bought together.

    The items that stand in one order with each item, more often than chance would put them there.
    """

    item_id: str = pa.Field(description="Product.")
    rank: pl.Int64 = pa.Field(ge=1, description="Place among those, by the strength of the evidence, from 1.")
    other_item_id: str = pa.Field(description="The other product.")
    orders_together: pl.Int64 = pa.Field(ge=5, description="Orders with both.")
    item_orders: pl.Int64 = pa.Field(ge=5, description="Orders with item_id.")
    other_item_orders: pl.Int64 = pa.Field(ge=5, description="Orders with other_item_id.")
    orders: pl.Int64 = pa.Field(ge=5, description="All orders with an item, without those of over 200 different items.")
    support_rate: pl.Float64 = pa.Field(ge=0, le=1, description="orders_together / orders.")
    confidence_rate: pl.Float64 = pa.Field(ge=0, le=1, description="orders_together / item_orders.")
    lift: pl.Float64 = pa.Field(ge=1, description="How many times as often as by chance both are in one order.")
    p_value: pl.Float64 = pa.Field(
        ge=0, le=1, description="How often chance alone does that, one-sided (G test); at most one in a million."
    )
    as_of_date: pl.Date = pa.Field(description="Orders up to and including this day were used.")
