"""Visits of a second web shop, in scripts whose sessions can be told by hand."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from dmp_assets.simulation.randomness import ids, stream
from dmp_assets.simulation.world import DAY_US

VIEW, LOGIN, CART, SALE = "visit", "signin", "addtocart", "Sale"
MINUTE_US = 60_000_000
SERVER = -1
"""In place of a browser: the shop's server reports it, with the account."""
NOBODY = -1
LATE_EVENING_US = (23 * 60 + 50) * MINUTE_US

Step = tuple[float, str, int, int, int]
"""Minutes from the start, what, the visitor's browser, the visitor's account, and the session of the visit."""

SCRIPTS: dict[str, tuple[Step, ...]] = {
    "login_in_mid_session": (
        (0, VIEW, 0, NOBODY, 0), (1, VIEW, 0, NOBODY, 0), (2.5, LOGIN, 0, 0, 0), (4, CART, 0, 0, 0),
        (6, SALE, 0, 0, 0),
    ),
    "server_sale": (
        (0, VIEW, 0, NOBODY, 0), (2, LOGIN, 0, 0, 0), (5, VIEW, 0, 0, 0), (9, SALE, SERVER, 0, 0),
        (11, VIEW, 0, 0, 0),
    ),
    "server_sale_of_nobody_seen": ((0, SALE, SERVER, 0, 0), (12, SALE, SERVER, 0, 0)),
    "server_sale_of_somebody_in_two_browsers": (
        (0, VIEW, 0, NOBODY, 0), (1, LOGIN, 0, 0, 0), (3, VIEW, 1, NOBODY, 1), (4, LOGIN, 1, 0, 1),
        (8, SALE, SERVER, 0, 2),
    ),
    "server_sale_long_after": (
        (0, VIEW, 0, NOBODY, 0), (1, LOGIN, 0, 0, 0), (90, SALE, SERVER, 0, 1),
    ),
    "second_account_buys": (
        (0, VIEW, 0, NOBODY, 0), (1, LOGIN, 0, 0, 0), (5, LOGIN, 0, 1, 0), (6, CART, 0, 1, 0), (7, SALE, 0, 1, 0),
    ),
    "first_account_buys": (
        (0, VIEW, 0, NOBODY, 0), (1, LOGIN, 0, 0, 0), (3, SALE, 0, 0, 0), (6, LOGIN, 0, 1, 0), (8, VIEW, 0, 1, 0),
    ),
    "second_account_looks": ((0, VIEW, 0, NOBODY, 0), (1, LOGIN, 0, 0, 0), (4, LOGIN, 0, 1, 0)),
    "away_for_30_minutes": ((0, VIEW, 0, NOBODY, 0), (30, VIEW, 0, NOBODY, 0), (31, LOGIN, 0, 0, 0)),
    "away_for_longer": ((0, VIEW, 0, NOBODY, 0), (45, VIEW, 0, NOBODY, 1), (46, LOGIN, 0, 0, 1)),
    "looks_only": ((0, VIEW, 0, NOBODY, 0), (1, VIEW, 0, NOBODY, 0), (3, CART, 0, NOBODY, 0)),
    "over_midnight": ((0, VIEW, 0, NOBODY, 0), (4, LOGIN, 0, 0, 0), (15, VIEW, 0, 0, 1)),
}  # fmt: skip
"""Name -> steps. A session ends after more than 30 minutes and at midnight; a login does not end one."""

LANDING = "https://outlet.example/?utm_source=google&utm_medium=cpc&utm_campaign="


@dataclass(frozen=True)
class Pace:
    """How much happens on a day, for a number of people."""

    visits: int
    visitors: int

    @classmethod
    def of(cls, people: int) -> "Pace":
        """Return the pace: habits are kinds and no quantities, so at most 200 visits a day."""
        visits = int(np.clip(people // 40, len(SCRIPTS), 200))
        return cls(visits, 3 * visits)


def account_ids(numbers: pl.Expr) -> pl.Expr:
    """Return account numbers of five digits; every other one begins with zeros, which a spreadsheet would drop.

    >>> pl.select(account_ids(pl.Series([3, 4])))[:, 0].to_list()
    ['00003', '40004']
    """
    return (numbers + pl.when(numbers % 2 == 0).then(40_000).otherwise(0)).cast(pl.String).str.zfill(5)


def draw_visits(seed: int, people: int, days: int) -> pl.DataFrame:
    """Return one row per event, by time: at_us, visit, script, what, browser, account, session, campaign, and lands.

    Nobody comes twice a day, and a day's visits are over by 22 UTC but those over midnight, so no two visits of a
    visitor are ever near each other. ``session`` numbers the sessions as the script has them.
    """
    rng, pace = stream(seed, "outlet"), Pace.of(people)
    day = np.repeat(np.arange(days), pace.visits)
    visitor = np.concatenate([rng.permutation(pace.visitors)[: pace.visits] for _ in range(days)])
    script = rng.permuted(np.tile(np.arange(pace.visits) % len(SCRIPTS), (days, 1)), axis=1).ravel()
    names = list(SCRIPTS)
    midnight = script == names.index("over_midnight")
    script = np.where(midnight & (day == days - 1), names.index("looks_only"), script)
    midnight &= day < days - 1
    start = np.where(midnight, LATE_EVENING_US, rng.integers(6 * 60, 20 * 60, len(day)) * MINUTE_US)
    visits = pl.DataFrame(
        {
            "visit": np.arange(len(day)),
            "script": script.astype(np.int64),
            "visitor": visitor.astype(np.int64),
            "start_us": day * DAY_US + start + rng.integers(0, 60, len(day)) * 1_000_000,
        }
    )
    return _played(visits, seed)


def _played(visits: pl.DataFrame, seed: int) -> pl.DataFrame:
    steps = pl.DataFrame(
        [(number, place, *step) for number, script in enumerate(SCRIPTS.values()) for place, step in enumerate(script)],
        schema={"script": pl.Int64, "place": pl.Int64, "minute": pl.Float64, "what": pl.String,
                "seat": pl.Int64, "who": pl.Int64, "part": pl.Int64},
        orient="row",
    )  # fmt: skip
    events = visits.join(steps, on="script", how="inner").sort("visit", "place")
    browser = ids(seed, "outlet visitor", (events["visitor"] * 2 + events["seat"].clip(0)).to_numpy())
    served = pl.col("seat") == SERVER
    return events.select(
        at_us=pl.col("start_us") + (pl.col("minute") * MINUTE_US).cast(pl.Int64),
        visit="visit",
        script="script",
        what="what",
        browser=pl.when(~served).then(browser),
        account=pl.when(pl.col("who") != NOBODY).then(account_ids(pl.col("visitor") * 2 + pl.col("who"))),
        session=pl.col("visit") * 4 + pl.col("part"),
        lands=~served,
        # The campaign stands in the address of the first page alone.
        landing_campaign=pl.when(pl.col("place") == 0, ~served).then(pl.format("autumn_{}", pl.col("visit") % 5)),
    ).sort("at_us", "visit", maintain_order=True)
