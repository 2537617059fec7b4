"""What all checks together say: the worst status, how many there are of each, and whose data are concerned."""

from datetime import date
from typing import NamedTuple

import polars as pl

NAMED = 3
"""Sources that the verdict names."""


class Counted(NamedTuple):
    """The outcome of all checks, counted."""

    status: str
    """The worst status; not_enough_data where nothing could be judged."""
    errors: int
    warnings: int
    passed: int
    unjudged: int
    sources: list[str]
    """Sources with the worst status, sorted; none where all is in order."""

    @property
    def judged(self) -> int:
        """Checks that had enough data."""
        return self.errors + self.warnings + self.passed


def counted(quality: pl.DataFrame) -> Counted:
    """Return the outcome of all checks.

    Args:
        quality: ``Quality``.
    """
    by_status = dict(quality.group_by("status").len().iter_rows())
    errors, warnings, passed, unjudged = (by_status.get(name, 0) for name in ("error", "warn", "ok", "not_enough_data"))
    status = "error" if errors else "warn" if warnings else "ok" if passed else "not_enough_data"
    bad = quality.filter((pl.col("status") == status) & pl.col("status").is_in(["error", "warn"]))
    return Counted(status, errors, warnings, passed, unjudged, bad["source"].drop_nulls().unique().sort().to_list())


def verdict(quality: pl.DataFrame, measured_date: date) -> tuple[str, str]:
    """Return the worst status and one sentence that says what it means."""
    found = counted(quality)
    day = f"{measured_date.day} {measured_date:%B %Y}"
    if not found.judged:
        return found.status, f"There are not enough data up to {day} to judge their quality."
    more = len(found.sources) - NAMED
    where = ", ".join(found.sources[:NAMED]) + (f" and {more} more" if more > 0 else "")
    said = " and ".join(
        f"{count} {word}{'s' if count > 1 else ''}"
        for count, word in ((found.errors, "error"), (found.warnings, "warning"))
        if count
    )
    if found.errors:
        return found.status, (
            f"Do not rely on all data up to {day} yet: {said} in {found.judged} checks; errors are in {where}."
        )
    if found.warnings:
        return (
            found.status,
            f"The data up to {day} can be used, with a look at {where}: {said} in {found.judged} checks.",
        )
    rest = f"; {found.unjudged} more had too little data to judge" if found.unjudged else ""
    return found.status, f"The data up to {day} are in good order: all {found.judged} checks passed{rest}."
