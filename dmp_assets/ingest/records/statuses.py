"""The status of each order, decided from the columns that speak of it."""

from collections.abc import Mapping

import polars as pl

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.values.statuses import read_statuses, strongest_status
from dmp_assets.ingest.web.distinct import encode

WORDS = ("status", "financial_status")


def with_status(frame: pl.DataFrame, source: Source) -> tuple[pl.DataFrame, Mapping[str, pl.Series]]:
    """Return typed records with ``status`` in our words, and column -> its words where nobody knows them.

    Args:
        frame: Typed records; of ``status``, ``financial_status``, ``is_test`` and ``cancelled_at`` those that the kind
            has, the first two in the source's words.
        source: Their source.

    Of several the strongest counts (``STRENGTH``): a paid order that was cancelled is cancelled. A record with an
    unknown word is as one without a status.
    """
    known, unknown = [], {}
    for name in WORDS:
        if _filled(frame, name):
            places, words = encode(frame[name])
            statuses, rows = (found.gather(places) for found in read_statuses(words, source.statuses))
            known.append(statuses)
            if rows.any():
                unknown[name] = frame[name].set(~rows.fill_null(value=False), None)
    if _filled(frame, "is_test"):
        known.append(_where(frame["is_test"], "test"))
    if _filled(frame, "cancelled_at"):
        known.append(_where(frame["cancelled_at"].is_not_null(), "cancelled"))
    return (frame.with_columns(strongest_status(known)) if known else frame), unknown


def _where(rows: pl.Series, status: str) -> pl.Series:
    return pl.Series("status", [status]).new_from_index(0, len(rows)).set(~rows.fill_null(value=False), None)


def _filled(frame: pl.DataFrame, name: str) -> bool:
    return name in frame.columns and frame[name].null_count() < frame.height
