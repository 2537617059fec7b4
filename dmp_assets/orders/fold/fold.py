"""All reports of some numbers, folded to the orders, items, reversals and visitors that they tell of."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from dmp_assets.orders.fold.items import COLUMNS as ITEM_COLUMNS
from dmp_assets.orders.fold.items import order_items
from dmp_assets.orders.fold.lines_apart import lines_of_orders, sums_of_lines
from dmp_assets.orders.fold.numbers import in_one_writing
from dmp_assets.orders.fold.orders import described_orders, stated_orders
from dmp_assets.orders.fold.refunded_items import events_of_refunds, returned_of_orders, with_items_worth
from dmp_assets.orders.fold.replaced import replaces_another
from dmp_assets.orders.fold.reversals import CLAIM, claims_of_reports, claims_of_statements, counted_once
from dmp_assets.orders.fold.reversed_orders import with_orders
from dmp_assets.orders.fold.rules import FoldRules
from dmp_assets.orders.fold.shop_orders import KEY, shop_orders
from dmp_assets.orders.fold.visitors import order_visitors
from dmp_assets.orders.fold.web_orders import web_orders
from dmp_assets.orders.schema import SALE, SHOP

Lines = Callable[[pl.DataFrame], pl.DataFrame]
"""Item lines (``items.LINE_COLUMNS`` in engine types) of the events with these event_date and event_id."""

_SEED = 16


@dataclass(frozen=True)
class Folded:
    """The tables of some numbers, in engine types."""

    orders: pl.DataFrame
    items: pl.DataFrame
    reversals: pl.DataFrame
    visitors: pl.DataFrame


def fold(reports: pl.DataFrame, lines: Lines, lines_apart: pl.DataFrame, rules: FoldRules) -> Folded:
    """Return the orders of reports, in any order of them.

    Args:
        reports: All ``OrderReports`` of some numbers, in engine types.
        lines: Finds the item lines of reports.
        lines_apart: ``RawOrderLines`` of the same numbers, in engine types.
        rules: The settings.

    A number is folded whole, because a report of any day may change an order of any other.
    """
    reports, lines_apart = in_one_writing(reports, lines_apart)
    rows = reports.with_columns(_customer()).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    sales = _sales(rows, rules)
    sales = sales.with_columns(is_instead=replaces_another(rows, sales.filter(pl.col("record") == SHOP)))
    apart = lines_of_orders(lines_apart, sales)
    stated = stated_orders(sales.filter("is_counted"), sums_of_lines(apart), returned_of_orders(rows, sales))
    orders = described_orders(stated, sales.filter(pl.col("record") != SHOP), rules.match_days)
    known = orders.with_columns(_customer())
    taken = with_orders(rows.filter((pl.col("report_kind") != SALE) & pl.col("is_standing")), known)
    every = lines(pl.concat([_events(sales), events_of_refunds(taken)]))
    found = every.join(_events(sales, "o"), on=["event_date", "event_id"], how="inner")
    items = order_items(orders, _all_lines(found, apart))
    return Folded(
        orders=orders,
        items=items,
        reversals=_reversals(with_items_worth(taken, every, items), _statements(rows, sales), known, rules),
        visitors=order_visitors(orders, sales, rules.match_days),
    )


def _customer() -> pl.Expr:
    """Return the account, else a text that stands for the e-mail: an order's id must not show an address."""
    # The hash of a null is a number too.
    hashed = pl.when(pl.col("email").is_not_null()).then(pl.col("email").hash(_SEED).cast(pl.String))
    return pl.coalesce("user_id", pl.lit("e-mail ") + hashed).alias("customer")


def _sales(rows: pl.DataFrame, rules: FoldRules) -> pl.DataFrame:
    """Return the standing sales with ``o``, the row that names their order, ``is_counted`` and marks."""
    sales = rows.filter((pl.col("report_kind") == SALE) & pl.col("is_standing"))
    is_shop, is_numbered = pl.col("record") == SHOP, pl.col("is_numbered")
    shop = shop_orders(sales.filter(is_shop & is_numbered), rules.reused_after_days)
    web = web_orders(sales.filter(~is_shop & is_numbered), shop, rules.match_days)
    no, nothing = pl.lit(value=False), pl.lit(None, pl.String)
    one = dict.fromkeys(("has_several_customers", "has_several_days", "has_other_customers", "is_used_again"), no)
    parts = [
        _counted_of_shop(shop).with_columns(is_ambiguous=no, is_apart=no),
        _counted_of_web(web).with_columns(
            part="web_part", has_several_days=no, has_other_customers=no, is_used_again=no
        ),
        sales.filter(~is_numbered).with_columns(
            o="row", part=nothing, **one, is_ambiguous=no, is_apart=no, is_counted=pl.lit(value=True)
        ),
    ]
    columns = parts[0].columns
    return pl.concat([part.select(columns) for part in parts])


