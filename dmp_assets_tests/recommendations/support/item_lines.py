"""Item lines for the models, from a few values or many random ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from dmp_assets.orders.schema import ORDERED

START = datetime(2024, 1, 1)  # noqa: DTZ001 - UTC without a zone, as events are
COLUMNS = ("person_id", "item_id", "event_name", "event_at")


def item_lines(rows: Sequence[tuple[str, str, str, float]]) -> pl.LazyFrame:
    """Return lines from (person_id, item_id, event_name, days after the start); those called purchase are bought."""
    timed = [(person, item, name, START + timedelta(days=day)) for person, item, name, day in rows]
    frame = pl.DataFrame(
        timed, schema=dict.fromkeys(COLUMNS[:3], pl.String) | {"event_at": pl.Datetime("us")}, orient="row"
    )
    is_bought = pl.col("event_name") == ORDERED
    return frame.lazy().with_columns(
        event_date=pl.col("event_at").dt.date(), is_bought=is_bought, event_name=pl.when(~is_bought).then("event_name")
    )


def random_lines(
    people: int = 60, items: int = 40, touches: int = 1_500, seed: int = 1, names: Sequence[str] = ("purchase",)
) -> pl.LazyFrame:
    """Return random lines over 100 days in which low items are popular and people have a taste."""
    chance = np.random.default_rng(seed)
    person = chance.integers(0, people, touches)
    item = (chance.zipf(1.5, touches) * (1 + person % 3)) % items
    day = chance.integers(0, 100 * 24, touches) / 24
    name = chance.choice(np.array(names), touches)
    return item_lines(
        [(f"p{p:03}", f"i{i:03}", str(n), float(d)) for p, i, n, d in zip(person, item, name, day, strict=True)]
    )
