"""What customers are worth: each tenth of them with its share of the revenue."""

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, NotEnough, Section, Table
from dmp_assets.foundation.pages.charts import bars
from dmp_assets.foundation.pages.page import Edition

LEAST_PEOPLE = 30
"""A share of fewer people than this is no headline: one person more or less moves it by more than three points."""

TENTHS = """WITH ranked AS (
    SELECT orders, revenue, (row_number() OVER (ORDER BY revenue DESC, person_id) - 1) * 10 // count(*) OVER () + 1
        AS tenth
    FROM profiles.profiles WHERE orders > 0
)
SELECT tenth, count(*) AS people, sum(revenue)::DECIMAL(38, 4) AS revenue,
       (sum(revenue) / sum(sum(revenue)) OVER ())::DOUBLE AS revenue_share_rate,
       (sum(revenue) / count(*))::DECIMAL(38, 4) AS mean_revenue, avg(orders) AS mean_orders
FROM ranked GROUP BY tenth QUALIFY sum(sum(revenue)) OVER () > 0 ORDER BY tenth"""
"""The first tenth is that of the largest revenue, and is rounded up: of 31 customers it holds four."""


def value_section(edition: Edition, tenths: pl.DataFrame, buyers: int) -> Section:
    """Return the section on the worth of customers.

    Args:
        edition: Tables and words.
        tenths: The rows of ``TENTHS``; none where the revenue of all is not above 0.
        buyers: Customers with an order.
    """
    words, blocks = edition.words, list[Block]()
    if buyers < LEAST_PEOPLE:
        blocks.append(NotEnough(words("customers.too_few_buyers", buyers=buyers, least=LEAST_PEOPLE)))
    elif tenths.is_empty():
        blocks.append(NotEnough(words("customers.no_revenue")))
    else:
        names = [words("customers.tenth", low=10 * tenth - 10, high=10 * tenth) for tenth in tenths["tenth"]]
        rows = tenths.with_columns(pl.Series("name", names), value="revenue_share_rate")
        title = words("customers.top_tenth", share=rows["value"][0], people=rows["people"][0])
        drawing = bars(rows, "percent", label=words("customers.revenue_share"))
        blocks.append(Chart("tenths", title, drawing, _table(edition, rows)))
    return Section("value", words("customers.value"), blocks, words("customers.value_note"))


def _table(edition: Edition, rows: pl.DataFrame) -> Table:
    words = edition.words
    columns = [
        Column("name", words("customers.place")),
        Column("people", words("customers.people"), "number"),
        Column("revenue", words("customers.revenue"), "money"),
        Column("revenue_share_rate", words("customers.revenue_share"), "percent"),
        Column("mean_revenue", words("customers.mean_revenue"), "money"),
        Column("mean_orders", words("customers.mean_orders"), "decimal"),
    ]
    return Table("customers-by-tenth", words("customers.tenths"), columns, rows, query=TENTHS)
