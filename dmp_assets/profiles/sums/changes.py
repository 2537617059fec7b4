"""The changes since the stored sums were made, and the people whose sums became wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.foundation.incremental.plan import Plan
from dmp_assets.foundation.values.calendar import end_of
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.profiles.schema.sums import SummedBrands, SummedVisitors
from dmp_assets.profiles.sums.basis import Basis
from dmp_assets.profiles.sums.moved import PERIOD, changed_rows, moved_people


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The changes since the stored sums were made."""

    stored_until: date
    """The last day that they count."""
    late_days: pl.DataFrame
    """``event_date`` of the changed days among those that the stored sums count."""
    removed_periods: pl.DataFrame
    """Removed rows of ``Visitors``."""
    added_periods: pl.DataFrame
    """Added rows of ``Visitors``."""
    items: pl.DataFrame
    """``item_id`` of the items whose brand changed in the catalogue."""

    @property
    def visitors(self) -> pl.DataFrame:
        """``visitor_id`` of each visitor with a removed or added period."""
        return pl.concat([self.removed_periods, self.added_periods]).select("visitor_id").unique()


def find_changes(basis: Basis, stored: Mapping[Contract, StoredTable], plan: Plan) -> Changes:
    """Return what changed, by comparing what the sums were made of with what is there now."""
    if plan.stored_until is None:
        raise ValueError("the inputs of person sums do not say which day they count last")
    late = [day for day in plan.changed_days if day <= plan.stored_until]
    removed, added = changed_rows(stored[SummedVisitors].frame(), basis.visitors.select(PERIOD))
    brands = changed_rows(stored[SummedBrands].frame(), basis.brands())
    return Changes(
        stored_until=plan.stored_until,
        late_days=pl.DataFrame({"event_date": late}, schema={"event_date": pl.Date}),
        removed_periods=removed,
        added_periods=added,
        items=pl.concat(brands).select("item_id").unique(),
    )


def people_to_recompute(basis: Basis, person_sums: StoredTable, changes: Changes) -> pl.Series:
    """Return person_id of the people whose stored sums became wrong.

    Args:
        basis: What the sums are to be made of.
        person_sums: ``RunningSums`` as stored.
        changes: What changed.

    Nothing can be taken out of a sum, so all days of these people are summed again. A person who is missing here keeps
    sums with events that changed, or that are another person's now.
    """
    return pl.concat(
        [
            moved_people(changes.removed_periods, changes.added_periods, _first_seen_after(basis, changes)),
            _people_of_days(basis, person_sums, changes.late_days),
            basis.events.people_of_items(changes.items, basis.visitors),
        ]
    ).unique()


def _first_seen_after(basis: Basis, changes: Changes) -> pl.DataFrame:
    """Return visitor_id of the added ones that were seen first after the last day of the stored sums."""
    # They have no event in any stored sum, so their person's sums stay right: a new device recomputes nobody.
    parts = pl.col("visitor_id").str.splitn(":", 2)
    named = changes.added_periods.select(
        "visitor_id", identifier_type=parts.struct.field("field_0"), identifier=parts.struct.field("field_1")
    ).unique()
    key = ["identifier_type", "identifier"]
    seen = basis.identifiers.matching(named.select(key), (*key, "first_seen_at"))
    begins = end_of(changes.stored_until, basis.time_zone)
    return named.join(seen.filter(pl.col("first_seen_at") >= begins), on=key, how="semi").select("visitor_id")


def _people_of_days(basis: Basis, person_sums: StoredTable, days: pl.DataFrame) -> pl.Series:
    """Return the people who did anything on the days, now or when the days were summed."""
    if days.is_empty():
        return pl.Series("person_id", [], pl.String)
    # A removed event is in no table any more; only the stored days of its person show whose sums still hold it.
    were = person_sums.lazy(columns=("person_id", "active_dates")).explode("active_dates", empty_as_null=False)
    were_there = were.join(days.lazy(), left_on="active_dates", right_on="event_date", how="semi").collect()
    return pl.concat([were_there["person_id"], basis.events.matching(days, basis.visitors).people()])
