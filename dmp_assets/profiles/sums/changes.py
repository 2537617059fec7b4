"""The changes since the stored sums were made, and the people whose sums became wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.foundation.incremental.inputs import DAY
from dmp_assets.foundation.incremental.plan import Plan, is_too_large
from dmp_assets.foundation.values.calendar import end_of
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.orders.schema import Orders, Reversals
from dmp_assets.profiles.orders_of_persons import buyers_of_changed_orders
from dmp_assets.profiles.schema.orders import OrdersOfPersons
from dmp_assets.profiles.schema.sums import RunningSums, SummedInputs, SummedItems, SummedVisitors
from dmp_assets.profiles.sums.basis import Basis
from dmp_assets.profiles.sums.event_tables import differing_tables
from dmp_assets.profiles.sums.moved import PERIOD, changed_rows, moved_people

_ORDERS, _REVERSALS = Table(Orders).name, Table(Reversals).name


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The changes since the stored sums were made."""

    stored_until: date
    """The last day that they count."""
    late_days: pl.DataFrame
    """``event_date`` of the changed days among those that the stored sums count, without ``order_days``."""
    order_days: pl.DataFrame
    """``event_date`` of those on which nothing but ``orders.orders`` and ``orders.reversals`` changed.

    A refund changes the status of its order, and is a reversal of its own day.
    """
    reversal_days: pl.DataFrame
    """``event_date`` of the ``order_days`` on which ``orders.reversals`` changed."""
    removed_periods: pl.DataFrame
    """Removed rows of ``Visitors``."""
    added_periods: pl.DataFrame
    """Added rows of ``Visitors``."""
    items: pl.DataFrame
    """``item_id`` of the items whose brand or category changed in the catalogue."""

    @property
    def visitors(self) -> pl.DataFrame:
        """``visitor_id`` of each visitor with a removed or added period."""
        return pl.concat([self.removed_periods, self.added_periods]).select("visitor_id").unique()


def find_changes(basis: Basis, stored: Mapping[Contract, StoredTable], plan: Plan) -> Changes:
    """Return what changed, by comparing what the sums were made of with what is there now."""
    if plan.stored_until is None:
        raise ValueError("the inputs of person sums do not say which day they count last")
    late = pl.DataFrame({"event_date": plan.changed_days}, schema={"event_date": pl.Date})
    late = late.filter(pl.col("event_date") <= plan.stored_until)
    days = {
        day: tables
        for day, tables in _differing(basis, stored[SummedInputs], late["event_date"]).items()
        if tables <= {_ORDERS, _REVERSALS}
    }
    order_days, reversal_days = (
        late.filter(pl.col("event_date").is_in([day for day, tables in days.items() if name in (None, *tables)]))
        for name in (None, _REVERSALS)
    )
    removed, added = changed_rows(stored[SummedVisitors].frame(), basis.visitors.select(PERIOD))
    catalogue = changed_rows(stored[SummedItems].frame(), basis.catalogue())
    return Changes(
        stored_until=plan.stored_until,
        late_days=late.join(order_days, on="event_date", how="anti"),
        order_days=order_days,
        reversal_days=reversal_days,
        removed_periods=removed,
        added_periods=added,
        items=pl.concat(catalogue).select("item_id").unique(),
    )


def people_to_recompute(basis: Basis, stored: Mapping[Contract, StoredTable], changes: Changes) -> pl.Series:
    """Return person_id of the people whose stored sums became wrong.

    Args:
        basis: What the sums are to be made of.
        stored: The sums, and what they were made of.
        changes: What changed.

    Nothing can be taken out of a sum, so all days of these people are summed again. A person who is missing here keeps
    sums with events or orders that changed, or that are another person's now.
    """
    return pl.concat(
        [
            moved_people(changes.removed_periods, changes.added_periods, _first_seen_after(basis, changes)),
            _people_of_days(basis, stored[RunningSums], changes.late_days),
            _buyers_of_days(basis, stored[OrdersOfPersons], changes.order_days),
            _refunded_of_days(basis, stored[RunningSums], changes.reversal_days),
            basis.events.people_of_items(changes.items, basis.visitors),
        ]
    ).unique()


