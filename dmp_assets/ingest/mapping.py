"""Which column of a file becomes which of ours: presets and the source's own mapping, checked at load."""

from collections.abc import Mapping
from datetime import datetime

import pandera.polars as pa
import polars as pl

from dmp_assets.ingest.presets import PRESETS, Preset
from dmp_assets.ingest.schema import RawCampaignAudiences, RawCampaigns, RawCustomers, RawEvents, RawItems
from dmp_assets.ingest.times import EPOCH_US, read_days, read_instants
from dmp_assets.ingest.values import MONEY, read_money, read_quantity, read_text, trim
from dmp_assets.settings import Source, SourceKind

_BOOKKEEPING = ("event_date", "source", "kind", "path", "line_number", "fingerprint")
_VIOLATION = ("violation_code", "violation_message", "raw_record")

_MODELS: dict[SourceKind, type[pa.DataFrameModel]] = {
    "events": RawEvents,
    "orders": RawEvents,
    "customers": RawCustomers,
    "items": RawItems,
    "campaigns": RawCampaigns,
    "campaign_audiences": RawCampaignAudiences,
}

EVENT_KINDS: tuple[SourceKind, ...] = ("events", "orders")
"""Kinds whose records are partitioned by day."""

REQUIRED: dict[SourceKind, tuple[str, ...]] = {
    "events": ("event_at", "event_name"),
    "orders": ("event_at", "transaction_id"),
    "customers": ("user_id",),
    "items": ("item_id",),
    "campaigns": ("campaign_id",),
    "campaign_audiences": ("campaign_id", "user_id"),
}


class MappingError(ValueError):
    """A source's mapping cannot be used; the message names the source, the value seen and the values allowed."""


def staged_schema(kind: SourceKind) -> dict[str, pl.DataType]:
    """Return column -> Polars type of the staged Parquet: the raw table's, plus the violation columns."""
    columns = {name: column.dtype.type for name, column in _MODELS[kind].to_schema().columns.items()}
    return columns | dict.fromkeys(_VIOLATION, pl.String())


def mappable_columns(kind: SourceKind) -> dict[str, pl.DataType]:
    """Return column -> Polars type of what a file can supply, in the order of the schema.

    The event id of an order line is its order's, so ``orders`` cannot map one.
    """
    hidden = {*_BOOKKEEPING, *_VIOLATION} | ({"event_id"} if kind == "orders" else set())
    return {name: dtype for name, dtype in staged_schema(kind).items() if name not in hidden}


def check_source(name: str, source: Source) -> Source:
    """Return the source with its preset's columns and constants filled in; its own win.

    Raises:
        MappingError: An unknown preset, column, constant or time format, or a required column without a value.
    """
    preset = _preset(name, source)
    allowed = mappable_columns(source.kind)
    for column in (*source.columns, *source.constants):
        if column not in allowed:
            raise MappingError(
                f"source {name!r}: {column!r} is no column of kind {source.kind!r}; allowed: {', '.join(allowed)}"
            )
    for column in source.columns:
        if column in source.constants:
            raise MappingError(f"source {name!r}: {column!r} has a column and a constant; allowed: one of the two")
    columns = {ours: theirs for ours, theirs in preset.columns.items() if ours not in source.constants} | source.columns
    defaults = ({"event_name": "purchase"} if source.kind == "orders" else {}) | preset.constants
    constants = {ours: value for ours, value in defaults.items() if ours not in columns} | source.constants
    for column in REQUIRED[source.kind]:
        if column not in columns and column not in constants:
            given = ", ".join((*columns, *constants)) or "nothing"
            raise MappingError(f"source {name!r}: {column!r} is required and not mapped; mapped: {given}")
    _check_time_formats(name, source)
    for column, value in constants.items():
        if read_values(trim(pl.Series(column, [value])), allowed[column], source).null_count():
            raise MappingError(
                f"source {name!r}: constant {column!r} has the value {value!r}; allowed: {describe(allowed[column])}"
            )
    return source.model_copy(update={"preset": "columns", "columns": columns, "constants": constants})


def check_sources(sources: Mapping[str, Source]) -> dict[str, Source]:
    """Return the sources by name, each with its preset's columns and constants filled in.

    Raises:
        MappingError: As ``check_source``.
    """
    return {name: check_source(name, source) for name, source in sources.items()}


def read_values(values: pl.Series, dtype: pl.DataType, source: Source) -> pl.Series:
    """Return values in the type of our column, null where they cannot be read, as the source says to read them."""
    if isinstance(dtype, pl.Datetime):
        return read_instants(values, source.time_zone, source.time_formats)
    if dtype == pl.Date:
        return read_days(values, source.time_zone, source.time_formats)
    if dtype == MONEY:
        return read_money(values, source.decimal_comma)
    if dtype == pl.Float64:
        return read_quantity(values, source.decimal_comma)
    return read_text(values)


def describe(dtype: pl.DataType) -> str:
    """Return what a column of this type expects, in words."""
    if isinstance(dtype, pl.Datetime):
        return "a time such as 2024-05-01T12:00:00Z"
    if dtype == pl.Date:
        return "a day such as 2024-05-01"
    if dtype == MONEY:
        return "an amount such as 12.50, below 10^14"
    if dtype == pl.Float64:
        return "a number such as 3 or 0.25"
    return "a text"


def _preset(name: str, source: Source) -> Preset:
    fitting = [key for key, preset in PRESETS.items() if preset.kind in (None, source.kind)]
    if source.preset not in PRESETS:
        raise MappingError(f"source {name!r}: unknown preset {source.preset!r}; allowed: {', '.join(fitting)}")
    if source.preset not in fitting:
        kind = PRESETS[source.preset].kind
        raise MappingError(
            f"source {name!r}: preset {source.preset!r} is for kind {kind!r}, not {source.kind!r}; "
            f"allowed: {', '.join(fitting)}"
        )
    return PRESETS[source.preset]


def _check_time_formats(name: str, source: Source) -> None:
    """Refuse a format that cannot read back the time it wrote: it would reject every record."""
    sample = datetime(2024, 5, 21, 13, 14, 15)  # noqa: DTZ001
    for time_format in source.time_formats:
        if time_format in EPOCH_US:
            continue
        try:
            aware = pl.Series([sample]).dt.replace_time_zone("UTC")
            readable = aware.dt.strftime(time_format).str.strptime(pl.Datetime("us"), time_format, strict=False)
            usable = readable.dt.year().to_list() == [sample.year]
        except pl.exceptions.PolarsError:
            usable = False
        if not usable:
            raise MappingError(
                f"source {name!r}: time format {time_format!r} cannot be used; "
                f"allowed: strptime formats such as %d/%m/%Y %H:%M, or {', '.join(EPOCH_US)}"
            )
