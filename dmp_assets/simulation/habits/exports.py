"""Events that are exported again with those of the day after: a second shop's log, tickets, clicks of mailings."""

import numpy as np
import polars as pl

from dmp_assets.simulation.files.json_pieces import amount, joined
from dmp_assets.simulation.habits.ids import FLOAT, FORMULA, INVISIBLE, LOST, NOBODY, QUOTED, bruises, rewritten
from dmp_assets.simulation.habits.lines import Export, stamp
from dmp_assets.simulation.habits.visits import CART, LANDING, MINUTE_US, SALE, Pace, account_ids
from dmp_assets.simulation.parameters import Habits
from dmp_assets.simulation.randomness import ids, stream
from dmp_assets.simulation.world import DAY_US

READABLE = (FLOAT, QUOTED, FORMULA, INVISIBLE)
TICKETS_FROM = 20_000
"""Accounts of tickets come behind those of the second shop's visitors, who are at most 1,200."""


def outlet_export(visits: pl.DataFrame, habits: Habits, seed: int, epoch_us: int) -> Export:
    """Return the second shop's log: numbered events, test traffic among them, ids as spreadsheets leave them.

    Only a cart's account may be lost or nobody's: any other event says who a session is of.
    """
    rng = stream(seed, "outlet export")
    tests = visits.filter(pl.Series(rng.random(visits.height) < habits.left_out))
    rows = pl.concat([visits.with_columns(test=pl.lit(value=False)), tests.with_columns(test=pl.lit(value=True))])
    rows = rows.sort("at_us", "test", maintain_order=True).with_row_index("no", offset=1)
    cart = (rows["what"] == CART).to_numpy()
    who = bruises(rng, rows.height, habits.bruised, READABLE)
    whose_cart = bruises(rng, rows.height, 3 * habits.bruised, (NOBODY, LOST))
    which = bruises(rng, rows.height, habits.bruised / 2, (FLOAT, INVISIBLE))
    which_cart = bruises(rng, rows.height, habits.bruised, (FLOAT, INVISIBLE, LOST))
    rows = rows.with_columns(
        who=pl.Series(np.where(cart & (whose_cart > 0), whose_cart, who)),
        which=pl.Series(np.where(cart, which_cart, which)),
        cents=pl.Series(rng.integers(500, 20_000, rows.height)),
        no=pl.col("no").cast(pl.String),
    )
    lost = ((pl.col("who") == LOST) & pl.col("account").is_not_null()) | (pl.col("which") == LOST)
    first = joined(LANDING, pl.col("landing_campaign"))
    sale = pl.col("what") == SALE
    lines = rows.select(
        no=rewritten(pl.col("no"), pl.col("which")),
        at=stamp(pl.col("at_us") + epoch_us),
        what="what",
        visitor="browser",
        customer=rewritten(pl.col("account"), pl.col("who")),
        url=pl.when("lands").then(
            pl.when(pl.col("landing_campaign").is_not_null()).then(first).otherwise(pl.lit("https://outlet.example/p"))
        ),
        order=pl.when(sale).then(joined("O", pl.col("no"))),
        value=pl.when(sale).then(amount(pl.col("cents"))),
        environment=pl.when("test").then(pl.lit("staging")).otherwise(pl.lit("live")),
        note=pl.format("row {}", "no"),
    )
    truth = rows.select(
        "at_us", "browser", "session", "lands", "landing_campaign",
        account=pl.when(pl.col("who") != NOBODY).then("account"),
        event_id="no",
        event_name="what",
        fate=pl.when("test").then(pl.lit("left_out")).when(lost).then(pl.lit("malformed")).otherwise(pl.lit("good")),
        violation=pl.when(lost, ~pl.col("test")).then(pl.lit("lost_id")),
    )  # fmt: skip
    return Export("outlet", "events-{}.csv", lines, truth, again=1)


def ticket_export(seed: int, people: int, days: int, epoch_us: int) -> Export:
    """Return tickets, numbered from 1 as the second shop's events are: each is opened, and answered at times.

    An answer 10 minutes later is in the session of the question, one after 50 minutes is not.
    """
    rng, size = stream(seed, "tickets"), Pace.of(people).visits // 3
    day = np.repeat(np.arange(days), size)
    user = np.concatenate([rng.permutation(4 * size)[:size] for _ in range(days)])
    at = day * DAY_US + rng.integers(7 * 60, 19 * 60, len(day)) * MINUTE_US
    number = np.arange(len(day))
    opened = pl.DataFrame({"at_us": at, "user": user, "session": number * 2, "what": "ticket_opened"})
    wait = rng.choice([0, 10, 50], len(day))
    answered = opened.with_columns(
        pl.col("at_us") + pl.Series(wait * MINUTE_US),
        pl.col("session") + pl.Series((wait > 30).astype(np.int64)),
        what=pl.lit("ticket_answered"),
    )
    rows = pl.concat([opened, answered.filter(pl.Series(wait > 0))]).sort("at_us", "session", "what")
    rows = rows.with_row_index("no", offset=1).with_columns(
        pl.col("no").cast(pl.String), account=account_ids(TICKETS_FROM + pl.col("user"))
    )
    lines = rows.select("no", at=stamp(pl.col("at_us") + epoch_us), user="account", event="what")
    return Export("tickets", "tickets-{}.csv", lines, _plain(rows, event_id=pl.col("no"), browser=None), again=0)


def click_export(seed: int, people: int, days: int, epoch_us: int) -> Export:
    """Return clicks without ids: some are two of one second, which differ in a column that nobody reads."""
    rng, size = stream(seed, "clicks"), Pace.of(people).visits
    day = np.repeat(np.arange(days), size)
    cookie = np.concatenate([rng.permutation(4 * size)[:size] for _ in range(days)])
    clicks = pl.DataFrame(
        {
            "at_us": day * DAY_US + rng.integers(6 * 3600, 20 * 3600, len(day)) * 1_000_000,
            "browser": ids(seed, "click", cookie),
            "session": np.arange(len(day)),
            "mailing": rng.integers(1, 4, len(day)),
            "place": rng.integers(1, 5, len(day)),
        }
    )
    twins = clicks.filter(pl.Series(rng.random(len(day)) < 0.2)).with_columns(pl.col("place") + 5)
    rows = pl.concat([clicks, twins]).sort("at_us", "session", "place").with_columns(what=pl.lit("newsletter_click"))
    lines = rows.select(
        clicked_at=stamp(pl.col("at_us") + epoch_us),
        cookie="browser",
        mailing=pl.format("NL{}", "mailing"),
        link=pl.struct(label=pl.lit("offer"), position="place"),
    )
    return Export("clicks", "clicks_{}.ndjson", lines, _plain(rows, event_id=None, account=None), again=2)


def _plain(rows: pl.DataFrame, **columns: pl.Expr | None) -> pl.DataFrame:
    """Return the truth of good records without a page."""
    given = {name: pl.lit(None, dtype=pl.String) if value is None else value for name, value in columns.items()}
    return rows.with_columns(**given).select(
        "at_us", "browser", "session", "account", "event_id",
        lands=pl.lit(value=False), landing_campaign=pl.lit(None, dtype=pl.String), event_name="what",
        fate=pl.lit("good"), violation=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
