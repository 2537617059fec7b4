"""Table of the catalogue."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract


class RawItems(TableContract, table="ingest.raw_items", key=("item_id",), subject="none"):
    """The product catalogue: names, categories, brands.

    One row per product of the catalogue; the newest record of each ``item_id``.
    """

    item_id: str = pa.Field(description="Product id.")
    item_name: str = pa.Field(nullable=True, description="Product name.")
    item_brand: str = pa.Field(nullable=True, description="Brand.")
    item_department: str = pa.Field(nullable=True, description="Widest grouping of the catalogue.")
    item_category: str = pa.Field(nullable=True, description="Category: the level that profiles and reports use.")
    item_category2: str = pa.Field(nullable=True, description="Sub-category.")
    manufacturer_id: str = pa.Field(nullable=True, description="Maker.")
    package_size: str = pa.Field(nullable=True, description="Package size as given.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")
