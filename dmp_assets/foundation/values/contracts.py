"""The base of every table's contract: its name, the key of a row, and whose data it holds."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pandera.polars as pa
from pandera.api.dataframe.model_components import FieldInfo

Subject = tuple[str, ...] | Literal["aggregate", "none"]
"""Whose personal data a table holds: the columns that name the person, ``aggregate`` for numbers made of many people,
``none`` for data that are about no person."""


@dataclass(frozen=True)
class TableFacts:
    """What a contract says of its table besides the columns."""

    table: str
    """Schema and table, as ``events.sessions``."""
    key: tuple[str, ...]
    """Columns that identify a row."""
    days: str | None
    """The DATE column that splits the table into days; None for a table that is replaced whole."""
    subject: Subject


class TableContract(pa.DataFrameModel):
    """Base of contracts: a class that names no table has columns for others to take over.

    A contract states its facts once, in the class line:

        class Sessions(TableContract, table="events.sessions", key=("event_date", "session_id"), days="event_date",
                       subject=("visitor_id",)):

    - ``table``: schema and table.
    - ``key``: the columns that identify a row; no two rows agree in them unless ``unique`` says otherwise.
    - ``days``: the DATE column that splits the table into days; without it the table is replaced whole.
    - ``unique``: columns that are unique together, where those are not the key; ``()`` where none are.
    - ``subject``: whose personal data this is (``Subject``).
    """

    _facts: ClassVar[TableFacts]

    def __init_subclass__(
        cls,
        *,
        table: str | None = None,
        key: tuple[str, ...] = (),
        days: str | None = None,
        unique: tuple[str, ...] | None = None,
        subject: Subject | None = None,
        **kwargs: Any,
    ) -> None:
        if table is not None:
            if not key or subject is None:
                raise TypeError(f"{cls.__name__}: a contract of {table} states its key and its subject")
            together = key if unique is None and len(key) > 1 else unique
            cls._facts = TableFacts(table, key, days, subject)
            cls.Config = type("Config", (), {"strict": True, "unique": list(together or ()) or None})
        super().__init_subclass__(**kwargs)  # type: ignore[no-untyped-call]
        if table is not None:
            _check(cls, table, (*key, *(unique or ()), *([days] if days else ()), *_columns_of(subject)))
            if unique is None and len(key) == 1:
                _fields(cls)[key[0]].unique = True


def facts_of(contract: type[TableContract]) -> TableFacts:
    """Return what a contract says of its table."""
    return contract._facts


def _columns_of(subject: Subject | None) -> tuple[str, ...]:
    return subject if isinstance(subject, tuple) else ()


def _fields(contract: type[pa.DataFrameModel]) -> dict[str, FieldInfo]:
    return {
        name: field
        for parent in reversed(contract.__mro__)
        for name, field in vars(parent).items()
        if isinstance(field, FieldInfo)
    }


def _check(contract: type[pa.DataFrameModel], table: str, named: tuple[str, ...]) -> None:
    """Refuse a contract that names a column which it lacks, before the first write would find it."""
    columns = _fields(contract)
    unknown = sorted(set(named) - set(columns))
    if unknown:
        raise TypeError(f"{contract.__name__} of {table} names {', '.join(unknown)}; its columns: {', '.join(columns)}")
