"""Frames are held to their contract before the write, and converted to and from engine types.

Inside transforms an instant is ``Int64`` microseconds and money ``Int128`` units (see ``columns``), because only
whole numbers behave alike on every engine; tables carry TIMESTAMP and DECIMAL.
"""

from collections.abc import Iterable

import pandera.errors
import polars as pl

from dmp_assets.foundation.values.columns import MONEY_DECIMALS
from dmp_assets.foundation.values.money import SUM, UNITS, as_money, in_units
from dmp_assets.foundation.warehouse.commits import Checked
from dmp_assets.foundation.warehouse.tables import Table

_INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32)


def to_engine(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Return the frame with instants as ``Int64`` microseconds and money as ``Int128`` units."""
    expressions = [
        pl.col(name).to_physical() if isinstance(dtype, pl.Datetime) else in_units(pl.col(name))
        for name, dtype in frame.collect_schema().items()
        if isinstance(dtype, pl.Datetime | pl.Decimal)
    ]
    return frame.with_columns(expressions)


def conform(frame: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """Return the frame in the contract's column order and types, as far as no value can change by it.

    Whole numbers become an instant or money where the contract says so. Amounts become sums, and small whole
    numbers widen. Any other difference is left for the contract check to name.
    """
    seen = frame.collect_schema()
    expressions = [
        _conform_column(pl.col(name), seen[name], dtype) for name, dtype in table.polars_schema.items() if name in seen
    ]
    return frame.select(*expressions, *(name for name in seen if name not in table.polars_schema))


def _conform_column(column: pl.Expr, seen: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    if seen == pl.Int64 and isinstance(wanted, pl.Datetime):
        return column.cast(wanted)
    if seen in (pl.Int64, UNITS) and isinstance(wanted, pl.Decimal):
        return as_money(column).cast(wanted)
    if wanted == SUM and seen == pl.Decimal(18, MONEY_DECIMALS):
        return column.cast(SUM)
    if wanted == pl.Int64 and seen in _INTEGERS:
        return column.cast(pl.Int64)
    if seen == pl.Null or (seen == pl.Enum and wanted == pl.String):
        return column.cast(wanted)
    return column


def check_contract(frame: pl.DataFrame, table: Table, days: Iterable[object] = ()) -> list[Checked]:
    """Return one outcome per day, or for a whole table: rows checked, rows in violation, rules in words.

    Args:
        frame: The rows, collected: of a lazy frame Pandera checks types only, and does not say so.
        table: The table whose contract it is.
        days: Days that the rows stand for; days without rows pass.

    Messages name columns and rules, never values: logs and metadata must not carry personal data.
    """
    day = table.partition_by
    try:
        table.contract.validate(frame, lazy=True)
        broken: dict[object, list[tuple[str, int | None]]] = {}
    except pandera.errors.SchemaErrors as error:
        broken = _broken_rules(error.failure_cases, frame, day)
    if day is None or day not in frame.columns:
        found = broken.get(None, [])
        return [Checked(None, frame.height, _rows_in(found), _in_words(found))]
    # A failure that no row explains, such as a missing column, breaks every day: none of them may pass.
    counts = dict(frame.group_by(day).len().iter_rows())
    wanted = {*days, *counts, *broken} - {None}
    whole = broken.get(None, [])
    # A table that is made at once may have days and no rows: it was checked all the same.
    if not wanted:
        return [Checked(None, 0, _rows_in(whole), _in_words(whole))]
    return [
        Checked(
            partition,
            counts.get(partition, 0),
            _rows_in(broken.get(partition, []) + whole),
            _in_words(broken.get(partition, []) + whole),
        )
        for partition in sorted(wanted)
    ]


def _broken_rules(
    cases: pl.DataFrame, frame: pl.DataFrame, day: str | None
) -> dict[object, list[tuple[str, int | None]]]:
    """Return rule and row of every failure, by day; failures that no single row explains stand under None."""
    broken: dict[object, list[tuple[str, int | None]]] = {}
    days = frame[day] if day is not None and day in frame.columns else None
    for case, column, check, index in cases.select("failure_case", "column", "check", "index").iter_rows():
        rule = _rule_in_words(case, column, check)
        row = None if index is None or index < 0 else int(index)
        key = days[row] if days is not None and row is not None and row < len(days) else None
        broken.setdefault(key, []).append((rule, row))
    return broken


def _rule_in_words(case: str | None, column: str | None, check: str) -> str:
    """Return the rule in words; it names columns and types, and never a value."""
    if check == "column_in_dataframe":
        return f"column {case} is missing"
    if check == "column_in_schema":
        return f"column {case} is not in the contract"
    if check.startswith("dtype("):
        return f"{column}: is {case}, the contract says {check.removeprefix('dtype').strip('()')}"
    return f"{column}: {check}"


def _rows_in(found: list[tuple[str, int | None]]) -> int:
    rows = {row for _, row in found if row is not None}
    return len(rows) + sum(1 for _, row in found if row is None)


def _in_words(found: list[tuple[str, int | None]]) -> str | None:
    return "; ".join(sorted({rule for rule, _ in found})) or None
