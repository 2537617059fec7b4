"""What customers take part in: engagement, places, and what they turn to."""

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, NotEnough, Section, Table
from dmp_assets.foundation.pages.charts import bars
from dmp_assets.foundation.pages.page import Edition
from dmp_assets.profiles.schema.interests import AFFINITY_ATTRIBUTES
from dmp_assets.profiles.schema.statements import GEOGRAPHY

SHOWN = 15
BANDS = 5

ENGAGED = """SELECT least(floor(engagement_score * 5), 4)::BIGINT AS band,
       count(*) AS people, avg(visits) AS mean_visits, median(days_since_visit) AS median_days_since_visit
FROM profiles.engagement GROUP BY band ORDER BY band"""

ENGAGEMENT = """SELECT count(*) AS people, median(engagement_score) AS median_score,
       coalesce(max(page_views_per_visit), 0) > 0 AS has_page_views
FROM profiles.engagement"""

PLACES = """SELECT field, value, count(DISTINCT person_id) AS people,
       count(DISTINCT person_id) / any_value(known) AS share_rate
FROM profiles.places JOIN (SELECT field, count(DISTINCT person_id) AS known FROM profiles.places GROUP BY field)
    USING (field)
GROUP BY field, value ORDER BY field, people DESC, value"""
"""A person who was seen in two places counts in both, so shares may add up to more than 1."""

INTERESTS = """WITH known AS (
    SELECT * FROM profiles.affinities
    WHERE attribute <> 'item_category' OR NOT list_contains($left_out, value)
)
SELECT attribute, value, count(DISTINCT person_id) AS people,
       sum(affinity) / sum(sum(affinity)) OVER (PARTITION BY attribute) AS attention_rate
FROM known GROUP BY attribute, value ORDER BY attribute, attention_rate DESC, value"""
"""The attention of a person to all values of an attribute is 1, so everybody counts alike."""


def engagement_section(edition: Edition) -> Section:
    """Return how much people take part."""
    words, blocks = edition.words, list[Block]()
    summary = edition.ask(ENGAGEMENT).row(0, named=True)
    note = words("customers.engagement_note")
    if not summary["people"]:
        blocks.append(NotEnough(words("customers.no_engagement")))
    else:
        rows = pl.DataFrame({"band": range(BANDS)}, schema={"band": pl.Int64}).join(
            edition.ask(ENGAGED), on="band", how="left"
        )
        names = [words("customers.band", low=band / BANDS, high=(band + 1) / BANDS) for band in rows["band"]]
        named = rows.with_columns(pl.Series("name", names), value=pl.col("people").fill_null(0))
        columns = [
            Column("name", words("customers.score")),
            Column("value", words("customers.people"), "number"),
            Column("mean_visits", words("customers.mean_visits"), "decimal"),
            Column("median_days_since_visit", words("customers.median_days_since_visit"), "decimal"),
        ]
        table = Table("engagement", words("customers.engagement"), columns, named, query=ENGAGED)
        title = words("customers.engaged", score=summary["median_score"], people=summary["people"])
        blocks.append(Chart("engagement", title, bars(named, "number", label=words("customers.people")), table))
        note += "" if summary["has_page_views"] else " " + words("customers.no_page_views")
    return Section("engagement", words("customers.engagement"), blocks, note)


def places_section(edition: Edition) -> Section:
    """Return in which countries and cities people were seen."""
    words, blocks = edition.words, list[Block]()
    rows = edition.ask(PLACES)
    for field in GEOGRAPHY:
        places = rows.filter(pl.col("field") == field)
        if places.is_empty():
            continue
        label = words(f"customers.{field}")
        columns = [
            Column("value", label),
            Column("people", words("customers.people"), "number"),
            Column("share_rate", words("customers.share_of_known"), "percent"),
        ]
        table = Table(f"places-{field}", label, columns, places, query=PLACES)
        first = places.row(0, named=True)
        title = words("customers.most_seen", place=first["value"], people=first["people"])
        drawn = places.head(SHOWN).select("people", name="value", value="people")
        blocks.append(Chart(f"places-{field}", title, bars(drawn, "number", label=words("customers.people")), table))
    if not blocks:
        blocks.append(NotEnough(words("customers.no_places")))
    return Section("places", words("customers.places"), blocks)


def interests_section(edition: Edition) -> Section:
    """Return what people turn to, without what is no interest of anybody."""
    words, blocks = edition.words, list[Block]()
    rows = edition.ask(INTERESTS, left_out=list(edition.left_out))
    for attribute in AFFINITY_ATTRIBUTES:
        values = rows.filter(pl.col("attribute") == attribute)
        if values.is_empty():
            continue
        label = words(f"customers.interest.{attribute}")
        columns = [
            Column("value", label),
            Column("people", words("customers.people"), "number"),
            Column("attention_rate", words("customers.attention"), "percent"),
        ]
        first = values.row(0, named=True)
        most = {"value": first["value"], "share": first["attention_rate"], "people": first["people"]}
        title = words("customers.most_attention", **most)
        table = Table(f"interests-{attribute}", label, columns, values.head(10 * SHOWN))
        drawing = bars(
            values.head(SHOWN).select(name="value", value="attention_rate"),
            "percent",
            label=words("customers.attention"),
        )
        blocks.append(Chart(f"interests-{attribute}", title, drawing, table))
    if not blocks:
        blocks.append(NotEnough(words("customers.no_interests")))
    note = words("customers.interests_note")
    if edition.left_out:
        note += " " + words("customers.interests_left_out", names=", ".join(edition.left_out))
    return Section("interests", words("customers.interests"), blocks, note)
