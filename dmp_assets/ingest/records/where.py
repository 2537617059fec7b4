"""``where`` of a source: the records that it keeps, by the values of the file's own columns."""

import operator
from collections.abc import Callable
from typing import Any

import polars as pl

from dmp_assets.foundation.settings.row_filter import LISTS, Where
from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.files.batches import Batch
from dmp_assets.ingest.files.findings import Findings
from dmp_assets.ingest.presets.texts import text_of
from dmp_assets.ingest.values.texts import read_quantity

_ORDERINGS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# One text for the whole number 5 and the time 12:00:00, which CSV and JSON may write as 5.0 and Parquet never does.
_ENDING = r"^([+-]?\d+|.*:\d\d)\.0+$"


def chosen_records(batch: Batch, source: Source, findings: Findings) -> Batch:
    """Return the batch without the readable records that do not meet all conditions; these are counted.

    Lines that could not be taken apart stay: nobody knows what they say.
    """
    if not source.where or not len(batch.line_numbers):
        return batch
    kept = pl.Series([True]).new_from_index(0, len(batch.line_numbers))
    for condition in source.where:
        texts = text_of(batch.frame, condition.column).str.replace(_ENDING, "${1}")
        if texts.null_count() < len(texts):
            findings.where_seen.add(condition.column)
        kept &= meets(texts, condition, source.decimal_comma)
    findings.left_out += len(kept) - int(kept.sum())
    return batch if kept.all() else batch.only(kept)


def meets(texts: pl.Series, condition: Where, decimal_comma: bool) -> pl.Series:
    """Return which trimmed texts meet a condition.

    An empty one meets ``is empty``, ``!=`` and ``not in`` alone. ``<`` and its like compare two numbers as numbers, and
    all else as text.

    >>> prices = pl.Series(["9", "10", "n/a", None])
    >>> meets(prices, Where(column="price", operator=">", value=9.5), decimal_comma=False).to_list()
    [False, True, True, False]
    >>> meets(prices, Where(column="price", operator="!=", value=9), decimal_comma=False).to_list()
    [False, True, True, True]
    """
    if condition.operator == "is empty":
        return texts.is_null()
    if condition.operator == "is not empty":
        return texts.is_not_null()
    value = condition.value
    if condition.operator == "matches":
        return texts.str.contains(str(value)).fill_null(value=False)
    if condition.operator in _ORDERINGS:
        return _compared(texts, _ORDERINGS[condition.operator], str(value), decimal_comma)
    values = pl.Series([value] if isinstance(value, str) else value, dtype=pl.String)
    among = texts.is_in(values.str.replace(_ENDING, "${1}").to_list()).fill_null(value=False)
    return among if condition.operator in ("=", LISTS[0]) else ~among


def _compared(texts: pl.Series, holds: Callable[[Any, Any], Any], value: str, decimal_comma: bool) -> pl.Series:
    by_text: pl.Series = holds(texts, value).fill_null(value=False)
    # YAML writes its numbers with a point, whatever the file does.
    given = pl.Series([value])
    number = read_quantity(given, decimal_comma=False).fill_null(read_quantity(given, decimal_comma))[0]
    if number is None:
        return by_text
    numbers = read_quantity(texts, decimal_comma)
    return by_text.zip_with(numbers.is_null(), holds(numbers, number).fill_null(value=False))
