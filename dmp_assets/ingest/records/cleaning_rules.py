"""Declared rules for doubtful values: a record gets the rule's name as flag, and is never changed or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dmp_assets.foundation.values.money import unit_price
from dmp_assets.ingest.schema.events import CANCELLATION, PURCHASE, REFUND

OUTLIER_FACTOR = 8.0
"""Below 10, so that a decimal point one place off is found; above the spread of honest prices of one item."""

MIN_PRICED_LINES = 8
"""Lines that an item needs on a day before its median says what is usual."""

_TYPICAL, _PRICED = "_typical_price", "_priced_lines"


@dataclass(frozen=True)
class CleaningRule:
    """One rule: its name in ``flags``, what it means, and the columns that it needs."""

    name: str
    description: str
    columns: tuple[str, ...]
    applies: pl.Expr


_TAKES_BACK = pl.col("event_name").is_in([REFUND, CANCELLATION])

RULES = (
    CleaningRule(
        "negative_quantity",
        "Units below zero on an event that is no refund and no cancellation.",
        ("event_name", "quantity"),
        (pl.col("quantity") < 0) & ~_TAKES_BACK,
    ),
    CleaningRule(
        "negative_revenue",
        "Paid amount below zero on an event that is no refund and no cancellation.",
        ("event_name", "item_revenue"),
        (pl.col("item_revenue") < 0) & ~_TAKES_BACK,
    ),
    CleaningRule(
        "price_not_positive",
        "Price of a purchased item that is zero or below.",
        ("event_name", "item_id", "price"),
        (pl.col("price") <= 0) & (pl.col("event_name") == PURCHASE) & pl.col("item_id").is_not_null(),
    ),
    CleaningRule(
        "price_outlier",
        f"Unit price over {OUTLIER_FACTOR:g} times the median of the item's purchase lines of the same day, where "
        f"these are at least {MIN_PRICED_LINES}.",
        ("event_date", "event_name", "item_id", "quantity", "item_revenue", "price"),
        (unit_price() > OUTLIER_FACTOR * pl.col(_TYPICAL)) & (pl.col(_PRICED) >= MIN_PRICED_LINES),
    ),
)
"""All rules; amounts are compared in the base currency, so conversion comes before."""


def flag_impossible(records: pl.LazyFrame, rules: Sequence[CleaningRule] = RULES) -> pl.LazyFrame:
    """Return the records with ``flags``: the names of the rules that they break, sorted, comma separated.

    Args:
        records: Whole days of records. Refused ones (with a ``violation_code``) are neither flagged nor counted.
        rules: The rules; one whose columns are not all there is not applied.

    ``flags`` that the records have already stay, and are sorted in. Without any, ``flags`` is null.

    Usual prices are those of one item on one day, so that a day's flags depend on that day alone and a range gives
    the same as its days. An item sold less often than eight times a day is therefore never a price outlier.
    """
    columns = records.collect_schema().names()
    usable = pl.col("violation_code").is_null() if "violation_code" in columns else pl.lit(value=True)
    applied = sorted((rule for rule in rules if set(rule.columns) <= {*columns}), key=lambda rule: rule.name)
    priced = any({_TYPICAL, _PRICED} & {*rule.applies.meta.root_names()} for rule in applied)
    known = _with_typical_prices(records, usable) if priced else records
    names = [pl.when(usable & rule.applies).then(pl.lit(rule.name)) for rule in applied]
    nothing = pl.lit(None, dtype=pl.String)
    made = pl.concat_str(names, separator=",", ignore_nulls=True) if names else pl.lit("")
    made = pl.when(made != "").then(made)
    own = pl.col("flags") if "flags" in columns else nothing
    # Each alone is sorted already. Sorting all that have one took as long as the rest of this step.
    several = pl.concat_str(own, made, separator=",").str.split(",").list.unique().list.sort().list.join(",")
    kept = [name for name in columns if name != "flags"]
    return known.with_columns(flags=pl.coalesce(several, own, made)).select(*kept, "flags")


def _with_typical_prices(records: pl.LazyFrame, usable: pl.Expr) -> pl.LazyFrame:
    """Return the records with median price and count of the purchase lines of their item and day."""
    price = unit_price()
    lines = records.filter(usable & (pl.col("event_name") == PURCHASE) & pl.col("item_id").is_not_null() & (price > 0))
    typical = lines.group_by("event_date", "item_id").agg(price.median().alias(_TYPICAL), pl.len().alias(_PRICED))
    return records.join(typical, on=["event_date", "item_id"], how="left", maintain_order="left")
