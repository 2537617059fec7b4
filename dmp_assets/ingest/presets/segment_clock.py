"""When a call to Segment happened, by the server's clock instead of the device's."""

import polars as pl

from dmp_assets.ingest.values.times import read_instants

_ZONED = r"(?:[Zz]|[+-]\d{2}:?\d{2})$"
_WALL, _UTC = "%Y-%m-%dT%H:%M:%S%.6f", "%Y-%m-%dT%H:%M:%S%.6fZ"


def event_times(original: pl.Series, sent: pl.Series, received: pl.Series, stamped: pl.Series) -> pl.Series:
    """Return the event time as text, exact to the microsecond.

    Args:
        original: ``originalTimestamp``: when it happened, by the device's clock.
        sent: ``sentAt``: when it was sent, by the same clock.
        received: ``receivedAt``: when it arrived, by the server's clock.
        stamped: ``timestamp``: what the sender corrected or set itself.

    ``received - (sent - original)`` (Segment's common fields) where all three can be read and either all or none name
    their zone; else ``timestamp``, ``originalTimestamp``, ``receivedAt``, the first that is there, as it stands.
    ``sentAt`` alone says nothing: it is the device's clock at some later moment.

    >>> at = [pl.Series([f"2024-05-01T{time}Z"]) for time in ("09:00:00", "09:00:05", "12:00:07")]
    >>> event_times(*at, pl.Series([None], dtype=pl.String)).item()
    '2024-05-01T12:00:02.000000Z'
    """
    table = pl.DataFrame({"original": original, "sent": sent, "received": received, "stamped": stamped})
    complete = table.with_row_index("row").drop_nulls(["original", "sent", "received"])
    clocks = ("original", "sent", "received")
    zones = pl.sum_horizontal(pl.col(clock).str.contains(_ZONED).cast(pl.Int8) for clock in clocks)
    complete = complete.with_columns(
        *(read_instants(complete[clock], "UTC", ()) for clock in clocks), zones=zones
    ).drop_nulls(clocks)
    at = pl.col("received") - (pl.col("sent") - pl.col("original"))
    named = pl.col("zones")
    written = pl.when(named == len(clocks)).then(at.dt.strftime(_UTC)).when(named == 0).then(at.dt.strftime(_WALL))
    corrected = complete.select("row", at=written).drop_nulls()
    given = table.select(pl.coalesce("stamped", "original", "received")).to_series()
    return given.scatter(corrected["row"], corrected["at"]).alias("event_at")
