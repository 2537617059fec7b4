"""The types and the values in JSON text, for whole columns at a time.

The shape of a record is its JSON with every string, number and boolean replaced by one of its kind. A batch has few
distinct shapes, and only those are parsed in Python. Parsing each of 500,000 records took 2.1 s, the replacing 0.6 s.
"""

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from dmp_assets.ingest.values.texts import all_null

_SPACE = r"[ \t\r\n]*"
_STRING = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"'
_NUMBER = r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?"
_SCALAR = f"(?:{_STRING}|{_NUMBER}|true|false|null)"
_PAIR = rf'{_STRING}{_SPACE}:{_SPACE}(?:"s"|0|true|false|null|\[0\])'
_OBJECT = rf"\{{{_SPACE}(?:{_PAIR}(?:{_SPACE},{_SPACE}{_PAIR})*)?{_SPACE}\}}"

# A string that opens with a colon, ends with one, or has one behind an escaped quote can look like a key's end.
_DOUBTFUL = rf'[{{,\[]{_SPACE}"{_SPACE}:|:{_SPACE}"{_SPACE}[:,\]}}]|\\"{_SPACE}:'

# In this order: strings go first, so that nothing later can match inside one.
_FLAT = (
    (rf'"{_SPACE}:{_SPACE}{_STRING}', '":"s"'),
    (rf'"{_SPACE}:{_SPACE}{_NUMBER}', '":0'),
)
# What arrays and objects hold does not count; without these, every length of an array would be a shape.
_NESTED = (
    (rf'"{_SPACE}:{_SPACE}\[{_SPACE}{_SCALAR}(?:{_SPACE},{_SPACE}{_SCALAR})*{_SPACE}\]', '":[0]'),
    (rf'"{_SPACE}:{_SPACE}\[{_SPACE}{_OBJECT}(?:{_SPACE},{_SPACE}{_OBJECT})*{_SPACE}\]', '":[0]'),
    (rf'"{_SPACE}:{_SPACE}{_OBJECT}', '":{}'),
)

_INSTANT = (
    r"^\d{4}-\d{2}-\d{2}(?:[Tt ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?$"
)


@dataclass(frozen=True)
class Shape:
    """JSON type of each property that has a value; ``types`` is None where the text is no JSON object."""

    types: dict[str, str] | None
    twice: tuple[str, ...] = ()


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it is written, repeated keys included."""


def shape_texts(properties: pl.Series) -> pl.Series:
    """Return the shape of each JSON text, as JSON; no text is an empty object."""
    text = pl.col("text").fill_null("{}")
    nested = properties.str.contains(rf":{_SPACE}[\[{{]").any()
    shape = text
    for pattern, replacement in (*_FLAT, *(_NESTED if nested else ())):
        shape = shape.str.replace_all(pattern, replacement)
    shape = shape.str.replace_all('":false', '":true', literal=True)
    doubtful = text.str.contains(_DOUBTFUL)
    query = pl.LazyFrame({"text": properties}, schema={"text": pl.String})
    # The streaming engine works on both cores; the eager one would use a single one.
    return (
        query.select(shape=pl.when(doubtful).then(text).otherwise(shape))
        .collect(engine="streaming")["shape"]
        .rename("shape")
    )


def read_shape(text: str) -> Shape:
    """Return the types that a shape stands for.

    >>> read_shape('{"currency":"s","value":0,"coupon":null}').types
    {'currency': 'string', 'value': 'number'}
    """
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return Shape(None)
    if not isinstance(pairs, _Pairs):
        return Shape(None)
    names = [name for name, _ in pairs]
    twice = tuple(sorted({name for name in names if names.count(name) > 1})) if len(set(names)) < len(names) else ()
    return Shape({name: _type_name(value) for name, value in pairs if value is not None}, twice)


def read_values(properties: pl.Series, types: dict[str, pl.DataType]) -> pl.Series:
    """Return the named properties as a struct column; a text that cannot be read gives a null struct.

    Args:
        properties: JSON text or null, of shapes in which every named property has its type or none.
        types: ``Float64``, ``String`` or ``Boolean`` for each property.
    """
    return _decode(properties.fill_null("{}").rename("text"), pl.Struct(types))


def is_instant(text: pl.Expr) -> pl.Expr:
    """Return whether text is an ISO 8601 day or instant of the calendar."""
    return text.str.contains(_INSTANT) & text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).is_not_null()


def _decode(texts: pl.Series, dtype: pl.Struct) -> pl.Series:
    """Decode; one bad text makes the decoder refuse all, so halves are tried until it stands alone."""
    try:
        query = texts.to_frame().lazy().select(pl.col("text").str.json_decode(dtype))
        return query.collect(engine="streaming")["text"]
    except pl.exceptions.PolarsError:
        if len(texts) <= 1:
            return all_null("text", dtype, len(texts))
        middle = len(texts) // 2
        return pl.concat([_decode(texts[:middle], dtype), _decode(texts[middle:], dtype)])


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _type_name(value: object) -> str:
    if isinstance(value, _Pairs):
        return "object"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list) else "string"
