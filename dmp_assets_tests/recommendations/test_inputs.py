"""By what neighbours, pairs and lists are made again: how many lines are other ones, and what else changed."""

from datetime import date, timedelta

import polars as pl
import pytest

from dmp_assets.foundation.incremental.inputs import RULES, InputState, input_table
from dmp_assets.recommendations.inputs import NOTHING_STORED, OTHER_RULES, made_on, why_relate, why_serve
from dmp_assets.recommendations.schema.tasks import AS_OF, CATALOGUE, CHOICE, REFUSED, SOURCES

DAY = date(2026, 6, 30)


def relations(
    rows: dict[int, tuple[int, str]],
    as_of: date = DAY,
    refused: str = "nobody",
    rules: str = "rules",
    catalogue: str = "items",
) -> pl.DataFrame:
    """Return ``RelationInputs`` from number of the day -> lines and their fingerprint."""
    days = {DAY - timedelta(days=100 - number): InputState(*state) for number, state in rows.items()}
    others = {AS_OF: as_of.isoformat(), REFUSED: refused, CATALOGUE: catalogue, RULES: rules}
    return input_table(days, {name: InputState(0, said) for name, said in others.items()})


MADE_OF = {1: (5_000, "a"), 2: (5_000, "b")}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({3: (101, "c")}, None),
        ({3: (102, "c")}, "102 of 10,102 lines are new or gone"),
        ({2: (5_000, "c")}, "5,000 of 10,000 lines are new or gone"),
        ({2: (0, "")}, "5,000 of 5,000 lines are new or gone"),
        ({2: (10, "c")}, "5,000 of 5,010 lines are new or gone"),
        ({3: (0, "c")}, None),
    ],
)
def test_relations_are_kept_until_one_line_in_a_hundred_is_another(changed: dict, reason: str | None):
    assert why_relate(relations(MADE_OF), relations(MADE_OF | changed)) == reason


def test_relations_of_other_rules_refusals_catalogues_or_later_days_are_made_again():
    made_of = relations(MADE_OF)
    assert why_relate(made_of.clear(), made_of) == NOTHING_STORED
    assert why_relate(made_of, relations(MADE_OF, rules="others")) == OTHER_RULES
    assert why_relate(made_of, relations(MADE_OF, refused="ann")) == "other people refuse"
    assert why_relate(made_of, relations(MADE_OF, catalogue="others")) == "the catalogue changed"
    assert (
        why_relate(made_of, relations(MADE_OF, DAY - timedelta(days=1))) == f"the stored tables know days up to {DAY}"
    )
    assert why_relate(made_of, relations(MADE_OF, DAY + timedelta(days=1))) is None
    assert made_on(made_of) == DAY


def test_lists_are_made_again_where_any_input_is_another():
    names = (*SOURCES, CHOICE, AS_OF)
    states = {name: InputState(1, "as it was") for name in (*names, RULES)}
    made_of = input_table({}, states)
    assert why_serve(made_of.clear(), made_of) == NOTHING_STORED
    assert why_serve(made_of, made_of.reverse()) is None
    assert why_serve(made_of, input_table({}, states | {RULES: InputState(1, "other")})) == OTHER_RULES
    for name in names:
        assert why_serve(made_of, input_table({}, states | {name: InputState(1, "other")})) == f"changed: {name}"
