"""Dagster assets of events: what is kept, what is refused, sessions and the daily rollup."""

import dagster as dg
import narwhals.stable.v2 as nw
import polars as pl

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
from dmp_assets.events.steps import CLEAN, DAILY_ACTIVITY, SESSIONS
from dmp_assets.foundation.publishing.publish import Frames, PublishEvents, publish_days, run_days
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.read import StoredTable

# Only the columns that a transform uses are read back: half the cost of a day is in strings that it does not use.
SESSION_COLUMNS = (
    "event_date",
    "event_at",
    "event_id",
    "event_name",
    "kind",
    "user_id",
    "anonymous_id",
    "page_url",
    "page_path",
    "referrer_host",
    "mkt_source",
    "mkt_medium",
    "mkt_campaign",
    "channel_group",
    "country",
    "platform",
    "bot_rule",
)
ACTIVITY_COLUMNS = ("event_date", "visitor_id", "event_name", "event_at")
EVENT_COLUMNS = (*ACTIVITY_COLUMNS, "items")
LINE_COLUMNS = (*ACTIVITY_COLUMNS, "line", "item_id", "item_category")


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""

    @table_asset(CLEAN, site)
    def clean(context: dg.AssetExecutionContext, raw_events: StoredTable) -> PublishEvents:
        def build(days: Days) -> Frames:
            judged = nw.to_native(judge_records(nw.from_native(raw_events.engine(days))))
            # Judged once: five outputs of one lazy plan would each judge again, 9 s instead of 4 s a year.
            records = nw.from_native(judged.collect(engine="streaming").lazy())
            # Asked first: 0.1 s a year where no number has two accounts, and 0.9 s to look every line up among none.
            if nw.to_native(shared_numbers(records)).collect(engine="streaming").height:
                records = nw.from_native(nw.to_native(with_accounts(records)).collect(engine="streaming").lazy())
            tables = clean_records(records)
            return {
                CleanedEvents: nw.to_native(tables.cleaned_events),
                EventItems: nw.to_native(tables.event_items),
                OrderDetails: nw.to_native(tables.order_details),
                QuarantinedEvents: nw.to_native(tables.quarantined_events),
                EventLedger: nw.to_native(tables.event_ledger),
            }

        yield from publish_days(context, CLEAN, build, raw_events.inputs(run_days(context)))

    @table_asset(SESSIONS, site)
    def sessions(context: dg.AssetExecutionContext, cleaned_events: StoredTable) -> PublishEvents:
        def build(days: Days) -> Frames:
            return {
                Sessions: nw.to_native(build_sessions(nw.from_native(cleaned_events.engine(days, SESSION_COLUMNS))))
            }

        yield from publish_days(context, SESSIONS, build, cleaned_events.inputs(run_days(context)))

    @table_asset(DAILY_ACTIVITY, site)
    def daily_activity(
        context: dg.AssetExecutionContext,
        cleaned_events: StoredTable,
        event_items: StoredTable,
        raw_items: pl.DataFrame,
    ) -> PublishEvents:
        categories = nw.from_native(raw_items.lazy().select("item_id", "item_category"))

        def build(days: Days) -> Frames:
            events = nw.from_native(cleaned_events.engine(days, EVENT_COLUMNS))
            lines = nw.from_native(event_items.engine(days, LINE_COLUMNS))
            return {DailyActivity: nw.to_native(build_daily_activity(events, lines, categories))}

        yield from publish_days(context, DAILY_ACTIVITY, build, event_items.inputs(run_days(context)))

    return [clean, sessions, daily_activity]
