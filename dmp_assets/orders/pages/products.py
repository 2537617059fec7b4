"""Products: what sells, what gained and lost, what is bought together, and what is bought again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Column, Figure, Figures, Headline, NotEnough, Periods, Table, Text
from dmp_assets.foundation.pages.page import CHOSEN_PERIOD, PERIODS, Edition, Page, Period
from dmp_assets.orders.pages.assortment import categories_section, repeat_section, together_section

FIRST_DAY = "SELECT min(order_date) AS first_day FROM orders.order_items"

LABEL = "coalesce(c.item_name, c.item_category || ' ' || s.item_id, s.item_id)"
"""What an item is called in a page: by its name; without one the category says more than the number alone."""

_SOLD_IN = ", ".join(
    "coalesce(sum(net_sales) FILTER (order_date BETWEEN "
    f"$first_{period.key}_{which} AND $last_{period.key}_{which}), 0) AS {period.key}_{which}"
    for period in PERIODS
    for which in ("now", "before")
)

ITEMS = f"""WITH s AS (
    SELECT item_id, {_SOLD_IN}
    FROM orders.order_items WHERE item_id <> '' GROUP BY item_id
)
SELECT s.*, {LABEL} AS item, coalesce(c.item_category, '') AS category
FROM s LEFT JOIN item_catalogue AS c USING (item_id)"""
"""Every item once, with its revenue of each period and of the one before: one reading of the lines for all of them."""

BUYERS = """SELECT i.item_id, count(DISTINCT p.person_id) AS buyers, count(DISTINCT i.order_id) AS orders
FROM orders.order_items AS i LEFT JOIN profiles.orders_of_persons AS p USING (order_id)
WHERE list_contains($items, i.item_id) AND i.order_date BETWEEN $first AND $last GROUP BY i.item_id"""

TOP_ITEMS = f"""SELECT {LABEL} AS item, c.item_category, sum(s.net_sales) AS revenue,
       count(DISTINCT p.person_id) AS buyers, count(DISTINCT s.order_id) AS orders
