"""An event of the plan as Pandera schemas, and what their failures are called.

Two schemas, because shapes are few and values are many: ``shapes`` holds the type name of every property per distinct
shape, ``values`` the typed values of the records whose shape is right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandera.errors
import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from dmp_assets.ingest.tracking_plan.plan import EventDefinition, PropertyRule
from dmp_assets.ingest.tracking_plan.shapes import is_instant

UNPLANNED = "Unplanned-Event"
MISSING = "Required-Missing"
MISMATCH = "Datatype-Mismatch"
ADDITIONAL = "Additional-Properties"
UNKNOWN = "Unknown-Violation"

VIOLATIONS = (UNPLANNED, MISSING, MISMATCH, ADDITIONAL, UNKNOWN)
"""RudderStack's names, in the order in which one is chosen where a record has several."""

# Columns of ``shapes`` beside the properties; a planned name has no control character.
OTHERS, TWICE = "\x00others", "\x00twice"

_JSON_TYPES = {"integer": "number", "datetime": "string"}
_FAILURES = {"row": pl.Int64, "property": pl.String, "violation_code": pl.String, "violation_message": pl.String}


@dataclass(frozen=True)
class _Rule:
    """One check on a property's values, what it is called when it fails, and in words."""

    check: pa.Check
    code: str
    words: str


@dataclass(frozen=True)
class EventContract:
    """The schemas of one event."""

    event: EventDefinition

    @cached_property
    def shapes(self) -> pa.DataFrameSchema:
        """One row per distinct shape: the JSON type name of each planned property, null where it is missing."""
        columns = {
            name: pa.Column(pl.String, pa.Check.eq(json_type(rule)), nullable=not rule.required)
            for name, rule in self.event.properties.items()
        }
        marks = {TWICE: pa.Column(pl.Boolean, pa.Check.eq(False))}
        if not self.event.additional_properties:
            marks[OTHERS] = pa.Column(pl.Boolean, pa.Check.eq(False))
        return pa.DataFrameSchema({**columns, **marks})

    @cached_property
    def values(self) -> pa.DataFrameSchema | None:
        """One row per record: the values of the properties that have rules for them; None where none has."""
        columns = {
            name: pa.Column(dtype, [rule.check for rule in _value_rules(self.event.properties[name])], nullable=True)
            for name, dtype in self.value_types.items()
        }
        return pa.DataFrameSchema(columns) if columns else None

    @cached_property
    def value_types(self) -> dict[str, pl.DataType]:
        """Column type of each property that has rules for its values."""
        return {
            name: pl.String() if json_type(rule) == "string" else pl.Float64()
            for name, rule in self.event.properties.items()
            if any(_value_rules(rule))
        }

    def broken_shapes(self, shapes: pl.DataFrame) -> pl.DataFrame:
        """Return the failures of a frame of shapes: row, property, violation_code, violation_message."""
        missing = [(name, None, MISSING, f"property {name!r}: required, but missing") for name in self.event.properties]
        mismatched = [
            (name, 0, MISMATCH, f"property {name!r}: expected {rule.type}")
            for name, rule in self.event.properties.items()
        ]
        others = (OTHERS, 0, ADDITIONAL, "properties that the plan does not name")
        twice = (TWICE, 0, UNKNOWN, "a property is given twice")
        return _failures(shapes, self.shapes, [*missing, *mismatched, others, twice])

    def broken_values(self, values: pl.DataFrame) -> pl.DataFrame:
        """Return the failures of a frame of values: row, property, violation_code, violation_message."""
        if self.values is None:
            return pl.DataFrame(schema=_FAILURES)
        names = [
            (name, number, rule.code, f"property {name!r}: {rule.words}")
            for name in self.value_types
            for number, rule in enumerate(_value_rules(self.event.properties[name]))
        ]
        return _failures(values, self.values, names)


def json_type(rule: PropertyRule) -> str:
    """Return the JSON type that holds a property: a datetime is a string, an integer a number."""
    return _JSON_TYPES.get(rule.type, rule.type)


def _value_rules(rule: PropertyRule) -> Iterator[_Rule]:
    """Yield the checks on the values of a property, in the order in which Pandera numbers them."""
    if rule.type == "integer":
        yield _Rule(pa.Check(_is_whole, name="whole"), MISMATCH, "expected integer")
    if rule.type == "datetime":
        yield _Rule(
            pa.Check(_is_datetime, name="datetime"), MISMATCH, "expected datetime, such as 2024-05-01T12:00:00Z"
        )
    if rule.allowed is not None:
        allowed = rule.allowed if rule.type == "string" else [float(value) for value in rule.allowed]
        yield _Rule(pa.Check.isin(allowed), UNKNOWN, "not one of the allowed values")
    if rule.min is not None:
        yield _Rule(pa.Check.ge(rule.min), UNKNOWN, f"below the minimum {rule.min:g}")
    if rule.max is not None:
        yield _Rule(pa.Check.le(rule.max), UNKNOWN, f"above the maximum {rule.max:g}")


def _is_whole(data: PolarsData) -> pl.LazyFrame:
    # 3.0 is an integer, as in JSON Schema: JavaScript writes it so or as 3, and the reader cannot see which.
    return data.lazyframe.select(pl.col(data.key) == pl.col(data.key).floor())


def _is_datetime(data: PolarsData) -> pl.LazyFrame:
    return data.lazyframe.select(pl.col(data.key).is_null() | is_instant(pl.col(data.key)))


def _failures(
    frame: pl.DataFrame, schema: pa.DataFrameSchema, names: Sequence[tuple[str, int | None, str, str]]
) -> pl.DataFrame:
    """Return the failures of a frame, each with its column and check, and without the failing value.

    Args:
        frame: Collected rows: on a lazy frame Pandera checks types only and says nothing of it.
        schema: What the rows must satisfy.
        names: Column, number of the check (None: not null), violation code and message.
    """
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        named = pl.DataFrame(
            names,
            schema={
                "property": pl.String,
                "check_number": pl.Int32,
                "violation_code": pl.String,
                "violation_message": pl.String,
            },
            orient="row",
        )
        cases: pl.DataFrame = error.failure_cases
        return (
            cases.select(
                row=pl.col("index").cast(pl.Int64),
                property="column",
                check_number=pl.col("check_number").cast(pl.Int32),
            )
            .join(named, on=["property", "check_number"], how="inner", nulls_equal=True)
            .select(*_FAILURES)
        )
    return pl.DataFrame(schema=_FAILURES)
