"""Rules of the house, each with its reason: what keeps the project readable at twice its size."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from dmp_assets.definitions import DOMAINS
from dmp_assets.domains import STEPS
from dmp_assets_tests.support.places import REPOSITORY, SQL

PACKAGE = REPOSITORY / "dmp_assets"
TESTS = REPOSITORY / "dmp_assets_tests"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
NO_DOMAINS = {"foundation", "orchestration", "commands", "operations", "simulation", "bundled", "report"}

MOST_LINES, MOST_FILES = 300, 20

WITHOUT_MODULE = {"end_to_end", "together", "support"}
"""Folders of tests whose files mirror no module: of the whole, of several modules at once, and what tests use."""

OF_MANY_MODULES = {"test_house", "test_suite", "test_benchmarks", "test_upstream", "test_pages", "test_pins"}


def domains() -> list[str]:
    return sorted(path.parent.name for path in PACKAGE.glob("*/assets.py"))


def test_a_folder_of_the_package_is_a_domain_or_a_known_room() -> None:
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders - NO_DOMAINS == set(domains())


def test_every_domain_is_in_both_lists_and_in_one_order() -> None:
    """A folder that no list names would never run, and nothing would say so."""
    of_steps = list(dict.fromkeys(step.domain for step in STEPS))
    of_assets = [assets.__module__.split(".")[1] for assets in DOMAINS]
    assert sorted(of_steps) == domains()
    assert of_assets == of_steps


def test_every_domain_is_in_every_import_contract_that_names_domains() -> None:
    """A list that lacks a domain holds no arrow of it."""
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    wanted = {f"dmp_assets.{name}" for name in domains()}
    seen = 0
    for contract in contracts:
        for key in ("source_modules", "forbidden_modules", "modules"):
            # ingest has modules of its own in the contract on transforms: its readers do import the warehouse's JSON.
            named = {re.sub(r"\.\*$", "", one) for one in contract.get(key, [])} & wanted
            if len(named) > 1:
                seen += 1
                assert wanted - named <= {"dmp_assets.ingest"}, f"{contract['name']}: {sorted(wanted - named)}"
                assert "dmp_assets.ingest" in named or any("dmp_assets.ingest." in one for one in contract[key])
    assert seen >= 5


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_file_of_more_than_300_lines_is_full(module: Path) -> None:
    """Nobody reads further in one go: split it by meaning."""
    assert len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_a_folder_of_more_than_20_files_is_full() -> None:
    """Nobody finds the way in a longer list: give it rooms."""
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    full = {str(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert {folder: count for folder, count in full.items() if count > MOST_FILES} == {}


def test_a_test_stands_where_its_module_stands() -> None:
    """Who changes a module finds its tests without a search."""
    lost = []
    for path in TESTS.rglob("test_*.py"):
        place = path.relative_to(TESTS)
        module = PACKAGE / place.with_name(place.name.removeprefix("test_"))
        if not WITHOUT_MODULE & set(place.parts) and path.stem not in OF_MANY_MODULES and not module.exists():
            lost.append(str(place))
    assert lost == []


def test_what_tests_use_stands_apart_from_tests() -> None:
    """A module among tests that holds none is looked for in vain."""
    helpers = [
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("*.py")
        if "support" not in path.parts and not path.name.startswith(("test_", "__init__", "conftest"))
    ]
    assert [one for one in helpers if "released/" not in one] == []


def avoided() -> set[str]:
    """Return the words of the glossary's section on updates that we avoid: those that are one word."""
    glossary = (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8")
    section = glossary.split("## How it is kept up to date")[1].split("\n## ")[0]
    cells = [line.rstrip("| ").split("|")[-1] for line in section.splitlines() if line.startswith("| **")]
    words = {word.strip() for cell in cells for word in cell.split(",")}
    return {word for word in words if re.fullmatch(r"[a-z]{4,}", word)} - LEGITIMATE


LEGITIMATE = {"frozen", "increment", "path", "selection", "state", "version"}
"""Words that other things are rightly called by: frozen settings, an increment, a file's path, a selection,
the state of an input, the version of a package."""

BANNED = {"utils", "helpers", "common", "base", "manager", "misc"}
"""Names that say nothing of what is inside."""


def names_of(tree: ast.AST) -> set[str]:
    """Return the names of functions, classes and parameters."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.FunctionDef):
            found |= {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
    return found


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_name_is_a_word_that_the_glossary_avoids(module: Path) -> None:
    """One word for one thing: a second one makes readers look for a difference."""
    assert module.stem not in BANNED
    words = avoided()
    assert "anew" in words
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    used = {part for name in names_of(tree) for part in re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", name).lower())}
    assert used & words == set()


AFTER_ORDERS = ("identity", "profiles", "segments", "recommendations", "campaigns", "quality")
READERS = [module for module in MODULES if module.parts[0] in AFTER_ORDERS]
QUERIES = [path.relative_to(SQL) for folder in ("views", "recipes") for path in sorted((SQL / folder).glob("*.sql"))]

INSTEAD = (
    "an order is reported by several events and files, so counting these counts it twice: read orders.orders, "
    "orders.order_items and orders.reversals; where the word itself is meant, it is ORDERED or REVERSED of "
    "dmp_assets.orders.schema"
)


def docstrings_of(tree: ast.AST) -> set[ast.AST]:
    """Return the texts that stand alone: docstrings of modules, functions and fields."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def reports_of_orders(code: str) -> list[str]:
    """Return how Python code names events that report orders: literals, also within SQL, and imports."""
    tree = ast.parse(code)
    told = docstrings_of(tree)
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and n not in told]
    named = [
        text for text in texts if isinstance(text, str) and re.search(r"^(purchase|refund)$|'(purchase|refund)'", text)
    ]
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    of_events = [node for node in imports if node.module and node.module.endswith(("events.schema", "schema.events"))]
    return named + [one.name for node in of_events for one in node.names if one.name in ("PURCHASE", "REFUND")]


@pytest.mark.parametrize("module", READERS, ids=str)
def test_nobody_after_orders_counts_the_events_that_report_them(module: Path) -> None:
    assert reports_of_orders((PACKAGE / module).read_text(encoding="utf-8")) == [], INSTEAD


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_no_view_or_recipe_counts_the_events_that_report_orders(query: Path) -> None:
    code = re.sub(r"--.*", "", (SQL / query).read_text(encoding="utf-8"))
    assert re.findall(r"'(?:purchase|refund)'", code) == [], INSTEAD


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from dmp_assets.events.schema import PURCHASE, VISITOR", ["PURCHASE"]),
        ("from dmp_assets.ingest.schema.events import REFUND", ["REFUND"]),
        ("from dmp_assets.orders.schema import ORDERED, REFUND", []),
        ("weights = {'purchase': 5}", ["purchase"]),
        ("sql = \"WHERE event_name = 'refund'\"", ["WHERE event_name = 'refund'"]),
        ('"""Counts \'purchase\' events."""\nx = \'purchases\'', []),
    ],
)
def test_the_words_are_found_where_they_count(code: str, found: list[str]) -> None:
    assert reports_of_orders(code) == found
