"""Chart of orders, drawn without a browser or a network."""

import altair as alt
import polars as pl

from dmp_assets.foundation.drawing.charts import BLUE, ORANGE, SKY, heading, svg
from dmp_assets.orders.schema import SHOP, WEB

BACK = "taken back"
PARTS = {SHOP: BLUE, WEB: SKY, BACK: ORANGE}
"""What a bar is made of, and its colour."""

MONTHS = 24
"""Months that are drawn, the newest."""


def sales_svg(months: pl.DataFrame) -> str:
    """Return a drawing of net sales by month: what shops state, what the web alone knows, and what was taken back.

    Args:
        months: ``month`` (its first day), ``part`` (of ``PARTS``) and ``amount`` in the base currency; what was taken
            back is negative. Several rows of a month and part are added up.

    The title says which share of the sales was taken back.
    """
    summed = months.group_by("month", "part").agg(pl.col("amount").sum()).sort("month", "part")
    newest = summed["month"].unique().sort().tail(MONTHS)
    shown = summed.filter(pl.col("month").is_in(newest.implode()))
    sold = float(summed.filter(pl.col("part") != BACK)["amount"].sum())
    back = -float(summed.filter(pl.col("part") == BACK)["amount"].sum())
    title = f"{back / sold:.1%} of the net sales were taken back" if sold > 0 else "No sales yet"
    rows = shown.with_columns(pl.col("month").dt.strftime("%Y-%m")).to_dicts()
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=-60, ticks=False, domain=False)),
            y=alt.Y("amount:Q", title="Base currency", axis=alt.Axis(format="~s")),
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=list(PARTS), range=list(PARTS.values())),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
        )
    )
    words = (
        "net sales of orders by month, as shops state them or the web alone knows them, and refunds on their own day"
    )
    return svg(bars.properties(width=620, height=260, title=heading(title, words)))
