"""Receipts of three tills, read with csv alone."""

import csv
from collections import Counter, defaultdict
from datetime import date

import polars as pl

from dmp_assets.simulation.run import WorldReport
from dmp_assets_tests.simulation.conftest import truth


def receipts(world: WorldReport) -> Counter:
    """Return shop, number, time, card and cents of the receipts: lines of a shop, day and number are one."""
    lines = defaultdict(list)
    for path in sorted((world.out / "landing" / "kiosk").iterdir()):
        with path.open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                lines[row["shop"], row["receipt"], row["at"], row["card"]].append(round(100 * float(row["paid"])))
    return Counter((*key, sum(paid)) for key, paid in lines.items())


def test_every_receipt_is_an_order_of_the_truth(exports: WorldReport) -> None:
    true = truth(exports, "orders").filter(pl.col("space") == "kiosk")
    rows = true.select(
        "store_id", "number", pl.col("ordered_at").cast(pl.String).str.head(19), pl.col("account").fill_null(""),
        "net_cents",
    ).rows()  # fmt: skip
    assert receipts(exports) == Counter(rows)


def test_shops_share_numbers_and_one_uses_them_again_every_day(exports: WorldReport) -> None:
    days = defaultdict(set)
    for shop, number, at, card, _ in receipts(exports):
        days[shop, number].add(date.fromisoformat(at[:10]))
        assert card or shop != "stall"
    assert {shop for shop, number in days if number == "1"} == {"north", "south", "stall"}
    assert all((len(found) > 7) == (shop == "stall") for (shop, _), found in days.items())
    assert {card == "" for shop, _, _, card, _ in receipts(exports) if shop == "north"} == {True, False}
