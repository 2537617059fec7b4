"""The item lines of events: one list per event, with what was paid for each line."""

from collections.abc import Mapping, Sequence

import polars as pl

from dmp_assets.foundation.values.columns import MONEY_DECIMALS
from dmp_assets.ingest.presets.texts import text_of
from dmp_assets.ingest.schema.events import CANCELLATION, PURCHASE, REFUND
from dmp_assets.ingest.values.texts import NUMBER, all_null

LINES = "=items"
"""The list that presets explode."""

LINE_FIELDS = (
    "item_id",
    "item_name",
    "item_brand",
    "item_category",
    "price",
    "quantity",
    "coupon",
    "item_revenue",
)

REVERSALS = (REFUND, CANCELLATION)
"""Events that take back what was sold."""

SOLD = (PURCHASE, *REVERSALS)
"""Events whose amounts are those of an order; a checkout has amounts too, and has sold nothing."""

LINE_COLUMNS = {field: f"{LINES}.{field}" for field in LINE_FIELDS}
"""Our column -> field of the exploded list."""

_EXACT = pl.Decimal(38, 8)
# Within these bounds a product stays below 10^29, which _EXACT holds; beyond them Polars raises.
_PRICE_LIMIT, _QUANTITY_LIMIT = 10**14, 10**15
# A text that is no number, so that the typed reading rejects the record.
_UNREADABLE = "unreadable"


def item_lines(
    events: pl.DataFrame,
    items: pl.Series | None,
    fields: Mapping[str, Sequence[str]],
    own: pl.DataFrame | None = None,
    unset: Sequence[str] = (),
) -> pl.Series:
    """Return a list of item lines per event, named ``=items``; null where an event has none.

    Args:
        events: ``event_name``, ``amount`` (what the whole event says was paid) and ``coupon``, as text.
        items: A list of structs per event; anything else counts as no items.
        fields: Field of a line -> fields of the struct that may hold it, the first that is not empty wins.
        own: ``LINE_FIELDS`` as the event itself names them, used where it has no list.
        unset: Texts in items that mean nothing was set.

    On purchases, refunds and cancellations a line's revenue is price x quantity, exact, rounded to four decimals; a
    missing quantity counts as one. Where no line has a price, the first line carries the amount of the event, so that
    none is lost. Refunds and cancellations get negative quantities and revenues, whatever their sign in the file. An
    item without any known field makes its record unreadable.
    """
    listed = _listed(items, fields).with_columns(pl.col(LINE_FIELDS).replace(list(unset), None))
    single = _single(events, own).filter(~pl.col("row").is_in(listed["row"].unique().implode()))
    lines = pl.concat([listed, single]).sort("row", maintain_order=True)
    lines = lines.with_columns(events[name].gather(lines["row"]).alias(f"event.{name}") for name in events.columns)
    lists = _priced(lines).group_by("row", maintain_order=True).agg(pl.struct(LINE_FIELDS).alias(LINES))
    rows = pl.DataFrame({"row": pl.int_range(events.height, dtype=pl.UInt32, eager=True)})
    return rows.join(lists, on="row", how="left", maintain_order="left")[LINES]


def order_amounts(event_name: pl.Series, amounts: Mapping[str, pl.Series]) -> list[pl.Series]:
    """Return amounts of whole orders as text; null of events that sold and took back nothing.

    Args:
        event_name: Our name of each event.
        amounts: Name of the column -> what the event says, as text.

    A text that is no number, such as a discount of 10%, is null and stays in the properties: with lines that have
    prices, the event is worth as much without it, and refusing it would lose the order.
    """
    rows = event_name.is_in(list(SOLD)).fill_null(value=False).arg_true()
    found = []
    for name, values in amounts.items():
        texts = values.gather(rows)
        texts = texts.set(~texts.str.contains(NUMBER), None)
        found.append(all_null(name, pl.String(), len(values)).scatter(rows, texts))
    return found


def _listed(items: pl.Series | None, fields: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return the items of the lists as lines with the event's row."""
    inner = items.dtype.inner if items is not None and isinstance(items.dtype, pl.List) else None
    if items is None or not isinstance(inner, pl.Struct):
        return pl.DataFrame(schema={"row": pl.UInt32, **dict.fromkeys(LINE_FIELDS, pl.String)})
    table = items.alias("item").to_frame().with_row_index("row").filter(pl.col("item").list.len() > 0).explode("item")
    item = table["item"].struct.unnest()
    columns = {field: _first(item, fields.get(field, ())) for field in LINE_FIELDS}
    lines = pl.DataFrame({"row": table["row"], **columns})
    nothing = pl.all_horizontal(pl.col(LINE_FIELDS).is_null())
    return lines.with_columns(price=pl.when(nothing).then(pl.lit(_UNREADABLE)).otherwise("price"))


def _first(item: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    if not names:
        return all_null("", pl.String(), item.height)
    return pl.select(pl.coalesce(text_of(item, name) for name in names)).to_series()


def _single(events: pl.DataFrame, own: pl.DataFrame | None) -> pl.DataFrame:
    """Return one line for each event that names an item itself, an amount that was paid, or a coupon."""
    empty = pl.lit(None, dtype=pl.String)
    table = events if own is None else events.with_columns(own)
    known = [pl.col(field) if field in table.columns else empty.alias(field) for field in LINE_FIELDS]
    paid = pl.col("amount").is_not_null() & pl.col("event_name").is_in(list(SOLD))
    something = pl.any_horizontal("row_has_item", paid, pl.col("coupon").is_not_null())
    has_item = pl.lit(value=False) if own is None else pl.any_horizontal(pl.col(own.columns).is_not_null())
    return table.with_row_index("row").with_columns(row_has_item=has_item).filter(something).select("row", *known)


def _priced(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with revenue, coupon and the signs of what is taken back."""
    refund = pl.col("event.event_name").is_in(list(REVERSALS))
    sold = pl.col("event.event_name").is_in(list(SOLD))
    given = pl.coalesce(_revenue(lines), "item_revenue")
    lines = lines.with_columns(
        item_revenue=pl.when(sold).then(given), coupon=pl.coalesce("coupon", "event.coupon"), refund=refund, sold=sold
    )
    first = pl.col("row").is_first_distinct()
    unpriced = pl.col("item_revenue").is_null().all().over("row")
    amount = pl.when(pl.col("sold") & unpriced & first).then("event.amount")
    lines = lines.with_columns(item_revenue=pl.coalesce("item_revenue", amount))
    return lines.with_columns(
        pl.when("refund").then(_negative(name)).otherwise(name).alias(name) for name in ("quantity", "item_revenue")
    )


def _revenue(lines: pl.DataFrame) -> pl.Series:
    """Return price x quantity as decimal text; null where there is no price that can be read."""
    price = lines["price"].cast(_EXACT, strict=False)
    quantity = lines["quantity"].fill_null("1").cast(_EXACT, strict=False)
    fits = (price.abs() < _PRICE_LIMIT) & (quantity.abs() < _QUANTITY_LIMIT)
    product = price.set(~fits, None) * quantity.set(~fits, None)
    text = product.round(MONEY_DECIMALS).cast(pl.Decimal(38, MONEY_DECIMALS)).cast(pl.String)
    return text.set((lines["price"].is_not_null() & ~fits.fill_null(value=False)), _UNREADABLE)


def _negative(name: str) -> pl.Expr:
    number = pl.col(name).str.extract(r"^[+-]?([\d.].*)$", 1)
    return pl.coalesce(pl.lit("-") + number, name)
