"""The demo as a plain script: the same readers and transforms, results stored in DuckDB, nothing else.

No Dagster, no contracts, no commits, no publishing: what the platform's own work is measured against.
"""

import sys
from dataclasses import fields
from datetime import UTC, date, datetime, time
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import polars as pl

from dmp_assets.campaigns.campaign_roi import People, build_campaign_roi
from dmp_assets.events.accounts import shared_numbers, with_accounts
from dmp_assets.events.daily_activity import build_daily_activity
from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets.events.schema import (
    CleanedEvents,
    DailyActivity,
    EventItems,
    EventLedger,
    OrderDetails,
    QuarantinedEvents,
    Sessions,
)
from dmp_assets.events.sessions import build_sessions
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.values.persons import of_accounts, of_persons
from dmp_assets.foundation.values.rates import NO_RATES
from dmp_assets.foundation.warehouse.contract import conform, to_engine
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.identity.assets import identity_rules
from dmp_assets.identity.observation import aggregate_edges, crm_edges, daily_edges, order_pairs
from dmp_assets.identity.resolution import resolve
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.ingest.landing.ledger import landing_files_frame, read_landing
from dmp_assets.ingest.landing.staged import staged_files
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.ingest.records.raw_tables import newest_records, records_of_days
from dmp_assets.ingest.schema.campaigns import RawCampaignAudiences, RawCampaigns
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.ingest.schema.landing import LandingFiles
from dmp_assets.ingest.schema.orders import RawOrderLines
from dmp_assets.ingest.schema.people import RawCustomers
from dmp_assets.orders.fold.fold import fold
from dmp_assets.orders.fold.items import LINE_COLUMNS as FOLDED_LINE_COLUMNS
from dmp_assets.orders.fold.rules import FoldRules
from dmp_assets.orders.reports import EVENT_COLUMNS as REPORTED_COLUMNS
from dmp_assets.orders.reports import EVENT_NAMES, OLDER, STATEMENT_COLUMNS, build_order_reports
from dmp_assets.orders.reports import LINE_COLUMNS as REPORTED_LINE_COLUMNS
from dmp_assets.orders.reports import SESSION_COLUMNS as REPORTED_SESSION_COLUMNS
from dmp_assets.orders.schema import (
    ORDERED,
    REVERSED,
    OrderItems,
    OrderReports,
    Orders,
    OrderVisitors,
    Reversals,
)
from dmp_assets.orders.update import by_contract
from dmp_assets.profiles.affinities import build_affinities
from dmp_assets.profiles.charts import category_attention, interests_svg, lifecycle_svg, rfm_grid_svg
from dmp_assets.profiles.engagement import build_engagement
from dmp_assets.profiles.history import build_profile_history
from dmp_assets.profiles.lifecycle import build_lifecycle
from dmp_assets.profiles.orders_of_persons import build_orders_of_persons
from dmp_assets.profiles.places import places_of_days
from dmp_assets.profiles.preferences import build_preferences
from dmp_assets.profiles.profiles import build_profiles
from dmp_assets.profiles.schema.statements import ConsentState, Demographics
from dmp_assets.profiles.sums.sum_up import PersonEvents, sum_up
from dmp_assets.profiles.traits.columns import RENAMED
from dmp_assets.profiles.traits.compute import compute_traits
from dmp_assets.profiles.traits.settings import load_traits
from dmp_assets.quality.column_profiles import EVENT_COLUMNS, RECORD_COLUMNS, REPORT_COLUMNS, build_column_profiles
from dmp_assets.recommendations.build import Sources, build_recommendations
from dmp_assets.recommendations.dataset.item_lines import OF_ORDERS, item_lines
from dmp_assets.segments.charts import cluster_scatter_svg
from dmp_assets.segments.segments import build_segments

EVENT_MODELS = (
    *(CleanedEvents, EventItems, OrderDetails, QuarantinedEvents, EventLedger, Sessions, DailyActivity, OrderReports),
    *(Orders, OrderItems, Reversals, OrderVisitors),
)
_DAYS = {"order_date": "event_date", "reversal_date": "event_date"}
_AS_EVENTS = {**_DAYS, "ordered_at": "event_at", "reversed_at": "event_at"}


