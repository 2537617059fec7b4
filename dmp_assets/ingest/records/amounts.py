"""Amounts of lines and orders: computed where the file has none, with the signs of sales and of what is taken back."""

from collections.abc import Iterator, Mapping
from functools import reduce
from math import prod
from operator import add

import polars as pl

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.foundation.values.columns import MONEY_LIMIT
from dmp_assets.ingest.presets.item_lines import REVERSALS, SOLD
from dmp_assets.ingest.schema.events import PURCHASE, REFUND
from dmp_assets.ingest.values.texts import MONEY, at_limit

_POSITIVE = ("refunded_amount", "order_discount")
_DISCOUNTS = ("retail_discount", "coupon_discount", "coupon_match_discount")
_MAGNITUDES = (
    "order_revenue",
    "order_total",
    "shipping",
    "tax",
    *_DISCOUNTS,
)
_OF_ORDER = ("order_revenue", "order_discount", "shipping", "tax", "order_total", "refunded_amount")
"""Amounts of a whole order, on any of its lines."""
_EXACT_UP_TO = 10**11
"""A product of floats is right to half a ten-thousandth up to here, and so it is rounded right."""
_RETURN, _SALE, _REVERSAL = "=return", "=sale", "=reversal"

BELOW_LIMIT = "expected a number between -10^12 and 10^12, both excluded"
"""What is expected of each amount and number of a file."""

NO_AMOUNT = (
    "no amount is mapped: its orders count with 0; map one of price, item_revenue, order_revenue and order_total, or "
    "bring the lines as a source of kind order_lines of the same order_space"
)
"""Remark on every file of such a source of orders."""


