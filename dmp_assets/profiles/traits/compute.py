"""Traits of people, computed from events and orders as ``traits.yaml`` declares them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.values.calendar import in_utc
from dmp_assets.profiles.traits.aggregates import LINE_KEY, aggregate, of_json
from dmp_assets.profiles.traits.columns import ITEMS, PROPERTIES, column_type
from dmp_assets.profiles.traits.settings import Trait

_ZERO_WITHOUT_EVENTS = ("count", "sum", "unique_count")
_FREQUENT = ("most_frequent", "least_frequent")
_NUMERIC = ("count", "sum", "mean", "unique_count", "time_since")
_RESULT: dict[str, pl.DataType | type[pl.DataType]] = {
    "person_id": pl.String,
    "trait": pl.String,
    "kind": pl.String,
    "number": pl.Float64,
    "text": pl.String,
    "texts": pl.List(pl.String),
    "value_at": pl.Datetime("us"),
}


def compute_traits(
    events: pl.LazyFrame,
    people: pl.DataFrame,
    traits: Mapping[str, Trait],
    as_of_date: date,
    items: pl.LazyFrame | None = None,
    time_zone: str = "UTC",
) -> pl.DataFrame:
    """Return one row per person and trait that has a value (``ComputedTraits``).

    Args:
        events: Events of the names in ``event_names``, at least, orders and reversals among them, as ``rows_of_traits``
            reads them; those without a person are left out.
        people: ``person_id`` of all people who did anything by the as-of day, once each.
        traits: Name -> trait, as ``load_traits`` gives them.
        as_of_date: Last day that counts; a window of n days is this day and the n - 1 before it.
        items: Item lines of the same events; may be missing where no trait names a column of item lines.
        time_zone: Zone of the business's days.

    Each row has one of number, text, texts and value_at: an amount, count or days; a text; sorted texts; an instant (of
    a day its beginning). ``count``, ``sum`` and ``unique_count`` are 0 for people without such an event; other kinds
    have no row then. Events without the property are left out. Properties in JSON are text; kinds that compute with
    numbers leave out what is no number. ``time_since`` is days from the last event to the end of the as-of day.
    ``first`` and ``last`` go by time, then event_id, then line; of equally frequent values the first by letters counts.

    A trait that names an item column is computed over item lines, each with the columns of its event; ``count`` still
    counts events. Sums are exact to a millionth of each value, so that the order of rows does not matter.

    Raises:
        ValueError: A trait names an item column, and there are no items.
    """
    of_items = item_traits(traits)
    of_events = [name for name in sorted(traits) if name not in of_items]
    if of_items and items is None:
        raise ValueError(f"traits {', '.join(of_items)} are made of item lines, and no items are given")
    done = events.filter(pl.col("event_date") <= as_of_date, pl.col("person_id").is_not_null())
    queries = []
    if of_events:
        queries.append(
            _wide(done, {name: traits[name] for name in of_events}, as_of_date, ["event_at", "event_id"], time_zone)
        )
    if of_items and items is not None:
        wanted = {name: traits[name] for name in of_items}
        lines = done.filter(pl.col("event_name").is_in(event_names(wanted))).join(
            items.select(*LINE_KEY, pl.exclude(LINE_KEY).name.prefix(ITEMS)), on=LINE_KEY, how="left"
        )
        queries.append(_wide(lines, wanted, as_of_date, ["event_at", "event_id", f"{ITEMS}line"], time_zone))
    seen = people.lazy().select("person_id")
    wide = pl.collect_all([one.join(seen, on="person_id", how="full", coalesce=True) for one in queries])
    rows = [
        _long(frame, name, traits[name], time_zone)
        for frame in wide
        for name in traits
        if _alias(name) in frame.columns
    ]
    return pl.concat([pl.DataFrame(schema=_RESULT), *rows]).sort("person_id", "trait")


def _alias(name: str) -> str:
    """Return the column of a trait: the colon keeps it apart from columns of events."""
    return f"trait:{name}"


def event_names(traits: Mapping[str, Trait]) -> list[str]:
    """Return the names of the events that the traits are made of, sorted: no other is read."""
    return sorted({name for trait in traits.values() for name in trait.event})


def first_day(traits: Mapping[str, Trait], as_of_date: date) -> date:
    """Return the first day that any of the traits looks at: the first of all where one has no window."""
    windows = [trait.window_days for trait in traits.values() if trait.window_days is not None]
    if len(windows) < len(traits) or not windows:
        return date.min
    return as_of_date - timedelta(days=max(windows) - 1)


def item_traits(traits: Mapping[str, Trait]) -> list[str]:
    """Return the names of the traits that are made of item lines, sorted."""
    return [name for name in sorted(traits) if any(c.startswith(ITEMS) for c in _columns(traits[name]))]


def named_columns(traits: Mapping[str, Trait]) -> set[str]:
    """Return the columns that the traits name."""
    return set().union(*(_columns(trait) for trait in traits.values()))


def _columns(trait: Trait) -> set[str]:
    return {*([trait.property] if trait.property else []), *(rule.column for rule in trait.filters)}


def _wide(
    rows: pl.LazyFrame, traits: Mapping[str, Trait], as_of_date: date, order: Sequence[str], time_zone: str
) -> pl.LazyFrame:
    """Return one row per person with a column for each trait."""
    named = named_columns(traits)
    in_json = sorted(name for name in named if name.startswith(PROPERTIES))
    plain = sorted({*order, *LINE_KEY, "event_name", *named} - {*in_json})
    return (
        rows.select("person_id", *plain, *(of_json(name) for name in in_json))
        .group_by("person_id")
        .agg(aggregate(trait, as_of_date, order, time_zone).alias(_alias(name)) for name, trait in traits.items())
    )


def _long(wide: pl.DataFrame, name: str, trait: Trait, time_zone: str) -> pl.DataFrame:
    """Return the rows of one trait, in the columns of the result."""
    values = wide.select("person_id", value=_alias(name))
    if trait.kind in _ZERO_WITHOUT_EVENTS:
        values = values.with_columns(pl.col("value").fill_null(0))
    if trait.kind in _FREQUENT:
        values = _by_frequency(values, most=trait.kind == "most_frequent")
    if trait.kind == "unique_list":
        values = values.filter(pl.col("value").list.len() > 0)
    target = _target(trait, values.schema["value"])
    if target == "value_at" and column_type(trait.property or "") == "day":
        values = values.with_columns(in_utc(values["value"], time_zone))
    return values.filter(pl.col("value").is_not_null()).select(
        "person_id",
        trait=pl.lit(name),
        kind=pl.lit(trait.kind),
        **{
            column: pl.col("value").cast(dtype) if column == target else pl.lit(None, dtype)
            for column, dtype in list(_RESULT.items())[3:]
        },
    )


def _target(trait: Trait, dtype: pl.DataType) -> str:
    if trait.kind in _NUMERIC or dtype.is_numeric():
        return "number"
    return "texts" if trait.kind == "unique_list" else "value_at" if dtype == pl.Datetime else "text"


def _by_frequency(counted: pl.DataFrame, *, most: bool) -> pl.DataFrame:
    """Return the value that each person has most or least often, the first by letters of equals."""
    return (
        counted.explode("value")
        .drop_nulls("value")
        .select("person_id", pl.col("value").struct.unnest())
        .sort("person_id", "n", "value", descending=[False, most, False])
        .group_by("person_id", maintain_order=True)
        .agg(pl.col("value").first())
    )
