"""A computed trait as an expression over a person's rows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from dmp_assets.foundation.values.calendar import begin_of, end_of
from dmp_assets.profiles.traits.columns import MAX_NUMBER, PROPERTIES, column_type
from dmp_assets.profiles.traits.settings import Trait, TraitFilter

LINE_KEY = ["event_date", "event_id"]
_DAY_US = 86_400_000_000


def aggregate(trait: Trait, as_of_date: date, order: Sequence[str], time_zone: str = "UTC") -> pl.Expr:
    """Return the aggregation of a person's rows that is the trait.

    Kinds of frequency give all values with their counts ``n``.

    Args:
        trait: The trait as declared.
        as_of_date: Last day of its window; later rows must not be there.
        order: Columns that put the rows in order of time: two of events, a third of item lines.
        time_zone: Zone of the business's days.
    """
    counts = _counts(trait, as_of_date, time_zone)
    if trait.kind == "count":
        # An event with several item lines is one event.
        lines = len(order) > 2
        return pl.struct(LINE_KEY).filter(counts).n_unique() if lines else counts.sum()
    if trait.kind == "time_since":
        end = pl.lit(end_of(as_of_date, time_zone), pl.Datetime("us"))
        return (end - pl.when(counts).then("event_at").max()).dt.total_microseconds() / _DAY_US
    value = _value(trait)
    kept = pl.when(counts).then(value)
    if trait.kind in ("sum", "mean"):
        total = kept.cast(pl.Decimal(38, 6)).sum().cast(pl.Float64)
        return total if trait.kind == "sum" else pl.when(kept.count() > 0).then(total / kept.count())
    if trait.kind in ("min", "max"):
        return kept.min() if trait.kind == "min" else kept.max()
    known = value.filter(counts & value.is_not_null())
    if trait.kind in ("first", "last"):
        known = known.sort_by([pl.col(name).filter(counts & value.is_not_null()) for name in order])
        return known.first() if trait.kind == "first" else known.last()
    if trait.kind == "unique_count":
        return known.n_unique()
    return known.unique().sort() if trait.kind == "unique_list" else known.alias("value").value_counts(name="n")


def _counts(trait: Trait, as_of_date: date, time_zone: str) -> pl.Expr:
    """Return whether a row counts: its event, its day and its filters."""
    counts = pl.col("event_name").is_in(trait.event)
    if trait.window_days is not None:
        counts &= pl.col("event_date") > as_of_date - timedelta(days=trait.window_days)
    for rule in trait.filters:
        counts &= _meets(rule, time_zone)
    return counts


def _value(trait: Trait) -> pl.Expr:
    name = trait.property or ""
    kind = column_type(name)
    reckons = trait.kind in ("sum", "mean", "min", "max")
    if kind in ("instant", "day") and trait.kind != "unique_count":
        return pl.col(name).cast(pl.Datetime("us"))
    return _number(name) if kind == "number" or (kind == "json" and reckons) else pl.col(name)


def _number(name: str) -> pl.Expr:
    number = pl.col(name).cast(pl.Float64, strict=False)
    return pl.when(number.is_between(-MAX_NUMBER, MAX_NUMBER)).then(number)


def _meets(rule: TraitFilter, time_zone: str) -> pl.Expr:
    if rule.op == "contains":
        return pl.col(rule.column).str.contains(rule.value, literal=True)
    several = rule.op == "in"
    is_text = isinstance(rule.value[0] if several else rule.value, str)
    numeric = column_type(rule.column) in ("number", "json") and not is_text
    column = _number(rule.column) if numeric else pl.col(rule.column)
    if several:
        given = [_instant(value, rule.column, time_zone) for value in rule.value]
        return column.is_in([float(value) for value in given] if numeric else given)
    value = pl.lit(float(rule.value) if numeric else _instant(rule.value, rule.column, time_zone))
    comparisons = {
        "eq": column == value,
        "ne": column != value,
        "gt": column > value,
        "ge": column >= value,
        "lt": column < value,
        "le": column <= value,
    }
    return comparisons[rule.op]


def _instant(value: Any, column: str, time_zone: str) -> Any:
    """Return a value that a column of instants is compared with: of a day its beginning."""
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return begin_of(value, time_zone) if is_day and column_type(column) == "instant" else value


def of_json(name: str) -> pl.Expr:
    """Return a key of the event's JSON as text, named as ``traits.yaml`` names it: ``properties.plan``."""
    keys = name.removeprefix(PROPERTIES).split(".")
    path = "$" + "".join(f'["{key}"]' for key in keys)
    return pl.col("properties").str.json_path_match(path).alias(name)
