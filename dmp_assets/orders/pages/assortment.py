"""What holds for all products at any time: categories over time, what is bought together, what is bought again."""

from datetime import date, timedelta

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, NotEnough, Section, Table
from dmp_assets.foundation.pages.charts import COLOURS, lines
from dmp_assets.foundation.pages.page import Edition

CATEGORIES = """SELECT date_trunc('{unit}', i.order_date)::DATE AS day, coalesce(c.item_category, '') AS category,
       sum(i.net_sales) AS revenue
FROM orders.order_items AS i LEFT JOIN item_catalogue AS c USING (item_id)
WHERE i.order_date BETWEEN $first AND $last AND NOT list_contains($left_out, coalesce(c.item_category, ''))
GROUP BY ALL ORDER BY day, category"""

TOGETHER = """WITH pairs AS (
    SELECT least(item_id, other_item_id) AS item_id, greatest(item_id, other_item_id) AS other_item_id,
           any_value(orders_together) AS orders_together, any_value(support_rate) AS support_rate,
           any_value(lift) AS lift, min(p_value) AS p_value
    FROM recommendations.bought_together GROUP BY ALL
)
SELECT coalesce(a.item_name, a.item_category || ' ' || p.item_id, p.item_id) AS item,
       coalesce(b.item_name, b.item_category || ' ' || p.other_item_id, p.other_item_id) AS other_item,
       p.orders_together, p.support_rate, p.lift
FROM pairs AS p LEFT JOIN item_catalogue AS a ON a.item_id = p.item_id
LEFT JOIN item_catalogue AS b ON b.item_id = p.other_item_id
WHERE NOT list_contains($left_out, coalesce(a.item_category, ''))
  AND NOT list_contains($left_out, coalesce(b.item_category, ''))
ORDER BY p.p_value, p.orders_together DESC, p.item_id, p.other_item_id LIMIT 30"""
"""The pairs with the strongest evidence: a pair of rare items may have a higher lift by chance."""

REPEAT = """WITH top AS (
    SELECT item_id, sum(net_sales) AS revenue FROM orders.order_items WHERE item_id <> '' GROUP BY item_id
    HAVING item_id NOT IN (SELECT item_id FROM item_catalogue WHERE list_contains($left_out, item_category))
    ORDER BY revenue DESC, item_id LIMIT 100
),
bought AS (
    SELECT i.item_id, p.person_id, count(DISTINCT i.order_id) AS orders
    FROM orders.order_items AS i JOIN top USING (item_id) JOIN profiles.orders_of_persons AS p USING (order_id)
    GROUP BY i.item_id, p.person_id
)
SELECT coalesce(c.item_name, c.item_category || ' ' || b.item_id, b.item_id) AS item,
       coalesce(c.item_category, '') AS category, count(*) AS buyers,
       count(*) FILTER (b.orders > 1) AS repeat_buyers, count(*) FILTER (b.orders > 1) / count(*) AS repeat_rate
FROM bought AS b LEFT JOIN item_catalogue AS c USING (item_id)
GROUP BY b.item_id, c.item_name, c.item_category HAVING count(*) >= $least
ORDER BY repeat_rate DESC, buyers DESC, b.item_id LIMIT 25"""
"""Of the items with the most revenue alone: of every item it takes ten times as long, and most have few buyers."""

LEAST_BUYERS = 30
LEAST_UNITS = 3
"""Fewer whole months or weeks make no line."""


