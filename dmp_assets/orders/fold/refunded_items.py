"""What items were sold for that a refund names without an amount, and what an order's other lines take back."""

import polars as pl

from dmp_assets.foundation.values.money import UNITS, in_whole_units
from dmp_assets.orders.schema import REFUND, SHOP

_LINE = ["o", "item_id"]


def events_of_refunds(reports: pl.DataFrame) -> pl.DataFrame:
    """Return event_date and event_id of the refunds of known orders that name items and no amount of the whole.

    Args:
        reports: Standing reports of kind refund or cancellation, with ``o``.
    """
    own = pl.coalesce(*(pl.when(pl.col(name) != 0).then(name) for name in ("order_revenue", "order_total")))
    is_refund = (pl.col("report_kind") == REFUND) & pl.col("o").is_not_null()
    return reports.filter(is_refund & own.is_null() & (pl.col("items") > 0)).select("event_date", event_id="report_id")


def with_items_worth(reports: pl.DataFrame, lines: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Return the reports with ``items_worth``, ``has_unknown_items`` and ``has_too_many_items``.

    Args:
        reports: Standing reports of kind refund or cancellation, with ``row`` and ``o``.
        lines: Item lines of ``events_of_refunds``.
        items: As ``order_items`` returns them, with ``o``.

    ``items_worth`` is what the items without an amount were sold for, after discounts, in the base currency: as many
    units as the refund names, or all without a number; never more than are left of those sold, by one teller. It is
    null where there is no such item, or where one of them is not known and nothing else has an amount.
    """
    asked = _open_lines(reports, lines)
    if asked.is_empty():
        nothing, no = pl.lit(None, UNITS), pl.lit(value=False)
        return reports.with_columns(items_worth=nothing, has_unknown_items=no, has_too_many_items=no)
    sold = pl.col("sold")
    found = asked.join(_sold(items), on=_LINE, how="left").sort("record", "source", *_LINE, "reported_at", "row")
    teller = ["record", "source", *_LINE]
    units = pl.when(pl.col("units") > 0).then("units").otherwise(sold)
    named = found.with_columns(wanted=units.cum_sum().over(teller)).with_columns(
        back=pl.min_horizontal("wanted", "sold")
    )
    share = in_whole_units(pl.col("sold_for").cast(pl.Float64) * pl.col("back") / sold)
    # All that was sold is not divided: a float of so much money may have no room for its last units.
    so_far = pl.when(pl.col("back") == sold).then("sold_for").otherwise(share)
    worth = named.with_columns(so_far=so_far).with_columns(
        worth=pl.col("so_far") - pl.col("so_far").shift(1, fill_value=0).over(teller)
    )
    is_known = sold.is_not_null()
    of_refunds = worth.group_by("row").agg(
        items_worth=pl.when(is_known.all() | ~pl.col("is_bare").all()).then(pl.col("worth").sum()),
        has_unknown_items=(~is_known).any(),
        has_too_many_items=(pl.col("wanted") > sold).any(),
    )
    marks = pl.col("has_unknown_items", "has_too_many_items").fill_null(value=False)
    return reports.join(of_refunds, on="row", how="left").with_columns(marks)


def returned_of_orders(rows: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """Return ``o`` and ``returned``: what the lines that take back in one record of a shop's order come to.

    Args:
        rows: Reports.
        sales: Standing sales with ``o``.
    """
    back = rows.filter(
        (pl.col("report_kind") == REFUND) & (pl.col("record") == SHOP) & pl.col("is_standing") & ~_names_another()
    )
    ids = back.select("event_date", report_id=pl.col("report_id").str.replace(":refund", "", literal=True),
                      returned=pl.col("line_sales").abs())  # fmt: skip
    counted = sales.filter("is_counted").select("event_date", "report_id", "o")
    return counted.join(ids, on=["event_date", "report_id"]).group_by("o").agg(pl.col("returned").sum())


def _names_another() -> pl.Expr:
    return pl.coalesce("order_revenue", "order_total").is_not_null()


def _open_lines(reports: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of refunds that name an item and no amount.

    A line of 0.00 says no amount where its refund has none at all, or where its other lines have prices.
    """
    named = events_of_refunds(reports)
    of = ["event_date", "event_id"]
    refunds = reports.select("event_date", "row", "o", "record", "source", "reported_at", event_id="report_id")
    theirs = lines.join(named, on=of, how="semi").join(refunds, on=of, how="inner")
    is_zero = pl.col("item_revenue") == 0
    is_bare = is_zero.all().over("row")
    is_open = is_zero & pl.col("price").is_null() & (is_bare | pl.col("price").is_not_null().any().over("row"))
    return theirs.with_columns(units=pl.col("quantity").abs(), is_bare=is_bare).filter(
        is_open & (pl.col("item_id") != "")
    )


def _sold(items: pl.DataFrame) -> pl.DataFrame:
    """Return what each item of an order was sold for, and how often, where the order's lines say so.

    Lines without prices of which only one has an amount do not: it is the whole order's.
    """
    is_worth = pl.col("item_revenue") != 0
    says = pl.col("price").is_not_null().any() | (is_worth.sum() > 1) | (pl.len() == 1)
    return (
        items.filter(says.over("o"))
        .group_by(_LINE)
        .agg(sold_for=pl.col("net_sales").sum().clip(lower_bound=0), sold=pl.col("quantity").sum())
        .with_columns(sold=pl.when(pl.col("sold") > 0).then("sold").otherwise(1.0))
    )
