"""Charts of profiles, drawn without a browser or a network."""

import altair as alt
import polars as pl

from dmp_assets.foundation.drawing.charts import INK, bars_svg, heading, svg
from dmp_assets.profiles.schema.activity import STAGES
from dmp_assets.profiles.schema.profiles import RFM_GRID, RFM_GROUPS

TOP_INTERESTS = 15
LEAST_PEOPLE = 5
"""A category that is the first of fewer people has no name in the picture: it might say something of one of them."""
OTHERS = "all others"
WATCHED = ("At Risk", "Cannot Lose Them")


def rfm_grid_svg(profiles: pl.DataFrame) -> str:
    """Return a drawing of the RFM grid: how many people stand in each cell, and what the cell is called.

    Args:
        profiles: ``Profiles``; people without scores are left out.

    The title says what share of the buyers used to buy much and stays away (At Risk, Cannot Lose Them).
    """
    cells = rfm_cells(profiles)
    buyers = int(cells["people"].sum())
    watched = int(cells.filter(pl.col("group").is_in(WATCHED))["people"].sum())
    title = (
        f"{watched / buyers:.0%} of the buyers bought well before and now stay away"
        if buyers
        else "No scored buyers yet"
    )
    axis = alt.Axis(labelAngle=0, ticks=False, domain=False, labelFontSize=12, titleFontSize=12, titlePadding=8)
    base = alt.Chart(alt.InlineData(values=cells.to_dicts())).encode(
        x=alt.X("value:O", title="Frequency and spend score (5 = most)", axis=axis),
        y=alt.Y("recency:O", sort="descending", title="Recency score (5 = latest)", axis=axis),
    )
    half = 0.65 * max(1, *cells["people"].to_list())
    ink = alt.condition(f"datum.people > {half}", alt.value("#ffffff"), alt.value(INK))
    heat = base.mark_rect(stroke="#ffffff", strokeWidth=3, cornerRadius=4).encode(
        color=alt.Color("people:Q", scale=alt.Scale(scheme="blues", domainMin=0), legend=None)
    )
    counts = base.mark_text(fontSize=17, fontWeight="bold", dy=-8).encode(
        text=alt.Text("people:Q", format=","), color=ink
    )
    names = base.mark_text(fontSize=11, dy=13).encode(text="group:N", color=ink)
    words = (
        f"{buyers:,} people with an order, by RFM score: number of people and group; "
        f"{watched:,} are At Risk or Cannot Lose Them"
    )
    return svg((heat + counts + names).properties(width=620, height=340, title=heading(title, words)))


def rfm_cells(profiles: pl.DataFrame) -> pl.DataFrame:
    """Return all 25 cells: recency, value (mean of frequency and monetary), group, people; empty ones too."""
    grid = pl.DataFrame(
        [
            {"recency": recency, "value": value, "group": group}
            for recency, row in enumerate(RFM_GRID, start=1)
            for value, group in enumerate(row, start=1)
        ],
        schema={"recency": pl.Int64, "value": pl.Int64, "group": pl.String},
    )
    counted = (
        profiles.filter(pl.col("rfm_group").is_in(RFM_GROUPS))
        .group_by(
            recency=pl.col("rfm_recency_score"),
            value=(pl.col("rfm_frequency_score") + pl.col("rfm_monetary_score") + 1) // 2,
        )
        .agg(people=pl.len().cast(pl.Int64))
    )
    return (
        grid.join(counted, on=["recency", "value"], how="left")
        .with_columns(pl.col("people").fill_null(0))
        .sort("recency", "value")
    )


def lifecycle_svg(lifecycle: pl.DataFrame) -> str:
    """Return a drawing of how many people stand in each stage (``Lifecycle``).

    The title says which share is at_risk or lapsed.
    """
    counts = dict(lifecycle["lifecycle_stage"].value_counts().iter_rows())
    rows = [{"name": stage, "value": counts.get(stage, 0)} for stage in STAGES]
    customers = lifecycle.height - counts.get("prospect", 0) - counts.get("not_enough_data", 0)
    slipping = counts.get("at_risk", 0) + counts.get("lapsed", 0)
    title = f"{slipping / customers:.0%} of the customers are late or gone" if customers else "No customers yet"
    words = f"{lifecycle.height:,} people by lifecycle stage; late or gone: at_risk and lapsed"
    return bars_svg(rows, title, words, "People", ",d")


def category_attention(affinities: pl.DataFrame) -> pl.DataFrame:
    """Return value, attention and people of each category.

    Attention is the sum of its affinities; people are those whose largest affinity it is.
    """
    categories = affinities.filter(pl.col("attribute") == "item_category")
    return categories.group_by("value").agg(
        attention=pl.col("affinity").sum(), people=(pl.col("rank") == 1).sum().cast(pl.Int64)
    )


def interests_svg(attention: pl.DataFrame) -> str:
    """Return a drawing of the 15 categories that get the most attention (``category_attention``).

    A category's share is the mean affinity over all people with a category; it is 0 for those without this one. Each
    person counts the same, however much they buy. Categories that are the first of fewer than ``LEAST_PEOPLE`` are one.
    """
    people = attention["people"].sum()
    named = pl.when(pl.col("people") >= LEAST_PEOPLE).then("value").otherwise(pl.lit(OTHERS))
    shares = (
        attention.group_by(named.alias("value"))
        .agg(pl.col("attention").sum())
        .select("value", share=pl.col("attention") / max(people, 1))
        .sort("share", "value", descending=[True, False])
        .head(TOP_INTERESTS)
    )
    rows = [{"name": name, "value": share} for name, share in shares.iter_rows()]
    title = f"{rows[0]['name']} gets the most attention" if rows else "No interests yet"
    words = f"Mean share of attention of {people:,} people, newer events counting more; the largest {TOP_INTERESTS}"
    return bars_svg(rows, title, words, "Share of attention", ".1%")
