"""Flags of doubtful values: each rule from both sides, and nothing flagged by what is on another day."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from dmp_assets.ingest.records.cleaning_rules import MIN_PRICED_LINES, OUTLIER_FACTOR, RULES, flag_impossible
from dmp_assets_tests.support.places import PUBLIC_DATA

DAY = date(2024, 5, 1)
MONEY = pl.Decimal(18, 4)
SCHEMA = {
    "event_date": pl.Date,
    "event_name": pl.String,
    "item_id": pl.String,
    "quantity": pl.Float64,
    "price": MONEY,
    "item_revenue": MONEY,
    "violation_code": pl.String,
}


def lines(*records: dict[str, Any]) -> pl.LazyFrame:
    usual = {"event_date": DAY, "event_name": "purchase", "item_id": "a", "quantity": 1.0}
    money = [
        {name: Decimal(str(value)) if name in ("price", "item_revenue") else value for name, value in record.items()}
        for record in records
    ]
    return pl.LazyFrame([dict.fromkeys(SCHEMA) | usual | record for record in money], schema=SCHEMA)


def flags(*records: dict[str, Any]) -> list[str | None]:
    values: list[str | None] = flag_impossible(lines(*records)).collect(engine="streaming")["flags"].to_list()
    return values


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"quantity": -1.0}, "negative_quantity"),
        ({"quantity": 0.0}, None),
        ({"quantity": -1.0, "event_name": "refund"}, None),
        ({"quantity": -1.0, "event_name": "add_to_cart"}, "negative_quantity"),
        ({"quantity": None}, None),
        ({"item_revenue": "-0.01"}, "negative_revenue"),
        ({"item_revenue": "0"}, None),
        ({"item_revenue": "-5", "event_name": "refund"}, None),
        ({"price": "0"}, "price_not_positive"),
        ({"price": "0.0001"}, None),
        ({"price": "0", "event_name": "view_item"}, None),
        ({"price": "0", "item_id": None}, None),
        ({"price": "-1", "quantity": -1.0}, "negative_quantity,price_not_positive"),
        ({"price": "-1", "violation_code": "Unreadable"}, None),
        ({}, None),
    ],
)
def test_a_rule_from_both_sides(record: dict[str, Any], expected: str | None) -> None:
    assert flags(record) == [expected]


def test_a_price_is_an_outlier_above_eight_times_the_usual_one() -> None:
    usual = [{"price": 2}] * (MIN_PRICED_LINES - 1)
    assert flags(*usual, {"price": 2 * OUTLIER_FACTOR})[-1] is None
    assert flags(*usual, {"price": 2 * OUTLIER_FACTOR + 0.01}) == [None] * len(usual) + ["price_outlier"]


def test_too_few_lines_of_an_item_and_day_say_nothing() -> None:
    usual = [{"price": 2}] * (MIN_PRICED_LINES - 2)
    dear = {"price": 2000}
    assert flags(*usual, dear)[-1] is None
    for other in ({"event_date": date(2024, 5, 2)}, {"item_id": "b"}, {"event_name": "view_item"}, {"item_id": None}):
        assert flags(*usual, {"price": 2} | other, dear)[-1] is None
    assert flags(*usual, {"price": 2}, dear)[-1] == "price_outlier"


def test_refused_records_do_not_make_prices_usual() -> None:
    refused = [{"price": 2, "violation_code": "Unreadable"}] * MIN_PRICED_LINES
    assert flags(*refused, {"price": 2000})[-1] is None


def test_without_a_price_the_paid_amount_by_the_quantity_counts() -> None:
    usual = [{"item_revenue": 20, "quantity": 10.0}] * MIN_PRICED_LINES
    assert flags(*usual, {"item_revenue": 16000, "quantity": 1000.0})[-1] is None
    assert flags(*usual, {"item_revenue": 17, "quantity": 1.0})[-1] == "price_outlier"
    assert flags(*usual, {"item_revenue": 17, "quantity": 0.0})[-1] is None


def test_a_range_gives_the_flags_of_its_days() -> None:
    records = [
        {
            "price": 2 if number % 9 else 200,
            "event_date": date(2024, 5, 1 + number % 2),
            "item_id": "ab"[number % 3 % 2],
        }
        for number in range(120)
    ]
    frame = lines(*records)
    whole = flag_impossible(frame).collect()
    assert whole["flags"].drop_nulls().len() > 0
    days = [flag_impossible(frame.filter(event_date=date(2024, 5, day))).collect() for day in (1, 2)]
    assert whole.sort("event_date", maintain_order=True).equals(pl.concat(days))


def test_a_rule_without_its_columns_is_not_applied() -> None:
    frame = lines({"quantity": -1.0, "price": 0}).drop("price", "violation_code").collect().lazy()
    flagged = flag_impossible(frame).collect()
    assert flagged["flags"].to_list() == ["negative_quantity"]
    assert flagged.columns == [*frame.collect_schema().names(), "flags"]
    assert flag_impossible(frame.select("item_id")).collect()["flags"].to_list() == [None]


def test_flags_from_before_stay_and_flagging_twice_changes_nothing() -> None:
    frame = lines({"quantity": -1.0, "price": 0}, {"quantity": -1.0}, {}).with_columns(
        flags=pl.Series(["is_imputed_country", None, "is_imputed_country"])
    )
    once = flag_impossible(frame)
    assert once.collect()["flags"].to_list() == [
        "is_imputed_country,negative_quantity,price_not_positive",
        "negative_quantity",
        "is_imputed_country",
    ]
    assert flag_impossible(once).collect().equals(once.collect())


def test_rule_names_are_unique_words_without_commas() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.name.isidentifier() and rule.description for rule in RULES)


def test_a_real_shop_gives_the_flags_that_its_published_counts_say() -> None:
    path = PUBLIC_DATA / "uci_online_retail" / "online_retail.parquet"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    is_refund = pl.col("InvoiceNo").str.starts_with("C")
    records = pl.scan_parquet(path).select(
        event_date=pl.col("InvoiceDate").dt.date(),
        event_name=pl.when(is_refund).then(pl.lit("refund")).otherwise(pl.lit("purchase")),
        item_id="StockCode",
        quantity=pl.col("Quantity").cast(pl.Float64),
        price=pl.col("UnitPrice").cast(MONEY),
        item_revenue=pl.lit(None, dtype=MONEY),
    )
    counts = dict(
        flag_impossible(records)
        .select(pl.col("flags").drop_nulls().str.split(",").explode().value_counts(sort=True).struct.unnest())
        .collect()
        .iter_rows()
    )
    # 10,624 lines have a quantity of zero or below, 9,288 of them on cancellations; 2,517 a price of zero or below.
    assert counts == {"price_not_positive": 2517, "negative_quantity": 10_624 - 9_288, "price_outlier": 22}
