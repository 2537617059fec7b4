"""What each person allows, purpose by purpose."""

from datetime import date, timedelta

import polars as pl


def build_consent(consents: pl.LazyFrame, as_of_date: date) -> pl.DataFrame:
    """Return the newest choice of each person about each purpose (``ConsentState``).

    Args:
        consents: ``RawConsents`` with ``person_id``: purpose, status, changed_at, source.
        as_of_date: Last day that counts.

    Where one moment has both a grant and a denial, the denial counts. A purpose about which a person made no choice
    has no row: silence is no consent.
    """
    end = as_of_date + timedelta(days=1)
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