FROM orders.order_items AS s LEFT JOIN item_catalogue AS c USING (item_id)
LEFT JOIN profiles.orders_of_persons AS p USING (order_id)
WHERE s.item_id <> '' AND s.order_date BETWEEN DATE '{{first}}' AND DATE '{{last}}'
GROUP BY ALL ORDER BY revenue DESC LIMIT 50"""
"""What an analyst asks for the rows of the table, and more of them; written with the days of the period."""

TOP, MOVED, NAMED = 25, 10, 5


@dataclass(frozen=True)
class _Answers:
    """What the edition says of every item."""

    edition: Edition
    first_day: date
    last_day: date

    @cached_property
    def items(self) -> pl.DataFrame:
        """Revenue of every item in every period and the one before."""
        days = {
            f"{edge}_{period.key}_{which}": day
            for period in PERIODS
            for which, window in (("now", period.window(self.last_day)), ("before", period.before(self.last_day)))
            for edge, day in window.items()
        }
        return self.edition.ask(ITEMS, **days)

    def sold(self, period: Period) -> pl.DataFrame:
        """Return item_id, item, category, revenue, before and change of the items sold in a period or before it."""
        is_known = period.before(self.last_day)["first"] >= self.first_day
        before = pl.col(f"{period.key}_before") if is_known else pl.lit(None, pl.Decimal(38, 4))
        return (
            self.items.select("item_id", "item", "category", revenue=f"{period.key}_now", before=before)
            .with_columns(change=pl.col("revenue") - pl.col("before"))
            .filter((pl.col("revenue") != 0) | (pl.col("before") != 0))
        )

    def is_shown(self) -> pl.Expr:
        """Return whether an item is one that people choose: of no category that is blocked, such as coupons."""
        return ~pl.col("category").is_in(list(self.edition.left_out))


def build_products(edition: Edition) -> Iterator[Block]:
    """Yield the best seller as a sentence, items of each period, then pairs, categories and repeated purchases."""
    words = edition.words
    first_day = edition.ask(FIRST_DAY)["first_day"][0]
    if edition.last_day is None or first_day is None:
        yield Headline(words("products.nothing"))
        yield NotEnough(words("products.no_items"))
        return
    answers = _Answers(edition, first_day, edition.last_day)
    yield Headline(_headline(answers, CHOSEN_PERIOD))
    yield Periods({period.key: list(_blocks(answers, period)) for period in PERIODS})
    yield categories_section(edition, first_day, edition.last_day)
    yield together_section(edition)
    yield repeat_section(edition)


def _headline(answers: _Answers, period: Period) -> str:
    words, sold = answers.edition.words, answers.sold(period).filter(answers.is_shown())
    total = sold["revenue"].sum()
    top = sold.filter(pl.col("revenue") > 0).sort("revenue", "item_id", descending=[True, False]).head(1).to_dicts()
    if not top or not total:
        return words("products.nothing_in", days=period.days)
    said = words(
        "products.best",
        item=top[0]["item"],
        revenue=top[0]["revenue"],
        days=period.days,
        share=top[0]["revenue"] / total,
    )
    moved = _moved(sold)
    if not moved:
        return said
    name = "products.gained_most" if moved["change"] > 0 else "products.lost_most"
    return f"{said} {words(name, item=moved['item'], change=abs(moved['change']), days=period.days)}"


def _moved(sold: pl.DataFrame) -> dict[str, Any] | None:
    """Return the item with the largest change in size; None where nothing is known of before, or nothing changed."""
    known = sold.filter(pl.col("change").is_not_null() & (pl.col("change") != 0))
    return next(iter(known.sort(pl.col("change").abs(), "item_id", descending=[True, False]).head(1).to_dicts()), None)


def _blocks(answers: _Answers, period: Period) -> Iterator[Block]:
    words, window = answers.edition.words, period.window(answers.last_day)
    if window["first"] < answers.first_day:
        yield Text(words("products.begins", day=answers.first_day))
    everything = answers.sold(period)
    sold = everything.filter(answers.is_shown())
    if sold.filter(pl.col("revenue") != 0).is_empty():
        yield NotEnough(words("products.nothing_in", days=period.days))
        return
    yield Figures(list(_figures(answers, everything, sold)))
    left_out = _sum(everything) - _sum(sold)
    if left_out:
        share = _share(left_out, _sum(everything))
        names = ", ".join(answers.edition.left_out[:NAMED]) + (", ..." if len(answers.edition.left_out) > NAMED else "")
        yield Text(words("products.left_out", names=names, share=share))
    top = sold.filter(pl.col("revenue") > 0).sort("revenue", "item_id", descending=[True, False]).head(TOP)
    buyers = answers.edition.ask(BUYERS, items=top["item_id"].to_list(), **window)
    rows = top.join(buyers, on="item_id", how="left", maintain_order="left")
    query = TOP_ITEMS.format(**window)
    yield Table("top-items", words("products.top"), _columns(answers, "buyers", "orders"), rows, query=query)
    yield from _changes(answers, sold)


def _figures(answers: _Answers, everything: pl.DataFrame, sold: pl.DataFrame) -> Iterator[Figure]:
    words = answers.edition.words
    revenue, total = _sum(sold), _sum(everything)
    best = _sum(sold.sort("revenue", descending=True).head(10))
    yield Figure("item_revenue", words("products.item_revenue"), total, "money")
    yield Figure("items_sold", words("products.items_sold"), sold.filter(pl.col("revenue") != 0).height, "number")
    yield Figure("top_10_share", words("products.top_10_share"), _share(best, revenue), "percent")


def _sum(rows: pl.DataFrame) -> Decimal:
    return Decimal(rows["revenue"].sum())


def _share(part: Decimal, whole: Decimal) -> float | None:
    return float(part / whole) if whole > 0 else None


def _changes(answers: _Answers, sold: pl.DataFrame) -> Iterator[Block]:
    words = answers.edition.words
    if sold["before"].null_count():
        yield NotEnough(words("products.no_before", day=answers.first_day))
        return
    for key, rows in (
        ("gained", sold.filter(pl.col("change") > 0).sort("change", "item_id", descending=[True, False])),
        ("lost", sold.filter(pl.col("change") < 0).sort("change", "item_id")),
    ):
        yield Table(key, words(f"products.{key}", items=rows.height), _columns(answers), rows.head(MOVED))


def _columns(answers: _Answers, *counts: str) -> Sequence[Column]:
    words = answers.edition.words
    return [
        Column("item", words("products.item")),
        Column("category", words("products.category")),
        Column("revenue", words("products.revenue"), "money"),
        *(Column(name, words(f"products.{name}"), "number") for name in counts),
        Column("before", words("products.before"), "money"),
        Column("change", words("products.change"), "money"),
    ]


PRODUCTS = Page("products", build_products)
