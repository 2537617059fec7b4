"""Reports of orders with little to write, and the fold of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from dmp_assets.events.schema import EventItems
from dmp_assets.foundation.warehouse.contract import check_contract, conform, to_engine
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.schema.orders import RawOrderLines
from dmp_assets.orders.fold.fold import Folded, fold
from dmp_assets.orders.fold.items import LINE_COLUMNS
from dmp_assets.orders.fold.rules import FoldRules
from dmp_assets.orders.schema import (
    REFUND,
    SALE,
    SHOP,
    WEB,
    WEB_SPACE,
    OrderItems,
    OrderReports,
    Orders,
    OrderVisitors,
    Reversals,
)

Lines = Sequence[tuple[str, float]]
"""Items of a report with what was paid for each."""


@dataclass(frozen=True)
class Report:
    """A report and its item lines."""

    row: dict[str, Any]
    lines: Lines = field(default=())


def shop(number: str | None, at: str, lines: Lines = (("tea", 10.0),), **facts: Any) -> Report:
    """Return a shop's statement of an order, or of a refund (``report_kind``)."""
    own = {"source": "shop", "record": SHOP, "order_space": facts.get("source", "shop")}
    return _report(number, at, lines, own | facts)


def web(number: str | None, at: str, lines: Lines = (("tea", 10.0),), **facts: Any) -> Report:
    """Return a purchase of the web, or a refund (``report_kind``)."""
    own = {"source": "web", "record": WEB, "order_space": WEB_SPACE, "session_id": f"s {at}", "channel_group": "Direct"}
    return _report(number, at, lines, own | facts)


def _report(number: str | None, at: str, lines: Lines, facts: dict[str, Any]) -> Report:
    moment = datetime.fromisoformat(at)
    total = sum(amount for _, amount in lines)
    kind = facts.get("report_kind", SALE)
    ending = "" if kind == SALE else f":{kind}"
    store = f"{facts['store_id']}/" if facts.get("store_id") else ""
    event_id = f"{facts['source']}:{store}{number or moment.time()}{ending}"
    if facts["record"] == WEB or facts.get("of_customer"):
        event_id += f"@{moment.time()}"
    row = {
        "event_date": moment.date(),
        "report_id": event_id,
        "report_kind": kind,
        "is_standing": True,
        "order_number": number or event_id,
        "is_numbered": number is not None,
        "reported_at": moment,
        "given_sales": total,
        "line_sales": total,
        "line_discounts": 0.0,
        "coupon_discounts": 0.0,
        "items": len(lines),
        "quantity": float(len(lines)),
        "is_single_line": False,
    }
    row |= {name: value for name, value in facts.items() if name != "of_customer"}
    for name in ("updated_at", "cancelled_at", "refunded_at"):
        if isinstance(row.get(name), str):
            row[name] = datetime.fromisoformat(row[name])
    if row.get("visitor_id") is None:
        kinds = ("user_id", "email", "anonymous_id")
        row["visitor_id"] = next((f"{kind}:{row[kind]}" for kind in kinds if row.get(kind)), None)
    return Report(row, lines)


def older(report: Report, path: str = "old.csv", **facts: Any) -> Report:
    """Return the report as an older statement, which another file replaced."""
    moments = {name: datetime.fromisoformat(value) if name.endswith("_at") else value for name, value in facts.items()}
    return Report(report.row | {"is_standing": False, "report_id": f"{report.row['report_id']}@{path}"} | moments)


def frame_of(reports: Sequence[Report]) -> pl.DataFrame:
    """Return ``OrderReports``."""
    schema = Table(OrderReports).polars_schema
    rows = [{name: report.row.get(name) for name in schema} for report in reports]
    return OrderReports.validate(
        pl.DataFrame(rows, schema_overrides=dict(schema), schema=list(schema), infer_schema_length=None)
    )


def lines_of(reports: Sequence[Report]) -> pl.DataFrame:
    """Return ``EventItems`` of the reports."""
    schema = Table(EventItems).polars_schema
    rows = [
        {
            "event_date": report.row["event_date"],
            "event_id": report.row["report_id"],
            "line": place,
            "event_at": report.row["reported_at"],
            "event_name": {SALE: "purchase", REFUND: "refund"}.get(report.row["report_kind"], "order_cancelled"),
            "visitor_id": report.row["visitor_id"],
            "item_id": item,
            "price": amount,
            "quantity": 1.0,
            "item_revenue": amount,
            "retail_discount": 0.0,
            "coupon_discount": 0.0,
            "coupon_match_discount": 0.0,
        }
        for report in reports
        for place, (item, amount) in enumerate(report.lines, start=1)
    ]
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=dict(schema))


