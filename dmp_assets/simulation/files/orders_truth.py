"""Orders with the probability that they had, and what each touch added to it."""

from datetime import date

import numpy as np
import polars as pl

from dmp_assets.simulation.campaigns import campaign_id
from dmp_assets.simulation.files.delivery import person_ids
from dmp_assets.simulation.files.store_files import TILLS
from dmp_assets.simulation.parameters import CHANNELS
from dmp_assets.simulation.sessions import Sessions
from dmp_assets.simulation.touches import ADDED, BASE
from dmp_assets.simulation.world import World


def online_orders(
    sessions: Sessions, events: pl.DataFrame, orders: pl.DataFrame, world: World, start: date, purchase: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return conversions and contributions of the sessions that ended in an order."""
    rows = sessions.only(sessions.converts)
    base = np.where(rows.campaign < 0, BASE[world.segment[rows.person]], 0.0)
    facts = pl.DataFrame(
        {"session": rows.number, "base_probability": base, "probability": rows.probability, "campaign": rows.campaign}
    )
    names = pl.Series([*(campaign_id(number) for number in range(max(int(rows.campaign.max(initial=0)) + 1, 1)))])
    table = (
        events.filter(pl.col("kind") == purchase)
        .join(orders, on="session", how="inner", maintain_order="left")
        .join(facts.rename({"campaign": "cause"}), on="session", how="inner", maintain_order="left")
    )
    conversions = table.select(
        "transaction_id",
        pl.when("in_app").then(pl.lit("app")).otherwise(pl.lit("web")).alias("source"),
        person_ids(pl.col("person")).alias("person_id"),
        (pl.lit(start).cast(pl.Datetime("us")) + pl.col("at_us").cast(pl.Duration("us"))).alias("event_at"),
        "cents",
        pl.lit("EUR").alias("currency"),
        pl.col("session").alias("session_id"),
        "base_probability",
        "probability",
        pl.when(pl.col("cause") >= 0).then(pl.lit(names).gather(pl.col("cause").clip(0))).alias("campaign_id"),
    )
    return conversions, _contributions(rows, base, names)


def _contributions(rows: Sessions, base: np.ndarray, names: pl.Series) -> pl.DataFrame:
    free = rows.campaign < 0
    parts = [
        _part(rows.number[free], np.zeros(int(free.sum()), dtype=np.int64), base[free], rows.probability[free], "base")
    ]
    for number, channel in enumerate(CHANNELS):
        here = free & (rows.counted[:, number] > 0) & (ADDED[number] > 0)
        touches = rows.counted[here, number]
        parts.append(_part(rows.number[here], touches, touches * ADDED[number], rows.probability[here], channel.name))
    for number, name in enumerate(names):
        here = rows.campaign == number
        one = np.ones(int(here.sum()))
        parts.append(_part(rows.number[here], one.astype(np.int64), one, one, name))
    return pl.concat(parts).sort("transaction_id", "cause")


def _part(sessions: np.ndarray, touches: np.ndarray, added: np.ndarray, whole: np.ndarray, cause: str) -> pl.DataFrame:
    facts = {"session": sessions, "touches": touches, "added_probability": added, "share": added / whole}
    return pl.DataFrame(facts).select(
        pl.format("W{}", "session").alias("transaction_id"), pl.lit(cause).alias("cause"),
        "touches", "added_probability", "share",
    )  # fmt: skip


def store_orders(lines: pl.DataFrame, start: date) -> pl.DataFrame:
    """Return the conversions of a block's order lines."""
    german, british = TILLS
    epoch = pl.lit(start).cast(pl.Datetime("us"))
    return (
        lines.filter(~pl.col("refund"))
        .group_by("order", maintain_order=True)
        .agg(pl.col("british", "person", "at_us").first(), cents=(pl.col("cents") * pl.col("units")).sum())
        .select(
            pl.when("british")
            .then(pl.format("B{}", "order"))
            .otherwise(pl.format("D{}", "order"))
            .alias("transaction_id"),
            pl.when("british").then(pl.lit(british.source)).otherwise(pl.lit(german.source)).alias("source"),
            person_ids(pl.col("person")).alias("person_id"),
            (epoch + pl.col("at_us").cast(pl.Duration("us"))).alias("event_at"),
            "cents",
            pl.when("british").then(pl.lit(british.currency)).otherwise(pl.lit(german.currency)).alias("currency"),
            pl.lit(None, dtype=pl.Int64).alias("session_id"),
            pl.lit(None, dtype=pl.Float64).alias("base_probability"),
            pl.lit(None, dtype=pl.Float64).alias("probability"),
            pl.lit(None, dtype=pl.String).alias("campaign_id"),
        )
    )
