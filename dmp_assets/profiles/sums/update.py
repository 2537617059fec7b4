"""The update of person sums: later days are added, and people whose sums became wrong are recomputed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.incremental.plan import LARGEST_SHARE, Plan, is_too_large
from dmp_assets.foundation.incremental.update import TooLarge
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.profiles.orders_of_persons import build_orders_of_persons
from dmp_assets.profiles.schema.activity import Places, Touches
from dmp_assets.profiles.schema.orders import OrdersOfPersons
from dmp_assets.profiles.schema.sums import RunningSums, SummedItems, SummedValues, SummedVisitors
from dmp_assets.profiles.sums.basis import Basis
from dmp_assets.profiles.sums.changes import Changes, find_changes, people_to_recompute
from dmp_assets.profiles.sums.moved import PERIOD, changed_rows
from dmp_assets.profiles.sums.stored import (
    MONTHS,
    SCALARS,
    facts_of_people,
    from_stored,
    months_of,
    new_values,
    to_stored,
)
from dmp_assets.profiles.sums.sum_up import PersonEvents, Sums, added

Stored = Mapping[Contract, StoredTable]

_AS_TEXT = pl.col("person_id").cast(pl.String)
_MONTH_COLUMNS = ["person_id", "month_end", "orders", "revenue", "last_order_date"]


@dataclass(frozen=True, kw_only=True)
class UpdatedSums:
    """The sums as they are now."""

    part: Sums
    """Of the people whose sums changed; of all people after a full refresh."""
    facts: pl.DataFrame
    """``Sums.facts`` of all people, without lists of days."""
    months: pl.DataFrame
    """``Sums.months`` of all people; empty if no snapshot is to be made."""
    snapshots_after: date | None
    """Snapshots of later days than this one are to be made; None: all snapshots."""
    replaced: pl.DataFrame | None
    """person_id of the people whose rows are replaced; None: those of all people."""
    stored: Mapping[Contract, TableRows]
    """The tables that the next update builds on."""

    @property
    def people(self) -> int:
        """The number of people whose sums were made or removed."""
        return self.part.facts.height if self.replaced is None else self.replaced.height


def sum_up_everybody(basis: Basis, stored: Stored) -> UpdatedSums:
    """Return the sums of all people, over all days."""
    sums = basis.sum_up_all_days()
    values = new_values(sums, pl.DataFrame(schema=stored[SummedValues].table.polars_schema))
    return UpdatedSums(
        part=sums,
        facts=sums.facts.select(SCALARS).with_columns(_AS_TEXT),
        months=sums.months,
        snapshots_after=None,
        replaced=None,
        stored={
            OrdersOfPersons: TableRows(
                build_orders_of_persons(
                    basis.events.orders_until(basis.as_of_date, basis.coded_visitors), basis.as_of_date
                )
            ),
            RunningSums: TableRows(to_stored(sums, values, basis.as_of_date)),
            SummedValues: TableRows(values),
            SummedVisitors: TableRows(basis.visitors.select(PERIOD)),
            SummedItems: TableRows(basis.catalogue()),
        },
    )


def update_sums(basis: Basis, stored: Stored, plan: Plan) -> UpdatedSums | TooLarge:
    """Return the stored sums with what changed since.

    Args:
        basis: What the sums are to be made of.
        stored: The sums, and what they were made of.
        plan: The days that changed.

    Days after the stored ones are added to the sums of the people who did something on them. A person is recomputed
    from all days if one of their earlier days changed, if they gained or lost an identifier with a past, or if the
    brand or category of an item in their events or orders changed.
    """
    changes = find_changes(basis, stored, plan)
    recomputed = people_to_recompute(basis, stored, changes)
    facts = facts_of_people(stored[RunningSums].lazy(columns=SCALARS)).collect()
    too_large = TooLarge(f"it concerns more than {LARGEST_SHARE:.0%} of the people")
    # Asked before the look-up of their past, which many people are not worth, and again with the people of later days.
    if is_too_large(recomputed.len(), facts.height):
        return too_large
    did = events_to_add(basis, changes.stored_until, recomputed)
    replaced = pl.concat([did.people().cast(pl.String), recomputed]).unique().sort().alias("person_id").to_frame()
    if is_too_large(replaced.height, facts.height):
        return too_large
    # Recomputed people start from nothing: their whole past is in ``did``, and with their stored sums it would count
    # twice. All other replaced people go on from their stored sums.
    before = stored[RunningSums].matching(replaced)
    values = stored[SummedValues].frame()
    kept = before.filter(~pl.col("person_id").is_in(recomputed.implode()))
    sums = basis.sum_up(did, _as_computed(basis, stored, kept, values))
    after, months = _snapshots(stored[RunningSums], before, sums, changes.stored_until, basis.as_of_date)
    others = facts.join(replaced, on="person_id", how="anti")
    return UpdatedSums(
        part=sums,
        facts=pl.concat([others, sums.facts.select(SCALARS).with_columns(_AS_TEXT)]),
        months=months,
        snapshots_after=after,
        replaced=replaced,
        stored={
            OrdersOfPersons: _orders_of(basis, did, recomputed),
            **_to_write(basis, sums, values, replaced, changes),
        },
    )


def events_to_add(basis: Basis, until: date, recomputed: pl.Series) -> PersonEvents:
    """Return what all people did after a day, and all that the recomputed people ever did."""
    visitors = basis.coded_visitors
    since = basis.events.of_days(visitors, Days(until + timedelta(days=1), basis.as_of_date))
    theirs = _visitors_of(basis, recomputed)
    if theirs.is_empty():
        return since
    # Cut at the day, because ``since`` has their later days.
    past = basis.events.matching(theirs, visitors).until(until)
    # A person who was removed has no visitors, so no events, and no code. Their stored sums are only deleted.
    coded = recomputed.cast(visitors.schema["person_id"], strict=False).drop_nulls()
    return added(since, past, coded)


def _visitors_of(basis: Basis, people: pl.Series) -> pl.DataFrame:
    return basis.visitors.filter(pl.col("person_id").is_in(people.implode())).select("visitor_id").unique()


def _orders_of(basis: Basis, did: PersonEvents, recomputed: pl.Series) -> TableRows:
    """Return the orders of recomputed people and of those who ordered since, numbered again, in place of theirs."""
    ordered = did.orders.select(_AS_TEXT).unique().collect(engine="streaming")["person_id"]
    people = pl.concat([ordered, recomputed]).unique().sort().alias("person_id").to_frame()
    orders = basis.events.orders_matching(_visitors_of(basis, people["person_id"]), basis.visitors)
    # A shared visitor has orders of others too, which are numbered already.
    theirs = orders.join(people.lazy(), on="person_id", how="semi")
    return TableRows(build_orders_of_persons(theirs, basis.as_of_date), people)


def _as_computed(basis: Basis, stored: Stored, rows: pl.DataFrame, values: pl.DataFrame) -> Sums:
    """Return stored sums of some people as ``Sums``."""
    people = rows.select("person_id")
    coded = pl.col("person_id").cast(basis.coded_visitors.schema["person_id"])
    touches, places = (stored[contract].matching(people).with_columns(coded) for contract in (Touches, Places))
    return from_stored(rows.with_columns(coded), touches, places, values, basis.window_days)


def _to_write(
    basis: Basis, sums: Sums, values: pl.DataFrame, replaced: pl.DataFrame, changes: Changes
) -> dict[Contract, TableRows]:
    """Return the rows of the tables that the next update builds on, and the replaced keys."""
    fresh = new_values(sums, values)
    visitors, items = changes.visitors, changes.items
    periods = basis.visitors.select(PERIOD).join(visitors, on="visitor_id", how="semi")
    return {
        RunningSums: TableRows(to_stored(sums, pl.concat([values, fresh]), basis.as_of_date), replaced),
        # No key: values are only added, as stored sums of other people name the old ones.
        SummedValues: TableRows(fresh, fresh.select("value_id").clear()),
        SummedVisitors: TableRows(periods, visitors),
        SummedItems: TableRows(basis.catalogue().join(items, on="item_id", how="semi"), items),
    }


def _snapshots(
    person_sums: StoredTable, before: pl.DataFrame, sums: Sums, until: date, as_of_date: date
) -> tuple[date, pl.DataFrame]:
    """Return the day after which snapshots are to be made, and the months that they need, if any.

    Args:
        person_sums: ``RunningSums`` as stored.
        before: Its rows of the people whose sums changed.
        sums: Their sums as they are now.
        until: Last day that the stored sums count.
        as_of_date: Last day that counts now.

    A snapshot is made again only if the orders of any person by its day changed, because its scores compare all people.
    """
    coded = sums.months.select(_MONTH_COLUMNS)
    changed = changed_rows(months_of(before).select(_MONTH_COLUMNS), coded.with_columns(_AS_TEXT))
    first = pl.concat([rows["month_end"] for rows in changed]).min()
    after = until if not isinstance(first, date) or first > until else first - timedelta(days=1)
    if (as_of_date + timedelta(days=1)).replace(day=1) <= after + timedelta(days=1):
        return after, coded.clear()
    # New people have no stored row, so ``before`` has all people whose stored rows are replaced.
    others = person_sums.lazy(columns=MONTHS).collect().join(before, on="person_id", how="anti")
    codes = coded.schema["person_id"]
    others = others.with_columns(pl.col("person_id").cast(codes))
    return after, pl.concat([months_of(others).select(_MONTH_COLUMNS), coded])
