"""What every event-scale transform of this room is written in: the portable Narwhals subset.

Instants are ``Int64`` microseconds, money ``Int64`` units, every window says its order with a unique tie-break, and
nothing parses text. So the same function gives the same rows on Polars, DuckDB and Spark.
"""

from typing import Any

import narwhals.stable.v2 as nw

Frame = nw.LazyFrame[Any]


def numbered(frame: Frame, name: str, group: list[str], order: list[str]) -> Frame:
    """Return the frame with each row's place within its group, from 1."""
    return frame.with_columns(nw.lit(1).alias(name)).with_columns(nw.col(name).cum_sum().over(*group, order_by=order))


def settled(total: nw.Expr) -> nw.Expr:
    """Return a sum of floats without its last bits, which depend on the order of the rows; -0.0 becomes 0.0."""
    return total.round(6) + 0.0
