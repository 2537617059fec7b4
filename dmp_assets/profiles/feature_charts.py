"""Charts of what is told about people beside their profile, drawn without a browser or a network."""

import altair as alt
import polars as pl
import vl_convert

from dmp_assets.profiles.feature_schema import STAGES

TOP_INTERESTS = 15


def lifecycle_png(lifecycle: pl.DataFrame) -> bytes:
    """Return a PNG of how many people stand in each stage (``Lifecycle``); the title tells the share late or gone."""
    counts = dict(lifecycle["lifecycle_stage"].value_counts().iter_rows())
    rows = [{"name": stage, "value": counts.get(stage, 0)} for stage in STAGES]
    customers = lifecycle.height - counts.get("prospect", 0) - counts.get("not_enough_data", 0)
    slipping = counts.get("at_risk", 0) + counts.get("lapsed", 0)
    title = f"{slipping / customers:.0%} of the customers are late or gone" if customers else "No customers yet"
    words = f"{lifecycle.height:,} people by lifecycle stage; late or gone: at_risk and lapsed"
    return _bars_png(rows, title, words, "People", ",d")


def interests_png(affinities: pl.DataFrame) -> bytes:
    """Return a PNG of the categories that people's attention goes to (``Affinities``), the largest 15.

    A category's share is the mean affinity over everybody with a category, those without this one counting 0: each
    person counts the same, however much they buy.
    """
    categories = affinities.filter(pl.col("attribute") == "item_category")
    people = categories["person_id"].n_unique()
    shares = (
        categories.group_by("value")
        .agg(share=pl.col("affinity").sum() / max(people, 1))
        .sort("share", "value", descending=[True, False])
        .head(TOP_INTERESTS)
    )
    rows = [{"name": name, "value": share} for name, share in shares.iter_rows()]
    title = f"{rows[0]['name']} gets the most attention" if rows else "No interests yet"
    words = f"Mean share of attention of {people:,} people, newer events counting more; the largest {TOP_INTERESTS}"
    return _bars_png(rows, title, words, "Share of attention", ".1%")


def _bars_png(rows: list[dict[str, object]], title: str, words: str, axis: str, number: str) -> bytes:
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=260)),
        x=alt.X("value:Q", title=axis, axis=alt.Axis(format=number, grid=False, tickCount=5)),
    )
    bars = base.mark_bar(color="#4682b4", cornerRadiusEnd=3)
    labels = base.mark_text(align="left", dx=4, fontSize=11).encode(text=alt.Text("value:Q", format=number))
    heading = alt.TitleParams(
        title, subtitle=words, anchor="start", fontSize=18, subtitleFontSize=12, subtitleColor="#5b6770", offset=14
    )
    chart = (bars + labels).properties(width=520, height={"step": 26}, title=heading)
    return vl_convert.vegalite_to_png(
        chart.configure_view(stroke=None).configure(font="sans-serif", padding=16).to_json()
    )
