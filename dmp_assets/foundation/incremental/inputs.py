"""What tables were made of, kept beside them, so that the next run knows what is other since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract

DAY, RULES = "day", "rules"


@dataclass(frozen=True)
class InputState:
    """How much an input holds, and a fingerprint that changes with it."""

    rows: int
    fingerprint: str


class InputRows(TableContract):
    """One row per input: each day, and what is not told by days."""

    input: str = pa.Field(description="day, or the name of what is not told by days.")
    event_date: pl.Date = pa.Field(nullable=True, description="The day; null for the other inputs.")
    rows: pl.Int64 = pa.Field(ge=0, description="Rows of the input; 0 for the rules.")
    fingerprint: str = pa.Field(description="Equal for equal input: of a day the XOR of its rows' hashes.")


def input_table(days: Mapping[date, InputState], others: Mapping[str, InputState]) -> pl.DataFrame:
    """Return one row per input (``InputRows``); a day without rows is as if it were not there.

    Args:
        days: The days that count.
        others: The other inputs by name.
    """
    rows = [
        *((DAY, day, state.rows, state.fingerprint) for day, state in sorted(days.items()) if state.rows),
        *((name, None, state.rows, state.fingerprint) for name, state in others.items()),
    ]
    schema = {name: column.dtype.type for name, column in InputRows.to_schema().columns.items()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def is_same(made_of: pl.DataFrame, now: pl.DataFrame, name: str) -> bool:
    """Return whether an input that is not told by days is what it was."""
    was, found = (list(inputs.filter(pl.col("input") == name)["fingerprint"]) for inputs in (made_of, now))
    return was == found


def changed_days(made_of: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return the days that are not what they were, in order: rows and fingerprint, and rows_was and fingerprint_was.

    A day that was not there before has null ``fingerprint_was``, one that is gone null ``fingerprint``.
    """
    days = _by_day(now).join(_by_day(made_of), on="event_date", how="full", coalesce=True, suffix="_was")
    return days.filter(pl.col("fingerprint").ne_missing(pl.col("fingerprint_was"))).sort("event_date")


def _by_day(inputs: pl.DataFrame) -> pl.DataFrame:
    return inputs.filter(pl.col("input") == DAY).drop("input")
