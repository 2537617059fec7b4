"""Orders that two marketplaces state again and again: the same, corrected, shortened, or moved to another day."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from dmp_assets.simulation.files.json_pieces import amount
from dmp_assets.simulation.habits.exports import READABLE
from dmp_assets.simulation.habits.ids import FLOAT, INVISIBLE, LOST, NOBODY, bruises, rewritten
from dmp_assets.simulation.habits.lines import stamp, true_lines, write_rows
from dmp_assets.simulation.habits.visits import Pace, account_ids
from dmp_assets.simulation.parameters import Habits
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.world import DAY_US

AMOUNT, SHORTER, LONGER, EARLIER = range(4)
"""How a later statement of an order differs."""


@dataclass(frozen=True)
class Marketplace:
    """Who states orders, and how."""

    source: str
    first_order: int
    first_buyer: int
    every_days: int
    back_days: int
    """How far back an export goes. An order that it no longer has is as it was stated last."""
    twice_a_night: bool
    """Each export is made again in the same night, with what was corrected by then and no order more."""
    has_change_time: bool


MARKETPLACES = (
    Marketplace("marketplace", 500_000, 30_000, 3, 7, twice_a_night=False, has_change_time=True),
    Marketplace("wholesale", 800_000, 30_001, 2, 3, twice_a_night=True, has_change_time=False),
)


def order_versions(place: Marketplace, habits: Habits, seed: int, people: int, days: int) -> pl.DataFrame:
    """Return one row per line of every version of an order, by order, version and line.

    A version is known from ``known`` on, in half days since the start: a correction comes two days after its order or
    later, so the newest order of a file is never the one whose day has moved.
    """
    rng, size = stream(seed, place.source), Pace.of(people).visits // 2
    count = size * days
    day, sizes = np.repeat(np.arange(days), size), rng.integers(1, 5, count)
    # The first two orders of a day always are, in the night in which exports 9 and 10 of a week's orders are made.
    always = (np.arange(count) % size < 2) & (habits.corrected > 0)
    corrections = np.where(always | (rng.random(count) < habits.corrected), 1 + (rng.random(count) < 0.2), 0)
    orders = pl.DataFrame(
        {
            "order": np.arange(count),
            "day": day,
            "seconds": rng.integers(8 * 3600, 20 * 3600, count),
            "buyer": rng.integers(0, 2 * size, count) * 2,
            "size": sizes,
            "who": bruises(rng, count, habits.bruised, (*READABLE, NOBODY, LOST)),
            "which": bruises(rng, count, habits.bruised / 2, (FLOAT, INVISIBLE, LOST)),
            "change": rng.integers(0, 4, count),
            # Most are known half a day after an export by day, so that the second export of that night has them.
            "delay": np.where(always, 5, rng.choice((4, 5, 7, 8), count, p=(0.1, 0.4, 0.4, 0.1))),
            "twin": (rng.random(count) < 0.2) & (sizes > 1),
            "versions": corrections + 1,
        }
    )
    lines = orders.with_columns(line=pl.int_ranges(pl.col("size") + 1)).explode("line")
    lines = lines.with_columns(
        item=pl.Series(rng.integers(0, 90, lines.height)), units=pl.Series(rng.integers(1, 4, lines.height)),
        cents=pl.Series(rng.integers(99, 9_999, lines.height)), wait=pl.Series(rng.integers(0, 60, lines.height)),
    )  # fmt: skip
    # Two equal lines of one order are two lines: the second repeats the first.
    same = pl.col("twin") & (pl.col("line") == 1)
    repeated = (
        pl.when(same).then(pl.col(name).shift()).otherwise(name).alias(name) for name in ("item", "units", "cents")
    )
    lines = lines.with_columns(*repeated)
    return _stated(lines.with_columns(version=pl.int_ranges("versions")).explode("version"))


def _stated(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines as each version has them."""
    version, change, line = pl.col("version"), pl.col("change"), pl.col("line")
    corrected = version > 0
    short = corrected & (change == SHORTER) & (pl.col("size") > 1)
    length = pl.col("size") + (corrected & (change == LONGER)).cast(pl.Int64) - short.cast(pl.Int64)
    dearer = corrected & (line == 0) & ((change == AMOUNT) | (version > 1) | ((change == SHORTER) & ~short))
    back = corrected & (change == EARLIER) & (pl.col("day") > 0)
    stays = corrected & (change == EARLIER) & (pl.col("day") == 0) & (line == 0)
    return lines.filter(line < length).with_columns(
        pl.col("cents") + pl.when(dearer | stays).then(100 * version).otherwise(0),
        day_stated=pl.col("day") - back.cast(pl.Int64),
        known=2 * pl.col("day") + pl.when(corrected).then(pl.col("delay") + 3 * (version - 1)).otherwise(0),
    ).sort("order", "version", "line")  # fmt: skip


