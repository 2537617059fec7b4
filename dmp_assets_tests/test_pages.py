"""The pages for people: links lead somewhere, files that are named exist, the README stays two screens long."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.trust import FIGURES, PAGE, PROMISES, page
from dmp_assets.foundation.settings.bundled import PROJECT_DIR

PAGES = sorted(
    page
    for page in [*PROJECT_DIR.glob("*.md"), *PROJECT_DIR.glob("data/*.md"), *PROJECT_DIR.glob("docs/**/*.md")]
    if page.name != "data_dictionary.md"
)
LINK = re.compile(r"\[[^\]\[]+\]\(([^)\s]+)\)")
FILE_NAME = re.compile(r"`((?:dmp_assets|dmp_assets_tests|sql|benchmarks|docs)/[\w/.-]+)`")
TOY = re.compile(r"<!-- toy:start -->.*?<!-- toy:end -->|`[^`]*loyalty[^`]*`", re.DOTALL)
"""The domain of docs/add_a_domain.md, which is not there."""

LONGEST_README = 1_200
"""Words of two screens and a bit; a newcomer reads no more before trying it."""


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from LINK.findall(text)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in links(page):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT_DIR).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT_DIR).as_posix())
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = TOY.sub("", page.read_text(encoding="utf-8"))
    named = {name for name in FILE_NAME.findall(text) if "<" not in name}
    assert [name for name in sorted(named) if not (PROJECT_DIR / name).exists()] == []


def test_a_link_to_a_missing_page_or_heading_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# One thing: first\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md#one-thing-first) [b](other.md#two) [c](none.md) [d](https://x.org/y)", encoding="utf-8"
    )
    assert broken_links(page) == ["other.md#two", "none.md"]


def test_the_page_of_promises_is_that_of_the_code_and_every_test_on_it_is_there() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(json.loads(FIGURES.read_text(encoding="utf-8")))
    named = {name for promise in PROMISES for name in promise.tests}
    assert {name for name in named if not (PROJECT_DIR / "dmp_assets_tests" / name).exists()} == set()


def test_the_readme_is_two_screens_long() -> None:
    text = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= LONGEST_README


def test_the_index_names_every_page() -> None:
    folder = PROJECT_DIR / "docs"
    named = set(links(folder / "README.md"))
    pages = {page.name for page in folder.iterdir() if page.is_file()} - {"README.md"}
    assert pages - named == set()
