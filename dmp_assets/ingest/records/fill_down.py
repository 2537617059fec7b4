"""Fields of an order that stand on its first line only, as in Shopify's export: the other lines take them."""

from dataclasses import replace

import polars as pl

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.files.batches import Batch
from dmp_assets.ingest.values.texts import trim

NEWEST_LINES = 100_000
"""Lines of a file that are remembered: an order's lines stand together, or nearly."""

_SAME = ("event_at", "store_id", "user_id", "anonymous_id", "email", "phone")
"""Columns in which the lines of one order agree. A till that counts from 1 every day gives a number to other people."""

FILLED_DOWN = (
    *_SAME,
    "event_name",
    "currency",
    "updated_at",
    "status",
    "financial_status",
    "is_test",
    "cancelled_at",
    "refunded_at",
    "tax_included",
)

_FILLED_UP = ("currency",)

_KEY, _ROW, _ORDER = "=number", "=row", "=order"


class OrdersSeen:
    """The newest lines of one file of orders, from which later lines are filled."""

    def __init__(self) -> None:
        self._lines: pl.DataFrame | None = None

    def fill(self, batch: Batch, source: Source) -> Batch:
        """Return the batch with the empty order-level cells of each line filled from earlier lines of its order.

        Args:
            batch: The next records of the file, as the file has them.
            source: With its preset filled in.

        A line takes what the last earlier line of its number says, unless the two contradict each other: a line with
        another time, store, account or address than the lines before begins another order. It happens before anything
        is read, because an empty time would be refused and an empty currency be the base.
        """
        mapped = {ours: source.columns.get(ours) for ours in ("transaction_id", *FILLED_DOWN)}
        given = {ours: theirs for ours, theirs in mapped.items() if theirs in batch.frame.columns}
        if source.kind != "orders" or not source.fill_down or "transaction_id" not in given or len(given) == 1:
            return batch
        number = trim(batch.frame[given.pop("transaction_id")]).alias(_KEY)
        if number.dtype.is_nested():
            return batch
        lines = pl.DataFrame([number, *(trim(batch.frame[theirs]).alias(ours) for ours, theirs in given.items())])
        known = lines if self._lines is None else pl.concat([self._lines, lines], how="vertical_relaxed")
        filled = _filled(known, list(given)) if _has_gaps(lines, list(given)) else known
        self._lines = filled.tail(NEWEST_LINES)
        if filled is known:
            return batch
        mine = filled.tail(lines.height)
        changed = {
            theirs: mine[ours].alias(theirs)
            for ours, theirs in given.items()
            if mine[ours].null_count() < lines[ours].null_count()
        }
        return replace(batch, frame=batch.frame.with_columns(**changed)) if changed else batch


def _has_gaps(lines: pl.DataFrame, columns: list[str]) -> bool:
    return any(lines[name].null_count() for name in columns)


def _filled(lines: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Return the lines, in their order, with what their number's earlier lines say; a currency goes up, too."""
    some = [(pl.col(name).null_count() > 0) & (pl.col(name).count() > 0) for name in columns]
    numbers = lines.lazy().drop_nulls(_KEY).group_by(_KEY).agg(pl.any_horizontal(some).alias("some"))
    # Mostly few orders have a cell on some of their lines only, and windows are dear.
    wanted = numbers.filter("some").select(_KEY).collect()
    if wanted.is_empty():
        return lines
    table = lines.with_row_index(_ROW)
    rows = table.join(wanted, on=_KEY, how="semi", maintain_order="left")
    differ = [
        (pl.col(name) != pl.col(name).forward_fill().shift(1).over(_KEY)).fill_null(value=False)
        for name in _SAME
        if name in columns
    ]
    begins = pl.any_horizontal(differ) if differ else pl.lit(value=False)
    orders = rows.with_columns(begins.cum_sum().over(_KEY).alias(_ORDER))
    filled = {name: pl.col(name).forward_fill() for name in columns}
    # A line above the first currency would count as the base currency, without a word.
    filled |= {name: filled[name].backward_fill() for name in columns if name in _FILLED_UP}
    found = orders.select(_ROW, *(values.over(_KEY, _ORDER) for values in filled.values()))
    return lines.with_columns(lines[name].scatter(found[_ROW], found[name]) for name in columns)
