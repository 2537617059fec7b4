"""Ids as spreadsheets and scripts leave them: some can be read all the same, some have lost what they said."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

WHOLE, FLOAT, QUOTED, FORMULA, INVISIBLE, NOBODY, LOST = range(7)
"""How an id was rewritten; up to ``INVISIBLE`` it is still the same id."""

NOBODIES = ("#N/A", "[object Object]")


def bruises(rng: np.random.Generator, size: int, share: float, kinds: tuple[int, ...]) -> NDArray:
    """Return how each id is rewritten: by one of the kinds at the share, else not at all."""
    which: NDArray = np.where(rng.random(size) < share, rng.choice(kinds, size), WHOLE)
    return which


def rewritten(ids: pl.Expr, bruise: pl.Expr) -> pl.Expr:
    r"""Return ids as the file has them. An id of digits that begins with 0 is never a float: its zeros would be lost.

    >>> frame = pl.DataFrame({"id": ["12345", "00123", "00124", "7", "8", "9440000000000000001", None]})
    >>> how = pl.Series([FLOAT, QUOTED, FORMULA, INVISIBLE, NOBODY, LOST, LOST])
    >>> frame.select(rewritten(pl.col("id"), pl.lit(how)))["id"].to_list()
    ['12345.0', "'00123", '="00124"', '7\u200b', '[object Object]', '9.44E+18', None]
    """
    nobody = pl.when(ids.str.len_chars() % 2 == 0).then(pl.lit(NOBODIES[0])).otherwise(pl.lit(NOBODIES[1]))
    digits = pl.max_horizontal(ids.str.len_chars().cast(pl.Int64) - 1, pl.lit(11)).cast(pl.String)
    lost = pl.lit("9.44E+") + digits
    return (
        pl.when((bruise == FLOAT) & ~ids.str.starts_with("0")).then(ids + ".0")
        .when((bruise == QUOTED) | (bruise == FLOAT)).then(pl.lit("'") + ids)
        .when(bruise == FORMULA).then(pl.lit('="') + ids + '"')
        .when(bruise == INVISIBLE).then(ids + "\u200b")
        .when((bruise == NOBODY) & ids.is_not_null()).then(nobody)
        .when((bruise == LOST) & ids.is_not_null()).then(lost)
        .otherwise(ids)
    )  # fmt: skip
