"""Sessions of the kept records, told by the rules that the truth's page states and by nothing of the platform."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl

GAP = pl.duration(minutes=30)
PURCHASES = ("purchase", "Order Completed", "Sale")
RECORDS_AT_ONCE = 500_000
BROWSER, SERVER, SHOP = "browser", "server_side", "shop_visit"
_RUN = ["event_date", "kind", "key"]


def write_sessions(out: Path, online: tuple[str, ...], shops: tuple[str, ...], per_day: float) -> None:
    """Write sessions, and which record is in which, a stretch of days at a time.

    Args:
        out: Folder of the world, with the truth of all records.
        online: Sources whose records are events.
        shops: Sources whose records are lines of orders.
        per_day: Records of a day on average.
    """
    places = {source: out / "truth" / "records" / source for source in (*online, *shops)}
    if not any(place.exists() for place in places.values()):
        return
    kept = pl.concat(
        pl.scan_parquet(place / "*.parquet")
        .filter(pl.col("fate") == "good")
        .with_columns(source=pl.lit(source), is_line=pl.lit(source in shops), event_date=pl.col("event_at").dt.date())
        for source, place in places.items()
        if place.exists()
    )
    begin, end = kept.select(first=pl.col("event_date").min(), last=pl.col("event_date").max()).collect().row(0)
    for first, last in _stretches(begin, end, max(int(RECORDS_AT_ONCE / max(per_day, 1)), 1)):
        part = kept.filter(pl.col("event_date").is_between(first, last)).collect()
        sessions, members = sessions_of(part)
        number = pl.col("session") + (first.toordinal() << 32)
        for name, table in (("sessions", sessions), ("session_records", members)):
            folder = out / "truth" / name
            folder.mkdir(parents=True, exist_ok=True)
            table.with_columns(session=number).write_parquet(
                folder / f"{first}.parquet", compression="zstd", compression_level=1
            )


def _stretches(first: date | None, last: date | None, step: int) -> Iterator[tuple[date, date]]:
    while first is not None and last is not None and first <= last:
        yield first, first + timedelta(days=step - 1)
        first += timedelta(days=step)


def sessions_of(kept: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the sessions of whole days, and the session of each record that is in one.

    Args:
        kept: The good records in the columns of the truth, with ``source``, ``is_line`` and ``event_date``.

    A session is a run of one browser's events, of a day, with no gap over 30 minutes between them, whoever is logged
    in. What a server reports belongs to the one browser in which its account is seen that day within 30 minutes; of no
    or of several browsers it is a session of its account. Orders of shops are visits of their account.
    """
    happened = _happened(kept)
    events = _at_a_browser(happened.drop("records")).sort(*_RUN, "event_at", "event", maintain_order=True)
    fresh = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in _RUN)
    apart = (pl.col("event_at") - pl.col("event_at").shift()) > GAP
    numbered = events.with_columns(session=(fresh | apart.fill_null(value=False)).cum_sum().cast(pl.Int64))
    places = numbered.select("event", "session").join(happened.select("event", "records"), on="event")
    members = places.explode("records").select(pl.col("records").struct.unnest(), "session")
    return _described(numbered), members.sort("path", "line_number")


def _happened(kept: pl.DataFrame) -> pl.DataFrame:
    """Return one row per event: lines are gathered to their order, any other record is an event."""
    whole = pl.when("is_line").then(pl.concat_str("source", pl.lit(":"), "event_id"))
    alone = pl.concat_str("path", pl.lit(":"), pl.col("line_number").cast(pl.String))
    return (
        kept.with_columns(unit=pl.coalesce(whole, alone), purchase=pl.col("event_name").is_in(list(PURCHASES)))
        .group_by("event_date", "unit", maintain_order=True)
        .agg(
            pl.col("event_at").min(),
            pl.col("is_line", "browser", "account", "lands", "landing_campaign", "purchase", "bot").first(),
            records=pl.struct("path", "line_number"),
        )
        .with_row_index("event")
    )


def _at_a_browser(events: pl.DataFrame) -> pl.DataFrame:
    """Return the events with the ``kind`` and ``key`` of what they are a run of; those of nobody are left out."""
    served = events.filter(~pl.col("is_line"), pl.col("browser").is_null(), pl.col("account").is_not_null())
    seen = events.filter(~pl.col("is_line"), pl.col("browser").is_not_null(), pl.col("account").is_not_null())
    near = served.select("event", "event_date", "account", "event_at").join(
        seen.select("event_date", "account", "browser", seen_at="event_at"), on=["event_date", "account"]
    )
    near = near.filter((pl.col("event_at") - pl.col("seen_at")).abs() <= GAP)
    one = near.group_by("event").agg(pl.col("browser").unique()).filter(pl.col("browser").list.len() == 1)
    joined = events.join(one.select("event", joined=pl.col("browser").list.first()), on="event", how="left")
    browser = pl.coalesce("browser", "joined")
    kind = (
        pl.when(browser.is_not_null()).then(pl.lit(BROWSER))
        .when("is_line").then(pl.lit(SHOP))
        .otherwise(pl.lit(SERVER))
    )  # fmt: skip
    return joined.with_columns(kind=kind, key=pl.coalesce(browser, "account")).filter(pl.col("key").is_not_null())


def _described(numbered: pl.DataFrame) -> pl.DataFrame:
    account, landing = pl.col("account"), pl.col("landing_campaign")
    known = account.is_not_null()
    return (
        numbered.group_by("session", *_RUN, maintain_order=True)
        .agg(
            account=pl.coalesce(account.filter(known & pl.col("purchase")).last(), account.filter(known).last()),
            has_several_accounts=account.drop_nulls().n_unique() > 1,
            started_at=pl.col("event_at").min(),
            ended_at=pl.col("event_at").max(),
            events=pl.len().cast(pl.Int64),
            purchases=pl.col("purchase").sum().cast(pl.Int64),
            landing_campaign=landing.filter("lands").first(),
            is_bot=(pl.col("bot") == "declared").any(),
        )
        .with_columns(browser=pl.when(pl.col("kind") == BROWSER).then("key"))
        .drop("key")
    )