def _counted_of_shop(shop: pl.DataFrame) -> pl.DataFrame:
    """Return the shops' sales with whether they count: where several sources state an order, those of one of them.

    It is one with an amount, and of these the one that was updated last, else the earliest.
    """
    yes = pl.lit(value=True)
    if not shop["o"].is_duplicated().any():
        return shop.with_columns(is_counted=yes)
    marked = shop.with_columns(several=pl.col("source").n_unique().over("o") > 1)
    updated = pl.col("updated_at").fill_null(0)
    mixed = marked.filter("several").sort("o", _money() == 0, -updated, "reported_at", "source", "report_id")
    chosen = mixed.with_columns(is_counted=pl.col("source") == pl.col("source").first().over("o"))
    return pl.concat([marked.filter(~pl.col("several")).with_columns(is_counted=yes), chosen]).drop("several")


def _money() -> pl.Expr:
    return pl.coalesce("order_revenue", "order_total", "line_sales").fill_null(0)


def _counted_of_web(web: pl.DataFrame) -> pl.DataFrame:
    """Return the web's sales with whether they count: of an order that no shop knows one report, or its lines.

    It is the first report with an amount. Where that is a log's line, all lines of that log count, an item once however
    often it is told; equal items at one moment are several.
    """
    own = web.filter(~pl.col("is_matched")).sort("o", _money() == 0, "reported_at", "report_id")
    head = pl.col("row") == pl.col("row").first().over("o")
    is_line_of_head = (
        pl.col("is_single_line").first().over("o")
        & pl.col("is_single_line")
        & (pl.col("source") == pl.col("source").first().over("o"))
        & (pl.col("reported_at") == pl.col("reported_at").min().over("o", "source", pl.col("item_id").fill_null("")))
    )
    counted = own.filter(head | is_line_of_head).select("row", is_counted=pl.lit(value=True))
    return web.join(counted, on="row", how="left").with_columns(pl.col("is_counted").fill_null(value=False))


def _events(sales: pl.DataFrame, *more: str) -> pl.DataFrame:
    """Return event_date and event_id of the reports whose lines are the order's."""
    return sales.filter("is_counted").select("event_date", *more, event_id="report_id")


def _all_lines(found: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of orders as ``order_items`` takes them; those that came apart replace an order's own."""
    discounts = pl.col("retail_discount") + pl.col("coupon_discount") + pl.col("coupon_match_discount")
    own = found.join(apart.select("o").unique(), on="o", how="anti").with_columns(
        line_discounts=discounts, place="line"
    )
    # Of several events of one order by day and id, so that a day that is made again numbers its lines as before.
    events = own.select("o", "event_date", "event_id").unique()
    several = events.filter(pl.col("o").is_duplicated()).select("o").unique()
    mixed = own.join(several, on="o", how="semi").sort("o", "event_date", "event_id", "line")
    mixed = mixed.with_columns(place=pl.int_range(1, pl.len() + 1).over("o"))
    single = own.join(several, on="o", how="anti")
    return pl.concat([part.select(ITEM_COLUMNS) for part in (single, mixed, apart)])


def _reversals(claims: pl.DataFrame, statements: pl.DataFrame, known: pl.DataFrame, rules: FoldRules) -> pl.DataFrame:
    every = pl.concat(
        [claims_of_reports(claims, known), claims_of_statements(statements, known, rules.time_zone).select(CLAIM)]
    )
    counted = counted_once(every, known)
    of_order = known.select(
        "o", "order_id", "order_date", "order_number", "store_id", "visitor_id", "user_id", "order_space"
    )
    of_report = claims.select(
        id=pl.format("{}|{}", "report_id", "event_date"), own_number="order_number", own_store="store_id",
        own_visitor="visitor_id", own_user="user_id",
    )  # fmt: skip
    named = counted.join(of_order, on="o", how="left").join(of_report, on="id", how="left")
    return named.with_columns(
        order_number=pl.coalesce("order_number", "own_number"), store_id=pl.coalesce("store_id", "own_store"),
        visitor_id=pl.coalesce("visitor_id", "own_visitor"), user_id=pl.coalesce("user_id", "own_user"),
    )  # fmt: skip


def _statements(rows: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """Return the statements of shops' orders, older ones with the order that theirs became."""
    standing = sales.filter(pl.col("record") == SHOP)
    older = rows.filter((pl.col("report_kind") == SALE) & ~pl.col("is_standing"))
    if older.is_empty():
        return standing
    orders = standing.select(*KEY, "customer", "o").unique().sort("o")
    only = orders.unique([*KEY, "o"], keep="first", maintain_order=True).filter(~pl.struct(KEY).is_duplicated())
    of_only = older.join(only.select(*KEY, "o"), on=KEY, how="inner", nulls_equal=True)
    rest = older.join(only, on=KEY, how="anti", nulls_equal=True)
    by_customer = orders.filter(pl.col("customer").is_not_null()).unique(
        [*KEY, "customer"], keep="first", maintain_order=True
    )
    theirs = rest.join(by_customer, on=[*KEY, "customer"], how="inner", nulls_equal=True)
    columns = [*rows.columns, "o"]
    return pl.concat([standing.select(columns), of_only.select(columns), theirs.select(columns)])
