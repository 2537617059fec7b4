"""The event ids of order lines: which order a line is of, and what it says of it."""

import polars as pl

from dmp_assets.ingest.schema.events import CANCELLATION, REFUND

ENDINGS = {REFUND: ":refund", CANCELLATION: ":cancelled"}
"""Event name -> ending of the order's id; a sale has none."""

_SEPARATORS = {"%": "%25", ":": "%3A", "/": "%2F", "|": "%7C"}
"""Signs with a meaning in an id, and how a number or store that has them is written; the first one comes first.

A colon parts source, order and ending, a slash store and number, and a bar the account where one number has several.
"""


def order_ids(frame: pl.DataFrame, source_name: str) -> pl.Series:
    """Return the event id of each order line: source:number, or source:store/number where it has a store.

    Args:
        frame: Typed lines with ``transaction_id``, ``store_id`` and ``event_name``.
        source_name: Key of the source in dmp.yaml.

    No two orders get one id: a number 7:refund is written 7%3Arefund, and so is no refund of 7.

    >>> lines = pl.DataFrame({
    ...     "transaction_id": ["7", "7", "7:refund"], "store_id": ["ulm", None, None],
    ...     "event_name": ["purchase", "refund", "purchase"]})
    >>> order_ids(lines, "pos").to_list()
    ['pos:ulm/7', 'pos:7:refund', 'pos:7%3Arefund']
    """
    number, store = _escaped(frame["transaction_id"]), _escaped(frame["store_id"])
    if store.null_count() < len(store):
        number = (store + "/" + number).fill_null(number)
    ending = pl.coalesce(
        *(pl.when(frame["event_name"] == name).then(pl.lit(ending)) for name, ending in ENDINGS.items()), pl.lit("")
    )
    return pl.select((pl.lit(f"{source_name}:") + number + ending).alias("event_id")).to_series()


def _escaped(texts: pl.Series) -> pl.Series:
    if not texts.str.contains("[%:/|]").any():
        return texts
    for sign, written in _SEPARATORS.items():
        texts = texts.str.replace_all(sign, written, literal=True)
    return texts
