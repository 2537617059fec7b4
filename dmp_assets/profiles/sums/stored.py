"""Sums as they are stored: one row per person, so that a few people are replaced at their own cost."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from dmp_assets.foundation.values.money import as_money, in_units
from dmp_assets.profiles.affinities import window_of
from dmp_assets.profiles.schema.activity import Touches
from dmp_assets.profiles.schema.sums import RunningSums
from dmp_assets.profiles.sums.sum_up import Sums

_INTERESTS = {"value_id": "interest_value_id", "closed_interest": "interest_closed", "weighted": "interest_open"}
_FAVOURITES = {"value_id": "favourite_value_id", "amount": "favourite_amount"}
_MONTHS = {
    "month_end": "month_end",
    "orders": "month_orders",
    "revenue": "month_revenue",
    "last_order_date": "month_last_order",
}
_MONEY = ("revenue", "discount")
_COLUMNS = tuple(RunningSums.to_schema().columns)
_LISTS = (*_INTERESTS.values(), *_FAVOURITES.values(), *_MONTHS.values())
_VALUE = ["attribute", "value"]
FACTS = tuple(name for name in _COLUMNS if name not in (*_LISTS, "valued_on"))
SCALARS = tuple(name for name in FACTS if name not in ("active_dates", "order_dates"))
"""Facts that the tables with a row of each person are made of."""
MONTHS = ("person_id", *_MONTHS.values())
"""Columns that ``months_of`` needs."""


def new_values(sums: Sums, known: pl.DataFrame) -> pl.DataFrame:
    """Return the attributes and values that ``known`` lacks (``SummedValues``), with the next numbers.

    Args:
        sums: The sums to be stored.
        known: ``SummedValues`` so far.

    Sums name values by numbers, because lists of text cost ten times as much.
    """
    named = [frame.lazy().select(_VALUE).unique() for frame in (sums.interest_sums, sums.favourite_sums)]
    found = pl.concat([one.with_columns(pl.col(_VALUE).cast(pl.String)) for one in named]).unique().collect()
    # A number is never given again: stored sums of other people name their values by it.
    first = known.select(pl.col("value_id").max().fill_null(0) + 1).item()
    fresh = found.join(known, on=_VALUE, how="anti").sort(_VALUE).with_row_index("value_id", first)
    return fresh.select(pl.col("value_id").cast(pl.Int64), *_VALUE)


def to_stored(sums: Sums, values: pl.DataFrame, as_of_date: date) -> pl.DataFrame:
    """Return the sums as ``RunningSums``; touches and places are tables of their own.

    Args:
        sums: The sums of some people, who are named by an Enum.
        values: ``SummedValues`` of all values in them.
        as_of_date: The day that they are valued at.
    """
    numbers = values.lazy().with_columns(pl.col("value").cast(pl.Categorical))
    rows = sums.facts.lazy()
    for one in (
        _gathered(_numbered(sums.interest_sums, numbers), _INTERESTS),
        _gathered(_numbered(sums.favourite_sums, numbers), _FAVOURITES),
        _gathered(sums.months.lazy().with_columns(as_money(pl.col("revenue"))), _MONTHS),
    ):
        rows = rows.join(one, on="person_id", how="left")
    named = rows.with_columns(
        pl.col("person_id").cast(pl.String),
        *(as_money(pl.col(name)) for name in _MONEY),
        valued_on=pl.lit(as_of_date, pl.Date),
    )
    return named.select(_COLUMNS).collect(engine="streaming")


def from_stored(
    rows: pl.DataFrame, touches: pl.DataFrame, places: pl.DataFrame, values: pl.DataFrame, window_days: int
) -> Sums:
    """Return stored sums of some people as they were computed.

    Args:
        rows: ``RunningSums``.
        touches: ``Touches`` of the same people.
        places: ``Places`` of the same people.
        values: ``SummedValues``.
        window_days: Length of the windows that they were counted in.
    """
    coded = values.with_columns(pl.col("value").cast(pl.Categorical))
    # The window that was open on the day of a row, which may be over by now.
    named = rows.with_columns(window=window_of(pl.col("valued_on"), window_days))
    interests = _taken_apart(named, _INTERESTS, "window").join(coded, on="value_id")
    favourites = _taken_apart(rows, _FAVOURITES, "valued_on").join(coded, on="value_id")
    return Sums(
        facts=facts_of_people(rows.lazy().select(FACTS)).collect(),
        interest_sums=interests.drop("value_id"),
        favourite_sums=favourites.drop("value_id"),
        months=months_of(rows),
        touches=touches.select(tuple(Touches.to_schema().columns)),
        places=places,
    )


def facts_of_people(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return facts of stored sums as they were computed: money in whole units."""
    return rows.with_columns(in_units(pl.col(name)) for name in _MONEY)


def months_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``Sums.months`` of stored sums, of which ``MONTHS`` are needed."""
    return _taken_apart(rows, _MONTHS).with_columns(in_units(pl.col("revenue")))


def _numbered(frame: pl.DataFrame, numbers: pl.LazyFrame) -> pl.LazyFrame:
    coded = frame.lazy().with_columns(pl.col("value").cast(pl.Categorical), pl.col("attribute").cast(pl.String))
    return coded.join(numbers, on=_VALUE)


def _gathered(rows: pl.LazyFrame, names: Mapping[str, str]) -> pl.LazyFrame:
    # One number to sort by in place of two columns: half the cost.
    place = pl.col("person_id").to_physical().cast(pl.Int64) * 2**32
    in_order = rows.sort(place + pl.col(next(iter(names))).to_physical().cast(pl.Int64))
    return in_order.group_by("person_id", maintain_order=True).agg(
        pl.col(name).alias(stored) for name, stored in names.items()
    )


def _taken_apart(rows: pl.DataFrame, names: Mapping[str, str], *more: str) -> pl.DataFrame:
    there = rows.filter(pl.col(next(iter(names.values()))).is_not_null())
    one_each = there.select("person_id", *more, *names.values()).explode(list(names.values()))
    return one_each.rename({stored: name for name, stored in names.items()})
