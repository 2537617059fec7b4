"""What tables were made of. It is stored beside them, so that the next run knows what changed since."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.warehouse.tables import Contract, layout_id

DAY, AS_OF, RULES = "day", "as_of", "rules"


@dataclass(frozen=True)
class InputState:
    """How much an input holds, and a fingerprint that changes with it."""

    rows: int
    fingerprint: str


class InputRows(TableContract):
    """One row per input: each day, the last day that counts, the rules, and every other input by name."""

    input: str = pa.Field(description="day, as_of, rules, or the name of an input that has no days.")
    event_date: pl.Date = pa.Field(nullable=True, description="The day; null for the other inputs.")
    rows: pl.Int64 = pa.Field(ge=0, description="Rows of the input; 0 for the rules.")
    fingerprint: str = pa.Field(description="Equal for equal input: of a day the XOR of its rows' hashes.")


def input_table(
    days: Mapping[date, InputState], others: Mapping[str, InputState], as_of_date: date | None = None
) -> pl.DataFrame:
    """Return one row per input (``InputRows``). A day without rows is left out, as if it were not there.

    Args:
        days: The days that count.
        others: The inputs without days, by name.
        as_of_date: The last day that counts, for tables that cannot go back to an earlier one.
    """
    rows = [
        # An emptied day is a removed one: nothing of it is in the tables, whether it was once booked or not.
        *((DAY, day, state.rows, state.fingerprint) for day, state in sorted(days.items()) if state.rows),
        *([] if as_of_date is None else [(AS_OF, as_of_date, 0, "")]),
        *((name, None, state.rows, state.fingerprint) for name, state in others.items()),
    ]
    schema = {name: column.dtype.type for name, column in InputRows.to_schema().columns.items()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def rules_state(tables: Iterable[Contract], *made_by: str) -> InputState:
    """Return the input ``RULES``: where it changed, stored tables cannot be built on.

    Args:
        tables: Contracts of the stored tables: their layout counts.
        made_by: Fingerprints of the settings and the code that make them.
    """
    return InputState(0, hashlib.sha256(repr((layout_id(tables), made_by)).encode()).hexdigest())


def is_same(made_of: pl.DataFrame, now: pl.DataFrame, name: str) -> bool:
    """Return whether an input without days is unchanged."""
    was, found = (list(inputs.filter(pl.col("input") == name)["fingerprint"]) for inputs in (made_of, now))
    return was == found


def last_day(inputs: pl.DataFrame) -> date | None:
    """Return the last day that counted, where the inputs say it."""
    day: date | None = inputs.filter(pl.col("input") == AS_OF)["event_date"].max()  # type: ignore[assignment]
    return day


def changed_names(made_of: pl.DataFrame, now: pl.DataFrame) -> list[str]:
    """Return the names of the changed inputs without days, in order; ``RULES`` and ``AS_OF`` are left out."""
    names = {*made_of["input"], *now["input"]} - {DAY, AS_OF, RULES}
    return sorted(name for name in names if not is_same(made_of, now, name))


def changed_days(made_of: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return the changed days, in order: rows and fingerprint, and rows_was and fingerprint_was.

    An added day has null ``fingerprint_was``, a removed one null ``fingerprint``.
    """
    both = _both(made_of, now)
    return both.filter(pl.col("fingerprint").ne_missing(pl.col("fingerprint_was"))).sort("event_date")


def all_rows(made_of: pl.DataFrame, now: pl.DataFrame) -> int:
    """Return the number of rows of all days; each day counts its rows before or now, whichever are more."""
    rows: int = _both(made_of, now).select(pl.max_horizontal("rows", "rows_was").sum()).item()
    return rows


def _both(made_of: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    # A full join: a day of one side alone was added or removed, and both are changes.
    return _by_day(now).join(_by_day(made_of), on="event_date", how="full", coalesce=True, suffix="_was")


def _by_day(inputs: pl.DataFrame) -> pl.DataFrame:
    return inputs.filter(pl.col("input") == DAY).drop("input")
