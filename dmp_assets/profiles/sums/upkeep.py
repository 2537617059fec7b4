"""Keeping the sums of profiles up with the days: those of people who did something since, or everybody's anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from dmp_assets.foundation.incremental.inputs import RULES, changed_days, is_same
from dmp_assets.foundation.publishing.publish import TableRows
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.foundation.warehouse.write import Days
from dmp_assets.profiles.schema.activity import Places, Touches
from dmp_assets.profiles.schema.sums import RunningSums, SummedBrands, SummedInputs, SummedValues, SummedVisitors
from dmp_assets.profiles.sums.basis import Basis, last_summed
from dmp_assets.profiles.sums.moved import STRETCH, moved_people, other_rows
from dmp_assets.profiles.sums.stored import MONTHS, SCALARS, from_stored, months_of, new_values, to_stored
from dmp_assets.profiles.sums.sum_up import Sums, added

EVERYTHING, DIFFERENCE = "everything", "difference"

MOST_PEOPLE = 0.25
"""Adding to the sums of a larger share of the people costs more than it saves."""


@dataclass(frozen=True)
class Upkeep:
    """The sums as they are now."""

    part: Sums
    """Of the people whose sums changed; of everybody where nothing is ``replaced``."""
    facts: pl.DataFrame
    """``Sums.facts`` of everybody, without lists of days."""
    months: pl.DataFrame
    """``Sums.months`` of everybody; nobody's if no snapshot is to be made."""
    snapshots_after: date | None
    """Snapshots of later days are to be made; None: all of them."""
    replaced: pl.DataFrame | None
    """person_id of the people whose rows go before; None: everybody's."""
    stored: Mapping[Contract, TableRows]
    """The tables that the next run builds on."""
    metadata: Mapping[str, Any]
    """Which way it went, and how many people's sums changed."""


def keep_up(
    basis: Basis, stored: Mapping[Contract, StoredTable], *, anew: bool, let_go: Callable[[], None] = lambda: None
) -> Upkeep:
    """Return what makes the stored sums those of all days.

    Args:
        basis: What the sums are to be made of.
        stored: All tables of behaviour, the sums and what they were made of among them.
        anew: Sum up all days, whatever is stored.
        let_go: Called before all days are summed up, which takes longer than a writer waits: closes the warehouse, if
            it is held open.

    Days after those that were summed are added to the sums of the people who did something on them. Summed anew, of
    all their days, is whoever did something on an earlier day that is not what it was, whose identifiers or whose
    items' brands are other ones.
    """
    inputs = basis.inputs(stored)
    made_of = inputs.clear() if anew else stored[SummedInputs].frame()
    reason = "asked for" if anew else _why_anew(made_of, inputs)
    if reason is None:
        found = _add(basis, stored, made_of, inputs)
        if found is not None:
            return found
        reason = f"it concerns more than {MOST_PEOPLE:.0%} of the people"
    let_go()
    sums = basis.sum_up_all_days()
    values = new_values(sums, pl.DataFrame(schema=stored[SummedValues].table.polars_schema))
    return Upkeep(
        part=sums,
        facts=sums.facts.select(SCALARS).with_columns(pl.col("person_id").cast(pl.String)),
        months=sums.months,
        snapshots_after=None,
        replaced=None,
        stored={
            RunningSums: TableRows(to_stored(sums, values, basis.as_of_date)),
            SummedValues: TableRows(values),
            SummedVisitors: TableRows(basis.visitors.select(STRETCH)),
            SummedBrands: TableRows(basis.brands()),
            SummedInputs: TableRows(inputs),
        },
        metadata=_metadata(EVERYTHING, reason, sums.facts.height),
    )


def _why_anew(made_of: pl.DataFrame, inputs: pl.DataFrame) -> str | None:
    """Return why the stored sums cannot be built on; None if they can."""
    if made_of.is_empty():
        return "no sums to build on"
    if not is_same(made_of, inputs, RULES):
        return "the settings, the code or the layout of the tables changed"
    if last_summed(inputs) < last_summed(made_of):
        return f"the sums are those of a later day, {last_summed(made_of)}"
    return None


