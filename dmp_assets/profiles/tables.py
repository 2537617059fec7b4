"""The tables of behaviour made of sums: of everybody where every row changes with the day, else of a few people."""

from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.publishing.publish import TableRows
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.foundation.warehouse.write import Days
from dmp_assets.profiles.affinities import build_affinities
from dmp_assets.profiles.engagement import ENGAGEMENT_WINDOW_DAYS, build_engagement
from dmp_assets.profiles.history import build_profile_history, month_ends
from dmp_assets.profiles.lifecycle import build_lifecycle
from dmp_assets.profiles.preferences import build_preferences
from dmp_assets.profiles.profiles import build_profiles
from dmp_assets.profiles.schema.activity import Engagement, Lifecycle, Places, ProfileHistory, Touches
from dmp_assets.profiles.schema.interests import Affinities, Preferences
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets.profiles.sums.basis import Basis
from dmp_assets.profiles.sums.upkeep import Upkeep


def profile_tables(done: Upkeep, basis: Basis, customers: pl.DataFrame) -> dict[Contract, TableRows]:
    """Return the rows of every table of behaviour, and of those that the next run builds on.

    Args:
        done: The sums.
        basis: What they were made of.
        customers: ``RawCustomers`` with person_id.
    """
    day, facts, part = basis.as_of_date, done.facts.lazy(), done.part
    window = Days(day - timedelta(days=ENGAGEMENT_WINDOW_DAYS - 1), day)
    visits, answers = basis.events.visits_and_answers(basis.visitors, window)
    named = pl.col("person_id").cast(pl.String)
    return {
        Profiles: TableRows(build_profiles(done.facts, customers, day)),
        Affinities: TableRows(build_affinities(part.interest_sums.lazy()), done.replaced),
        Preferences: TableRows(build_preferences(part.favourite_sums.lazy()), done.replaced),
        Engagement: TableRows(build_engagement(facts, visits, answers, day, basis.half_life_days)),
        Lifecycle: TableRows(build_lifecycle(facts, day)),
        Touches: TableRows(part.touches.with_columns(named), done.replaced),
        Places: TableRows(part.places.with_columns(named), done.replaced),
        ProfileHistory: _history(done, day),
        **done.stored,
    }


def _history(done: Upkeep, day: date) -> TableRows:
    rows = build_profile_history(done.months, day, done.snapshots_after)
    if done.snapshots_after is None:
        return TableRows(rows)
    ends = month_ends(done.snapshots_after + timedelta(days=1), day)
    return TableRows(rows, ends.alias("as_of_date").to_frame())
