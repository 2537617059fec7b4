"""Orders that a shop and its web site both report, in scripts whose end can be told by hand."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from dmp_assets.simulation.habits.visits import Pace
from dmp_assets.simulation.randomness import ids, stream
from dmp_assets.simulation.world import DAY_US

PAID, PENDING, CANCELLED, REFUNDED, FAILED, TEST = "paid", "pending", "cancelled", "refunded", "failed", "test"
COUNTED = (PAID, CANCELLED, REFUNDED)
NOTHING, HALF, REST, NET, TOTAL = range(5)
"""How much of an order: nothing, half of its net sales, what that half leaves, all of them, all that was paid."""
REFUND, CANCELLATION = "refund", "cancellation"
HOME, ABROAD = "EUR", "GBP"

Told = tuple[int, str, int]
"""Days after the order, status, and how much has been paid back so far, as a statement says it."""
Back = tuple[int, int]
"""Days after the order, and how much is taken back."""


@dataclass(frozen=True)
class Script:
    """What is reported of an order, and how it ends."""

    statements: tuple[Told, ...] = ((0, PAID, NOTHING),)
    """Of the shop, each with a change; none where the shop never tells of the order."""
    on_web: bool = True
    """The web site reports the purchase too."""
    reloads: tuple[int, ...] = ()
    """Minutes after which the page that says thank you is opened again, and reports the purchase once more."""
    by_server: bool = False
    """The shop's server reports it beside the browser, of buyers with an account."""
    has_coupon: bool = False
    has_charges: bool = False
    """Shipping and tax."""
    is_abroad: bool = False
    """Paid in pounds, which have another rate on the day of a refund."""
    memos: tuple[Back, ...] = ()
    """Records of refunds in a file of their own, with positive amounts."""
    web_refunds: tuple[Back, ...] = ()
    """Refund events of the web site."""
    reversals: tuple[tuple[int, str, int], ...] = ()
    """What was taken back in truth: days after the order, kind, how much."""


SCRIPTS: dict[str, Script] = {
    "told_once": Script(),
    "shop_alone": Script(on_web=False),
    "web_alone": Script(statements=(), reloads=(4,), by_server=True),
    "web_alone_reloaded_late": Script(statements=(), reloads=(10 * 1440,)),
    "reloaded": Script(reloads=(3, 1440)),
    "reloaded_weeks_later": Script(reloads=(10 * 1440, 45 * 1440)),
    "server_too": Script(by_server=True, reloads=(2,)),
    "coupon": Script(has_coupon=True),
    "coupon_and_charges": Script(has_coupon=True, has_charges=True, reloads=(1,)),
    "pending_then_paid": Script(((0, PENDING, NOTHING), (1, PAID, NOTHING))),
    "pending_for_ever": Script(((0, PENDING, NOTHING),)),
    "failed": Script(((0, PENDING, NOTHING), (1, FAILED, NOTHING)), by_server=True),
    "test": Script(((0, TEST, NOTHING),), on_web=False),
    "cancelled": Script(
        ((0, PAID, NOTHING), (2, CANCELLED, NOTHING)), has_charges=True, reversals=((2, CANCELLATION, TOTAL),)
    ),
    "cancelled_and_paid_back": Script(
        ((0, PAID, NOTHING), (3, CANCELLED, TOTAL)), has_coupon=True, has_charges=True,
        reversals=((3, CANCELLATION, TOTAL),),
    ),
    "paid_back_in_part": Script(((0, PAID, NOTHING), (2, PAID, HALF)), reversals=((2, REFUND, HALF),)),
    "paid_back_in_two_parts": Script(
        ((0, PAID, NOTHING), (1, PAID, HALF), (3, REFUNDED, NET)), reversals=((1, REFUND, HALF), (3, REFUND, REST))
    ),
    "paid_back_whole": Script(
        ((0, PAID, NOTHING), (4, REFUNDED, TOTAL)), has_charges=True, has_coupon=True,
        reversals=((4, REFUND, TOTAL),),
    ),
    "memo_in_part": Script(memos=((2, HALF),), reversals=((2, REFUND, HALF),)),
    "two_memos": Script(memos=((1, HALF), (3, REST)), reversals=((1, REFUND, HALF), (3, REFUND, REST))),
    "memo_whole": Script(memos=((5, NET),), on_web=False, reversals=((5, REFUND, NET),)),
    "web_refund": Script(web_refunds=((2, NET),), reversals=((2, REFUND, NET),)),
    "web_refund_of_web_alone": Script(statements=(), web_refunds=((1, NET),), reversals=((1, REFUND, NET),)),
    "one_refund_told_three_times": Script(
        ((0, PAID, NOTHING), (2, REFUNDED, NET)), memos=((2, NET),), web_refunds=((2, NET),),
        reversals=((2, REFUND, NET),),
    ),
    "memo_then_column": Script(
        ((0, PAID, NOTHING), (1, PAID, HALF), (3, REFUNDED, NET)), memos=((1, HALF),),
        reversals=((1, REFUND, HALF), (3, REFUND, REST)),
    ),
    "abroad": Script(is_abroad=True, has_coupon=True, has_charges=True),
    "abroad_web_alone": Script(statements=(), is_abroad=True, by_server=True),
    "abroad_memo_whole": Script(is_abroad=True, memos=((5, NET),), reversals=((5, REFUND, NET),)),
    "abroad_told_three_times": Script(
        ((0, PAID, NOTHING), (4, REFUNDED, NET)), is_abroad=True, memos=((4, NET),), web_refunds=((4, NET),),
        reversals=((4, REFUND, NET),),
    ),
    "abroad_paid_back_in_part": Script(
        ((0, PAID, NOTHING), (3, PAID, HALF)), is_abroad=True, reversals=((3, REFUND, HALF),)
    ),
}  # fmt: skip
"""Name -> script. What lies after the last day of the world does not happen."""


