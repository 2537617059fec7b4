"""The site: pages that changed are made again, others carried over; strangers' text is text; a failing page is one."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dmp_assets.foundation.pages.blocks import Block, Chart, Column, Figure, Figures, Headline, Table
from dmp_assets.foundation.pages.charts import bars
from dmp_assets.foundation.pages.page import Edition, Page
from dmp_assets.report.manifest import read_manifest
from dmp_assets.report.site import Site, make_site
from dmp_assets_tests.support.editions import connected

NAUGHTY = ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=cmd|' /C calc'!A0", "a & b 'c'"]
BOOKED = "INSERT INTO ops.commits (commit_id, table_name, partition, rows, row_hash) VALUES (?, ?, NULL, 1, ?)"


def shops(edition: Edition) -> Iterator[Block]:
    rows = edition.ask("SELECT segment_name AS name, people AS value FROM segments.segments ORDER BY ALL")
    names = Table("names", NAUGHTY[0], [Column("name", NAUGHTY[1]), Column("value", "n", "number")], rows)
    yield Headline(NAUGHTY[3])
    yield Figures([Figure("most", "Most", rows["value"].max(), "number")])  # type: ignore[arg-type]
    yield Chart("sizes", NAUGHTY[1], bars(rows, "number", label=NAUGHTY[0]), names)


def orders(edition: Edition) -> Iterator[Block]:
    yield Headline(str(edition.ask("SELECT count(*) AS n FROM orders.orders").item()))


def broken(edition: Edition) -> Iterator[Block]:
    edition.ask("SELECT 1 FROM segments.memberships")
    raise ZeroDivisionError


PAGES = (Page("overview", shops), Page("products", orders), Page("campaigns", broken))
MANUAL = Page("how_to_read", lambda _: [Headline("What it means")])


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    rows = [{"segment_id": str(n), "segment_name": name, "people": n} for n, name in enumerate(NAUGHTY, start=1)]
    made = connected({"segments.segments": rows})
    made.execute("CREATE SCHEMA meta; CREATE TABLE meta.tables AS SELECT 'none' AS table_name")
    made.execute("CREATE TABLE meta.generation AS SELECT 4 AS generation, 'layout' AS layout_id")
    for number, name in enumerate(("segments.segments", "orders.orders", "segments.memberships")):
        made.execute(BOOKED, [number, name, 1])
    return made


class Reader(HTMLParser):
    """What a browser makes of a page: its elements, and the text outside of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_text_of_strangers_comes_out_as_text(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    make_site(connection, Site(PAGES, "code"), tmp_path / "new", tmp_path / "none")
    page = Reader((tmp_path / "new" / "index.html").read_text())
    assert [name for name, _ in page.tags if name == "img"] == []
    scripts = [attributes.get("src") for name, attributes in page.tags if name == "script"]
    assert scripts == ["static/edition.js", "static/vega.js", "data/overview.js", "static/report.js"]
    assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []
    for text in NAUGHTY:
        assert text in page.text
    data = (tmp_path / "new" / "data" / "overview.js").read_text()
    assert "<" not in data
    drawn = json.loads(data.removeprefix("window.dmpCharts=").removesuffix(";\n"))
    assert NAUGHTY[0] in str(drawn["overview-sizes"])


def test_page_needs_no_network(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    make_site(connection, Site((*PAGES, MANUAL), "code"), tmp_path / "new", tmp_path / "none")
    for path in (tmp_path / "new").rglob("*.html"):
        for name, attributes in Reader(path.read_text()).tags:
            loaded = [attributes.get(key) for key in ("src", "href") if name != "a" and attributes.get(key)]
            linked = [attributes["href"] for _ in [0] if name == "a" and attributes.get("href", "")[:1] != "#"]
            for target in [*loaded, *linked]:
                assert target == "data:," or (path.parent / str(target)).is_file(), target
    for path in (tmp_path / "new" / "static").glob("report.*"):
        assert re.findall(r"https?://|@import|url\(|fetch\(", path.read_text()) == []


def test_log_of_a_page_that_cannot_be_made_shows_no_value_of_a_row(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    query = "SELECT segment_name::INTEGER FROM segments.segments WHERE segment_id = '4'"
    page = Page("campaigns", lambda edition: [Headline(str(edition.ask(query)))])
    make_site(connection, Site((page,), "code"), tmp_path / "new", tmp_path / "none")
    assert "The page campaigns could not be made: ConversionException" in caplog.text
    assert NAUGHTY[3] not in caplog.text
    assert "a & b" not in (tmp_path / "new" / "campaigns.html").read_text()


def test_page_that_cannot_be_made_says_so_and_is_tried_again(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    site = Site(PAGES, "code")
    assert make_site(connection, site, tmp_path / "a", tmp_path / "none") == ["overview", "products", "campaigns"]
    said = Reader((tmp_path / "a" / "campaigns.html").read_text()).text
    assert "This page could not be made." in said
    assert "ZeroDivisionError" in said
    assert make_site(connection, site, tmp_path / "b", tmp_path / "a") == ["campaigns"]


def test_page_is_made_again_where_its_tables_its_code_or_its_settings_changed(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    pages = PAGES[:2]

    def made(name: str, last: str, made_by: str = "code") -> list[str]:
        return make_site(connection, Site(pages, made_by), tmp_path / name, tmp_path / last)

    assert made("a", "none") == ["overview", "products"]
    assert made("b", "a") == []
    assert (tmp_path / "b" / "index.html").read_bytes() == (tmp_path / "a" / "index.html").read_bytes()
    assert read_manifest(tmp_path / "b").generation == 4
    connection.execute(BOOKED, [9, "orders.orders", 2])
    assert made("c", "b") == ["products"]
    (tmp_path / "c" / "data" / "overview.js").unlink()
    assert made("d", "c") == ["overview"]
    assert made("e", "d", "other code") == ["overview", "products"]
    connection.execute("UPDATE meta.generation SET layout_id = 'other'")
    assert made("f", "e", "other code") == ["overview", "products"]


def test_page_of_a_snapshot_names_the_snapshot_s_day_and_others_the_last_whole_one(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.execute("INSERT INTO orders.orders (order_id, order_date) VALUES ('1', DATE '2024-02-08')")
    connection.execute("UPDATE segments.segments SET as_of_date = DATE '2024-02-09'")
    pages = (PAGES[1], Page("segments", shops, described_by="segments.segments"))
    none = Page("campaigns", orders, described_by="campaigns.campaign_roi")
    make_site(connection, Site((*pages, none), "code"), tmp_path / "new", tmp_path / "none")
    read = {name: Reader((tmp_path / "new" / f"{name}.html").read_text()).text for name in ("products", "segments")}
    assert ("Data up to 8 Feb 2024." in read["products"], "Data up to 9 Feb 2024." in read["segments"]) == (True, True)
    assert "Data up to 8 Feb 2024." in Reader((tmp_path / "new" / "campaigns.html").read_text()).text


def test_figures_stand_in_a_page_with_all_their_digits(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    connection.execute("UPDATE segments.segments SET people = 123456 WHERE segment_id = '4'")
    make_site(connection, Site(PAGES, "code"), tmp_path / "new", tmp_path / "none")
    html = (tmp_path / "new" / "index.html").read_text()
    assert '<data value="123456">123.5K</data>' in html
    assert 'data-value="123456">123,456</td>' in html


def test_table_of_many_rows_says_how_many_it_leaves_out(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = pl.DataFrame({"n": range(250)})
    page = Page("overview", lambda _: [Table("all", "All", [Column("n", "n", "number")], rows)])
    make_site(connection, Site((page,), "code"), tmp_path / "new", tmp_path / "none")
    html = (tmp_path / "new" / "index.html").read_text()
    assert html.count("<tr>") == 201
    assert "The first 200 of 250 rows." in html
