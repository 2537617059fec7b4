"""What was taken back of orders, and when: of memos, of orders' own amounts, and of web events, each cent once."""

import polars as pl

from dmp_assets.foundation.values.calendar import day_of
from dmp_assets.foundation.values.money import UNITS, in_whole_units
from dmp_assets.orders.fold.money import HALF_CENT
from dmp_assets.orders.schema import (
    AMOUNT,
    CANCELLATION,
    EVENT,
    NO_AMOUNT,
    NO_CURRENCY,
    NO_DATE,
    NO_NUMBER,
    RECORD,
    REFUND,
    SHOP,
    TOO_MUCH,
)

UNLIMITED = pl.lit(2**120, UNITS)
"""More than any order: what an unknown order was worth."""

_TELLING = {RECORD: 0, AMOUNT: 1, EVENT: 2}
"""Ways of telling, the most exact first."""

CLAIM = [
    "o",
    "group",
    "known_by",
    "teller",
    "id",
    "event_date",
    "reversed_at",
    "kind",
    "source",
    "total",
    "net",
    "taxes",
    "is_cumulative",
    "is_too_much",
    "quantity",
    "currency",
    "exchange_rate",
    "given_total",
    "marks",
]
"""Columns of what was claims, before it is counted once."""


def claims_of_reports(reports: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Return what refunds and cancellations of their own tell (``CLAIM``).

    Args:
        reports: Standing reports of kind refund or cancellation, with ``o`` (null: order not known) and
            what ``with_items_worth`` adds: what items that the refund names without an amount were sold for.
        orders: Orders with o, total_sales, currency and exchange_rate.

    The amount is what the report says of the whole refund, else the sum of its lines and of what items without an
    amount were sold for. It is converted at the order's rate. A refund without a currency is in its order's, which is
    marked where that is a foreign one. A cancellation takes all that is left, and so does a refund without any amount.
    The order that is not known is named by its number.
    """
    known = reports.join(
        orders.select("o", order_total_sales="total_sales", order_currency="currency", order_rate="exchange_rate"),
        on="o", how="left",
    )  # fmt: skip
    same = pl.col("currency").eq_missing(pl.col("order_currency")) & pl.col("o").is_not_null()
    is_vague = pl.col("currency").is_null() & pl.col("order_rate").is_not_null()
    own_ratio = pl.when(same).then(pl.col("order_rate") / pl.col("exchange_rate"))
    ratio = pl.when(is_vague).then("order_rate").otherwise(own_ratio).fill_null(1.0)

    def at_order_rate(amount: pl.Expr) -> pl.Expr:
        converted = in_whole_units(amount.cast(pl.Float64) * ratio)
        return pl.when(ratio == 1.0).then(amount).otherwise(converted)

    # An amount of 0 says no amount.
    own, whole = (pl.when(pl.col(name) != 0).then(pl.col(name).abs()) for name in ("order_revenue", "order_total"))
    taxes = pl.col("taxes").abs()
    extras = pl.col("shipping").fill_null(0).abs() + taxes.fill_null(0)
    lines = pl.when(pl.col("line_sales") != 0).then(pl.col("line_sales").abs())
    of_total = pl.when(pl.any_horizontal(pl.col("shipping", "taxes").is_not_null())).then(whole - extras)
    by_net = pl.coalesce(own, of_total, pl.when(whole.is_null()).then(lines))
    named = pl.when(own.is_null() & whole.is_null()).then("items_worth")
    net = pl.sum_horizontal(at_order_rate(by_net.clip(lower_bound=0)), named)
    net = pl.when(by_net.is_not_null() | named.is_not_null()).then(net)
    total = pl.coalesce(at_order_rate(whole), net + at_order_rate(extras))
    is_whole = (pl.col("report_kind") == CANCELLATION) & pl.col("o").is_not_null()
    is_bare = (total.fill_null(0) == 0) & named.is_null()
    takes_all = is_whole | is_bare
    of_order = pl.when(pl.col("o").is_not_null()).then("order_total_sales")
    is_shop = pl.col("record") == SHOP
    return known.with_columns(
        group=pl.coalesce(pl.format("o {}", "o"), _unknown_order()),
        known_by=pl.when(is_shop).then(pl.lit(RECORD)).otherwise(pl.lit(EVENT)),
        teller="source",
        id=pl.format("{}|{}", "report_id", "event_date"),
        reversed_at="reported_at",
        kind="report_kind",
        total=pl.when(takes_all).then(of_order.fill_null(0).clip(lower_bound=0)).otherwise(total),
        net=pl.when(~takes_all).then(net),
        taxes=pl.when(~takes_all).then(at_order_rate(taxes)),
        is_cumulative=pl.lit(value=False),
        is_too_much="has_too_many_items",
        given_total=pl.when(lines.is_not_null() & by_net.is_not_null()).then(pl.col("given_sales").abs()),
        marks=pl.concat_str(
            pl.when(is_vague & ~takes_all).then(pl.lit(NO_CURRENCY)),
            pl.when((is_bare | pl.col("has_unknown_items")) & ~is_whole).then(pl.lit(NO_AMOUNT)),
            pl.when(~pl.col("is_numbered")).then(pl.lit(NO_NUMBER)),
            separator=",", ignore_nulls=True,
        ),
    ).select(CLAIM)  # fmt: skip


def _unknown_order() -> pl.Expr:
    """Return the name of an order that is not known: its number, where no two shops have one of that number."""
    place = pl.struct("order_space", pl.col("store_id").fill_null(""))
    is_shop = pl.col("record") == SHOP
    is_one = place.filter(is_shop & pl.col("o").is_null()).n_unique().over("order_number") <= 1
    apart = pl.format("number {} {} {}", "order_space", pl.col("store_id").fill_null(""), "order_number")
    return pl.when(is_one).then(pl.format("number {}", "order_number")).otherwise(apart)


def claims_of_statements(statements: pl.DataFrame, orders: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """Return what the statements of orders tell of refunds and cancellations (``CLAIM``), each growth once.

    Args:
        statements: Statements of shops' orders, older ones too, with ``o``.
        orders: Orders with o, order_id, order_date, ordered_at and total_sales.
        time_zone: Zone of the business's days.

    A statement says how much was paid back so far: its refunded_amount, all of a cancelled order, and all of a refunded
    one that names no amount. What is more than before happened at refunded_at or cancelled_at; else when the statement
    was updated; else on the order's day, which is marked. The newest statement says how much it is in the end.
    """
    claims = statements.join(
        orders.select("o", "order_id", "order_date", "ordered_at", "total_sales"), on="o", how="inner"
    )
    status, paid_back = pl.col("status"), pl.col("refunded_amount").abs()
    is_cancelled = (status == "cancelled").fill_null(value=False)
    is_refunded = (status == "refunded").fill_null(value=False)
    every = pl.col("total_sales").clip(lower_bound=0)
    so_far = (
        pl.when(is_cancelled)
        .then(every)
        .when(is_refunded & (paid_back.fill_null(0) == 0))
        .then(every)
        .otherwise(paid_back)
    ).fill_null(0)
    own_time = pl.when(is_cancelled).then(pl.coalesce("cancelled_at", "refunded_at")).otherwise("refunded_at")
    at = pl.coalesce(own_time, "updated_at")
    valued = claims.with_columns(so_far=so_far, is_cancelled=is_cancelled, at=at)
    # Orders of which nothing was ever paid back are most orders.
    valued = valued.filter((pl.col("so_far") > 0).any().over("o"))
    final = pl.col("so_far").filter("is_standing").max().over("o").fill_null(0)
    order = pl.coalesce("updated_at", "at", "ordered_at")
    grown = (
        valued.sort("o", order, "is_standing", "so_far", "report_id")
        .with_columns(level=pl.min_horizontal(pl.col("so_far").cum_max().over("o"), final))
        .with_columns(before=pl.col("level").shift(1, fill_value=0).over("o"))
    )
    growth = grown.filter(pl.col("level") > pl.col("before"))
    moment = pl.coalesce("at", "ordered_at")
    day = day_of(moment.cast(pl.Datetime("us")), time_zone)
    return growth.with_columns(
        group=pl.format("o {}", "o"),
        known_by=pl.lit(AMOUNT),
        teller=pl.lit(""),
        id=pl.format("{}|so far {}", "order_id", "level"),
        event_date=pl.when(pl.col("at").is_null()).then("order_date").otherwise(day),
        reversed_at=moment,
        kind=pl.when("is_cancelled").then(pl.lit(CANCELLATION)).otherwise(pl.lit(REFUND)),
        total="level",
        net=pl.lit(None, UNITS),
        taxes=pl.lit(None, UNITS),
        is_cumulative=pl.lit(value=True),
        is_too_much=pl.lit(value=False),
        quantity=pl.lit(0.0),
        given_total=pl.lit(None, UNITS),
        marks=pl.when(pl.col("at").is_null()).then(pl.lit(NO_DATE)).otherwise(pl.lit("")),
    ).select(CLAIM)  # fmt: skip


def counted_once(claims: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Return what was taken back (``Reversals`` in engine types, without the order's own columns), each cent once.

    Args:
        claims: Rows of ``claims_of_reports`` and ``claims_of_statements``.
        orders: Orders with o, net_sales, total_sales, shipping, taxes and currency.

    Memos, an order's amount and web events tell of the same refunds. So each teller's amounts are added up, and what
    one tells beyond all before it is further: of 10 by memo, 15 by the order and 10 by the web, 15 were taken back, on
    the memo's day 10 and on the order's 5. Nothing is taken back beyond what the order was worth; net sales go first,
    then shipping and taxes. What remains of a foreign order after its last refund, below half a cent, is rounding.
    """
    worth = orders.select(
        "o",
        "net_sales",
        "total_sales",
        worth_shipping="shipping",
        worth_taxes="taxes",
        is_foreign=pl.col("currency").is_not_null(),
    )
    rows = claims.join(worth, on="o", how="left")
    whole = pl.col("total_sales").clip(lower_bound=0).fill_null(UNLIMITED)
    limit = pl.min_horizontal(pl.col("net_sales").clip(lower_bound=0).fill_null(UNLIMITED), whole)
    rank = pl.col("known_by").replace_strict(_TELLING, return_dtype=pl.Int64)
    teller = ["group", "rank", "teller"]
    sorted_ones = rows.with_columns(rank=rank, limit=limit, whole=whole).sort(*teller, "reversed_at", "id")
    so_far = pl.when("is_cumulative").then("total").otherwise(pl.col("total").cum_sum().over(teller))
    by_net = (
        pl.when(pl.col("net").is_null().any().over(teller)).then(so_far).otherwise(pl.col("net").cum_sum().over(teller))
    )
    summed = sorted_ones.with_columns(
        # A cancellation takes what is left, and so never too much.
        over=((so_far > pl.col("whole") + HALF_CENT) & (pl.col("kind") != CANCELLATION)) | pl.col("is_too_much"),
        whole_so_far=_snapped(pl.min_horizontal(so_far, "whole"), pl.col("whole")),
        net_so_far=_snapped(pl.min_horizontal(by_net, "limit"), pl.col("limit")),
    )
    new = summed.with_columns(new_total=_beyond("whole_so_far"), new_net=_beyond("net_so_far")).with_columns(
        other=(pl.col("new_total") - pl.col("new_net")).clip(lower_bound=0)
    )
    kept = new.filter((pl.col("new_total") > 0) | (pl.col("new_net") > 0) | pl.col("over")).sort(
        "group", "reversed_at", "id"
    )
    # What a refund says of its taxes is taxes, and the rest is shipping as far as there was any.
    other_so_far = pl.col("other").cum_sum().over("group")
    untaxed = (pl.col("other") - pl.col("taxes").fill_null(0)).clip(lower_bound=0).cum_sum().over("group")
    of_shipping = pl.max_horizontal(
        pl.min_horizontal(untaxed, pl.col("worth_shipping").clip(lower_bound=0).fill_null(0)),
        other_so_far - pl.col("worth_taxes").clip(lower_bound=0).fill_null(UNLIMITED),
    )
    split = kept.with_columns(of_shipping=of_shipping).with_columns(
        shipping=pl.col("of_shipping") - pl.col("of_shipping").shift(1, fill_value=0).over("group")
    )
    flags = pl.concat_str(
        pl.when(pl.col("marks") != "").then("marks"),
        pl.when("over").then(pl.lit(TOO_MUCH)),
        separator=",",
        ignore_nulls=True,
    )
    return split.with_columns(
        sales_reversals="new_net",
        taxes=pl.col("other") - pl.col("shipping"),
        total_reversals=pl.col("new_net") + pl.col("other"),
        reversal_id="id",
        reversal_date="event_date",
        flags=pl.when(flags != "").then(flags),
    )


def _snapped(so_far: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return a sum that is the whole where rounding alone keeps it below."""
    is_rest = pl.col("is_foreign").fill_null(value=False) & (whole - so_far < HALF_CENT)
    return pl.when(is_rest).then(whole).otherwise(so_far)


def _beyond(so_far: str) -> pl.Expr:
    """Return what each row adds to what its teller before, and all tellers above, claims."""
    highest = pl.col(so_far).cum_max().over("group")
    return (pl.col(so_far) - highest.shift(1, fill_value=0).over("group")).clip(lower_bound=0)
