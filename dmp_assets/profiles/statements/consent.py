"""What each person allows, purpose by purpose."""

from datetime import date

import polars as pl

from dmp_assets.foundation.values.calendar import end_of


def build_consent(consents: pl.LazyFrame, as_of_date: date, time_zone: str = "UTC") -> pl.DataFrame:
    """Return the newest choice of each person about each purpose (``ConsentState``).

    Args:
        consents: ``RawConsents`` with ``person_id``: purpose, status, changed_at, source.
        as_of_date: Last day that counts.
        time_zone: Zone of the business's days.

    Where one moment has both a grant and a denial, the denial counts. A purpose about which a person made no choice
    has no row: silence is no consent.
    """
    end = end_of(as_of_date, time_zone)
    return (
        consents.filter(pl.col("person_id").is_not_null(), pl.col("changed_at") < end)
        .with_columns(granted=pl.col("status") != "denied")
        .sort(
            "person_id",
            "purpose",
            "changed_at",
            "granted",
            "source",
            descending=[False, False, True, False, False],
        )
        .group_by("person_id", "purpose", maintain_order=True)
        .agg(pl.col("status", "changed_at", "source").first())
        .collect()
    )
