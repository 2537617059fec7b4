"""Dagster assets of orders: what is reported of them, day by day, and the orders."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import dagster as dg
import polars as pl

from dmp_assets.foundation.incremental.update import update
from dmp_assets.foundation.publishing.as_of import FullRefresh
from dmp_assets.foundation.publishing.pictures import picture
from dmp_assets.foundation.publishing.publish import Frames, PublishEvents, publish_days, publish_tables, run_days
from dmp_assets.foundation.publishing.table_assets import Assets, Site, table_asset
from dmp_assets.foundation.values.columns import MONEY_UNITS
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.contract import to_engine
from dmp_assets.foundation.warehouse.read import DayInput, StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.orders.charts import BACK, sales_svg
from dmp_assets.orders.fold.rules import FoldRules
from dmp_assets.orders.inputs import Reported
from dmp_assets.orders.reports import (
    EVENT_COLUMNS,
    EVENT_NAMES,
    LINE_COLUMNS,
    OLDER,
    SESSION_COLUMNS,
    STATEMENT_COLUMNS,
    build_order_reports,
)
from dmp_assets.orders.schema import OrderReports, Orders, Reversals
from dmp_assets.orders.steps import MAKE_ORDERS, REPORT_ORDERS
from dmp_assets.orders.update import OrdersStep


def assets(site: Site) -> Assets:
    """Return the assets of this domain."""
    settings = site.settings

    @table_asset(REPORT_ORDERS, site)
    def report_orders(
        context: dg.AssetExecutionContext,
        raw_events: StoredTable,
        cleaned_events: StoredTable,
        event_items: StoredTable,
        order_details: StoredTable,
        sessions: StoredTable,
    ) -> PublishEvents:
        def build(days: Days) -> Frames:
            reports = build_order_reports(
                to_engine(cleaned_events.lazy(days, EVENT_COLUMNS, EVENT_NAMES)),
                order_details.engine(days),
                event_items.lazy(days, LINE_COLUMNS, EVENT_NAMES),
                sessions.engine(days, SESSION_COLUMNS),
                to_engine(raw_events.lazy(days, STATEMENT_COLUMNS, OLDER)),
            )
            return {OrderReports: reports}

        yield from publish_days(context, REPORT_ORDERS, build, _reports_of_days(cleaned_events, run_days(context)))

    @table_asset(MAKE_ORDERS, site)
    def make_orders(
        context: dg.AssetExecutionContext,
        config: FullRefresh,
        order_reports: StoredTable,
        event_items: StoredTable,
        raw_order_lines: StoredTable,
    ) -> PublishEvents:
        services = context.resources.io_manager
        stored = {contract: services.stored(*Table(contract).asset_key) for contract in MAKE_ORDERS.makes}
        reported = Reported(
            reports=order_reports,
            lines=event_items,
            lines_apart=raw_order_lines,
            event_names=EVENT_NAMES,
            rules=FoldRules(
                match_days=settings.order_match_days,
                reused_after_days=settings.order_number_reused_after_days,
                time_zone=settings.time_zone,
            ),
            made_by=str(site.made_by_of(MAKE_ORDERS)),
        )
        done = update(OrdersStep(reported, stored), full_refresh=config.full_refresh)
        drawn = picture(sales_svg(_months(done.tables, stored)), "Net sales by month")
        shown = replace(done.tables[Orders], metadata={**done.tables[Orders].metadata, "sales": drawn})
        yield from publish_tables(context, {**done.tables, Orders: shown})

    return [report_orders, make_orders]


def _months(tables: Mapping[Contract, TableRows], stored: Mapping[Contract, StoredTable]) -> pl.DataFrame:
    """Return net sales and reversals by month, as they will be after the write; DuckDB adds up the rows that stay."""
    parts = [
        _summed(tables[Orders], stored[Orders], "order_date", pl.col("record"), "record", "net_sales", 1),
        _summed(
            tables[Reversals], stored[Reversals], "reversal_date", pl.lit(BACK), f"'{BACK}'", "sales_reversals", -1
        ),
    ]
    return pl.concat(parts)


def _summed(
    made: TableRows, stored: StoredTable, day: str, part: pl.Expr, part_sql: str, amount: str, sign: int
) -> pl.DataFrame:
    month = pl.col(day).dt.truncate("1mo")
    new = made.rows.select(month=month, part=part, amount=sign * pl.col(amount) / MONEY_UNITS)
    summed = new.group_by("month", "part").agg(pl.col("amount").sum())
    if made.replaced is None:
        return summed
    kept = stored.aggregate(
        f"date_trunc('month', {day})::DATE AS month, {part_sql} AS part, ({sign} * sum({amount}))::DOUBLE AS amount",
        matching=stored.lazy(columns=(day,)).unique().collect(),
        without=made.replaced,
    )
    return pl.concat([summed, kept.cast(summed.schema)])


def _reports_of_days(cleaned_events: StoredTable, days: Days) -> dict[date, DayInput]:
    """Return the number of reports of each day, which cut the windows: of all events few are reports."""
    columns = ("event_date", "event_name")
    counted = cleaned_events.lazy(days, columns, EVENT_NAMES).group_by("event_date").len().collect()
    counts = dict(counted.iter_rows())
    return {day: DayInput(counts.get(day, 0), found.input_id) for day, found in cleaned_events.inputs(days).items()}
