"""Which column of a file becomes which of ours: presets and the source's own mapping, checked at load."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.kinds import EVENT_KINDS, NEVER_FILLED, REQUIRED, mappable_columns
from dmp_assets.ingest.presets import PRESETS
from dmp_assets.ingest.presets.preset import COMPUTED, Preset
from dmp_assets.ingest.schema.events import PURCHASE
from dmp_assets.ingest.values.event_names import ORDER_NAMES, to_order_name
from dmp_assets.ingest.values.texts import FLAGS, read_flags, read_money, read_quantity, read_text, trim
from dmp_assets.ingest.values.times import EPOCH_US, read_days, read_instants


class MappingError(ValueError):
    """A source's mapping cannot be used. The message names the source, the value and the values allowed."""


def check_source(name: str, source: Source) -> Source:
    """Return the source with its preset's columns, constants and time zone filled in; its own win.

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
    for column, theirs in source.columns.items():
        # Polars takes such a name, and each part of a path, for a pattern: it would read another column's values.
        if any(part == "*" or (part.startswith("^") and part.endswith("$")) for part in (theirs, *theirs.split("."))):
            raise MappingError(f"source {name!r}: {theirs!r} is a pattern; allowed: names other than * and ^...$")
        if column in source.constants:
            raise MappingError(f"source {name!r}: {column!r} has a column and a constant; allowed: one of the two")
    columns = {ours: theirs for ours, theirs in preset.columns.items() if ours not in source.constants} | source.columns
    defaults = ({"event_name": PURCHASE} if source.kind == "orders" else {}) | dict(preset.constants)
    constants = {ours: value for ours, value in defaults.items() if ours not in columns} | source.constants
    for column in REQUIRED[source.kind]:
        if column not in columns and column not in constants:
            given = ", ".join((*columns, *constants)) or "nothing"
            raise MappingError(f"source {name!r}: {column!r} is required and not mapped; mapped: {given}")
    _check_time_formats(name, source)
    constants = _readable_constants(name, source, constants)
    if source.kind == "consents" and "source_purpose" not in {*columns, *constants}:
        words = columns if "purpose" in columns else constants
        words["source_purpose"] = words["purpose"]
    _check_fill(name, source)
    _check_identity(name, source, columns)
    _check_event_names(name, source)
    times = {
        "time_formats": source.time_formats or preset.time_formats,
        "time_zone": source.time_zone if source.has_own_zone else preset.time_zone or source.time_zone,
    }
    return source.model_copy(update={"columns": columns, "constants": constants, **times})


def _readable_constants(name: str, source: Source, constants: dict[str, str]) -> dict[str, str]:
    """Return the constants, the name of order lines as ours; refuse those that would be null on every record."""
    allowed = mappable_columns(source.kind)
    for column, value in constants.items():
        if read_values(trim(pl.Series(column, [value])), allowed[column], source).null_count():
            raise MappingError(
                f"source {name!r}: constant {column!r} has the value {value!r}; "
                f"allowed: {describe(allowed[column], source)}"
            )
    if source.kind != "orders" or "event_name" not in constants:
        return constants
    given = constants["event_name"]
    ours = to_order_name(pl.Series([given]), source.event_names)[0]
    if ours is None:
        raise MappingError(f"source {name!r}: constant 'event_name' has the value {given!r}; allowed: {ORDER_NAMES}")
    return constants | {"event_name": ours}


def file_columns(source: Source, names: Sequence[str] | None = None) -> list[str]:
    """Return the columns of a file that a source maps or asks for, or that its preset reads.

    Args:
        source: The source, with its preset filled in.
        names: All columns of the file; None where a file does not say what it has.
    """
    preset = PRESETS[source.preset]
    mapped = [theirs for theirs in source.columns.values() if not is_made_here(source, theirs)]
    asked = [condition.column for condition in source.where]
    wanted = list(dict.fromkeys([*mapped, *preset.reads, *preset.shapes, *asked]))
    if names is None:
        return wanted
    return list(names) if preset.reads_all else [name for name in wanted if name in names]


def is_compared_whole(source: Source) -> bool:
    """Return whether every column of the file says whether two records are one, mapped or not."""
    return source.kind in EVENT_KINDS and PRESETS[source.preset].whole_record


def is_made_here(source: Source, theirs: str) -> bool:
    """Return whether a mapped column is made by the source's preset, so that no file has to have it."""
    explode = PRESETS[source.preset].explode
    return theirs.startswith(COMPUTED) or (explode is not None and theirs.startswith(f"{explode}."))