def draw_orders(seed: int, people: int, days: int) -> pl.DataFrame:
    """Return one row per order, by number: who bought when and what, in cents.

    The columns are order, number, script, day, at_us, buyer and account (null for guests), email, browser, lines (of
    sku, quantity and cents of the line), currency, gross, coupon, net, shipping, tax and total (cents of it).
    """
    rng, size = stream(seed, "boutique"), max(Pace.of(people).visits, len(SCRIPTS))
    count = size * days
    number = np.arange(count)
    sizes = rng.integers(1, 4, count)
    script = np.tile(np.arange(size) % len(SCRIPTS), days)
    orders = pl.DataFrame(
        {
            "order": number,
            "script": script,
            "day": np.repeat(np.arange(days), size),
            "seconds": rng.integers(8 * 3600, 20 * 3600, count),
            # Orders n and n + 1 of a buyer are of one day: one person, two orders.
            "buyer": number // 2,
            "shipping": rng.integers(1, 900, count),
            "tax": rng.integers(1, 2_000, count),
            "share": rng.uniform(0.05, 0.4, count),
        }
    )
    goods = pl.DataFrame(
        {
            "order": np.repeat(number, sizes),
            "sku": rng.integers(0, 60, int(sizes.sum())),
            "quantity": rng.integers(1, 4, int(sizes.sum())),
            "cents": rng.integers(199, 9_999, int(sizes.sum())),
        }
    ).with_columns(sku=pl.format("BQ-{}", "sku"))
    lists = goods.group_by("order", maintain_order=True).agg(lines=pl.struct("sku", "quantity", "cents"))
    rows = orders.join(lists, on="order", how="left", maintain_order="left")
    return _priced(rows).with_columns(
        number=pl.format("BQ{}", pl.col("order") + 1_001),
        currency=pl.when(marked("is_abroad")).then(pl.lit(ABROAD)).otherwise(pl.lit(HOME)),
        at_us=pl.col("day") * DAY_US + pl.col("seconds") * 1_000_000,
        # Every third buyer is a guest: the shop knows a mail address, the web site a browser.
        account=pl.when(pl.col("buyer") % 3 > 0).then(pl.format("bq{}", pl.col("buyer"))),
        email=pl.format("buyer{}@boutique.example", "buyer"),
        browser=ids(seed, "boutique browser", number),
    )


def _priced(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the orders with what they cost, as their scripts have it."""
    gross = pl.col("lines").list.eval(pl.element().struct.field("cents")).list.sum()
    coupon = (pl.col("share") * gross).round(0, "half_away_from_zero").cast(pl.Int64)
    charges = [pl.when(marked("has_charges")).then(name).otherwise(0).alias(name) for name in ("shipping", "tax")]
    return (
        rows.with_columns(*charges, gross=gross, coupon=pl.when(marked("has_coupon")).then(coupon).otherwise(0))
        .with_columns(net=pl.col("gross") - pl.col("coupon"))
        .with_columns(total=pl.col("net") + pl.col("shipping") + pl.col("tax"))
        .drop("share")
    )


def marked(field: str) -> pl.Expr:
    """Return whether the script of an order has a field set."""
    marks = [bool(getattr(script, field)) for script in SCRIPTS.values()]
    return pl.lit(pl.Series(marks)).gather(pl.col("script"))


def part_of(amount: pl.Expr) -> pl.Expr:
    """Return what of an order's money an amount of a script is, in cents.

    >>> pl.DataFrame({"net": [5], "total": [9], "how": [REST]}).select(part_of(pl.col("how"))).item()
    3
    """
    net, half = pl.col("net"), pl.col("net") // 2
    return (
        pl.when(amount == HALF).then(half)
        .when(amount == REST).then(net - half)
        .when(amount == NET).then(net)
        .when(amount == TOTAL).then(pl.col("total"))
        .otherwise(0)
    )  # fmt: skip


def steps(orders: pl.DataFrame, of: str, names: tuple[str, ...], days: int) -> pl.DataFrame:
    """Return the orders once per step of their script that happens within the days.

    Args:
        orders: As ``draw_orders`` returns them.
        of: A field of ``Script`` that holds tuples, the first value of each being days after the order.
        names: Names of the values; the first one is ``after``.
        days: Days of the world.

    ``step`` numbers the steps of an order from 0, ``step_us`` is when it happens: half an hour after the order's time
    of day, and the order itself on day 0.
    """
    rows = [
        (number, place, *step)
        for number, script in enumerate(SCRIPTS.values())
        for place, step in enumerate(getattr(script, of))
    ]
    table = pl.DataFrame(rows, schema=["script", "step", *names], orient="row")
    later = pl.when(pl.col("after") > 0).then(30 * 60_000_000).otherwise(0)
    return (
        orders.join(table, on="script", how="inner", maintain_order="left_right")
        .with_columns(
            step_us=pl.col("at_us") + pl.col("after") * DAY_US + later, step_day=pl.col("day") + pl.col("after")
        )
        .filter(pl.col("step_day") < days)
    )
