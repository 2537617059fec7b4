"""Which records of shops are one order: those of one number, of one customer or one day."""

import polars as pl

from dmp_assets.orders.fold.order_ids import escaped

KEY = ["order_space", "store_id", "order_number"]
_OF_SOURCE = [*KEY, "source"]
_DAY = pl.col("event_date")
_HOUR_US = 3_600_000_000


def shop_orders(sales: pl.DataFrame, reused_after_days: int) -> pl.DataFrame:
    """Return the records with ``o``, the row that names their order, ``part``, and marks.

    Args:
        sales: Standing sales of shops with a number (``OrderReports`` in engine types), ``row`` (unique) and
            ``customer``: account, or else a text that stands for the e-mail.
        reused_after_days: A customer's number that comes again after more days is another order.

    Records of a space, store and number are one order, unless customers or days part them. Customers that differ inside
    one source are an order each; across sources they are one if each source has one. A record without a customer goes
    with the only customer of its day. Without any, records of one day are one order, as tills begin each day at 1: of
    two days only if less than an hour lies between them. ``part`` is null where the number is one order; else the
    customer, the first day, or both.

    ``has_several_customers`` marks the orders of a number with several customers, ``has_several_days`` those with
    records of several days, ``has_other_customers`` those whose sources name different customers, ``is_used_again``
    those beside which a source of theirs has the number for an order that begins at most ``reused_after_days`` earlier
    or later: a till began again, or an order was corrected in day, customer and lines, and counts twice.
    """
    repeated = sales.select(KEY).is_duplicated()
    single = sales.filter(~repeated).with_columns(
        o="row",
        part=pl.lit(None, pl.String),
        has_several_customers=pl.lit(value=False),
        has_several_days=pl.lit(value=False),
        has_other_customers=pl.lit(value=False),
        is_used_again=pl.lit(value=False),
    )
    if not repeated.any():
        return single
    several = sales.filter(repeated).with_columns(pl.col("store_id").fill_null(""))
    known = _of_customers(several.filter(pl.col("customer").is_not_null()), reused_after_days)
    nameless = _without_customer(several.filter(pl.col("customer").is_null()), known)
    parted = _named(_of_several_sources(pl.concat([known, nameless.select(known.columns)])))
    parted = _used_again(parted, reused_after_days)
    return pl.concat([single, parted.with_columns(store_id=_null_if_empty("store_id")).select(single.columns)])


def _of_customers(records: pl.DataFrame, reused_after_days: int) -> pl.DataFrame:
    """Return the records of customers with ``of``, the customer, and ``first_day`` of their order."""
    of = [*_OF_SOURCE, "customer"]
    gap = (_DAY - _DAY.shift(1).over(of)).dt.total_days()
    is_start = gap.is_null() | (gap > reused_after_days)
    placed = records.sort(*of, "reported_at", "row").with_columns(chain=is_start.cum_sum().over(of))
    return placed.with_columns(of="customer", first_day=_DAY.min().over(*of, "chain")).drop("chain")


def _without_customer(records: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the records without a customer, with those of the only customer of their day, or by days."""
    day = [*_OF_SOURCE, "event_date"]
    of_days = known.group_by(day).agg(pl.struct("of", "first_day").unique().alias("orders"))
    only = of_days.filter(pl.col("orders").list.len() == 1).select(*day, pl.col("orders").list.first())
    found = records.join(only, on=day, how="left")
    theirs = found.filter(pl.col("orders").is_not_null()).unnest("orders")
    others = found.filter(pl.col("orders").is_null()).drop("orders").sort(*KEY, "reported_at", "row")
    at = pl.col("reported_at")
    is_other_day = _DAY.shift(1).over(KEY) != _DAY
    is_start = is_other_day.fill_null(value=True) & ((at - at.shift(1).over(KEY)) > _HOUR_US).fill_null(value=True)
    chained = others.with_columns(chain=is_start.cum_sum().over(KEY))
    own = chained.with_columns(of=pl.lit(None, pl.String), first_day=_DAY.min().over(*KEY, "chain")).drop("chain")
    return pl.concat([theirs.select(own.columns), own])


def _of_several_sources(records: pl.DataFrame) -> pl.DataFrame:
    """Return the records of a number that several sources state once each as one order, of the first customer named."""
    order = pl.struct("of", "first_day")
    is_one = (order.n_unique().over(_OF_SOURCE) == 1).all().over(KEY) & (pl.col("source").n_unique().over(KEY) > 1)
    placed = records.sort("row").with_columns(is_one=is_one)
    of, first_day = pl.col("of").drop_nulls().first().over(KEY), pl.col("first_day").min().over(KEY)
    return placed.with_columns(
        of=pl.when("is_one").then(of).otherwise("of"),
        first_day=pl.when("is_one").then(first_day).otherwise("first_day"),
    ).drop("is_one")


def _named(records: pl.DataFrame) -> pl.DataFrame:
    """Return the records with the name of their part."""
    first_day, of = pl.col("first_day"), pl.col("of")
    orders = records.select(*KEY, "of", "first_day").unique()
    counted = orders.with_columns(
        orders=pl.len().over(KEY), customers=of.n_unique().over(KEY) - of.is_null().any().over(KEY).cast(pl.UInt32),
        chains=pl.len().over(*KEY, "of"),
    )  # fmt: skip
    day = first_day.cast(pl.String)
    customer = escaped(of, "|")
    by_customer = (
        pl.when(of.is_null())
        .then(pl.lit("|") + day)
        .when(pl.col("chains") > 1)
        .then(customer + "|" + day)
        .otherwise(customer)
    )
    part = pl.when(pl.col("orders") == 1).then(None).when(pl.col("customers") > 1).then(by_customer).otherwise(day)
    parts = counted.select(*KEY, "of", "first_day", part=part, has_several_customers=pl.col("customers") > 1)
    order = [*KEY, "of", "first_day"]
    return records.join(parts, on=order, how="left", nulls_equal=True).with_columns(
        o=pl.col("row").min().over(order),
        has_several_days=(_DAY.n_unique() > 1).over(order),
        has_other_customers=(pl.col("customer").drop_nulls().n_unique() > 1).over(order),
    )


def _used_again(records: pl.DataFrame, reused_after_days: int) -> pl.DataFrame:
    """Return the records with whether a source of theirs has the number for an order that begins on a day near by."""
    begins = [*_OF_SOURCE, "first_day"]
    days = records.select(begins).unique().sort(begins)
    is_near = pl.col("first_day").diff().over(_OF_SOURCE).dt.total_days() <= reused_after_days
    marks = days.with_columns(is_near=is_near.fill_null(value=False))
    marks = marks.with_columns(
        is_used_again=pl.col("is_near") | pl.col("is_near").shift(-1, fill_value=False).over(_OF_SOURCE)
    )
    return records.join(marks.drop("is_near"), on=begins, how="left")


def _null_if_empty(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(name)