def categories_section(edition: Edition, first_day: date, last_day: date) -> Section:
    """Return the revenue of the largest categories by month, or by week or day where the data are young."""
    words = edition.words
    unit, first, last = whole_units(first_day, last_day)
    rows = edition.ask(
        CATEGORIES.format(unit=unit), first=first, last=last, left_out=list(edition.left_out)
    ).with_columns(pl.col("revenue").cast(pl.Decimal(38, 4)))
    title = words("products.categories")
    named = rows.filter(pl.col("category") != "")
    sums = named.group_by("category").agg(pl.col("revenue").sum()).sort("revenue", "category", descending=[True, False])
    if sums.is_empty() or rows["day"].n_unique() < LEAST_UNITS:
        return Section("categories", title, [NotEnough(words("products.no_categories"))])
    largest = sums["category"].head(len(COLOURS)).to_list()
    shown = named.filter(pl.col("category").is_in(largest)).select("day", "category", value="revenue")
    points = rows.select("day").unique().join(pl.DataFrame({"category": largest}), how="cross")
    drawn = points.join(shown, on=["day", "category"], how="left").with_columns(pl.col("value").fill_null(0))
    ordered = drawn.sort(pl.col("category").cast(pl.Enum(largest)), "day")
    share = float(sums["revenue"][0] / rows["revenue"].sum())
    query = _shown(edition, CATEGORIES.format(unit=unit), first=first, last=last)
    columns = [
        Column("day", words(f"products.{unit}"), "day"),
        Column("category", words("products.category")),
        Column("value", words("products.revenue"), "money"),
    ]
    table = Table("categories", title, columns, ordered, query=query)
    finding = words("products.largest_category", category=largest[0], share=share, first=first, last=last)
    drawing = lines(ordered, "money", label=words("products.revenue"), series="category")
    note = words("products.categories_note", unit=words(f"products.{unit}").lower())
    return Section("categories", title, [Chart("categories", finding, drawing, table)], note)


def whole_units(first_day: date, last_day: date) -> tuple[str, date, date]:
    """Return month, week or day, and the first and last day of at most a year of whole ones.

    >>> whole_units(date(2017, 1, 2), date(2017, 12, 30))
    ('month', datetime.date(2017, 2, 1), datetime.date(2017, 11, 30))
    >>> whole_units(date(2024, 1, 1), date(2024, 1, 14))
    ('day', datetime.date(2024, 1, 1), datetime.date(2024, 1, 14))
    """
    after = last_day + timedelta(days=1)
    first = max(first_day, last_day - timedelta(days=395))
    months = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    if (after.replace(day=1) - months).days >= LEAST_UNITS * 28:
        return "month", months, after.replace(day=1) - timedelta(days=1)
    week, end = first + timedelta(days=-first.weekday() % 7), after - timedelta(days=after.weekday())
    if (end - week).days >= LEAST_UNITS * 7:
        return "week", week, end - timedelta(days=1)
    return "day", first, last_day


def together_section(edition: Edition) -> Section:
    """Return the pairs of items that stand in one order more often than chance would put them there."""
    words = edition.words
    rows = edition.ask(TOGETHER, left_out=list(edition.left_out))
    title = words("products.together")
    if rows.is_empty():
        return Section("together", title, [NotEnough(words("products.no_pairs"))])
    first = rows.row(0, named=True)
    columns = [
        Column("item", words("products.item")),
        Column("other_item", words("products.other_item")),
        Column("orders_together", words("products.orders_together"), "number"),
        Column("support_rate", words("products.support"), "percent"),
        Column("lift", words("products.lift"), "decimal"),
    ]
    finding = words("products.pair", **first)
    return Section(
        "together",
        title,
        [Table("pairs", finding, columns, rows, query=_shown(edition, TOGETHER))],
        words("products.pairs_note"),
    )


def repeat_section(edition: Edition) -> Section:
    """Return how many buyers of an item bought it in another order again."""
    words = edition.words
    rows = edition.ask(REPEAT, left_out=list(edition.left_out), least=LEAST_BUYERS)
    title = words("products.repeat")
    blocks: list[Block] = [NotEnough(words("products.no_repeat", least=LEAST_BUYERS))]
    if not rows.is_empty():
        columns = [
            Column("item", words("products.item")),
            Column("category", words("products.category")),
            Column("buyers", words("products.buyers"), "number"),
            Column("repeat_buyers", words("products.repeat_buyers"), "number"),
            Column("repeat_rate", words("products.repeat_rate"), "percent"),
        ]
        query = _shown(edition, REPEAT).replace("$least", str(LEAST_BUYERS))
        finding = words("products.repeated", **rows.row(0, named=True))
        blocks = [Table("repeat", finding, columns, rows, query=query)]
    return Section("repeat", title, blocks, words("products.repeat_note", least=LEAST_BUYERS))


def _shown(edition: Edition, query: str, **days: date) -> str:
    """Return a query as an analyst can run it, with the blocked categories and days written out."""
    for name, day in days.items():
        query = query.replace(f"${name}", f"DATE '{day}'")
    names = ", ".join("'" + name.replace("'", "''") + "'" for name in edition.left_out)
    return query.replace("$left_out", f"[{names}]::VARCHAR[]")
