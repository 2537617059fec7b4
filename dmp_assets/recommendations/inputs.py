"""Why neighbours, pairs and lists are made again: their inputs as booked, beside those of now."""

from datetime import date

import polars as pl

from dmp_assets.foundation.incremental.inputs import DAY, RULES, is_same
from dmp_assets.recommendations.schema.tasks import AS_OF, CATALOGUE, CHOICE, REFUSED, SOURCES

NEW_SHARE = 0.01
"""Share of lines that may be added or removed before neighbours and pairs are made again: some four days of a year."""

NOTHING_STORED = "nothing stored yet"
OTHER_RULES = "the settings, the code or the layout of the tables changed"


def why_relate(made_of: pl.DataFrame, now: pl.DataFrame) -> str | None:
    """Return why neighbours and pairs are to be made again, in words; None where they are kept.

    Args:
        made_of: ``RelationInputs`` of the stored tables; empty where there are none.
        now: The inputs as they are now; only ``refused`` is of the days that the stored tables were made from.
    """
    if made_of.is_empty():
        return NOTHING_STORED
    if not is_same(made_of, now, RULES):
        return OTHER_RULES
    # A table as of an earlier day must show nothing of later days, however little that would be.
    if made_on(made_of) > made_on(now):
        return f"the stored tables know days up to {made_on(made_of)}"
    if not is_same(made_of, now, REFUSED):
        return "other people refuse"
    if not is_same(made_of, now, CATALOGUE):
        return "the catalogue changed"
    changed, lines = _changed_lines(made_of, now)
    return f"{changed:,} of {lines:,} lines are new or gone" if changed > NEW_SHARE * lines else None


def why_serve(made_of: pl.DataFrame, now: pl.DataFrame) -> str | None:
    """Return why lists are to be made again, in words; None where they are kept (``ServingInputs``)."""
    if made_of.is_empty():
        return NOTHING_STORED
    if not is_same(made_of, now, RULES):
        return OTHER_RULES
    changed = [name for name in (AS_OF, CHOICE, *SOURCES) if not is_same(made_of, now, name)]
    return f"changed: {', '.join(changed)}" if changed else None


def made_on(inputs: pl.DataFrame) -> date:
    """Return the last day that the stored tables were made from."""
    return date.fromisoformat(inputs.filter(pl.col("input") == AS_OF)["fingerprint"].item())


def _changed_lines(made_of: pl.DataFrame, now: pl.DataFrame) -> tuple[int, int]:
    """Return the number of lines of the changed days, and that of all days.

    The books say that a day changed, not which of its lines: all count, those before or those now, if these are more.
    """
    was, are = (
        inputs.filter(pl.col("input") == DAY).select("event_date", "rows", "fingerprint") for inputs in (made_of, now)
    )
    both = was.join(are, on="event_date", how="full", coalesce=True, suffix="_now")
    changed = both.filter(pl.col("fingerprint").ne_missing(pl.col("fingerprint_now")))
    rows: int = changed.select(pl.max_horizontal("rows", "rows_now").sum()).item()
    return rows, int(are["rows"].sum())
