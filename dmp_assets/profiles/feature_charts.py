"""Charts of what is told about people beside their profile, drawn without a browser or a network."""

import altair as alt
import polars as pl

from dmp_assets.drawing import svg
from dmp_assets.profiles.feature_schema import STAGES

TOP_INTERESTS = 15


def lifecycle_svg(lifecycle: pl.DataFrame) -> str:
    """Return a drawing of how many people stand in each stage (``Lifecycle``).

    The title tells the share late or gone.
    """
    counts = dict(lifecycle["lifecycle_stage"].value_counts().iter_rows())
    rows = [{"name": stage, "value": counts.get(stage, 0)} for stage in STAGES]
    customers = lifecycle.height - counts.get("prospect", 0) - counts.get("not_enough_data", 0)
    slipping = counts.get("at_risk", 0) + counts.get("lapsed", 0)
    title = f"{slipping / customers:.0%} of the customers are late or gone" if customers else "No customers yet"
    words = f"{lifecycle.height:,} people by lifecycle stage; late or gone: at_risk and lapsed"
    return _bars(rows, title, words, "People", ",d")


def category_attention(affinities: pl.DataFrame) -> pl.DataFrame:
    """Return the sum of affinities to each category, and how many people's largest it is: value, attention, people."""
    categories = affinities.filter(pl.col("attribute") == "item_category")
    return categories.group_by("value").agg(
        attention=pl.col("affinity").sum(), people=(pl.col("rank") == 1).sum().cast(pl.Int64)
    )


def interests_svg(attention: pl.DataFrame) -> str:
    """Return a drawing of the categories that people's attention goes to (``category_attention``), the largest 15.

    A category's share is the mean affinity over everybody with a category, those without this one counting 0: each
    person counts the same, however much they buy.
    """
    people = attention["people"].sum()
    shares = (
        attention.select("value", share=pl.col("attention") / max(people, 1))
        .sort("share", "value", descending=[True, False])
        .head(TOP_INTERESTS)
    )
    rows = [{"name": name, "value": share} for name, share in shares.iter_rows()]
    title = f"{rows[0]['name']} gets the most attention" if rows else "No interests yet"
    words = f"Mean share of attention of {people:,} people, newer events counting more; the largest {TOP_INTERESTS}"
    return _bars(rows, title, words, "Share of attention", ".1%")


def _bars(rows: list[dict[str, object]], title: str, words: str, axis: str, number: str) -> str:
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=260)),
        x=alt.X("value:Q", title=axis, axis=alt.Axis(format=number, grid=False, tickCount=5)),
    )
    bars = base.mark_bar(color="#4682b4", cornerRadiusEnd=3)
    labels = base.mark_text(align="left", dx=4, fontSize=11).encode(text=alt.Text("value:Q", format=number))
    heading = alt.TitleParams(
        title, subtitle=words, anchor="start", fontSize=18, subtitleFontSize=12, subtitleColor="#5b6770", offset=14
    )
    return svg((bars + labels).properties(width=520, height={"step": 26}, title=heading))