def write_orders(
    out: Path, place: Marketplace, versions: pl.DataFrame, start: date, days: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write the exports; return the truth of their lines, and the right lines of every order that can be read.

    The newest statement of an order counts, whole. Equal ones repeat the first of them; older ones are superseded.
    """
    exports = []
    for number, day in enumerate(_nights(days, place.every_days)):
        for turn in range(2 if place.twice_a_night else 1):
            span = pl.col("day").is_between(day - place.back_days, day)
            known = versions.filter(pl.col("known") <= 2 * day + turn, span)
            newest = known.filter(pl.col("version") == pl.col("version").max().over("order"))
            file = 2 * number + turn + 1 if place.twice_a_night else number + 1
            exports.append(newest.with_columns(file=pl.lit(file), made=pl.lit(day)))
    stated = pl.concat(exports).with_columns(
        last=pl.col("version").max().over("order"), first=pl.col("file").min().over("order", "version")
    )
    lost = pl.any_horizontal(pl.col("who") == LOST, pl.col("which") == LOST)
    stated = stated.with_columns(
        # As pages of an export do, an export has the orders and their lines in an order of its own.
        turned=(pl.col("order") * 7 + pl.col("line") * 13 + pl.col("file") * 5) % 11,
        fate=pl.when(lost).then(pl.lit("malformed"))
        .when(pl.col("version") < pl.col("last")).then(pl.lit("superseded"))
        .when(pl.col("file") > pl.col("first")).then(pl.lit("duplicate"))
        .otherwise(pl.lit("good")),
        violation=pl.when(lost).then(pl.lit("lost_id")),
        order_no=(place.first_order + pl.col("order")).cast(pl.String),
        buyer_no=account_ids(place.first_buyer + pl.col("buyer")),
        at_us=pl.col("day_stated") * DAY_US + pl.col("seconds") * 1_000_000,
    ).sort("file", "turned", "order", "line")  # fmt: skip
    truth = [_write(out, place, rows, start) for rows in stated.partition_by("file", maintain_order=True)]
    right = stated.filter(pl.col("fate") == "good").sort("order", "line")
    return pl.concat(truth), right.select(
        source=pl.lit(place.source), order_id="order_no", account=_account(), line="line", item_id=_item(),
        quantity=pl.col("units").cast(pl.Int64), cents="cents",
        event_at=pl.lit(start).cast(pl.Datetime("us")) + pl.col("at_us").cast(pl.Duration("us")),
    )  # fmt: skip


def _nights(days: int, every: int) -> list[int]:
    """Return the days after which there is an export, the last among them."""
    return sorted({*range(every - 1, days, every), days - 1})


def _account() -> pl.Expr:
    return pl.when(pl.col("who") != NOBODY).then("buyer_no")


def _item() -> pl.Expr:
    return pl.format("ART{}", "item")


def _write(out: Path, place: Marketplace, rows: pl.DataFrame, start: date) -> pl.DataFrame:
    """Write one export and return the truth of its lines."""
    file, made = rows.select("file", "made").row(0)
    epoch_us = (start - date(1970, 1, 1)).days * DAY_US
    number, buyer = rewritten(pl.col("order_no"), pl.col("which")), rewritten(pl.col("buyer_no"), pl.col("who"))
    at = stamp(pl.col("at_us") + epoch_us)
    common = {"sku": _item(), "qty": pl.col("units").cast(pl.String), "line_total": amount(pl.col("cents"))}
    if place.has_change_time:
        name = f"orders-{start + timedelta(days=made)}.csv"
        changed = stamp((pl.col("known") * DAY_US) // 2 + epoch_us + DAY_US)
        synced = pl.lit(f"{start + timedelta(days=made + 1)}T03:00:00Z")
        columns = {"order_no": number, "ordered_at": at, "updated_at": changed, "buyer": buyer, **common}
        columns["_airbyte_extracted_at"] = synced
    else:
        # Its files are numbered, as a browser numbers downloads: 10 comes after 9, and before it as text.
        name = f"export {file}.csv"
        columns = {"order_no": number, "ordered_at": at, "buyer": buyer, **common}
    lines = rows.select(**columns)
    path = f"{place.source}/{name}"
    write_rows(out / "landing" / path, lines.clear(), lines)
    facts = rows.with_columns(
        days_late=made - pl.col("day_stated"), event_id="order_no", event_name=pl.lit("purchase"), account=_account(),
        session=pl.lit(None, dtype=pl.Int64), browser=pl.lit(None, dtype=pl.String), lands=pl.lit(value=False),
        landing_campaign=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    return true_lines(path, facts, start)
