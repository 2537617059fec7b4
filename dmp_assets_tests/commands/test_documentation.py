"""What is generated equals what the code says."""

import pytest

from dmp_assets.commands.documentation import (
    DICTIONARY_PATH,
    GRAPH_PATH,
    PROJECT_DIR,
    TABLES_PATH,
    dictionary_page,
    graph_picture,
    graph_snapshot,
    replace_part,
)
from dmp_assets.foundation.settings.settings import Settings, load_settings

STALE = "is not what the code says: run `make docs` and review the change"


@pytest.fixture(scope="module")
def shipped() -> Settings:
    return load_settings(PROJECT_DIR / "dmp.yaml")


def test_the_asset_graph_on_file_is_that_of_the_code(shipped: Settings) -> None:
    assert GRAPH_PATH.read_text(encoding="utf-8") == graph_snapshot(shipped), f"{GRAPH_PATH.name} {STALE}"


def test_the_data_dictionary_on_file_is_that_of_the_code() -> None:
    assert DICTIONARY_PATH.read_text(encoding="utf-8") == dictionary_page(), f"{DICTIONARY_PATH.name} {STALE}"


def test_the_page_of_all_tables_shows_the_graph_of_the_code(shipped: Settings) -> None:
    page = TABLES_PATH.read_text(encoding="utf-8")
    assert replace_part(page, "graph", graph_picture(shipped)) == page, f"{TABLES_PATH.name} {STALE}"


def test_a_part_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers <!-- x:start --> and <!-- x:end --> are missing"):
        replace_part("text", "x", "part")
