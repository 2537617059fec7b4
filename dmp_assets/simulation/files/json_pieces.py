"""Pieces of JSON text as Polars expressions: lines are put together from them, a column at a time."""

from collections.abc import Sequence

import polars as pl

Piece = str | pl.Expr


def joined(*pieces: Piece) -> pl.Expr:
    """Return the pieces as one text; a piece that is null is left out.

    >>> frame = pl.DataFrame({"a": [1, None]})
    >>> frame.select(joined("{", when(pl.col("a").is_not_null(), '"a":', pl.col("a")), "}"))[:, 0].to_list()
    ['{"a":1}', '{}']
    """
    parts = [pl.lit(piece) if isinstance(piece, str) else piece.cast(pl.String) for piece in pieces]
    return pl.concat_str(parts, ignore_nulls=True)


def when(condition: pl.Expr, *pieces: Piece) -> pl.Expr:
    """Return the pieces as one text where the condition holds, elsewhere null."""
    return pl.when(condition).then(joined(*pieces))


def chosen(texts: Sequence[str | None], number: pl.Expr) -> pl.Expr:
    """Return the text at each number."""
    return pl.lit(pl.Series(texts, dtype=pl.String)).gather(number.cast(pl.UInt32))


def amount(cents: pl.Expr) -> pl.Expr:
    """Return cents as a number with two decimals.

    >>> pl.select(amount(pl.lit(1205)))[:, 0].to_list()
    ['12.05']
    """
    return joined(cents // 100, ".", (cents % 100).cast(pl.String).str.zfill(2))
