"""The ``where`` of a source: conditions on the file's own columns that a record must meet to be read."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from dmp_assets.foundation.settings.strict_yaml import Frozen, usable_pattern

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "is empty", "is not empty", "matches"]
LISTS = ("in", "not in")
WITHOUT_VALUE = ("is empty", "is not empty")


class Where(Frozen):
    """One condition on a column, or JSON path, of the file."""

    column: Annotated[str, Field(min_length=1)]
    operator: Operator
    value: str | tuple[str, ...] | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return tuple(map(_text, value)) if isinstance(value, list | tuple) else _text(value)

    @model_validator(mode="after")
    def _fits(self) -> "Where":
        wanted = f"operator {self.operator!r} on column {self.column!r}"
        if self.operator in WITHOUT_VALUE:
            if self.value is not None:
                raise ValueError(f"{wanted} has the value {self.value!r}; allowed: no value")
        elif self.operator in LISTS:
            if not isinstance(self.value, tuple) or not self.value:
                raise ValueError(f"{wanted} has the value {self.value!r}; allowed: a list with at least one value")
        elif not isinstance(self.value, str) or not self.value:
            raise ValueError(
                f"{wanted} has the value {self.value!r}; allowed: one value, and for nothing the operator 'is empty'"
            )
        elif self.operator == "matches":
            usable_pattern(self.value)
        return self


def _text(value: object) -> object:
    """Return a number or day of YAML as text, as files have it.

    Raises:
        ValueError: A truth value: YAML reads an unquoted ``yes`` as true, and no file says which word it has.
    """
    if isinstance(value, bool):
        raise ValueError(  # noqa: TRY004 -- Pydantic reports no TypeError of a validator
            f"saw {value}; allowed: the word as the file has it, in quotes, such as 'yes' or 'true'"
        )
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, int | float | date):
        return str(value)
    return value.strip() if isinstance(value, str) else value