@dataclass(frozen=True)
class Result:
    """The tables of a fold, each held to its contract."""

    orders: pl.DataFrame
    items: pl.DataFrame
    reversals: pl.DataFrame
    visitors: pl.DataFrame

    @property
    def revenue(self) -> float:
        """Net sales less reversals."""
        return float(self.orders["net_sales"].sum()) - float(self.reversals["sales_reversals"].sum())

    def amounts(self, *columns: str) -> list[tuple[object, ...]]:
        """Return columns of the orders, money as numbers, in order of their ids."""
        money = [name for name, dtype in self.orders.schema.items() if isinstance(dtype, pl.Decimal)]
        return self.orders.with_columns(pl.col(money).cast(pl.Float64)).sort("order_id").select(columns).rows()

    def taken_back(self, *columns: str) -> list[tuple[object, ...]]:
        """Return columns of the reversals, money as numbers, in order of time."""
        money = [name for name, dtype in self.reversals.schema.items() if isinstance(dtype, pl.Decimal)]
        rows = self.reversals.with_columns(pl.col(money).cast(pl.Float64))
        return rows.sort("reversed_at", "reversal_id").select(columns).rows()


def folded(*reports: Report, apart: pl.DataFrame | None = None, rules: FoldRules | None = None) -> Result:
    """Return the fold of some reports."""
    items = to_engine(lines_of(reports).lazy()).select(LINE_COLUMNS).collect()
    lines = pl.DataFrame(schema=Table(RawOrderLines).polars_schema) if apart is None else apart
    return held(
        fold(
            to_engine(frame_of(reports).lazy()).sort("event_date", "report_id").collect(),
            lambda events: items.join(
                events.select("event_date", "event_id"), on=["event_date", "event_id"], how="semi"
            ),
            to_engine(lines.lazy()).collect(),
            rules or FoldRules(),
        )
    )


def held(made: Folded) -> Result:
    """Return the tables, each held to its contract and to the sums that always are."""
    contracts = {"orders": Orders, "items": OrderItems, "reversals": Reversals, "visitors": OrderVisitors}
    tables = {}
    for name, contract in contracts.items():
        table = Table(contract)
        rows = conform(getattr(made, name).lazy().select(table.polars_schema.names()), table).collect()
        broken = [outcome for outcome in check_contract(rows, table) if outcome.violations]
        assert not broken, broken
        tables[name] = rows
    result = Result(**tables)
    _held_together(result)
    return result


def _held_together(result: Result) -> None:
    orders, items = result.orders, result.items
    assert orders.filter(pl.col("gross_sales") - pl.col("discounts") != pl.col("net_sales")).is_empty()
    assert orders.filter(pl.col("net_sales") + pl.col("shipping") + pl.col("taxes") != pl.col("total_sales")).is_empty()
    sums = items.group_by("order_id").agg(pl.col("net_sales", "gross_sales", "discounts").sum())
    both = orders.filter(pl.col("items") > 0).join(sums, on="order_id", how="left", suffix="_of_items")
    for name in ("net_sales", "gross_sales", "discounts"):
        assert both.filter(pl.col(name).ne_missing(pl.col(f"{name}_of_items"))).is_empty(), name
    back = (
        result.reversals.filter(pl.col("order_id").is_not_null())
        .group_by("order_id")
        .agg(pl.col("sales_reversals", "total_reversals").sum())
    )
    over = orders.join(back, on="order_id").filter(
        (pl.col("sales_reversals") > pl.col("net_sales").clip(lower_bound=0))
        | (pl.col("total_reversals") > pl.col("total_sales").clip(lower_bound=0))
    )
    assert over.is_empty(), over
    assert result.reversals["order_date"].is_null().eq(result.reversals["order_id"].is_null()).all()


def day(text: str) -> date:
    """Return a day."""
    return date.fromisoformat(text)