def run(settings: Settings, target: Path) -> None:
    """Read the landing files, build every table once, and store them."""
    sources = check_sources(settings.sources)
    now = datetime.now(UTC).replace(tzinfo=None)
    readings = read_landing(settings, sources, pl.DataFrame(schema=Table(LandingFiles).polars_schema), now)
    ledger = landing_files_frame(readings)
    connection = duckdb.connect(str(target))

    def store(name: str, frame: pl.DataFrame) -> None:
        relation = connection.from_arrow(frame.to_arrow())
        relation.create(name)

    def reference(model: type, kind: str) -> pl.DataFrame:
        files = [path for _, path in staged_files(settings, sources, ledger, (kind,))]
        frame = newest_records(files, model, Table(model).key).collect()
        store(Table(model).name, frame)
        return frame

    customers, items = reference(RawCustomers, "customers"), reference(RawItems, "items")
    campaigns = reference(RawCampaigns, "campaigns")
    audiences = reference(RawCampaignAudiences, "campaign_audiences")
    files = [path for _, path in staged_files(settings, sources, ledger, ("events", "orders"))]
    last = settings.end_date or now.date()
    raw = records_of_days(files, Days(settings.start_date, last), NO_RATES, settings.base_currency).collect(
        engine="streaming"
    )
    store("raw_events", raw)
    judged = nw.to_native(judge_records(nw.from_native(to_engine(raw.lazy())))).collect(engine="streaming")
    counted = raw.select(RECORD_COLUMNS)
    older = raw.join(OLDER, on=OLDER.columns, how="semi").select(STATEMENT_COLUMNS)
    del raw
    records = nw.from_native(judged.lazy())
    if nw.to_native(shared_numbers(records)).collect(engine="streaming").height:
        records = nw.from_native(nw.to_native(with_accounts(records)).collect(engine="streaming").lazy())
    cleaned = clean_records(records)
    names = ("cleaned_events", "event_items", "order_details", "quarantined_events", "event_ledger")
    frames = dict(
        zip(
            names,
            pl.collect_all([nw.to_native(getattr(cleaned, name)) for name in names], engine="streaming"),
            strict=True,
        )
    )
    del judged, records
    events, lines = (nw.from_native(frames[name].lazy()) for name in names[:2])
    frames["sessions"] = nw.to_native(build_sessions(events)).collect(engine="streaming")
    categories = nw.from_native(items.lazy().select("item_id", "item_category"))
    activity = nw.to_native(build_daily_activity(events, lines, categories)).collect(engine="streaming")
    frames["daily_activity"] = activity
    stored: dict[str, pl.DataFrame] = {}

    def keep(frames: dict[str, pl.DataFrame]) -> None:
        for name, frame in frames.items():
            stored[name] = conform(frame.lazy(), _table(name)).collect()
            store(name, stored[name])

    keep(frames)
    keep(_orders(stored, older, settings))
    facts = build_column_profiles(
        stored["cleaned_events"].lazy().select(EVENT_COLUMNS),
        stored["order_reports"].lazy().select(REPORT_COLUMNS),
        counted.lazy(),
    )
    store("column_profiles", facts.collect(engine="streaming"))
    as_of: date = stored["cleaned_events"].select(pl.col("event_date").max()).item()
    rules = identity_rules(settings.identity)
    pairs = daily_edges(stored["cleaned_events"].lazy(), stored["sessions"].lazy(), IdentityRules()).collect(
        engine="streaming"
    )
    store("daily_edges", pairs)
    known = crm_edges(customers, datetime.combine(settings.start_date, time()))
    days = pl.concat([pairs.lazy(), order_pairs(stored["order_visitors"].lazy(), rules)])
    observed = pl.concat([days.drop("event_date"), known.lazy()], how="diagonal")
    persons = resolve(aggregate_edges(observed).collect(engine="streaming"), rules, days)
    for field in fields(persons):
        store(field.name, getattr(persons, field.name))
    visitors = persons.visitors
    looked_at = stored["event_items"].lazy().filter(~pl.col("event_name").is_in(OF_ORDERS))
    activity = of_persons(stored["daily_activity"].lazy(), visitors, "first_event_at").collect().lazy()
    visits = of_persons(stored["sessions"].lazy(), visitors, "started_at")
    events_of_people = of_persons(stored["cleaned_events"].lazy(), visitors, "event_at")
    contents = events_of_people.filter(pl.col("content_group").is_not_null())
    orders, reversals = stored["orders"].lazy(), stored["reversals"].lazy()
    counted_orders = of_persons(orders.filter("counts").rename(_AS_EVENTS, strict=False), visitors, "event_at")
    did = PersonEvents(
        activity=activity,
        visits=visits,
        lines=of_persons(looked_at, visitors, "event_at"),
        contents=contents,
        places=places_of_days(events_of_people).collect().lazy(),
        orders=counted_orders,
        bought=of_persons(stored["order_items"].lazy().rename(_AS_EVENTS, strict=False), visitors, "event_at"),
        reversals=of_persons(reversals.drop("order_date").rename(_AS_EVENTS, strict=False), visitors, "event_at"),
    )
    half_life = settings.interest_half_life_days
    sums = sum_up(did, items, as_of, half_life, settings.affinity_window_days)
    profiles = build_profiles(sums.facts, of_accounts(customers, visitors), as_of)
    lifecycle = build_lifecycle(sums.facts.lazy(), as_of)
    features = {
        "affinities": build_affinities(sums.interest_sums.lazy()),
        "preferences": build_preferences(sums.favourite_sums.lazy()),
        "engagement": build_engagement(sums.facts.lazy(), visits, activity, as_of, half_life),
        "lifecycle": lifecycle,
        "touches": sums.touches,
        "places": sums.places,
        "profile_history": build_profile_history(sums.months, as_of),
        "orders_of_persons": build_orders_of_persons(did.orders, as_of),
        "computed_traits": compute_traits(
            _told(stored, visitors), lifecycle, load_traits(settings.traits).traits, as_of
        ),
    }
    lifecycle_svg(lifecycle)
    interests_svg(category_attention(features["affinities"]))
    segments, memberships = build_segments(profiles)
    rfm_grid_svg(profiles)
    cluster_scatter_svg(profiles, memberships)
    consent, demographics = (pl.DataFrame(schema=Table(model).polars_schema) for model in (ConsentState, Demographics))
    offers = build_recommendations(
        Sources(
            of_persons(item_lines(stored["event_items"].lazy(), stored["order_items"].lazy()), visitors, "event_at"),
            persons.persons["person_id"],
            consent,
            items,
            demographics,
            items,
        ),
        as_of,
        settings.holdout_days,
        settings.recommendations,
    )
    cost = settings.contact_cost
    finished = {
        **features,
        "profiles": profiles,
        "segments": segments,
        "memberships": memberships,
        **{Table(model).name: frame for model, frame in offers.items()},
        "campaign_roi": build_campaign_roi(
            campaigns,
            of_accounts(audiences, visitors),
            People(events_of_people, of_persons(orders, visitors, "ordered_at"), reversals),
            as_of,
            cost.default,
            cost.by_campaign_type,
        ),
    }
    for name, frame in finished.items():
        store(name, frame)
    connection.close()


