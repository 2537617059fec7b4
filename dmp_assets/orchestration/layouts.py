"""What each layout of the warehouse changed, and the upgrade of a folder of an older release."""

from collections.abc import Callable, Mapping, Sequence

from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.layout import LAYOUT
from dmp_assets.foundation.warehouse.layout_steps import LayoutStep, RenameTable
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.upgrade import Design, upgrade

STEPS: Mapping[int, Sequence[LayoutStep]] = {
    2: (
        RenameTable("reporting.quality", "quality.quality"),
        RenameTable("reporting.column_profiles", "quality.column_profiles"),
    ),
}
"""Layout number -> what leads to it from the one before. A released layout's steps never change."""

FORMER_VIEWS = {"order_values": "orders_of_persons", "top_items": "product_performance"}
"""Name that a view had -> the view that has all of its columns under their names, and more."""

IRREPLACEABLE = {
    "ingest.landing_files": "when each file arrived: the day of its records without a readable time",
    "ingest.landing_days": "which days each file touches: without it the files of every day would count as removed",
    "identity.moves": "who moved from person to person, and why",
    "identity.identifiers": "the person of each identifier after the last run, which the next run reports moves from",
    "activation.deliveries": "which audience went where, and when",
    "activation.delivered_people": "who was in each delivery, and why others were not",
    "activation.held_identifiers": "what each destination holds, without which nobody could be removed there",
    "identity.verdicts": "what the rules took out in the last run, with which the next run explains moves",
}
"""Tables that the landing files cannot give back, with what would be lost. ``ops`` is never touched but by steps."""


def upgrade_warehouse(
    warehouse: Warehouse, tables: Sequence[Table], tell: Callable[[str], object], *, is_trial: bool = False
) -> bool:
    """Bring the warehouse to this release's layout, and return whether there was anything to do.

    Args:
        warehouse: The warehouse; a file that is not there is not made.
        tables: Every table, by its contract.
        tell: Takes a line before each change.
        is_trial: Only say what would be done.

    Raises:
        LayoutError: The warehouse is newer than this code, or something would be lost.
    """
    design = Design(tables=tables, steps=STEPS, irreplaceable=IRREPLACEABLE.keys())
    return upgrade(warehouse, design, tell, is_trial=is_trial)


def former_names() -> dict[str, str]:
    """Return the names that tables had in the last layout, each with the present one."""
    return {step.table: step.result for step in STEPS[LAYOUT] if isinstance(step, RenameTable)}
