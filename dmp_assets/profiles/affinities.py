"""How much of a person's attention each category, brand and topic gets, recent windows counting more."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from dmp_assets.profiles.decayed_sums import sum_decayed, sum_of_list
from dmp_assets.profiles.schema.interests import AFFINITY_ATTRIBUTES

DECIMALS = 9
"""Affinities that differ by less are equal, and go by name: days that are added one by one give other last bits."""

MOST_AFFINITIES = 20
"""Of each attribute. The affinity after 20 larger ones is below 0.05; half of all rows would be such tails."""

_KEY = ("person_id", "attribute")
_EPOCH = date(1970, 1, 1)


def window_of(day: pl.Expr, window_days: int) -> pl.Expr:
    """Return the number of the window that a day lies in, counted from 1970-01-01.

    >>> days = pl.DataFrame({"day": [date(1970, 1, 28), date(1970, 1, 29)]})
    >>> days.select(window_of(pl.col("day"), 28)).to_series().to_list()
    [0, 1]
    """
    return day.to_physical().cast(pl.Int64) // window_days


def sum_interests(
    attributes: Mapping[str, pl.LazyFrame],
    as_of_date: date,
    half_life_days: float,
    window_days: int,
    before: pl.LazyFrame | None = None,
    oldest_days: int | None = None,
) -> pl.LazyFrame:
    """Return the sums of closed windows and of the open one for each value (``Sums.interest_sums``).

    Args:
        attributes: Attribute -> rows with person_id, event_date, value and weighted, as ``attributes`` has them.
        as_of_date: Last day that counts; its window is the open one.
        half_life_days: Age at which a window counts half, above 0.
        window_days: Length of a window in days, 1 or more. Windows are counted from 1970-01-01, for everybody alike.
        before: The same people's sums of the days before; None where these are all days.
        oldest_days: No row of the attributes is older; None: not known.

    ``closed_interest`` is the sum of ``0.5 ** (windows to the open one * window_days / half_life_days) * p_t`` over the
    windows that are over. They never change again, so their shares need not be kept.
    """
    open_window = (as_of_date - _EPOCH).days // window_days
    age = (open_window - pl.col("window")) * window_days
    oldest = None if oldest_days is None else oldest_days + window_days
    window = window_of(pl.col("event_date"), window_days)
    summed = []
    for name in AFFINITY_ATTRIBUTES:
        days = attributes[name].filter(pl.col("event_date") <= as_of_date)
        by_window = days.group_by("person_id", "value", window=window).agg(pl.col("weighted").sum())
        kept = None if before is None else before.filter(pl.col("attribute") == name)
        shares = _shares(by_window, open_window, kept)
        amount, key = pl.col("probability"), ("person_id", "value")
        found = sum_decayed(shares, key, amount, age, half_life_days, oldest, ("weighted",)).rename(
            {"amount": "closed_interest"}
        )
        summed.append(found.with_columns(attribute=pl.lit(name), window=pl.lit(open_window, pl.Int64)))
    return pl.concat(summed)


def _shares(by_window: pl.LazyFrame, open_window: int, before: pl.LazyFrame | None) -> pl.LazyFrame:
    """Return window, probability and weighted of each person, value and window of one attribute.

    The open window has no probability yet, and the others no weight any more.
    """
    earlier = []
    if before is not None:
        kept = before.with_columns(pl.col("value").cast(pl.Categorical))
        none = pl.lit(0, pl.Int64)
        earlier = [kept.select("person_id", "value", "window", probability="closed_interest", weighted=none)]
        # The window that was open then may go on: its weights are added before shares are taken, because the shares of
        # parts of a window do not add up to its share.
        both = pl.concat([by_window, kept.select("person_id", "value", "window", "weighted")])
        by_window = both.group_by("person_id", "value", "window").agg(pl.col("weighted").sum())
    said = by_window.filter(pl.col("weighted") > 0)
    totals = said.group_by("person_id", "window").agg(total=pl.col("weighted").sum())
    is_open = pl.col("window") == open_window
    shares = said.join(totals, on=["person_id", "window"]).select(
        "person_id",
        "value",
        "window",
        probability=pl.when(is_open).then(0.0).otherwise(pl.col("weighted") / pl.col("total")),
        weighted=pl.when(is_open).then("weighted").otherwise(0),
    )
    return pl.concat([shares, *earlier])


def build_affinities(interest_sums: pl.LazyFrame) -> pl.DataFrame:
    """Return the largest affinities of each person to categories, brands and topics (``Affinities``).

    Args:
        interest_sums: Rows of ``sum_interests``, all attributes of each person.

    ``I(i, u) = sum over t of w_t * p_t(i, u)``: p_t is the share of value i in the weighted events of person u in
    window t, and ``w_t = 0.5 ** (t * window_days / half_life_days)``, divided by its sum over the windows in which the
    person has any such event. So the affinities of a person to all values of an attribute sum to 1, and silence does
    not make interests smaller: recency is a column of other tables. The best come first. Equal affinities are ranked by
    value; those beyond the first ``MOST_AFFINITIES`` of an attribute are left out.
    """
    # In each window the probabilities sum to 1, so the interests sum to what the weights are to be divided by.
    of_open = pl.when(pl.col("opened") > 0).then(pl.col("weighted") / pl.col("opened")).otherwise(0.0)
    sums = interest_sums.group_by(_KEY).agg(opened=pl.col("weighted").sum(), closed="closed_interest")
    totals = sum_of_list(sums, "closed")
    undivided = interest_sums.join(totals, on=_KEY).select(
        *_KEY,
        pl.col("value").cast(pl.String),
        affinity=(pl.col("closed_interest") + of_open)
        / (pl.col("closed") + pl.when(pl.col("opened") > 0).then(1.0).otherwise(0.0)),
    )
    in_order = undivided.with_columns(pl.col("affinity").round(DECIMALS).clip(0.0, 1.0)).sort(
        *_KEY, "affinity", "value", descending=[False, False, True, False]
    )
    # The place in the whole table less that of the group's first row: an eighth of the cost of counting by group.
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    begins = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in _KEY).fill_null(value=True)
    return (
        in_order.with_columns(rank=place - pl.when(begins).then(place).forward_fill() + 1)
        .filter(pl.col("rank") <= MOST_AFFINITIES)
        .select(pl.col("person_id").cast(pl.String), "attribute", "value", "affinity", "rank")
        .collect()
    )