def with_amounts(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return typed records of events or orders with ``item_revenue`` and the signs of refunds.

    Args:
        frame: Typed records with ``event_name``; amounts as given.
        source: Their source.

    Only what was bought or taken back has revenue: an item that was looked at has a price and none. Where no revenue is
    mapped it is price x quantity less the line's discounts. Lines of a refund or cancellation have negative quantity
    and revenue and positive discounts, whatever the signs in the file: a credit memo that lists 10.00 takes back 10.00,
    and so does one that lists -10.00. What a memo keeps, such as a fee, has the other sign in it. Amounts of the whole
    order are positive on both.

    A line of an order with a negative quantity and a negative revenue is a return in a sale: it becomes a refund, and
    what it says of the whole order stays with the sale.
    """
    if not _is_given("item_revenue", source) and _filled(frame, "price"):
        paid = pl.col("event_name").is_in(list(SOLD))
        frame = _with_positive_discounts(frame)
        frame = frame.with_columns(pl.when(paid).then(_line_revenue(frame, source)).alias("item_revenue"))
    if source.kind == "orders":
        frame = _with_returns(frame)
    positive = [pl.col(name).abs() for name in _POSITIVE if _filled(frame, name)]
    frame = frame.with_columns(positive) if positive else frame
    reversed_rows = frame["event_name"].is_in(list(REVERSALS)).fill_null(value=False)
    if not reversed_rows.any():
        return frame
    taken = {"quantity": -pl.col("quantity").abs(), "item_revenue": _taken_back(source, frame)}
    taken |= {name: pl.col(name).abs() for name in _MAGNITUDES if _filled(frame, name)}
    signed = [pl.when(_REVERSAL).then(amount).otherwise(name).alias(name) for name, amount in taken.items()]
    # Adding zero makes -0.0 and 0.0 one value, so that their fingerprints are equal.
    marked = frame.with_columns(reversed_rows.alias(_REVERSAL)).with_columns(signed).drop(_REVERSAL)
    return marked.with_columns(pl.col("quantity") + 0.0)


def with_line_amounts(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return typed lines of kind ``order_lines`` with ``item_revenue``: as given, else price x quantity."""
    if _is_given("item_revenue", source) or not _filled(frame, "price"):
        return frame
    frame = _with_positive_discounts(frame)
    return frame.with_columns(_line_revenue(frame, source).alias("item_revenue"))


def times(price: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    """Return price times quantity as money, rounded half to even to a ten-thousandth; null above ``MONEY_LIMIT``.

    >>> lines = pl.DataFrame({"price": ["2.5500", "0.0001"], "quantity": [6.0, 0.5]}).cast({"price": MONEY})
    >>> [str(amount) for amount in lines.select(times(pl.col("price"), pl.col("quantity"))).to_series()]
    ['15.3000', '0.0000']
    """
    amount = price.cast(pl.Float64) * quantity
    fits = amount.abs() <= MONEY_LIMIT
    rounded = pl.when(fits).then(amount).round(4, mode="half_to_even").cast(MONEY, strict=False)
    # Of whole units: a float of so much money has no room for its last ten-thousandth.
    whole = pl.when(fits & (amount.abs() > _EXACT_UP_TO) & (quantity == quantity.floor())).then(quantity)
    exact = (price * whole.cast(pl.Int64)).cast(MONEY)
    return pl.coalesce(exact, rounded)


def too_large_amounts(frame: pl.DataFrame) -> Iterator[tuple[pl.Series, str]]:
    """Yield rows whose price x quantity, or what was computed of them, reaches ``MONEY_LIMIT``, and what is expected.

    Args:
        frame: Typed records whose revenue is computed.
    """
    if _filled(frame, "price") and _filled(frame, "quantity"):
        rows = _large_products(frame["price"], frame["quantity"])
        if rows.any():
            yield rows, f"price x quantity: {BELOW_LIMIT}"
    if _filled(frame, "item_revenue"):
        rows = at_limit(frame["item_revenue"])
        if rows.any():
            yield rows, f"price x quantity - discounts: {BELOW_LIMIT}"


def _large_products(price: pl.Series, quantity: pl.Series) -> pl.Series:
    ends = (max(abs(float(end)) for end in (values.min(), values.max())) for values in (price, quantity))  # type: ignore[arg-type]
    if prod(ends) < MONEY_LIMIT:
        return pl.Series([False]).new_from_index(0, len(price))
    return ((price.cast(pl.Float64) * quantity).abs() >= MONEY_LIMIT).fill_null(value=False)


def sources_without_amount(sources: Mapping[str, Source]) -> set[str]:
    """Return the sources of orders that map no amount, and whose lines no source of kind ``order_lines`` brings.

    Args:
        sources: All of them, by name, with their presets filled in.
    """
    spaces = {source.order_space for source in sources.values() if source.kind == "order_lines"}
    amounts = ("price", "item_revenue", "order_revenue", "order_total")
    return {
        name
        for name, source in sources.items()
        if source.kind == "orders"
        and (source.order_space or name) not in spaces
        and not any(_is_given(amount, source) for amount in amounts)
    }


def _with_returns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return order lines with the name of a refund where a sale lists what came back."""
    if not _filled(frame, "item_revenue") or not _filled(frame, "quantity"):
        return frame
    is_return = (frame["event_name"] == PURCHASE) & (frame["quantity"] < 0) & (frame["item_revenue"] < 0)
    is_return = is_return.fill_null(value=False)
    if not is_return.any():
        return frame
    marked = frame.with_columns(is_return.alias(_RETURN), (frame["event_name"] == PURCHASE).alias(_SALE))
    is_sale = pl.col(_SALE) & ~pl.col(_RETURN)
    is_both = is_sale.any().over(_number(frame)) & pl.col(_RETURN).any().over(_number(frame)) & pl.col(_SALE)
    moved = [
        pl.when(is_both & pl.col(_RETURN))
        .then(None)
        .when(is_both)
        .then(pl.coalesce(name, pl.col(name).filter(_SALE).max().over(_number(frame))))
        .otherwise(name)
        .alias(name)
        for name in _OF_ORDER
        if _filled(frame, name)
    ]
    event_name = pl.when(_RETURN).then(pl.lit(REFUND)).otherwise("event_name")
    return marked.with_columns(*moved, event_name=event_name).drop(_RETURN, _SALE)


def _number(frame: pl.DataFrame) -> list[str]:
    """Return the columns in which the lines of one order or memo agree."""
    return [name for name in ("transaction_id", "store_id", "event_at") if name in frame.columns]


def _taken_back(source: Source, frame: pl.DataFrame) -> pl.Expr:
    """Return the revenue of lines that take back: negative, but for what a memo keeps, such as a fee.

    The sign of the whole memo is the file's own way to write; a line with the other sign is kept from the refund.
    """
    amount = pl.col("item_revenue")
    if source.kind != "orders":
        return -amount.abs()
    whole = pl.when(_REVERSAL).then(amount).sum().over(_number(frame))
    return pl.when(whole > 0).then(-amount).when(whole < 0).then(amount).otherwise(-amount.abs())


def _with_positive_discounts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with positive discounts: some shops write 2.00 and some -2.00 for what is given away."""
    return frame.with_columns(pl.col(name).abs() for name in _DISCOUNTS if _filled(frame, name))


def _line_revenue(frame: pl.DataFrame, source: Source) -> pl.Expr:
    # A file without a column of units has lines of one; null would make its orders worth nothing.
    quantity = pl.col("quantity") if _is_given("quantity", source) else pl.lit(1.0)
    gross = times(pl.col("price"), quantity)
    given = [pl.col(name).fill_null(0) for name in _DISCOUNTS if _filled(frame, name)]
    if not given:
        return gross
    # A line of -1 unit gives its discount back.
    total = reduce(add, given)
    return pl.when(gross < 0).then(gross + total).otherwise(gross - total).cast(MONEY, strict=False)


def _is_given(name: str, source: Source) -> bool:
    return name in source.columns or name in source.constants


def _filled(frame: pl.DataFrame, name: str) -> bool:
    return name in frame.columns and frame[name].null_count() < frame.height