def _differing(basis: Basis, stored_inputs: StoredTable, days: Iterable[date]) -> dict[date, set[str]]:
    """Return the names of the tables of each day that differ from what the sums were made of."""
    rows = stored_inputs.frame().filter(pl.col("input") == DAY).select("event_date", "fingerprint")
    were = dict(rows.iter_rows())
    now = {day: state.fingerprint for day, state in basis.states.items()}
    return {day: differing_tables(were.get(day, ""), now.get(day, "")) for day in days}


def _buyers_of_days(basis: Basis, orders_of_persons: StoredTable, days: pl.DataFrame) -> pl.Series:
    """Return the people who have other orders on the days than when these were summed.

    Everybody of the days would be recomputed without it, each time that a refund changes the status of an old order.
    """
    were = orders_of_persons.matching(days.rename({"event_date": "order_date"}))
    return buyers_of_changed_orders(were, basis.events.orders_matching(days, basis.visitors))


def _refunded_of_days(basis: Basis, person_sums: StoredTable, days: pl.DataFrame) -> pl.Series:
    """Return the people with a reversal on the days now, and those who may have had one when these were summed."""
    if days.is_empty():
        return pl.Series("person_id", [], pl.String)
    # Stored sums do not say on which day a reversal was. Whoever had one on a day was active on it, and has refunds.
    columns = ("person_id", "active_dates", "refunds")
    may_have_been = _active_on(person_sums.lazy(columns=columns).filter(pl.col("refunds") > 0), days)
    are = basis.events.reversals_matching(days, basis.visitors).select("person_id").unique().collect()
    return pl.concat([may_have_been, are["person_id"]])


def _first_seen_after(basis: Basis, changes: Changes) -> pl.DataFrame:
    """Return visitor_id of the added ones that did nothing by the last day of the stored sums."""
    # They are in no stored sum, so their person's sums stay right: a new device recomputes nobody.
    parts = pl.col("visitor_id").str.splitn(":", 2)
    named = changes.added_periods.select(
        "visitor_id", identifier_type=parts.struct.field("field_0"), identifier=parts.struct.field("field_1")
    ).unique()
    key = ["identifier_type", "identifier"]
    seen = basis.identifiers.matching(named.select(key), (*key, "first_seen_at"))
    begins = end_of(changes.stored_until, basis.time_zone)
    later = named.join(seen.filter(pl.col("first_seen_at") >= begins), on=key, how="semi").select("visitor_id")
    # An order may be booked to an account that a later report names: it is older than the account's first event.
    return later.join(basis.events.buyers_until(changes.stored_until, later), on="visitor_id", how="anti")


def _people_of_days(basis: Basis, person_sums: StoredTable, days: pl.DataFrame) -> pl.Series:
    """Return the people of the days, now or when the days were summed."""
    if days.is_empty():
        return pl.Series("person_id", [], pl.String)
    # A removed event or order is in no table any more; only stored days of its person show whose sums still hold it.
    sums = person_sums.lazy(columns=("person_id", "active_dates")).collect()
    were_there = _active_on(sums.lazy(), days)
    # Everybody is summed again then, and whoever else is there now need not be looked for.
    if is_too_large(were_there.len(), sums.height):
        return were_there
    return pl.concat([were_there, basis.events.matching(days, basis.visitors).people()])


def _active_on(sums: pl.LazyFrame, days: pl.DataFrame) -> pl.Series:
    """Return person_id of those of some ``RunningSums`` who were active on any of the days, each once."""
    each = sums.select("person_id", "active_dates").explode("active_dates", empty_as_null=False)
    found = each.join(days.lazy(), left_on="active_dates", right_on="event_date", how="semi")
    people: pl.Series = found.select("person_id").unique().collect()["person_id"]
    return people
