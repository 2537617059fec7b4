"""The page that defines every figure, from the data dictionary."""

from collections.abc import Iterator

from dmp_assets.foundation.pages.blocks import Block, Column, Headline, Section, Table, Text
from dmp_assets.foundation.pages.page import Edition, Page

DEFINED = """SELECT table_name, any_value(table_description) AS words FROM data_dictionary
WHERE table_name IN (SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal)
GROUP BY table_name ORDER BY table_name"""

COLUMNS = """SELECT column_name, description FROM data_dictionary WHERE table_name = $view ORDER BY position"""


def build_how_to_read(edition: Edition) -> Iterator[Block]:
    """Yield what each figure means: one section per view that the pages and the analysts use."""
    words = edition.words
    yield Headline(words("how_to_read.headline"))
    yield Text(words("how_to_read.rules"))
    for view, described in edition.ask(DEFINED).iter_rows():
        rows = edition.ask(COLUMNS, view=view)
        columns = [
            Column("column_name", words("how_to_read.column")),
            Column("description", words("how_to_read.means")),
        ]
        table = Table(view, words("how_to_read.columns_of", view=view), columns, rows, is_folded=True)
        yield Section(view, view, [table], described)


HOW_TO_READ = Page("how_to_read", build_how_to_read)