def _orders(stored: dict[str, pl.DataFrame], older: pl.DataFrame, settings: Settings) -> dict[str, pl.DataFrame]:
    """Return the reports of orders, and the tables that they are folded to, in engine types."""
    names = ("cleaned_events", "event_items", "order_details", "sessions")
    events, lines, details, sessions = (to_engine(stored[name].lazy()) for name in names)
    sales, lines = (rows.join(EVENT_NAMES.lazy(), on="event_name", how="semi") for rows in (events, lines))
    reports = build_order_reports(
        sales.select(REPORTED_COLUMNS),
        details,
        lines.select(REPORTED_LINE_COLUMNS),
        sessions.select(REPORTED_SESSION_COLUMNS),
        to_engine(older.lazy()),
    ).collect(engine="streaming")
    apart = to_engine(pl.LazyFrame(schema=Table(RawOrderLines).polars_schema)).collect()
    rules = FoldRules(
        match_days=settings.order_match_days,
        reused_after_days=settings.order_number_reused_after_days,
        time_zone=settings.time_zone,
    )
    found = lines.select(FOLDED_LINE_COLUMNS).collect(engine="streaming")
    folded = by_contract(fold(reports.sort("event_date", "report_id"), lambda _: found, apart, rules))
    return {"order_reports": reports, **{Table(contract).name: frame for contract, frame in folded.items()}}


def _told(stored: dict[str, pl.DataFrame], visitors: pl.DataFrame) -> pl.LazyFrame:
    """Return what computed traits are made of: events, orders that count and reversals, in the same columns."""
    parts = [stored["cleaned_events"].lazy().filter(~pl.col("event_name").is_in(OF_ORDERS))]
    for contract, name in ((Orders, ORDERED), (Reversals, REVERSED)):
        rows = stored[Table(contract).name].lazy()
        rows = rows.filter("counts") if contract is Orders else rows.with_columns(-pl.col("sales_reversals"))
        parts.append(rows.rename(RENAMED[contract], strict=False).with_columns(event_name=pl.lit(name)))
    return of_persons(pl.concat(parts, how="diagonal"), visitors, "event_at")


def _table(name: str) -> Table:
    return next(Table(model) for model in EVENT_MODELS if Table(model).name == name)


if __name__ == "__main__":
    run(load_settings(), Path(sys.argv[1]))
