"""Groups of customers by recency, frequency and money, and who went from one to another in the last month."""

import polars as pl

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, NotEnough, Section, Table
from dmp_assets.foundation.pages.charts import bars, heat
from dmp_assets.foundation.pages.page import Edition
from dmp_assets.profiles.schema.profiles import RFM_GRID, RFM_GROUPS

CELLS = """SELECT rfm_recency_score AS recency, (rfm_frequency_score + rfm_monetary_score + 1) // 2 AS worth,
       count(*) AS people
FROM profiles.profiles WHERE rfm_recency_score IS NOT NULL GROUP BY ALL"""

GROUPS = """SELECT rfm_group, count(*) AS people, count(*) / sum(count(*)) OVER () AS share_rate,
       sum(revenue)::DECIMAL(38, 4) AS revenue, (sum(revenue) / count(*))::DECIMAL(38, 4) AS mean_revenue,
       avg(recency_days) AS mean_recency_days
FROM profiles.profiles WHERE rfm_recency_score IS NOT NULL GROUP BY rfm_group ORDER BY revenue DESC, rfm_group"""

MOVES = """SELECT from_date, to_date, from_group, to_group, people, share_rate FROM rfm_migration
WHERE to_date = (SELECT max(as_of_date) FROM profiles.profile_history) ORDER BY people DESC, from_group, to_group"""

STAYED_AWAY = ("At Risk", "Cannot Lose Them")
SHOWN_MOVES = 10


def grid_section(edition: Edition) -> Section:
    """Return the grid of scores with the people of each cell."""
    words, blocks = edition.words, list[Block]()
    groups = edition.ask(GROUPS)
    if groups.is_empty():
        blocks.append(NotEnough(words("customers.no_scores")))
    else:
        away = groups.filter(pl.col("rfm_group").is_in(STAYED_AWAY))["people"].sum()
        title = words("customers.stayed_away", away=away, people=groups["people"].sum())
        drawing = heat(
            _cells(edition),
            "number",
            across=words("customers.worth"),
            down=words("customers.recency"),
            labelled="label",
        )
        blocks.append(Chart("grid", title, drawing, _groups_table(edition, groups)))
    return Section("groups", words("customers.groups"), blocks, words("customers.groups_note"))


def _cells(edition: Edition) -> pl.DataFrame:
    """Return all 25 cells, those without people too; the latest buyers stand on top."""
    grid = pl.DataFrame(
        [(recency, worth, group) for recency, row in enumerate(RFM_GRID, 1) for worth, group in enumerate(row, 1)],
        schema={"recency": pl.Int64, "worth": pl.Int64, "group": pl.String},
        orient="row",
    )
    rows = grid.join(edition.ask(CELLS), on=["recency", "worth"], how="left").with_columns(
        pl.col("people").fill_null(0)
    )
    words = edition.words
    labels = [[group, words.write(people, "number")] for group, people in rows.select("group", "people").iter_rows()]
    named = rows.with_columns(pl.Series("label", labels), value="people", across="worth", down="recency")
    return named.sort("recency", "worth", descending=[True, False])


def _groups_table(edition: Edition, groups: pl.DataFrame) -> Table:
    words = edition.words
    columns = [
        Column("rfm_group", words("customers.rfm_group")),
        Column("people", words("customers.people"), "number"),
        Column("share_rate", words("customers.share_of_customers"), "percent"),
        Column("revenue", words("customers.revenue"), "money"),
        Column("mean_revenue", words("customers.mean_revenue"), "money"),
        Column("mean_recency_days", words("customers.mean_recency_days"), "decimal"),
    ]
    return Table("rfm-groups", words("customers.groups"), columns, groups, query=GROUPS)


def moves_section(edition: Edition) -> Section:
    """Return who grew and who shrank between the last two month's ends, and by which moves."""
    words, blocks = edition.words, list[Block]()
    moves = edition.ask(MOVES)
    note = ""
    if moves.is_empty():
        blocks.append(NotEnough(words("customers.no_moves")))
    else:
        note = words("customers.moves_note", from_day=moves["from_date"][0], to_day=moves["to_date"][0])
        net = _net(moves)
        title = _moves_title(edition, net)
        columns = [
            Column("name", words("customers.rfm_group")),
            Column("before", words("customers.people_before"), "number"),
            Column("after", words("customers.people_after"), "number"),
            Column("value", words("customers.change"), "number"),
        ]
        drawing = bars(net, "number", label=words("customers.change"))
        blocks.append(Chart("net", title, drawing, Table("rfm-net", words("customers.net"), columns, net)))
        blocks.append(_moves_table(edition, moves))
    return Section("moves", words("customers.moves"), blocks, note)


def _net(moves: pl.DataFrame) -> pl.DataFrame:
    """Return each group's people before and after, in the order of the groups."""
    before = moves.group_by(name="from_group").agg(before=pl.col("people").sum())
    after = moves.group_by(name="to_group").agg(after=pl.col("people").sum())
    both = before.join(after, on="name", how="full", coalesce=True).with_columns(pl.col("before", "after").fill_null(0))
    order = pl.DataFrame({"name": RFM_GROUPS}).with_row_index("place")
    # Whoever had not bought before is nobody who left a group, so 'No orders' has no row.
    return order.join(both, on="name").sort("place").with_columns(value=pl.col("after") - pl.col("before"))


def _moves_title(edition: Edition, net: pl.DataFrame) -> str:
    ranked = net.sort("value", "name")
    least, most = ranked.row(0, named=True), ranked.row(-1, named=True)
    if most["value"] <= 0 and least["value"] >= 0:
        return edition.words("customers.no_net")
    if least["value"] >= 0:
        return edition.words("customers.only_grew", grown=most["name"], more=most["value"])
    if most["value"] <= 0:
        return edition.words("customers.only_shrank", shrunk=least["name"], fewer=-least["value"])
    names = {"grown": most["name"], "shrunk": least["name"]}
    return edition.words("customers.grew_and_shrank", more=most["value"], fewer=-least["value"], **names)


def _moves_table(edition: Edition, moves: pl.DataFrame) -> Table:
    words = edition.words
    columns = [
        Column("from_group", words("customers.from_group")),
        Column("to_group", words("customers.to_group")),
        Column("people", words("customers.people"), "number"),
        Column("share_rate", words("customers.share_of_from"), "percent"),
    ]
    moved = moves.filter(pl.col("from_group") != pl.col("to_group"))
    stayed = moves.filter(pl.col("from_group") == pl.col("to_group"))["people"].sum()
    note = words("customers.stayed", people=stayed)
    return Table("rfm-moves", words("customers.largest_moves"), columns, moved.head(SHOWN_MOVES), note, MOVES)
