"""The portable subset of Narwhals in which the event-scale transforms of this room are written.

Instants are ``Int64`` microseconds. Money is ``Int128`` units. Every window names its order, with a unique tie-break.
Nothing parses text. So the same function gives the same rows on Polars, DuckDB and Spark.
"""

from collections.abc import Callable, Mapping
from typing import Any

import narwhals.stable.v2 as nw

from dmp_assets.events.schema import NOBODY_PATTERNS

Frame = nw.LazyFrame[Any]

_NOBODY = "(?i)" + "|".join(f"(?:{pattern})" for pattern in NOBODY_PATTERNS)


def numbered(frame: Frame, name: str, group: list[str], order: list[str]) -> Frame:
    """Return the frame with each row's place within its group, from 1; ``order`` must be unique within a group."""
    return frame.with_columns(nw.lit(1).alias(name)).with_columns(nw.col(name).cum_sum().over(*group, order_by=order))


def settled(total: nw.Expr) -> nw.Expr:
    """Return a sum of floats without its last bits; -0.0 becomes 0.0.

    The last bits depend on the order of the rows. With them, a day that is run again could get another row hash, and
    what is made from it would be stale.
    """
    return total.round(6) + 0.0


def strongest(identifiers: Mapping[str, str], value: Callable[[str, str], nw.Expr]) -> nw.Expr:
    """Return the first identifier that may be a person's; where there is none, the first that is filled.

    Args:
        identifiers: Type of identifier -> its column, strongest first.
        value: Type and column -> what is returned of the identifier; null where the column is.

    An event of user_id "null" with a cookie is the cookie's. Without the cookie it is the event of "null", which
    is nobody's.
    """
    named = [(column, value(kind, column)) for kind, column in identifiers.items()]
    usable = [nw.when(~nw.col(column).str.contains(_NOBODY)).then(found) for column, found in named]
    return nw.coalesce(*usable, *(found for _, found in named))


def somebodys(column: str) -> nw.Expr:
    """Return an identifier where it may be a person's; null where there is none or it is nobody's."""
    return nw.when(~nw.col(column).str.contains(_NOBODY)).then(nw.col(column))


def flag(condition: nw.Expr) -> nw.Expr:
    """Return 1 where a condition holds, else 0."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))
