"""Sessions unrolled into events: a row is what one record of a file will say, before anything goes wrong."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.simulation.parameters import REFUND_RATE
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.sessions import Sessions
from dmp_assets.simulation.world import DAY_US, World

KINDS = (
    "page_view", "login", "extra", "search", "view_item", "add_to_cart", "begin_checkout", "purchase", "refund",
)  # fmt: skip
PAGE, LOGIN, EXTRA, SEARCH, VIEW, CART, CHECKOUT, PURCHASE, REFUND = range(9)


@dataclass(frozen=True)
class Happened:
    """What happened on a day to a block of persons."""

    events: pl.DataFrame
    orders: pl.DataFrame
    """One row per online order: session, transaction_id, cents, products (web) and items (app) as JSON text."""


def unroll(
    world: World, sessions: Sessions, items: NDArray, catalogue: pl.DataFrame, place: tuple[int, int], last_day: int
) -> Happened:
    """Return events and orders of the sessions.

    Args:
        world: Persons and devices.
        sessions: Sessions of one day and block.
        items: Item of every view, session by session.
        catalogue: ``Catalogue.frame``.
        place: Day and first person of the block.
        last_day: Last day of the simulation; what would be refunded after it is not.
    """
    day, _ = place
    rng = stream(world.seed, "events", *place)
    one = np.ones(len(sessions.person), dtype=np.int64)
    counts = np.stack(
        [one, sessions.login, sessions.extra > 0, sessions.search, sessions.views, sessions.carts, sessions.checkout,
         sessions.converts], axis=1,
    ).astype(np.int64)  # fmt: skip
    total = counts.sum(axis=1)
    of = np.repeat(np.arange(len(total)), total)
    starts = np.cumsum(total) - total
    position = np.arange(len(of)) - np.repeat(starts, total)
    ends = np.cumsum(counts, axis=1)
    kind = (position[:, None] >= ends[of]).sum(axis=1)
    within = position - (ends - counts)[of, kind]
    view_start = np.cumsum(sessions.views) - sessions.views
    has_item = (kind == VIEW) | (kind == CART)
    item = np.full(len(of), -1, dtype=np.int32)
    item[has_item] = items[(view_start[of] + within)[has_item]]
    gap = np.clip(rng.lognormal(3.0, 0.8, len(of)), 1.0, 80.0)
    gap[starts] = 0.0
    elapsed = np.cumsum((gap * 1_000_000).astype(np.int64))
    at = day * DAY_US + sessions.start_us[of] + elapsed - elapsed[starts][of]
    events = pl.DataFrame(
        {
            "at_us": at,
            "kind": kind.astype(np.uint8),
            "first": position == 0,
            "person": sessions.person[of].astype(np.int32),
            "session": sessions.number[of],
            "session_start": (day * DAY_US + sessions.start_us)[of],
            "device": sessions.device[of].astype(np.int32),
            "channel": sessions.channel[of].astype(np.uint8),
            "campaign": sessions.campaign[of].astype(np.int16),
            "in_app": sessions.in_app[of],
            "extra": sessions.extra[of].astype(np.uint8),
            # Who logs in is known from then on.
            "identified": (sessions.login & world.known[sessions.person])[of] & (kind >= LOGIN),
            "item": item,
            "bot": np.zeros(len(of), dtype=np.uint8),
        }
    )
    orders = _orders(events, catalogue)
    return Happened(_with_refunds(rng, world, events, last_day), orders)


def _orders(events: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """Return one row per session with an order: what lay in the cart, one line per item."""
    bought = events.filter(pl.col("kind") == PURCHASE).select("session")
    price = pl.format("{}.{}", pl.col("cents") // 100, (pl.col("cents") % 100).cast(pl.String).str.zfill(2))
    lines = (
        events.filter(pl.col("kind") == CART)
        .join(bought, on="session", how="semi", maintain_order="left")
        .group_by("session", "item", maintain_order=True)
        .agg(quantity=pl.len())
    )
    lines = pl.concat([lines, catalogue[lines["item"]]], how="horizontal")
    product = '{"product_id":"{}","name":{},"brand":{},"category":"{}","price":{},"quantity":{}}'
    row = '{"item_id":"{}","item_name":{},"item_brand":{},"item_category":"{}","price":{},"quantity":"{}"}'
    return (
        lines.with_columns(price=price)
        .with_columns(product=_fill(product), row=_fill(row), cost=pl.col("cents") * pl.col("quantity"))
        .group_by("session", maintain_order=True)
        .agg(
            cents=pl.col("cost").sum(),
            units=pl.col("quantity").sum(),
            products=pl.col("product").str.join(","),
            items=pl.col("row").str.join(","),
        )
        .with_columns(transaction_id=pl.format("W{}", "session"))
    )


def _fill(template: str) -> pl.Expr:
    """Return the JSON text of an item line."""
    names = ("item_id", "name_json", "brand_json", "category", "price", "quantity")
    pieces = template.split("{}")
    parts: list[pl.Expr] = [pl.lit(pieces[0])]
    for name, piece in zip(names, pieces[1:], strict=True):
        parts += [pl.col(name).cast(pl.String), pl.lit(piece)]
    return pl.concat_str(parts)


def _with_refunds(rng: np.random.Generator, world: World, events: pl.DataFrame, last_day: int) -> pl.DataFrame:
    """Return the events and, behind them, refunds of some orders 1 to 20 days later (not of persons who left)."""
    orders = events.filter(pl.col("kind") == PURCHASE)
    chosen = rng.random(orders.height) < REFUND_RATE
    days = rng.integers(1, 21, orders.height)
    day = orders["at_us"].to_numpy() // DAY_US + days
    person = orders["person"].to_numpy()
    possible = chosen & (day <= last_day) & (day < world.churn_day[person])
    refunds = orders.with_columns(
        at_us=pl.col("at_us") + pl.Series(days * DAY_US), kind=pl.lit(REFUND, dtype=pl.UInt8)
    ).filter(pl.Series(possible))
    return pl.concat([events, refunds])
