"""Records whose texts no later parser can choke on: JSON inside a column that is nested too deep rejects its record."""

import polars as pl

from dmp_assets.ingest.files.batches import Batch, Unreadable
from dmp_assets.ingest.files.nesting import exceeds

_MAY_BE_JSON = r'^\s*"?[\[{]'


def shallow_records(batch: Batch, depth: int) -> Batch:
    """Return the batch with records that hold too deeply nested JSON in a column moved to the unreadable ones."""
    messages: dict[int, str] = {}
    for column in batch.frame.iter_columns():
        if column.dtype != pl.String:
            continue
        # Polars takes the name of a series for a pattern where it is written as ``^...$``, and finds no such column.
        values = column.alias("values")
        # Looking at the lengths costs nothing, and hardly any column is long and begins with a bracket.
        rows = (values.str.len_bytes() > 2 * depth).arg_true()
        if rows.is_empty():
            continue
        rows = rows.filter(values.gather(rows).str.contains(_MAY_BE_JSON))
        deep, _ = exceeds(values.gather(rows), depth)
        for row in rows.filter(deep):
            messages.setdefault(row, f"column {column.name!r}: nested deeper than {depth} levels (limits.nesting)")
    if not messages:
        return batch
    bad = sorted(messages)
    raw = batch.raw_records(bad)
    numbers = batch.line_numbers.gather(bad)
    rejected = [Unreadable(line, messages[row], text) for line, row, text in zip(numbers, bad, raw, strict=True)]
    return batch.only(~pl.int_range(batch.frame.height, eager=True).is_in(bad), rejected)
