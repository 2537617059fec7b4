"""Tills of three shops that each count their receipts from 1, one of them every day."""

import numpy as np
import polars as pl

from dmp_assets.simulation.files.json_pieces import amount
from dmp_assets.simulation.habits.lines import Export, stamp
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.world import DAY_US

KIOSK = "kiosk"
STORES = ("north", "south", "stall")
DAILY = "stall"
"""Its till begins at 1 each morning. Every buyer there shows a card, so that the card tells its receipts apart."""
RECEIPTS = 6
"""Of a shop and day."""


def draw_receipts(seed: int, days: int) -> pl.DataFrame:
    """Return one row per receipt, by time: store, number, account (null without a card), at_us, and its two lines.

    ``cents`` and ``other_cents`` are the amounts of the lines. Nobody is served twice.
    """
    rng = stream(seed, "kiosks")
    count = days * len(STORES) * RECEIPTS
    place = np.arange(count)
    day, store, turn = place // (len(STORES) * RECEIPTS), place // RECEIPTS % len(STORES), place % RECEIPTS
    rows = pl.DataFrame(
        {
            "store": pl.Series(STORES).gather(store),
            "turn": turn,
            "day": day,
            "has_card": rng.random(count) < 0.5,
            "at_us": day * DAY_US + (8 * 60 + turn * 60 + rng.integers(0, 50, count)) * 60_000_000,
            "cents": rng.integers(99, 5_000, count),
            "other_cents": rng.integers(99, 5_000, count),
            "item": rng.integers(0, 40, count),
            "person": place,
        }
    )
    is_daily = pl.col("store") == DAILY
    number = pl.when(is_daily).then(pl.col("turn") + 1).otherwise(pl.col("day") * RECEIPTS + pl.col("turn") + 1)
    card = pl.when(is_daily | pl.col("has_card")).then(pl.format("kc{}", "person"))
    return rows.with_columns(number=number.cast(pl.String), account=card).sort("at_us", "store")


def kiosk_export(receipts: pl.DataFrame, epoch_us: int) -> Export:
    """Return the lines of the receipts, two for each; the truth names them by shop and number."""
    lines = receipts.with_columns(
        line=pl.lit([0, 1]), paid=pl.concat_list("cents", "other_cents"), no=pl.format("{}/{}", "store", "number")
    ).explode("line", "paid")
    cells = lines.select(
        receipt="number",
        at=stamp(pl.col("at_us") + epoch_us),
        shop="store",
        card=pl.col("account").fill_null(""),
        sku=pl.format("K{}", pl.col("item") + pl.col("line")),
        qty=pl.lit("1"),
        paid=amount(pl.col("paid")),
    )
    nothing = pl.lit(None, dtype=pl.String)
    truth = lines.select(
        "at_us", "account", browser=nothing, session=pl.lit(None, dtype=pl.Int64), event_id="no",
        event_name=pl.lit("purchase"), fate=pl.lit("good"), violation=nothing, lands=pl.lit(value=False),
        landing_campaign=nothing,
    )  # fmt: skip
    return Export(KIOSK, "receipts-{}.csv", cells, truth, again=0)
