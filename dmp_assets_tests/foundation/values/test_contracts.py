"""A contract states key, days and subject in its class line, and a wrong one is refused when it is loaded."""

import pandera.errors
import pandera.polars as pa
import polars as pl
import pytest

from dmp_assets.domains import CONTRACTS
from dmp_assets.foundation.values.contracts import TableContract, TableFacts, facts_of

NAMES_A_PERSON = ("person_id", "visitor_id", "user_id", "anonymous_id", "email", "phone", "device_id")


class Visits(TableContract, table="shop.visits", key=("day", "who"), days="day", subject=("who",)):
    """One row per day and visitor."""

    day: pl.Date = pa.Field(description="Day.")
    who: str = pa.Field(description="Visitor.")


class Towns(TableContract, table="shop.towns", key=("town",), subject="none"):
    """One row per town."""

    town: str = pa.Field(description="Town.")


class Places(TableContract, table="shop.places", key=("town",), unique=(), subject="none"):
    """Rows that may repeat."""

    town: str = pa.Field(description="Town.")


def is_valid(contract: type[TableContract], **columns: list[object]) -> bool:
    try:
        contract.validate(pl.DataFrame(columns), lazy=True)
    except pandera.errors.SchemaErrors:
        return False
    return True


def test_facts_are_those_of_the_class_line() -> None:
    assert facts_of(Visits) == TableFacts("shop.visits", ("day", "who"), "day", ("who",))


def test_the_key_is_unique_unless_the_contract_says_otherwise() -> None:
    assert is_valid(Towns, town=["a", "b"])
    assert not is_valid(Towns, town=["a", "a"])
    assert is_valid(Places, town=["a", "a"])
    assert not is_valid(Towns, town=["a"], other=["b"])


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"table": "shop.x", "key": ("nope",), "subject": "none"}, "X of shop.x names nope; its columns: town"),
        ({"table": "shop.x", "key": ("town",), "days": "day", "subject": "none"}, "names day"),
        ({"table": "shop.x", "key": ("town",), "subject": ("who",)}, "names who"),
        ({"table": "shop.x", "key": ("town",)}, "a contract of shop.x states its key and its subject"),
        ({"table": "shop.x", "subject": "none"}, "a contract of shop.x states its key and its subject"),
    ],
)
def test_a_contract_that_names_what_it_does_not_have_is_refused(facts: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        type("X", (TableContract,), {"__annotations__": {"town": str}, "town": pa.Field(), "__module__": "x"}, **facts)


def test_a_table_with_a_column_that_names_a_person_says_so() -> None:
    for contract in CONTRACTS:
        columns = set(contract.to_schema().columns)
        subject = facts_of(contract).subject
        if columns & set(NAMES_A_PERSON):
            assert isinstance(subject, tuple), facts_of(contract).table
            assert columns & set(NAMES_A_PERSON) <= {*subject, *(SOME_DETAIL.get(facts_of(contract).table, ()))}


SOME_DETAIL = {"identity.persons": ("user_id", "email", "phone")}
"""Columns of people that do not name the row's person by themselves: a person's strongest identifiers."""
