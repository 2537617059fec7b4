"""The exports of a world: written, with their truth, and the entries of ``dmp.yaml`` that read them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from dmp_assets.simulation.files.boutique_truth import true_orders, true_receipts, true_reversals
from dmp_assets.simulation.files.json_pieces import chosen
from dmp_assets.simulation.files.spend_files import exchange_rates
from dmp_assets.simulation.habits.boutique import (
    BOUTIQUE,
    MEMOS,
    SITE,
    STATES,
    memo_export,
    site_export,
    statements,
    web_reports,
    write_statements,
)
from dmp_assets.simulation.habits.exports import click_export, outlet_export, ticket_export
from dmp_assets.simulation.habits.kiosks import KIOSK, draw_receipts, kiosk_export
from dmp_assets.simulation.habits.lines import write_export
from dmp_assets.simulation.habits.orders import MARKETPLACES, order_versions, write_orders
from dmp_assets.simulation.habits.reported_orders import TEST, draw_orders
from dmp_assets.simulation.habits.visits import SCRIPTS, draw_visits
from dmp_assets.simulation.parameters import Habits
from dmp_assets.simulation.world import DAY_US

EVENT_SOURCES = ("outlet", "tickets", "clicks", SITE)
ORDER_SOURCES = ("marketplace", "wholesale", BOUTIQUE, MEMOS, KIOSK)

ENTRIES: dict[str, dict[str, object]] = {
    "outlet": {
        "kind": "events",
        "columns": {
            "event_id": "no", "event_at": "at", "event_name": "what", "anonymous_id": "visitor", "user_id": "customer",
            "page_url": "url", "transaction_id": "order", "item_revenue": "value",
        },
        "constants": {"currency": "EUR"},
        "event_names": {"visit": "page_view", "signin": "login", "addtocart": "add_to_cart", "Sale": "purchase"},
        "where": [{"column": "environment", "operator": "!=", "value": "staging"}],
        "ignore_columns": ["export_run"],
    },
    "tickets": {
        "kind": "events",
        "columns": {"event_id": "no", "event_at": "at", "event_name": "event", "user_id": "user"},
    },
    "clicks": {
        "kind": "events",
        "columns": {"event_at": "clicked_at", "anonymous_id": "cookie", "campaign_id": "mailing"},
        "constants": {"event_name": "newsletter_click"},
        "ignore_columns": ["export_run"],
    },
    "marketplace": {
        "kind": "orders",
        "columns": {
            "transaction_id": "order_no", "event_at": "ordered_at", "updated_at": "updated_at", "user_id": "buyer",
            "item_id": "sku", "quantity": "qty", "item_revenue": "line_total",
        },
        "constants": {"currency": "EUR"},
    },
    "wholesale": {
        "kind": "orders",
        "columns": {
            "transaction_id": "order_no", "event_at": "ordered_at", "user_id": "buyer", "item_id": "sku",
            "quantity": "qty", "item_revenue": "line_total",
        },
        "constants": {"currency": "EUR"},
    },
    BOUTIQUE: {
        "kind": "orders",
        "columns": {
            "transaction_id": "number", "event_at": "created", "updated_at": "updated", "user_id": "buyer",
            "email": "mail", "status": "state", "is_test": "test", "order_discount": "discount",
            "shipping": "shipping", "tax": "tax", "order_total": "total", "refunded_amount": "refunded",
            "refunded_at": "refunded_at", "cancelled_at": "cancelled_at", "line_id": "line", "item_id": "sku",
            "quantity": "qty", "item_revenue": "amount", "currency": "currency",
        },
        "statuses": {word: status for status, word in STATES.items() if status != TEST},
    },
    MEMOS: {
        "kind": "orders",
        "order_space": BOUTIQUE,
        "columns": {
            "transaction_id": "memo", "event_at": "at", "user_id": "buyer", "refunded_order_id": "order",
            "item_id": "sku", "quantity": "qty", "item_revenue": "amount", "currency": "currency",
        },
        "constants": {"event_name": "refund"},
        "ignore_columns": ["export_run"],
    },
    KIOSK: {
        "kind": "orders",
        "columns": {
            "transaction_id": "receipt", "event_at": "at", "store_id": "shop", "user_id": "card", "item_id": "sku",
            "quantity": "qty", "item_revenue": "paid",
        },
        "constants": {"currency": "EUR"},
        "ignore_columns": ["export_run"],
    },
    SITE: {
        "kind": "events",
        "columns": {
            "event_id": "no", "event_at": "at", "event_name": "what", "anonymous_id": "visitor", "user_id": "customer",
            "page_url": "url", "transaction_id": "order", "item_revenue": "value",
            "currency": "currency",
        },
        "ignore_columns": ["export_run"],
    },
}  # fmt: skip
"""Source -> its entry."""


@dataclass(frozen=True)
class Exports:
    """What was written."""

    totals: pl.DataFrame
    tables: dict[str, pl.DataFrame]


def write_habits(habits: Habits, seed: int, people: int, out: Path, start: date, days: int) -> Exports:
    """Write the exports of the chosen sources and the truth of their records; return their totals and other truth."""
    records: dict[str, pl.DataFrame] = {}
    tables: dict[str, pl.DataFrame] = {}
    visits = draw_visits(seed, people, days)
    epoch_us = (start - date(1970, 1, 1)).days * DAY_US
    exports = (
        outlet_export(visits, habits, seed, epoch_us),
        ticket_export(seed, people, days, epoch_us),
        click_export(seed, people, days, epoch_us),
    )
    for export in exports:
        if export.source in habits.sources:
            records[export.source] = write_export(out, export, start, days)
    if "outlet" in habits.sources:
        name = chosen(list(SCRIPTS), pl.col("script"))
        tables["visits"] = visits.select(session_id="session", script=name).unique(maintain_order=True)
    if BOUTIQUE in habits.sources:
        written, ends = write_boutique(out, seed, people, start, days)
        records |= written
        tables |= ends
    if KIOSK in habits.sources:
        receipts = draw_receipts(seed, days)
        records[KIOSK] = write_export(out, kiosk_export(receipts, epoch_us), start, days)
        true = true_receipts(receipts, start)
        tables["orders"] = pl.concat([*([tables["orders"]] if "orders" in tables else []), true], how="diagonal")
    right = []
    for place in MARKETPLACES:
        if place.source in habits.sources:
            versions = order_versions(place, habits, seed, people, days)
            records[place.source], lines = write_orders(out, place, versions, start, days)
            right.append(lines)
    if right:
        tables["order_lines"] = pl.concat(right)
    for source, truth in records.items():
        folder = out / "truth" / "records" / source
        folder.mkdir(parents=True)
        truth.write_parquet(folder / "records.parquet", compression="zstd", compression_level=1)
    return Exports(_totals(records), tables)


def write_boutique(
    out: Path, seed: int, people: int, start: date, days: int
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Write the files of the boutique and of its web site; return the truth of their records, and of their orders."""
    epoch_us = (start - date(1970, 1, 1)).days * DAY_US
    orders = draw_orders(seed, people, days)
    stated, web = statements(orders, days), web_reports(orders, days)
    exports = (memo_export(orders, days, epoch_us), site_export(web, epoch_us))
    records = {BOUTIQUE: write_statements(out, stated, start, days)}
    records |= {export.source: write_export(out, export, start, days) for export in exports}
    rates = exchange_rates(seed, start, days)
    true = true_orders(orders, stated, web, start, rates)
    ends = {"orders": true, "reversals": true_reversals(orders, start, days)}
    return records, ends


def _totals(records: dict[str, pl.DataFrame]) -> pl.DataFrame:
    empty = pl.DataFrame(
        schema={"source": pl.String, "fate": pl.String, "violation": pl.String, "bot": pl.String,
                "late": pl.Boolean, "records": pl.Int64}
    )  # fmt: skip
    counted = [
        truth.group_by(pl.lit(source).alias("source"), "fate", "violation", "bot", late=pl.col("days_late") > 0).agg(
            records=pl.len().cast(pl.Int64)
        )
        for source, truth in records.items()
    ]
    return pl.concat([empty, *counted])
