"""The rhythm of customers: stages of life, who is late, and when the next orders are expected."""

from datetime import timedelta

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, NotEnough, Section, Table
from dmp_assets.foundation.pages.charts import bars
from dmp_assets.foundation.pages.page import Edition
from dmp_assets.profiles.schema.activity import STAGES

SHOWN_PEOPLE = 25
WEEKS = 8
"""Weeks ahead that are shown one by one: a median gap says little of orders farther away."""

BY_STAGE = """SELECT lifecycle_stage AS stage, count(*) AS people, count(*) / sum(count(*)) OVER () AS share_rate,
       sum(revenue)::DECIMAL(38, 4) AS revenue, median(days_since_order) AS median_days,
       median(typical_gap_days) AS median_gap
FROM profiles.lifecycle JOIN profiles.profiles USING (person_id) GROUP BY stage"""

LATE = """SELECT person_id, rfm_group, days_since_order, typical_gap_days, l.orders, revenue
FROM profiles.lifecycle AS l JOIN profiles.profiles USING (person_id)
WHERE lifecycle_stage = 'at_risk' ORDER BY revenue DESC, person_id"""

LATE_GROUPS = """SELECT rfm_group, count(*) AS people, sum(revenue)::DECIMAL(38, 4) AS revenue,
       median(days_since_order) AS median_days, median(typical_gap_days) AS median_gap
FROM profiles.lifecycle JOIN profiles.profiles USING (person_id)
WHERE lifecycle_stage = 'at_risk' GROUP BY rfm_group ORDER BY revenue DESC, rfm_group"""

EXPECTED = """WITH as_of AS (SELECT max(as_of_date) AS today FROM profiles.profiles)
SELECT today, CASE WHEN next_expected_order_date < today THEN 0
                   ELSE least((next_expected_order_date - today) // 7 + 1, 9) END AS week,
       count(*) AS people, sum(average_order_value)::DECIMAL(38, 4) AS worth
FROM profiles.lifecycle JOIN profiles.profiles USING (person_id), as_of
WHERE next_expected_order_date IS NOT NULL AND lifecycle_stage <> 'lapsed' GROUP BY ALL ORDER BY week"""
"""Week 0 is over: the order is overdue. Week 1 begins on the day that profiles are made for."""


def stages_section(edition: Edition) -> Section:
    """Return how many customers stand in each stage of life, and who of them is late."""
    words, blocks = edition.words, list[Block]()
    rows = edition.ask(BY_STAGE)
    order = pl.DataFrame({"stage": STAGES}).with_row_index("place")
    rows = order.join(rows, on="stage").sort("place")
    if set(rows["stage"]) <= {"prospect", "not_enough_data"}:
        blocks.append(NotEnough(words("customers.no_stages")))
    else:
        people = dict(rows.select("stage", "people").iter_rows())
        names = [words.named("customers.stage", stage) for stage in rows["stage"]]
        means = [words.named("customers.stage_means", stage) for stage in rows["stage"]]
        named = rows.with_columns(pl.Series("name", names), pl.Series("means", means), value="people")
        late, lapsed = people.get("at_risk", 0), people.get("lapsed", 0)
        title = words("customers.late_and_lapsed", late=late, lapsed=lapsed)
        drawing = bars(named, "number", label=words("customers.people"))
        blocks.append(Chart("stages", title, drawing, _stages_table(edition, named)))
        if late:
            blocks += _late(edition)
    return Section("stages", words("customers.stages"), blocks)


def _stages_table(edition: Edition, rows: pl.DataFrame) -> Table:
    words = edition.words
    columns = [
        Column("name", words("customers.stage_name")),
        Column("means", words("customers.stage_meaning")),
        Column("people", words("customers.people"), "number"),
        Column("share_rate", words("customers.share_of_people"), "percent"),
        Column("revenue", words("customers.revenue"), "money"),
        *_silence(edition),
    ]
    return Table("stages", words("customers.stages"), columns, rows, query=BY_STAGE)


def _silence(edition: Edition) -> list[Column]:
    words = edition.words
    return [
        Column("median_days", words("customers.median_days"), "decimal"),
        Column("median_gap", words("customers.median_gap"), "decimal"),
    ]


def _late(edition: Edition) -> list[Block]:
    """Return who is late: by group always, and by person where people are shown."""
    words = edition.words
    columns = [
        Column("rfm_group", words("customers.rfm_group")),
        Column("people", words("customers.people"), "number"),
        Column("revenue", words("customers.revenue"), "money"),
        *_silence(edition),
    ]
    rows = edition.ask(LATE_GROUPS)
    blocks: list[Block] = [Table("late-groups", words("customers.late_groups"), columns, rows, query=LATE_GROUPS)]
    if edition.show_people:
        columns = [
            Column("person_id", words("customers.person")),
            Column("rfm_group", words("customers.rfm_group")),
            Column("days_since_order", words("customers.days_since_order"), "number"),
            Column("typical_gap_days", words("customers.usual_gap"), "decimal"),
            Column("orders", words("customers.orders"), "number"),
            Column("revenue", words("customers.revenue"), "money"),
        ]
        people = edition.ask(f"{LATE} LIMIT {SHOWN_PEOPLE}")
        blocks.append(Table("late-people", words("customers.late_people"), columns, people, query=LATE, is_folded=True))
    return blocks


def next_orders_section(edition: Edition) -> Section:
    """Return when the next orders are expected, week by week, and how many should have come by now."""
    words, blocks = edition.words, list[Block]()
    rows = edition.ask(EXPECTED)
    if rows.is_empty():
        blocks.append(NotEnough(words("customers.no_expected")))
    else:
        weeks = pl.DataFrame({"week": range(WEEKS + 2)}, schema={"week": rows.schema["week"]})
        today = rows["today"][0]
        rows = weeks.join(rows, on="week", how="left").with_columns(pl.col("people").fill_null(0))
        begins = [words("customers.week_of", day=today + timedelta(days=7 * week)) for week in range(WEEKS)]
        names = [words("customers.overdue"), *begins, words("customers.later")]
        named = rows.with_columns(pl.Series("name", names), value="people", is_overdue=pl.col("week") == 0)
        title = words(
            "customers.expected", overdue=rows["people"][0], people=rows["people"].sum(), week=rows["people"][1]
        )
        columns = [
            Column("name", words("customers.week")),
            Column("people", words("customers.next_orders_of"), "number"),
            Column("worth", words("customers.worth_of_orders"), "money"),
        ]
        table = Table("next-orders", words("customers.next_orders"), columns, named, query=EXPECTED)
        drawing = bars(named, "number", label=words("customers.people"), marked="is_overdue")
        blocks.append(Chart("next-orders", title, drawing, table))
    return Section("next", words("customers.next_orders"), blocks, words("customers.next_note"))
