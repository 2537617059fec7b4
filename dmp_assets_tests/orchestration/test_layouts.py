"""The list of layouts fits the code: its newest number, the tables that it leads to, those that must not be lost."""

from dmp_assets.domains import TABLES
from dmp_assets.foundation.warehouse.layout import LAYOUT
from dmp_assets.foundation.warehouse.layout_steps import AlterTable
from dmp_assets.orchestration.layouts import IRREPLACEABLE, STEPS, former_names

NAMES = {table.qualified_name for table in TABLES}


def test_the_newest_steps_lead_to_the_layout_of_the_code_and_no_number_is_left_out() -> None:
    assert sorted(STEPS) == list(range(2, LAYOUT + 1))


def test_every_table_that_files_cannot_give_back_has_a_contract() -> None:
    """Renamed in its contract alone, such a table would be dropped: rename it by a step, and in the list."""
    assert set(IRREPLACEABLE) <= NAMES


def test_the_newest_renames_lead_to_tables_that_are_there_from_names_that_are_free() -> None:
    assert set(former_names().values()) <= NAMES
    assert not set(former_names()) & NAMES


def test_steps_change_only_tables_that_files_cannot_give_back() -> None:
    """Any other table is made anew where it does not fit, from the files, which no cast can get wrong."""
    changed = {step.table for step in STEPS[LAYOUT] if isinstance(step, AlterTable)}
    assert changed <= set(IRREPLACEABLE)
