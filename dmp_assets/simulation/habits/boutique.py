"""The files of a shop and its web site that report the same orders: statements, memos of refunds, a web log."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from dmp_assets.simulation.files.json_pieces import amount, chosen
from dmp_assets.simulation.habits.lines import Export, stamp, true_lines, write_rows
from dmp_assets.simulation.habits.reported_orders import (
    CANCELLED,
    NOTHING,
    SCRIPTS,
    TEST,
    marked,
    part_of,
    steps,
)
from dmp_assets.simulation.world import DAY_US

BOUTIQUE, MEMOS, SITE = "boutique", "boutique_memos", "boutique_web"
MINUTE_US = 60_000_000
STATES = {
    "paid": "Complete", "pending": "Awaiting payment", "cancelled": "Voided", "refunded": "Returned",
    "failed": "Declined", "test": "Complete",
}  # fmt: skip
"""Status -> word of the shop; that an order is a test stands in a column of its own."""
VISIT, BOUGHT, RELOADED, SERVED, TOOK_BACK = range(5)


def statements(orders: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return the orders once per statement, with status, and what was paid back and when by then."""
    told = steps(orders, "statements", ("after", "status", "paid_back"), days)
    back, before = part_of(pl.col("paid_back")), pl.col("paid_back").shift().over("order").fill_null(NOTHING)
    grown = pl.when(pl.col("paid_back") != before).then("step_us")
    cancelled = pl.when(pl.col("status") == CANCELLED).then("step_us")
    return told.with_columns(
        refunded=back, refunded_us=grown.forward_fill().over("order"), cancelled_us=cancelled
    ).sort("order", "step")  # fmt: skip


def write_statements(out: Path, stated: pl.DataFrame, start: date, days: int) -> pl.DataFrame:
    """Write a file per day with the orders that changed that day or the day before; return the truth of its lines.

    A file states an order as it is that night. The newest statement counts, whole; a second file with it repeats it.
    """
    nights = []
    for day in range(days):
        known = stated.filter(pl.col("step_day") <= day)
        newest = known.filter(pl.col("step") == pl.col("step").max().over("order"))
        nights.append(newest.filter(pl.col("step_day") >= day - 1).with_columns(file=pl.lit(day)))
    every = pl.concat(nights).with_columns(last=pl.col("step").max().over("order"))
    every = every.with_columns(first=pl.col("file").min().over("order", "step")).with_columns(
        fate=pl.when(pl.col("step") < pl.col("last")).then(pl.lit("superseded"))
        .when(pl.col("file") > pl.col("first")).then(pl.lit("duplicate"))
        .otherwise(pl.lit("good"))
    )  # fmt: skip
    epoch_us = _epoch_us(start)
    return pl.concat(
        _write_night(out, rows, start, epoch_us) for rows in every.partition_by("file", maintain_order=True)
    )


def _write_night(out: Path, rows: pl.DataFrame, start: date, epoch_us: int) -> pl.DataFrame:
    day = rows["file"][0]
    lines = rows.with_columns(line=pl.int_ranges(pl.col("lines").list.len())).explode("lines", "line")
    # As in Shopify's file, what is said of the whole order stands on its first line alone.
    first = pl.col("line") == 0
    cells = lines.select(
        number="number",
        created=stamp(pl.col("at_us") + epoch_us),
        updated=stamp(pl.col("step_us") + epoch_us),
        buyer=pl.col("account").fill_null(""),
        mail="email",
        state=pl.when(first).then(chosen(list(STATES.values()), _place("status"))),
        test=pl.when(first).then(pl.when(pl.col("status") == TEST).then(pl.lit("true")).otherwise(pl.lit("false"))),
        discount=pl.when(first, pl.col("coupon") > 0).then(amount(pl.col("coupon"))),
        shipping=pl.when(first).then(amount(pl.col("shipping"))),
        tax=pl.when(first).then(amount(pl.col("tax"))),
        total=pl.when(first).then(amount(pl.col("total"))),
        refunded=pl.when(first).then(amount(pl.col("refunded"))),
        refunded_at=pl.when(first).then(stamp(pl.col("refunded_us") + epoch_us)),
        cancelled_at=pl.when(first).then(stamp(pl.col("cancelled_us") + epoch_us)),
        line=pl.col("line") + 1,
        sku=pl.col("lines").struct.field("sku"),
        qty=pl.col("lines").struct.field("quantity"),
        amount=amount(pl.col("lines").struct.field("cents")),
        currency=pl.when(first).then("currency"),
    )
    path = f"{BOUTIQUE}/orders-{start + timedelta(days=day)}.csv"
    write_rows(out / "landing" / path, cells.clear(), cells)
    facts = lines.with_columns(
        days_late=day - pl.col("day"), event_id="number", event_name=pl.lit("purchase"), violation=_nothing(),
        session=pl.lit(None, dtype=pl.Int64), browser=_nothing(), lands=pl.lit(value=False),
        landing_campaign=_nothing(),
    )  # fmt: skip
    return true_lines(path, facts, start)


