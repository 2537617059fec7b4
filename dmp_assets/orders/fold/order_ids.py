"""Ids of orders, and how a text is written in one that holds what separates."""

import polars as pl

_WRITTEN = {":": "%3A", "|": "%7C"}
"""What separates in an id, and how it is written inside a part of it."""


def order_id() -> pl.Expr:
    """Return the order's id: space, store, number and part, as ``shop:1001`` or ``tills/berlin:7|customer``.

    What separates is escaped, so two orders never get one id.
    """
    store = escaped(pl.col("store_id"), ":")
    own = escaped(pl.col("order_number"), "|")
    number = pl.when("is_numbered").then(own).otherwise(pl.lit("|") + pl.col("order_number"))
    return pl.concat_str(
        "order_space",
        pl.when(store.is_not_null()).then(pl.lit("/") + store).otherwise(pl.lit("")),
        pl.lit(":"),
        number,
        pl.when(pl.col("part").is_not_null()).then(pl.lit("|") + pl.col("part")).otherwise(pl.lit("")),
    )


def escaped(text: pl.Expr, sign: str) -> pl.Expr:
    """Return a part of an id without the sign that ends it, ``:`` or ``|``; no two texts become one.

    >>> pl.DataFrame({"part": ["7", "a|b", "a%7Cb"]}).select(escaped(pl.col("part"), "|")).to_series().to_list()
    ['7', 'a%7Cb', 'a%257Cb']
    """
    return text.str.replace_all("%", "%25", literal=True).str.replace_all(sign, _WRITTEN[sign], literal=True)
