"""Table of the item lines of orders that come in a file of their own."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import QUANTITY_LIMIT, Money
from dmp_assets.foundation.values.contracts import TableContract


class RawOrderLines(TableContract, table="ingest.raw_order_lines", key=("path", "line_number"), subject="none"):
    """Lines of orders that come in files of their own.

    One row per item line of an order whose lines come apart from it; the newest file that names an order counts.
    """

    source: str = pa.Field(description="Source in dmp.yaml.")
    order_space: str = pa.Field(description="Where the order's number is unique: order_space of the source.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file, from 1.")
    transaction_id: str = pa.Field(description="Number of the order.")
    store_id: str = pa.Field(nullable=True, description="Store or shop, where numbers are a store's own.")
    line_id: str = pa.Field(nullable=True, description="The source's own id of the line.")
    item_id: str = pa.Field(nullable=True, description="Product of the line.")
    item_name: str = pa.Field(nullable=True, description="Name of the product, as the line gives it.")
    item_brand: str = pa.Field(nullable=True, description="Brand of the product, as the line gives it.")
    item_category: str = pa.Field(nullable=True, description="Category of the product, as the line gives it.")
    price: Money = pa.Field(nullable=True, description="Price of one unit, in the order's currency.")
    quantity: pl.Float64 = pa.Field(nullable=True, ge=-QUANTITY_LIMIT, le=QUANTITY_LIMIT, description="Units.")
    item_revenue: Money = pa.Field(nullable=True, description="What was paid for the line, in the order's currency.")
    retail_discount: Money = pa.Field(nullable=True, description="Shelf discount on the line, in its currency.")
    coupon_discount: Money = pa.Field(nullable=True, description="Coupon discount on the line, in its currency.")
