"""The picture of orders: months, and what was taken back."""

from datetime import date

import polars as pl

from dmp_assets.orders.charts import BACK, sales_svg

EMPTY = pl.DataFrame(schema={"month": pl.Date, "part": pl.String, "amount": pl.Float64})


def month(number: int, part: str, amount: float) -> dict[str, object]:
    return {"month": date(2026, number, 1), "part": part, "amount": amount}


def test_the_title_says_which_share_of_all_sales_was_taken_back() -> None:
    rows = [month(1, "shop", 60.0), month(1, "shop", 20.0), month(2, "web", 20.0), month(2, BACK, -5.0)]
    drawn = sales_svg(pl.DataFrame(rows))
    assert "5.0% of the net sales were taken back" in drawn
    assert "2026-01" in drawn


def test_nothing_sold_is_no_share() -> None:
    assert "No sales yet" in sales_svg(EMPTY)
