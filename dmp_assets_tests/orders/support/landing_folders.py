"""Orders and reversals of small landing files, as short rows to compare."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from dmp_assets_tests.support.landed import landed

HEAD = "start_date: 2026-10-01\nbase_currency: EUR\nsources:\n"
RATES = "  rates: {kind: rates, preset: ecb}\n"
RATES_FILE = "Date,USD\n2026-10-05,1.2500\n2026-10-06,1.2500\n2026-10-07,1.6000\n2026-10-08,2.0000\n"

Row = tuple[Any, ...]


def worth(folder: Path, sources: str, files: Mapping[str, str]) -> tuple[list[Row], list[Row]]:
    """Return orders (number, gross, discounts, net, shipping, taxes, flags) and what was taken back, each cent checked.

    Args:
        folder: An empty folder.
        sources: ``sources`` of dmp.yaml, indented by two.
        files: Path below the landing folder -> text; rates of USD are there.

    Of what was taken back the rows are month and day, number, sales, shipping, taxes and flags. Amounts are numbers.
    """
    for name, text in (dict(files) | {"rates/ecb.csv": RATES_FILE}).items():
        file = folder / "data" / "landing" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "dmp.yaml").write_text(HEAD + sources + RATES)
    found = landed(folder / "dmp.yaml", datetime(2026, 11, 1))
    orders, reversals = found["orders"], found["reversals"]
    sums = found["order_items"].group_by("order_id").agg(pl.col("gross_sales", "discounts", "net_sales").sum())
    both = orders.join(sums, on="order_id", suffix="_of_lines")
    for name in ("gross_sales", "discounts", "net_sales"):
        assert both[name].to_list() == both[f"{name}_of_lines"].to_list()
    numbers = pl.col(pl.Decimal).cast(pl.Float64)
    day = pl.col("reversal_date").dt.strftime("%m-%d")
    amounts = ("sales_reversals", "shipping", "taxes")
    return (
        orders.select(
            "order_number", "gross_sales", "discounts", "net_sales", "shipping", "taxes", "flags"
        ).with_columns(numbers).sort("order_number").rows(),
        reversals.sort("reversed_at", "reversal_id").select(day, "order_number", *amounts, "flags")
        .with_columns(numbers).rows(),
    )  # fmt: skip


def segment(*calls: tuple[str, str, dict[str, Any]]) -> str:
    """Return track calls of order 1, each of event, day of October 2026 and properties; EUR where they say nothing."""
    return "".join(
        json.dumps(
            {
                "type": "track",
                "event": event,
                "messageId": f"m{place}",
                "userId": "7",
                "originalTimestamp": f"2026-10-{day}T09:30:00.000Z",
                "properties": {"order_id": "1", "currency": "EUR"} | properties,
            }
        )
        + "\n"
        for place, (event, day, properties) in enumerate(calls)
    )
