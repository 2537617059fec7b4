"""Which statements of one number are of one order: tills begin each day at 1, and an order may move to another day."""

import polars as pl

_CELL = ["event_id", "event_date"]
"""A number on a day: what all files state of it is one order."""


def orders_of_statements(stated: pl.DataFrame, oldest: pl.Series, reused_after_days: int) -> pl.DataFrame:
    """Return the statements with ``order_day``, the first day of their order; number and this day are the order.

    Args:
        stated: A row per number, day, customer and file of one source: event_id, event_date, ``key`` (a hash of the
            number), ``place`` of the file, its newest_event_at, customer (null without one), ``lines`` (a hash of what
            was bought), first_at.
        oldest: First time in each file, by place.
        reused_after_days: A customer's number that comes again after more days is another order.

    Statements of one day are of one order. So are those of one customer, if no more days lie between one and the next.
    So is an order that a newer file has on another day: it holds the same lines, and reaches back to the moment at
    which the order was before, where it no longer has it. Equal lines alone say nothing, as the first receipt of each
    morning may be the same coffee.

    What is one with a third is one.
    """
    # By hash, which is cheaper than the names: most orders that several files state keep their day.
    days = stated.group_by("key").agg(first=pl.col("event_date").min(), last=pl.col("event_date").max())
    moving = stated.join(days.filter(pl.col("first") < pl.col("last")), on="key", how="semi")
    own_day = pl.col("event_date").alias("order_day")
    if moving.is_empty():
        return stated.with_columns(own_day)
    links = _numbered([_of_customers(moving, reused_after_days), _moved(moving, oldest)])
    if links.is_empty():
        return stated.with_columns(own_day)
    first_days = _first_days(links)
    joined = stated.join(first_days, on=_CELL, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("order_day", "event_date"))


def _of_customers(moving: pl.DataFrame, reused_after_days: int) -> pl.DataFrame:
    """Return the days of customers with several, and ``link``: equal for days of one order."""
    of = ["event_id", "customer"]
    named = moving.lazy().filter(pl.col("customer").is_not_null()).select(*of, "event_date").unique()
    days = named.filter(pl.len().over(of) > 1).sort(*of, "event_date").collect()
    gap = pl.col("event_date").diff().dt.total_days()
    is_other = pl.struct(of) != pl.struct(of).shift(1)
    is_start = is_other.fill_null(value=True) | (gap > reused_after_days).fill_null(value=True)
    return days.select(*_CELL, link=is_start.cum_sum().cast(pl.Int64))


def _moved(moving: pl.DataFrame, oldest: pl.Series) -> pl.DataFrame:
    """Return the days of orders that moved and those to which they did, and ``link``: equal for two such days."""
    newness = moving.select("place", "newest_event_at").unique().sort("newest_event_at", "place")
    files = newness.select("place", rank=pl.int_range(pl.len()), reaches=oldest.gather(newness["place"]))
    # How far back the newer files reach, the farthest of them.
    later = pl.col("reaches").reverse().cum_min().reverse().shift(-1)
    files = files.with_columns(reached=later)
    statements = (
        moving.group_by(*_CELL, "place").agg(pl.col("lines").sum(), pl.col("first_at").min()).join(files, on="place")
    )
    # No file that is newer than the newest one which has the order on a day has it there.
    last = statements.sort("rank").unique(_CELL, keep="last", maintain_order=True)
    left = last.filter(pl.col("reached") <= pl.col("first_at"))
    found = left.join(statements, on=["event_id", "lines"], how="inner", suffix="_then").filter(
        pl.col("rank_then") > pl.col("rank"), pl.col("reaches_then") <= pl.col("first_at")
    )
    pairs = found.select("event_id", "event_date", "event_date_then").unique().with_row_index("link")
    return pl.concat(
        [
            pairs.select("event_id", pl.col(name).alias("event_date"), pl.col("link").cast(pl.Int64))
            for name in ("event_date", "event_date_then")
        ]
    )


def _numbered(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the links of the parts, each part's with numbers of its own."""
    return pl.concat(
        [part.with_columns(link=pl.col("link") * len(parts) + number) for number, part in enumerate(parts)]
    )


def _first_days(links: pl.DataFrame) -> pl.DataFrame:
    """Return ``order_day`` of linked days: the first that is linked with them, by however many links."""
    days = links.with_columns(order_day="event_date")
    while True:
        # A link of many days is one step, so rounds are as many as an order has changes of its customer or moves.
        linked = days.with_columns(pl.col("order_day").min().over("link"))
        earlier = linked.with_columns(pl.col("order_day").min().over(_CELL))
        if earlier["order_day"].equals(days["order_day"]):
            return earlier.select(*_CELL, "order_day").unique()
        days = earlier
