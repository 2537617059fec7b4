"""What an order is worth: its own amounts before those of its lines, and the difference as a discount."""

from collections.abc import Iterable

import polars as pl

HALF_CENT = 50
"""Half a cent in ten-thousandths: amounts that differ by less are equal."""


def order_money() -> dict[str, pl.Expr]:
    """Return the amounts of orders by name, in whole units: net, gross, discounts, shipping, taxes, and three marks.

    The columns, in whole units of the base currency, are ``line_sales`` and ``line_discounts`` (sums of the lines),
    ``items``, ``returned`` (what other lines of the order take back), and the order's own ``order_revenue``,
    ``order_discount``, ``shipping``, ``taxes``, ``order_total`` (null where it does not say them) and
    ``is_tax_included``.

    - The order's revenue is ``order_revenue``; else ``order_total`` without shipping and tax; else the sum of the lines
      less ``order_discount``. Tax that is included in prices is taken out of lines and revenue.
    - A total above the lines says nothing about the revenue unless shipping and tax are given: they may be in it. Then
      the lines stand.
    - The difference between the lines and the revenue is the order's discount.
    - Where only one reading of the amounts adds up to the cent, it is the one that is meant (``_revenue``,
      ``_included_tax``).

    ``differs`` marks orders whose own amounts are not what the lines and the stated discount give, by half a cent or
    more; ``spread`` is what their lines have to give away; ``in_lines`` a discount that they have given already.

    >>> order = pl.DataFrame({"line_sales": [280000], "line_discounts": [0], "items": [2], "order_revenue": [255000],
    ...     "order_discount": [None], "shipping": [40000], "taxes": [20000], "order_total": [None], "returned": [0],
    ...     "is_tax_included": [None]}, schema_overrides={"order_discount": pl.Int64, "order_total": pl.Int64})
    >>> order.select(**order_money()).select("gross_sales", "discounts", "net_sales", "total_sales").row(0)
    (280000, 25000, 255000, 315000)
    """
    shipping, taxes, total = pl.col("shipping").fill_null(0), pl.col("taxes").fill_null(0), pl.col("order_total")
    given = pl.col("order_discount").fill_null(0)
    is_lone = pl.col("items") == 0
    revenue = _revenue(pl.col("line_sales") - given, given, shipping, taxes, is_lone)
    included = _included_tax(revenue, given, shipping, taxes, is_lone)
    lines = pl.col("line_sales") - included
    of_total = total - shipping - taxes
    knows_all = pl.col("shipping").is_not_null() & pl.col("taxes").is_not_null()
    # A discount that the lines have given already is no further one: then the total is the sum of the lines.
    in_lines = pl.when(~is_lone & knows_all & _is(of_total, [lines])).then(given).otherwise(0)
    expected = lines - given + in_lines
    # Of an order that lists returns too, the total may be what was left after them.
    usable = pl.when((of_total <= expected) | knows_all | is_lone).then(of_total)
    stated = pl.coalesce(revenue - included, usable)
    is_after = (pl.col("returned") > 0) & _is(stated + pl.col("returned"), [expected])
    own = stated + pl.when(is_after).then("returned").otherwise(0)
    net = pl.coalesce(own, expected)
    gross = pl.when(is_lone).then(net + given).otherwise(lines + in_lines) + pl.col("line_discounts")
    said = pl.coalesce(own, of_total)
    # What a total has beyond revenue, shipping and tax is sold nowhere: a tip, a fee.
    is_beside = revenue.is_not_null() & total.is_not_null() & knows_all & ~_is(total, [net + shipping + taxes])
    return {
        "net_sales": net,
        "gross_sales": gross,
        "discounts": gross - net,
        "shipping": shipping,
        "taxes": taxes,
        "total_sales": net + shipping + taxes,
        "tax_in_lines": included,
        "in_lines": in_lines,
        "spread": pl.col("line_sales") - net,
        "differs": ((~is_lone & ((said - expected).abs() >= HALF_CENT)) | (is_beside & ~is_after)).fill_null(
            value=False
        ),
    }


def _is(amount: pl.Expr, others: Iterable[pl.Expr]) -> pl.Expr:
    """Return whether an amount is one of the others, to half a cent; false where it is not known."""
    return pl.any_horizontal(((amount - other).abs() < HALF_CENT).fill_null(value=False) for other in others)


def _revenue(expected: pl.Expr, given: pl.Expr, shipping: pl.Expr, taxes: pl.Expr, is_lone: pl.Expr) -> pl.Expr:
    """Return the order's own revenue, after its discount and before shipping.

    Some say it before the discount, and the total shows that; some say the total in its place, and the lines show that.
    """
    own, total, extras = pl.col("order_revenue"), pl.col("order_total"), shipping + taxes
    is_before = (given > 0) & _is(total, [own - given + extras, own - given + shipping])
    is_net = _is(total, [own + extras, own + shipping])
    is_total = ~is_lone & (extras > 0) & total.is_null() & _is(own, [expected + extras])
    return pl.when(is_before & ~is_net).then(own - given).when(is_total).then(own - extras).otherwise(own)


def _included_tax(revenue: pl.Expr, given: pl.Expr, shipping: pl.Expr, taxes: pl.Expr, is_lone: pl.Expr) -> pl.Expr:
    """Return the tax that is in the prices: where the order says so, or its total adds up without the tax alone."""
    total, lines = pl.col("order_total"), pl.col("line_sales")
    is_without = pl.when(revenue.is_not_null()).then(_is(total, [revenue + shipping]))
    of_lines = ~is_lone & _is(total, [lines - given + shipping, lines + shipping])
    adds_up = is_without.fill_null(of_lines) & ~_is(total, [pl.coalesce(revenue, lines - given) + shipping + taxes])
    return pl.when(pl.col("is_tax_included").fill_null(adds_up & (taxes > 0))).then(taxes).otherwise(0)
