"""What goes wrong between a happening and its record in a file, at known rates."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from dmp_assets.simulation.events import PAGE, SEARCH
from dmp_assets.simulation.parameters import Faults
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.world import DAY_US

FATES = ("good", "duplicate", "conflict", "malformed")
GOOD, DUPLICATE, CONFLICT, MALFORMED = range(4)
VIOLATIONS = ("broken", "missing_time", "unreadable_time")
NONE, BROKEN, MISSING_TIME, UNREADABLE_TIME = range(4)
UNREADABLE_STAMP = "2024-13-45T99:61:00Z"
_HOUR_US = 3_600_000_000
_SECOND_US = 1_000_000


def with_faults(
    records: pl.DataFrame,
    faults: Faults,
    seed: int,
    source: str,
    place: tuple[int, int],
    *,
    conflicts: bool = False,
    whole: Sequence[str] = (),
) -> pl.DataFrame:
    """Return the records of a day and block with their fate, and behind them the copies that also arrive.

    Args:
        records: What is to be recorded, with ``at_us``.
        faults: The rates.
        seed: The world's seed.
        source: The source that the records go to.
        place: Day and first person of the block.
        conflicts: Whether records of this source have ids of their own, which can be used twice.
        whole: Columns whose equal values make neighbouring records one statement, such as the lines of an order: they
            are late together, and repeated together in a later file, as a repetition in one file would be more lines.

    Adds ``message`` (number of the record id), ``fate``, ``violation``, ``days_late``, ``delay_us`` (from happening to
    receipt), ``delivery_day`` (whose file holds the record) and ``order_us`` (place within that file). A record suffers
    at most one of: malformed, duplicated, its id used again, so that the fate of each is beyond doubt. A conflicting
    copy is another happening, a page view or else a search, one second after the record whose id it uses.
    """
    rng = stream(seed, f"faults {source}", *place)
    size = records.height
    first = _first_of_statement(records, whole)
    # Cumulative shares, so that one number decides between exclusive faults.
    marks = np.cumsum([faults.malformed, faults.duplicate, faults.conflict if conflicts else 0.0])
    what = np.searchsorted(marks, rng.random(size), side="right")
    malformed = what == 0
    spoiled_statement = np.bincount(first, weights=malformed, minlength=size)[first] > 0
    what = np.where(malformed, 0, np.where(spoiled_statement, len(marks), what[first]))
    late = (rng.random(size) < faults.late)[first] & ~spoiled_statement & (what != 2)
    days_late = np.where(late, rng.integers(1, faults.max_days_late + 1, size)[first], 0)
    latency = rng.integers(50, 3_000, size)[first] * 1000
    early = np.where(rng.random(size) < faults.out_of_order, rng.integers(0, _HOUR_US, size), 0)[first]
    numbers = (np.int64(place[0]) << 40) + np.int64(place[1]) * 4096 + np.arange(size)
    spoiled = records.with_columns(
        message=numbers,
        fate=pl.Series(np.where(malformed, MALFORMED, GOOD).astype(np.uint8)),
        violation=pl.Series(np.where(malformed, rng.integers(1, 4, size), NONE).astype(np.uint8)),
        days_late=pl.Series(days_late.astype(np.uint8)),
        delay_us=pl.Series(latency + days_late * DAY_US),
    ).with_columns(
        delivery_day=pl.col("at_us") // DAY_US + pl.col("days_late"),
        order_us=pl.col("at_us") + pl.Series(early),
    )
    copies = _copies(spoiled, what == 1, rng, faults, first if whole else None)
    taken = spoiled.filter(pl.Series(what == 2))
    if taken.height:
        # Its time alone would not do: a tool that sends a call again may set that anew.
        other = pl.when(pl.col("kind") == PAGE).then(pl.lit(SEARCH)).otherwise(pl.lit(PAGE)).cast(pl.UInt8)
        taken = taken.with_columns(
            pl.col("at_us", "order_us") + _SECOND_US, fate=pl.lit(CONFLICT, dtype=pl.UInt8), kind=other
        )
    return pl.concat([spoiled, copies, taken])


def _first_of_statement(records: pl.DataFrame, whole: Sequence[str]) -> np.ndarray:
    """Return for each record the row of the first one of its statement; without statements, its own row."""
    rows = np.arange(records.height)
    if not whole or not records.height:
        return rows
    run = records.select(pl.struct(whole).rle_id())[:, 0].to_numpy()
    return np.searchsorted(run, run, side="left")


def _copies(
    records: pl.DataFrame, chosen: np.ndarray, rng: np.random.Generator, faults: Faults, first: np.ndarray | None
) -> pl.DataFrame:
    """Return exact copies: behind the original in its file, or in the file of one of the next two days."""
    originals = records.filter(pl.Series(chosen))
    later = np.where(rng.random(originals.height) < faults.redelivered, rng.integers(1, 3, originals.height), 0)
    behind = rng.integers(1, _HOUR_US, originals.height)
    if first is not None:
        start = np.searchsorted(first[chosen], first[chosen], side="left")
        later, behind = rng.integers(1, 3, originals.height)[start], behind[start]
    return originals.with_columns(
        pl.col("delivery_day") + pl.Series(later),
        pl.col("order_us") + pl.Series(behind),
        fate=pl.lit(DUPLICATE, dtype=pl.UInt8),
    )


def spoil_json(lines: pl.Series, violation: pl.Series, cut: pl.Series) -> pl.Series:
    """Return the lines with the broken ones cut off somewhere in their second half, so that no brace closes them.

    >>> spoil_json(pl.Series(['{"a":1}']), pl.Series([BROKEN]), pl.Series([0])).to_list()
    ['{"a"']
    """
    rows = (violation == BROKEN).arg_true()
    frame = pl.DataFrame({"line": lines.gather(rows), "cut": cut.gather(rows)})
    half = pl.col("line").str.len_chars().cast(pl.Int64) // 2
    kept = pl.col("line").str.slice(0, half + 1 + pl.col("cut").abs() % (half - 2).clip(1))
    return lines.scatter(rows, frame.select(kept)[:, 0]) if len(rows) else lines


def ragged(lines: pl.Series, violation: pl.Series, delimiter: str) -> pl.Series:
    """Return the lines with the broken ones lacking their last field.

    >>> ragged(pl.Series(["a;b;c"]), pl.Series([BROKEN]), ";").to_list()
    ['a;b']
    """
    rows = (violation == BROKEN).arg_true()
    short = lines.gather(rows).str.replace(f"{delimiter}[^{delimiter}]*$", "")
    return lines.scatter(rows, short) if len(rows) else lines