def check_sources(sources: Mapping[str, Source]) -> dict[str, Source]:
    """Return the sources by name, each with its preset's columns and constants filled in.

    Lines of orders get the space of the only source of orders where they name none.

    Raises:
        MappingError: As ``check_source``; or nobody can say whose orders the lines of a source belong to.
    """
    checked = {name: check_source(name, source) for name, source in sources.items()}
    return {
        name: source if source.kind != "order_lines" else _with_space(name, source, checked)
        for name, source in checked.items()
    }


def _with_space(name: str, source: Source, sources: Mapping[str, Source]) -> Source:
    spaces = {other: one.order_space or other for other, one in sources.items() if one.kind == "orders"}
    if source.order_space is None and len(spaces) == 1:
        return source.model_copy(update={"order_space": next(iter(spaces.values()))})
    if source.order_space is None or source.order_space not in spaces.values():
        given = "is missing" if source.order_space is None else f"is {source.order_space!r}"
        allowed = ", ".join(sorted(set(spaces.values()))) or "none, because no source is of kind 'orders'"
        raise MappingError(f"source {name!r}: order_space, whose orders the lines are of, {given}; allowed: {allowed}")
    return source


def read_values(values: pl.Series, dtype: pl.DataType, source: Source) -> pl.Series:
    """Return values in the type of our column, read as the source says; null where they cannot be read."""
    if isinstance(dtype, pl.Datetime):
        return read_instants(values, source.time_zone, source.time_formats, source.business_zone)
    if dtype == pl.Date:
        return read_days(values, source.time_zone, source.time_formats)
    if dtype.is_decimal():
        return read_money(values, source.decimal_comma).cast(dtype)
    if dtype == pl.Float64:
        return read_quantity(values, source.decimal_comma)
    return read_flags(values) if dtype == pl.Boolean else read_text(values)


def describe(dtype: pl.DataType, source: Source) -> str:
    """Return what a column of this type expects of the source's values, in words."""
    group = "; a group of thousands does not begin with 0" if source.decimal_comma else ""
    if isinstance(dtype, pl.Datetime):
        return "a time such as 2024-05-01T12:00:00Z"
    if dtype == pl.Date:
        return "a day such as 2024-05-01"
    if dtype.is_decimal():
        return f"an amount such as {'12,50' if group else '12.50'}{group}"
    if dtype == pl.Float64:
        return f"a number such as 3 or {'0,25' if group else '0.25'}{group}"
    return FLAGS if dtype == pl.Boolean else "a text"


_IDENTITY = ("event_at", "event_id", "event_name", "transaction_id", "item_id", "user_id", "anonymous_id")


def _check_identity(name: str, source: Source, columns: Mapping[str, str]) -> None:
    """Refuse keys that say what a record is where they would say nothing, or would make one of many."""
    of_kinds: dict[str, tuple[str, ...]] = {
        "ignore_columns": EVENT_KINDS,
        "event_id_space": ("events",),
        "order_files": ("orders",),
        "equal_lines": ("orders",),
        "order_space": ("orders", "order_lines", "events"),
        "statuses": EVENT_KINDS,
        "fill_down": ("orders",),
    }
    for key, kinds in of_kinds.items():
        default = Source.model_fields[key].get_default(call_default_factory=True)
        if getattr(source, key) != default and source.kind not in kinds:
            raise MappingError(f"source {name!r}: {key} is for kinds {', '.join(kinds)}, not {source.kind!r}")
    for ours in _IDENTITY:
        if columns.get(ours) in source.ignore_columns:
            raise MappingError(
                f"source {name!r}: ignore_columns has {columns[ours]!r}, which is mapped to {ours}; allowed: columns "
                "that say when or where a record was exported"
            )


def _check_fill(name: str, source: Source) -> None:
    if source.fill and source.kind not in EVENT_KINDS:
        raise MappingError(f"source {name!r}: fill is for kinds {', '.join(EVENT_KINDS)}, not {source.kind!r}")
    allowed = {ours: dtype for ours, dtype in mappable_columns(source.kind).items() if ours not in NEVER_FILLED}
    for column, value in source.fill.items():
        if column not in allowed:
            raise MappingError(f"source {name!r}: fill of {column!r}; allowed: {', '.join(allowed)}")
        if read_values(trim(pl.Series(column, [value])), allowed[column], source).null_count():
            raise MappingError(
                f"source {name!r}: fill of {column!r} with {value!r}; allowed: {describe(allowed[column], source)}"
            )


def _check_event_names(name: str, source: Source) -> None:
    if source.event_names and source.kind not in EVENT_KINDS:
        allowed = ", ".join(EVENT_KINDS)
        raise MappingError(f"source {name!r}: event_names is for kinds {allowed}, not {source.kind!r}")
    for theirs, ours in source.event_names.items():
        if not theirs.strip() or not ours.strip():
            raise MappingError(f"source {name!r}: event_names has {theirs!r}: {ours!r}; allowed: two names")


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