def memo_export(orders: pl.DataFrame, days: int, epoch_us: int) -> Export:
    """Return the credit memos: records of their own numbers, with positive amounts and the order that they are of."""
    memos = steps(orders, "memos", ("after", "part"), days).sort("step_us", "order")
    lines = memos.select(
        memo=_memo(),
        at=stamp(pl.col("step_us") + epoch_us),
        buyer=pl.col("account").fill_null(""),
        order="number",
        sku=pl.col("lines").list.first().struct.field("sku"),
        qty=pl.lit("1"),
        amount=amount(part_of(pl.col("part"))),
        currency="currency",
    )
    truth = memos.select(
        at_us="step_us", browser=_nothing(), session=pl.lit(None, dtype=pl.Int64), account="account",
        event_id=_memo(), event_name=pl.lit("refund"), fate=pl.lit("good"), violation=_nothing(),
        lands=pl.lit(value=False), landing_campaign=_nothing(),
    )  # fmt: skip
    return Export(MEMOS, "memos-{}.csv", lines, truth, again=0)


def web_reports(orders: pl.DataFrame, days: int) -> pl.DataFrame:
    """Return the events of the web site by time, with their number ``no``, what they are and what they say was paid.

    A visit begins with a campaign two minutes before the order. The browser reports the purchase 5 seconds after the
    shop has booked it, the server 2 seconds later, with the account and without a browser. Of orders with charges the
    site says the total, as many do: the shop's amount is the right one.
    """
    on_web = orders.filter(marked("on_web"))
    served = on_web.filter(marked("by_server"), pl.col("account").is_not_null())
    reloads = [
        on_web.filter(pl.col("script") == number).with_columns(at_us=pl.col("at_us") + 5_000_000 + minutes * MINUTE_US)
        for number, script in enumerate(SCRIPTS.values())
        for minutes in script.reloads
    ]
    back = steps(orders, "web_refunds", ("after", "part"), days)
    parts = [
        on_web.with_columns(at_us=pl.col("at_us") - 2 * MINUTE_US, what=pl.lit(VISIT)),
        on_web.with_columns(at_us=pl.col("at_us") + 5_000_000, what=pl.lit(BOUGHT)),
        *(rows.with_columns(what=pl.lit(RELOADED)) for rows in reloads),
        served.with_columns(at_us=pl.col("at_us") + 7_000_000, what=pl.lit(SERVED)),
        back.with_columns(at_us=pl.col("step_us") + MINUTE_US, what=pl.lit(TOOK_BACK), net=part_of(pl.col("part"))),
    ]
    columns = [*orders.columns, "what"]
    events = pl.concat(part.select(columns) for part in parts).filter(pl.col("at_us") < days * DAY_US)
    numbered = events.sort("at_us", "order", "what").with_row_index("no", offset=1)
    taken_back, is_visit = pl.col("what") == TOOK_BACK, pl.col("what") == VISIT
    return numbered.with_columns(
        no=pl.format("bqw{}", "no"),
        browser=pl.when(pl.col("what") != SERVED).then("browser"),
        # Nobody is logged in before the checkout.
        account=pl.when(~is_visit).then("account"),
        campaign=pl.when(is_visit).then(campaign()),
        said=pl.when(~is_visit).then(pl.when(taken_back).then("net").otherwise("total")),
    )


def site_export(events: pl.DataFrame, epoch_us: int) -> Export:
    """Return the log of the web site."""
    is_visit, taken_back, served = (pl.col("what") == kind for kind in (VISIT, TOOK_BACK, SERVED))
    started = pl.when(is_visit).then(pl.lit("page_view")).when(taken_back).then(pl.lit("refund"))
    name = started.otherwise(pl.lit("purchase"))
    home = pl.format("https://boutique.example/?utm_source=google&utm_medium=cpc&utm_campaign={}", "campaign")
    page = pl.when(is_visit).then(home).when(~served).then(pl.lit("https://boutique.example/thanks"))
    lines = events.select(
        "no", at=stamp(pl.col("at_us") + epoch_us), what=name, visitor="browser", customer="account", url=page,
        order=pl.when(~is_visit).then("number"), value=pl.when(~is_visit).then(amount(pl.col("said"))),
        currency=pl.when(~is_visit).then("currency"),
    )  # fmt: skip
    truth = events.select(
        "at_us", "browser", "account", session=pl.col("order") * 8 + pl.col("what").cast(pl.Int64),
        event_id="no", event_name=name, fate=pl.lit("good"), violation=_nothing(), lands=~served,
        landing_campaign="campaign",
    )  # fmt: skip
    return Export(SITE, "events-{}.csv", lines, truth, again=0)


def campaign() -> pl.Expr:
    """Return the campaign that led to an order's visit."""
    return pl.format("spring_{}", pl.col("order") % 4)


def _memo() -> pl.Expr:
    return pl.format("BQM{}-{}", pl.col("order") + 1_001, pl.col("step") + 1)


def _place(status: str) -> pl.Expr:
    return pl.col(status).replace_strict({name: place for place, name in enumerate(STATES)}, return_dtype=pl.UInt32)


def _nothing() -> pl.Expr:
    return pl.lit(None, dtype=pl.String)


def _epoch_us(start: date) -> int:
    return (start - date(1970, 1, 1)).days * DAY_US
