"""One verdict for a record of several items: where one item is refused, the whole record is."""

from collections.abc import Sequence
from typing import TypeVar

import polars as pl

Rows = TypeVar("Rows", pl.DataFrame, pl.LazyFrame)


def judged_whole(rows: Rows, record: Sequence[str]) -> Rows:
    """Return the rows with one verdict per record; a refused record is one row again, with ``part`` 0.

    Args:
        rows: One row per item, with ``part`` (1, 2, ... in a record of several items, else 0), ``violation_code`` and
            ``violation_message``.
        record: Columns that name the record a row belongs to.

    The code is that of the first refused item. The message says what is wrong with each of them.

    >>> rows = pl.DataFrame({
    ...     "line": [1, 1, 2], "part": [1, 2, 0], "violation_code": [None, "Out-Of-Range", None],
    ...     "violation_message": [None, "price: below 0", None],
    ... })
    >>> judged_whole(rows, ["line"]).rows()
    [(1, 0, 'Out-Of-Range', 'price: below 0'), (2, 0, None, None)]
    """
    code = pl.col("violation_code").drop_nulls().first().over(*record)
    message = pl.col("violation_message").drop_nulls().unique(maintain_order=True).str.join("; ").over(*record)
    judged = rows.with_columns(violation_code=code, violation_message=pl.when(code.is_not_null()).then(message))
    bad = pl.col("violation_code").is_not_null()
    return judged.filter(~bad | (pl.col("part") <= 1)).with_columns(part=pl.when(bad).then(0).otherwise("part"))
