"""What other files make of a record: its order is stated elsewhere, or its file is replaced."""

from dataclasses import dataclass

import polars as pl

_STATEMENT = ["path", "event_id", "event_date"]


@dataclass(frozen=True, kw_only=True)
class Fates:
    """What the landing files say together of some days' records."""

    statements: pl.DataFrame
    """``path``, ``event_id``, ``event_date`` and ``fate`` of statements of orders that do not count.

    By day too: a number that is used again is another order, whose statement may count.
    """
    replaced: tuple[str, ...] = ()
    """Files that a final one replaces."""
    equal_lines_once: tuple[str, ...] = ()
    """Sources of orders whose files repeat lines by mistake: of equal lines of one order the first counts."""


NO_FATES = Fates(
    statements=pl.DataFrame(schema={"path": pl.String, "event_id": pl.String, "event_date": pl.Date, "fate": pl.String})
)
"""No file says anything of another's records."""


def with_fates(records: pl.DataFrame, fates: Fates) -> pl.DataFrame:
    """Return the records with ``fate``: duplicate, superseded, or null where only the day itself decides.

    Args:
        records: ``RawEvents``. A refused record (with a ``violation_code``) has no fate: it is quarantined.
        fates: What the landing files say.

    >>> records = pl.DataFrame({
    ...     "source": "shop", "kind": "orders", "path": ["a", "a", "b"], "line_number": [2, 3, 2], "event_id": "shop:1",
    ...     "event_date": [5, 6, 5], "fingerprint": [7, 8, 9], "violation_code": None, "fate": None})
    >>> older = pl.DataFrame({"path": ["a"], "event_id": ["shop:1"], "event_date": [5], "fate": ["superseded"]})
    >>> with_fates(records, Fates(statements=older))["fate"].to_list()
    ['superseded', None, None]
    """
    names_lines = "line_id" in records.columns and records["line_id"].null_count() < records.height
    if fates.statements.is_empty() and not fates.replaced and not fates.equal_lines_once and not names_lines:
        return records
    found = pl.lit(None, dtype=pl.String)
    if fates.statements.height:
        told = fates.statements.select(*_STATEMENT, told="fate").unique(_STATEMENT)
        records = records.join(told, on=_STATEMENT, how="left", maintain_order="left")
        found = pl.when(pl.col("kind") == "orders").then("told")
    if fates.replaced:
        found = pl.coalesce(pl.when(pl.col("path").is_in(fates.replaced)).then(pl.lit("superseded")), found)
    if fates.equal_lines_once or names_lines:
        has_line_id = pl.col("line_id").is_not_null() if names_lines else pl.lit(value=False)
        line = pl.struct("path", "event_id", "fingerprint")
        is_once = pl.col("source").is_in(fates.equal_lines_once) | ((pl.col("kind") == "orders") & has_line_id)
        repeats = is_once & (pl.col("line_number") > pl.col("line_number").min().over(line))
        found = pl.coalesce(found, pl.when(repeats).then(pl.lit("duplicate")))
    usable = pl.col("violation_code").is_null()
    return records.with_columns(fate=pl.when(usable).then(found)).drop("told", strict=False)
