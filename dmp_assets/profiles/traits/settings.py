"""``traits.yaml``, read into one frozen model: the declared traits, which are computed from events and orders.

version: 1
traits:
  looks_90d: {kind: count, event: view_item, window_days: 90}
  tea_in_cart:
    kind: sum
    event: add_to_cart
    property: items.quantity
    filters: [{column: items.item_category, op: eq, value: tea}]
  last_plan: {kind: last, event: [sign_up, login], property: properties.plan}
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from dmp_assets.foundation.settings.strict_yaml import Frozen, read_yaml
from dmp_assets.profiles.traits.columns import (
    ANY,
    ITEMS,
    MAX_NUMBER,
    OPERATOR_TYPES,
    PROPERTY_TYPES,
    ColumnType,
    Kind,
    Operator,
    column_type,
    columns_of,
)

TRAITS_FILE = "traits.yaml"

TraitName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
EventName = Annotated[str, Field(min_length=1, max_length=200, strict=True)]
# 36,500 days are a century: more is a slip of the hand, and 10 ** 9 would lie before the calendar begins.
WindowDays = Annotated[int, Field(gt=0, le=36_500, strict=True)]


class TraitFilter(Frozen):
    """A condition on the events that count; an event without a value in the column never meets it."""

    column: str
    op: Operator
    value: Any = Field(description="text, number, day or instant (UTC); for ``in`` a list of them")

    @field_validator("column")
    @classmethod
    def _known_column(cls, value: str) -> str:
        if column_type(value) is None:
            raise ValueError(f"no such column; allowed: {columns_of(ANY)}")
        return value

    @field_validator("op")
    @classmethod
    def _operator_fits_column(cls, value: str, info: ValidationInfo) -> str:
        kind = column_type(info.data["column"]) if "column" in info.data else None
        if kind is not None and kind not in OPERATOR_TYPES[value]:
            allowed = ", ".join(operator for operator, types in OPERATOR_TYPES.items() if kind in types)
            raise ValueError(f"{info.data['column']} is of type {kind}; allowed for it: {allowed}")
        return value

    @field_validator("value")
    @classmethod
    def _value_fits(cls, value: Any, info: ValidationInfo) -> Any:
        if not {"column", "op"} <= set(info.data):
            return value
        kind, op = column_type(info.data["column"]), info.data["op"]
        allowed = "text" if op == "contains" else _allowed_values(kind, is_ordering=op in ("gt", "ge", "lt", "le"))
        if op != "in":
            return _read_value(value, allowed)
        if not isinstance(value, list) or not value:
            raise ValueError(f"expected a list of at least one {allowed}")
        read = tuple(_read_value(entry, allowed) for entry in value)
        if len({isinstance(entry, str) for entry in read}) > 1:
            raise ValueError("expected all text or all numbers; quote numbers that are meant as text")
        return read


def _allowed_values(kind: ColumnType | None, *, is_ordering: bool) -> str:
    if kind == "json":
        return "number" if is_ordering else "text or number"
    return str(kind)


def _read_value(value: Any, allowed: str) -> Any:
    """Return the value of a filter, an instant as naive UTC; refuse what the column cannot hold.

    A day stays one, also for an instant: when it begins is the business's calendar's to say.
    """
    if "text" in allowed and isinstance(value, str):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # NaN is not within any bound.
    if "number" in allowed and is_number and -MAX_NUMBER <= value <= MAX_NUMBER:
        return value
    if allowed == "day" and isinstance(value, date) and not isinstance(value, datetime):
        return value
    if allowed == "instant" and isinstance(value, datetime):
        return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    if allowed == "instant" and isinstance(value, date):
        return value
    hint = "; quote words such as yes, no and dates to make them text" if "text" in allowed else ""
    raise ValueError(f"{value!r} is no {allowed}{hint}")


def _as_names(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Trait(Frozen):
    """One value per person, computed from the events of certain names; orders and reversals are events, too."""

    kind: Kind
    event: Annotated[tuple[EventName, ...], BeforeValidator(_as_names), Field(min_length=1)]
    property: str | None = Field(default=None, validate_default=True)
    window_days: WindowDays | None = Field(default=None, description="days up to the as-of day; null: all")
    filters: tuple[TraitFilter, ...] = ()
    description: str = ""

    @field_validator("property")
    @classmethod
    def _property_fits_kind(cls, value: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind")
        if kind is None:
            return value
        types, events = PROPERTY_TYPES[kind], info.data.get("event", ())
        if value is not None and not types:
            raise ValueError(
                f"a {kind} has no property; allowed for: {', '.join(k for k, t in PROPERTY_TYPES.items() if t)}"
            )
        if types and (value is None or column_type(value, events) not in types):
            needed = "needs a property" if value is None else "cannot be made of this property"
            raise ValueError(f"a {kind} {needed}; allowed: {columns_of(types, events)}")
        return value

    @field_validator("filters")
    @classmethod
    def _columns_of_events(cls, value: tuple[TraitFilter, ...], info: ValidationInfo) -> tuple[TraitFilter, ...]:
        events = info.data.get("event", ())
        missing = next((rule.column for rule in value if column_type(rule.column, events) is None), None)
        if missing is not None:
            problem = f"{missing} is no column of {' and of '.join(events)}"
            raise ValueError(f"{problem}; allowed: {columns_of(ANY, events)}")
        return value

    @field_validator("filters")
    @classmethod
    def _items_with_items(cls, value: tuple[TraitFilter, ...], info: ValidationInfo) -> tuple[TraitFilter, ...]:
        name = info.data.get("property")
        of_items = next((rule.column for rule in value if rule.column.startswith(ITEMS)), None)
        if of_items and name is not None and not name.startswith(ITEMS):
            raise ValueError(
                f"{of_items} is a column of item lines, but {name} is one of the whole event, which would count once "
                "for each line; allowed: a property of item lines too, or filters on events only"
            )
        return value


class ComputedTraitSettings(Frozen):
    """Every computed trait that is declared, by name."""

    version: Literal[1]
    traits: dict[TraitName, Trait] = Field(default_factory=dict)


def load_traits(path: Path) -> ComputedTraitSettings:
    """Return the traits of a file; none where there is no such file.

    Args:
        path: ``traits.yaml``.

    Raises:
        ConfigurationError: A key or value that is not allowed, or a name given twice; the message names file, line,
            key, value seen and values allowed, one line per problem.
    """
    if not path.exists():
        return ComputedTraitSettings(version=1)
    return read_yaml(path, ComputedTraitSettings, "keys such as version and traits")
