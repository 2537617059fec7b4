"""The tables of behaviour, made of person sums: rows of all people where they change with the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.incremental.plan import Plan
from dmp_assets.foundation.incremental.update import Made, TooLarge
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.profiles.affinities import build_affinities
from dmp_assets.profiles.engagement import ENGAGEMENT_WINDOW_DAYS, build_engagement
from dmp_assets.profiles.history import build_profile_history, month_ends
from dmp_assets.profiles.lifecycle import build_lifecycle
from dmp_assets.profiles.preferences import build_preferences
from dmp_assets.profiles.profiles import build_profiles
from dmp_assets.profiles.schema.activity import Engagement, Lifecycle, Places, ProfileHistory, Touches
from dmp_assets.profiles.schema.interests import Affinities, Preferences
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets.profiles.schema.sums import SummedInputs
from dmp_assets.profiles.sums.basis import Basis
from dmp_assets.profiles.sums.update import UpdatedSums, sum_up_everybody, update_sums


@dataclass(frozen=True)
class ProfilesStep:
    """The step that updates the tables of behaviour (``foundation.incremental.update.UpdateStep``)."""

    basis: Basis
    """What they are to be made of."""
    stored: Mapping[Contract, StoredTable]
    """All tables of behaviour, the person sums, and what these were made of."""
    customers: pl.DataFrame
    """``RawCustomers`` with person_id."""
    counts: str = "people summed"

    @property
    def stored_inputs(self) -> StoredTable:
        """``SummedInputs`` of the stored sums."""
        return self.stored[SummedInputs]

    def inputs(self) -> pl.DataFrame:
        """Return what the sums are to be made of (``SummedInputs``)."""
        return self.basis.inputs(self.stored)

    def incremental(self, plan: Plan) -> Made | TooLarge:
        """Return the rows of people whose sums change, and of all people where rows change with the day."""
        # The look-ups share a file that stays open: opening it costs as much as a look-up.
        with self.stored_inputs.warehouse.get_connection(read_only=True):
            sums = update_sums(self.basis, self.stored, plan)
            return sums if isinstance(sums, TooLarge) else self._made(sums)

    def full_refresh(self) -> Made:
        """Return all rows, made of the sums of all days."""
        return self._made(sum_up_everybody(self.basis, self.stored))

    def _made(self, sums: UpdatedSums) -> Made:
        return Made(tables=profile_tables(sums, self.basis, self.customers), counted=sums.people)


def profile_tables(sums: UpdatedSums, basis: Basis, customers: pl.DataFrame) -> dict[Contract, TableRows]:
    """Return the rows of every table of behaviour, and of those that the next update builds on.

    Args:
        sums: The person sums.
        basis: What they were made of.
        customers: ``RawCustomers`` with person_id.
    """
    day, facts, part, replaced = basis.as_of_date, sums.facts.lazy(), sums.part, sums.replaced
    window = Days(day - timedelta(days=ENGAGEMENT_WINDOW_DAYS - 1), day)
    visits, answers = basis.events.visits_and_answers(basis.visitors, window)
    named = pl.col("person_id").cast(pl.String)
    return {
        Profiles: TableRows(build_profiles(sums.facts, customers, day)),
        Affinities: TableRows(build_affinities(part.interest_sums.lazy()), replaced),
        Preferences: TableRows(build_preferences(part.favourite_sums.lazy()), replaced),
        Engagement: TableRows(build_engagement(facts, visits, answers, day, basis.half_life_days)),
        Lifecycle: TableRows(build_lifecycle(facts, day)),
        Touches: TableRows(part.touches.with_columns(named), replaced),
        Places: TableRows(part.places.with_columns(named), replaced),
        ProfileHistory: _history(sums, day),
        **sums.stored,
    }


def _history(sums: UpdatedSums, day: date) -> TableRows:
    rows = build_profile_history(sums.months, day, sums.snapshots_after)
    if sums.snapshots_after is None:
        return TableRows(rows)
    # The day is the key: a snapshot is replaced whole, also by one without some people of the old one.
    ends = month_ends(sums.snapshots_after + timedelta(days=1), day)
    return TableRows(rows, ends.alias("as_of_date").to_frame())