def _add(
    basis: Basis, stored: Mapping[Contract, StoredTable], made_of: pl.DataFrame, inputs: pl.DataFrame
) -> Upkeep | None:
    """Return the sums with what is other since; None where that concerns too many people."""
    changed = changed_days(made_of, inputs)
    until = last_summed(made_of)
    late = changed.filter(pl.col("event_date") <= until).select("event_date")
    stretches, brands = basis.visitors.select(STRETCH), basis.brands()
    gone_visitors, come_visitors = other_rows(stored[SummedVisitors].frame(), stretches)
    other_visitors = pl.concat([gone_visitors, come_visitors]).select("visitor_id").unique()
    other_items = pl.concat(other_rows(stored[SummedBrands].frame(), brands)).select("item_id").unique()
    running = stored[RunningSums]
    again = pl.concat(
        [
            moved_people(gone_visitors, come_visitors, _first_seen_after(basis, come_visitors, until)),
            _people_of_days(basis, running, late),
            basis.events.people_of_items(other_items, basis.visitors),
        ]
    ).unique()
    facts = running.lazy(columns=SCALARS).collect()
    if again.len() > MOST_PEOPLE * facts.height:
        return None
    visitors = basis.coded_visitors
    codes = visitors.schema["person_id"]
    did = basis.events.of_days(visitors, Days(until + timedelta(days=1), basis.as_of_date))
    theirs = basis.visitors.filter(pl.col("person_id").is_in(again.implode())).select("visitor_id").unique()
    if not theirs.is_empty():
        past = basis.events.matching(theirs, visitors)
        # Who is nobody now has no events either.
        did = added(did, past.until(until), again.cast(codes, strict=False).drop_nulls())
    touched = did.people().cast(pl.String)
    gone = pl.concat([touched, again]).unique().sort().alias("person_id").to_frame()
    if gone.height > MOST_PEOPLE * facts.height:
        return None
    before = running.matching(gone)
    coded = pl.col("person_id").cast(codes)
    kept = before.filter(~pl.col("person_id").is_in(again.implode())).with_columns(coded)
    kept_people = kept.select(pl.col("person_id").cast(pl.String))
    touches, places = (stored[contract].matching(kept_people).with_columns(coded) for contract in (Touches, Places))
    values = stored[SummedValues].frame()
    sums = basis.sum_up(did, from_stored(kept, touches, places, values, basis.window_days))
    fresh = new_values(sums, values)
    after, months = _snapshots(running, before, sums, gone, until, basis.as_of_date)
    named = pl.col("person_id").cast(pl.String)
    return Upkeep(
        part=sums,
        facts=pl.concat([facts.join(gone, on="person_id", how="anti"), sums.facts.select(SCALARS).with_columns(named)]),
        months=months,
        snapshots_after=after,
        replaced=gone,
        stored={
            RunningSums: TableRows(to_stored(sums, pl.concat([values, fresh]), basis.as_of_date), gone),
            SummedValues: TableRows(fresh, fresh.select("value_id").clear()),
            SummedVisitors: TableRows(stretches.join(other_visitors, on="visitor_id", how="semi"), other_visitors),
            SummedBrands: TableRows(brands.join(other_items, on="item_id", how="semi"), other_items),
            SummedInputs: TableRows(inputs),
        },
        metadata=_metadata(DIFFERENCE, f"{changed.height} days added or changed", gone.height),
    )


def _first_seen_after(basis: Basis, come: pl.DataFrame, until: date) -> pl.DataFrame:
    """Return visitor_id of those who come and had not been seen by the end of a day."""
    parts = pl.col("visitor_id").str.splitn(":", 2)
    named = come.select(
        "visitor_id", identifier_type=parts.struct.field("field_0"), identifier=parts.struct.field("field_1")
    ).unique()
    key = ["identifier_type", "identifier"]
    seen = basis.identifiers.matching(named.select(key), (*key, "first_seen_at"))
    begins = datetime.combine(until + timedelta(days=1), time())
    return named.join(seen.filter(pl.col("first_seen_at") >= begins), on=key, how="semi").select("visitor_id")


def _people_of_days(basis: Basis, running: StoredTable, days: pl.DataFrame) -> pl.Series:
    """Return who did something on the days, as they are now or as they were summed."""
    if days.is_empty():
        return pl.Series("person_id", [], pl.String)
    were = running.lazy(columns=("person_id", "active_dates")).explode("active_dates", empty_as_null=False)
    were_there = were.join(days.lazy(), left_on="active_dates", right_on="event_date", how="semi").collect()
    return pl.concat([were_there["person_id"], basis.events.matching(days, basis.visitors).people()])


def _snapshots(
    running: StoredTable, before: pl.DataFrame, sums: Sums, gone: pl.DataFrame, until: date, as_of_date: date
) -> tuple[date, pl.DataFrame]:
    """Return after which day snapshots are to be made, and the months that they need: none if there are none to make.

    A snapshot is made again only if somebody's orders by then are other ones: its scores compare everybody.
    """
    columns = ["person_id", "month_end", "orders", "revenue", "last_order_date"]
    coded = sums.months.select(columns)
    are = coded.with_columns(pl.col("person_id").cast(pl.String))
    first = pl.concat([rows["month_end"] for rows in other_rows(months_of(before).select(columns), are)]).min()
    after = until if not isinstance(first, date) or first > until else first - timedelta(days=1)
    if (as_of_date + timedelta(days=1)).replace(day=1) <= after + timedelta(days=1):
        return after, coded.clear()
    others = running.lazy(columns=MONTHS).collect().join(gone, on="person_id", how="anti")
    codes = coded.schema["person_id"]
    return after, pl.concat([months_of(others.with_columns(pl.col("person_id").cast(codes))).select(columns), coded])


def _metadata(way: str, reason: str, people: int) -> dict[str, Any]:
    return {"summed": way, "because": reason, "people summed": people}
