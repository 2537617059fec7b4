"""The update of orders: only numbers with a changed report are folded again."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from dmp_assets.foundation.incremental.plan import Plan, is_too_large
from dmp_assets.foundation.incremental.update import Made, TooLarge
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.orders.fold.fold import Folded
from dmp_assets.orders.fold.numbers import numbers_of_one_form
from dmp_assets.orders.inputs import LINES_APART, Reported
from dmp_assets.orders.schema import FoldedReports, OrderInputs, OrderItems, Orders, OrderVisitors, Reversals


@dataclass(frozen=True)
class OrdersStep:
    """The step that updates the tables of orders (``foundation.incremental.update.UpdateStep``).

    A report may change an order of any other day. So all reports of a number are folded again where one of them was
    added, changed or removed, and rows are replaced by number.
    """

    reported: Reported
    """What the orders are to be made of."""
    stored: Mapping[Contract, StoredTable]
    """The tables of the step."""
    counts: str = "numbers folded"

    @property
    def stored_inputs(self) -> StoredTable:
        """``OrderInputs`` of the stored orders."""
        return self.stored[OrderInputs]

    def inputs(self) -> pl.DataFrame:
        """Return what the orders are to be made of (``OrderInputs``)."""
        return self.reported.inputs()

    def incremental(self, plan: Plan) -> Made | TooLarge:
        """Return the rows of the changed numbers, and the replaced keys."""
        # Of days that were there before most numbers may be unchanged, as in an export of everything. Added days have
        # no such.
        if plan.only_adds and is_too_large(plan.changed_rows, plan.all_rows):
            return TooLarge(f"{plan.reason}: {plan.changed_rows:,} of {plan.all_rows:,} rows")
        folded = self.stored[FoldedReports]
        # The files are opened once for all look-ups: opening them costs more than what each finds.
        with folded.warehouse.get_connection(read_only=True):
            now = self.reported.of_days(plan.changed_days)
            keys = pl.DataFrame({"event_date": plan.changed_days}, schema={"event_date": pl.Date})
            was = folded.matching(keys)
            if LINES_APART in plan.reason:
                now = pl.concat([now, self.reported.of_lines()])
                of_lines = folded.lazy().filter(pl.col("event_date").is_null()).collect()
                was, keys = pl.concat([was, of_lines]), pl.concat([keys, keys.clear(1)])
            numbers = changed_numbers(was, now)
            known = sum(commit.rows for commit in folded.commits())
            if is_too_large(numbers.height, known):
                return TooLarge(f"{plan.reason}: {numbers.height:,} numbers changed, {known:,} are known")
            # A shop's #1001 may be the web's 1001: what one of them says changes the other's order.
            written = pl.concat([folded.lazy(columns=("order_number",)), now.lazy().select("order_number")])
            numbers = numbers_of_one_form(numbers, written)
            made = self.reported.fold_numbers(numbers)
            before = self.stored[Orders].matching(numbers, ("order_id",))
        orders = pl.concat([before, made.orders.select("order_id")]).unique()
        replaced = {Orders: orders, OrderItems: orders, OrderVisitors: orders, Reversals: numbers}
        tables = {contract: TableRows(rows, replaced[contract]) for contract, rows in by_contract(made).items()}
        return Made(tables={**tables, FoldedReports: TableRows(now, keys)}, counted=numbers.height)

    def full_refresh(self) -> Made:
        """Return all rows, folded of all reports."""
        made, folded = self.reported.fold_all()
        tables = {contract: TableRows(rows) for contract, rows in by_contract(made).items()}
        return Made(tables={**tables, FoldedReports: TableRows(folded)}, counted=made.orders.height)


def changed_numbers(was: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return ``order_number`` of the numbers that are reported otherwise than before, each once.

    Args:
        was: ``FoldedReports`` of some days before.
        now: The same of now.

    >>> was = pl.DataFrame({"order_number": ["1", "2"], "event_date": [None, None], "fingerprint": [1, 2]})
    >>> now = pl.DataFrame({"order_number": ["2", "3"], "event_date": [None, None], "fingerprint": [5, 3]})
    >>> sorted(changed_numbers(was, now)["order_number"])
    ['1', '2', '3']
    """
    columns = now.columns
    differing = [
        one.join(other, on=columns, how="anti", nulls_equal=True)
        for one, other in ((was.select(columns), now), (now, was))
    ]
    return pl.concat([one.select("order_number") for one in differing]).unique()


def by_contract(made: Folded) -> dict[Contract, pl.DataFrame]:
    """Return the tables of a fold by their contracts, each in its columns."""
    frames: dict[Contract, pl.DataFrame] = {
        Orders: made.orders,
        OrderItems: made.items,
        Reversals: made.reversals,
        OrderVisitors: made.visitors,
    }
    return {contract: frame.select(Table(contract).polars_schema.names()) for contract, frame in frames.items()}
