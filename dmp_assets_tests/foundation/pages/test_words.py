"""The catalogue of words: complete, used, and filled with values as a language writes them."""

import re
import string
from decimal import Decimal
from pathlib import Path

import pytest

from dmp_assets.foundation.pages.words import UnknownWordsError, Words, read_catalogue
from dmp_assets.pages import PAGES
from dmp_assets.report.manifest import HERE

CATALOGUES = sorted((HERE / "words").glob("*.yaml"))
PACKAGE = HERE.parent
SOURCES = "\n".join(path.read_text() for path in [*PACKAGE.rglob("*.py"), *HERE.rglob("*.html")])

NAMED = re.compile(r'words\(\s*f?"([a-z_0-9.{}\[\]\' ]+)"|words\.named\(\s*f?"([a-z_.0-9]+)"')
"""Names of texts in code; those that are put together have a part in braces."""


def fields(text: str) -> set[str]:
    return {f"{name}:{kind}" for _, name, kind, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_text_that_code_asks_for_is_there(path: Path) -> None:
    texts = read_catalogue(path).texts
    asked = {found[0] or f"{found[1]}." for found in NAMED.findall(SOURCES)}
    prefixes = {name.split("{")[0] for name in asked if "{" in name or name.endswith(".")}
    assert {name for name in asked if "." in name and "{" not in name and not name.endswith(".")} - set(texts) == set()
    assert {one for one in prefixes if one and not any(name.startswith(one) for name in texts)} == set()
    assert {f"{page.name}.{part}" for page in PAGES for part in ("title", "question")} <= set(texts)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_language_has_the_same_texts_with_the_same_values(path: Path) -> None:
    english = read_catalogue(HERE / "words" / "en.yaml").texts
    texts = read_catalogue(path).texts
    assert set(texts) == set(english)
    for name, text in texts.items():
        assert {one.split(":")[0] for one in fields(text)} == {one.split(":")[0] for one in fields(english[name])}, name


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_value_is_of_a_kind_that_can_be_written(path: Path) -> None:
    known = re.compile(r"(text|number|decimal|money|percent|day|count [^|{}]+\|[^|{}]+)?")
    for name, text in read_catalogue(path).texts.items():
        kinds = [one.split(":", 1)[1] for one in fields(text)]
        assert [kind for kind in kinds if known.fullmatch(kind) is None] == [], name


def test_another_language_writes_its_numbers_its_own_way() -> None:
    german = Words({"sold": "{sales:money} am {day:day}, {share:percent}"}, "de", "EUR")
    assert (
        german("sold", sales=Decimal("1234.5"), day=None, share=0.125).replace("\xa0", " ") == "1.234,50 € am -, 12,5 %"
    )


def test_unknown_text_is_named() -> None:
    with pytest.raises(UnknownWordsError, match=r"no\.such\.text"):
        Words({})("no.such.text")
