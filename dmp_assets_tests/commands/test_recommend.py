"""``dmp recommend``: lists with reasons, likeness, and why not, each answer plain where there is nothing to print."""

import csv
import json
import shutil
from datetime import timedelta
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from dmp_assets.analytics.schema import Items
from dmp_assets.commands import terminal
from dmp_assets.commands.app import app
from dmp_assets.domains import CONTRACTS, TABLES
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.warehouse.edition.contents import Contents
from dmp_assets.foundation.warehouse.edition.published import publish_file
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.orchestration.publication import SQL_DIR
from dmp_assets.recommendations.schema.relations import BoughtTogether
from dmp_assets.recommendations.schema.tasks import TASKS
from dmp_assets_tests.foundation.warehouse.support.orders_in_views import insert
from dmp_assets_tests.recommendations.support.factories import DAY, Line
from dmp_assets_tests.recommendations.support.store import Store

PEOPLE = ("ann", "bob", "cat", "dan", "eve", "quiet")
GOODS = {
    "tea": ("Green Tea", "TEA"),
    "mug": ("Mug", "CUPS"),
    "pot": (None, "CUPS"),
    "fuel": ("Fuel", "FUEL"),
    "wool": ("Wool", "YARN"),
    "silk": ("Silk", "YARN"),
    "new tea": ("green tea", "TEA"),
    "alone": (None, None),
}
CONFIGURATION = """start_date: 2026-01-01
sources: {}
recommendations: {per_person: 3, blocked_categories: [FUEL]}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which five people buy tea with a mug each week, dan refused, and quiet bought nothing."""
    data = tmp_path_factory.mktemp("world") / "data"
    data.mkdir()
    store = Store(data, RecommendationSettings(per_person=3, blocked_categories=("FUEL",)))
    WarehouseIOManager(store.warehouse, CONTRACTS, data / "run", 1000).create_tables()
    rows: list[Line] = [
        (person, item, DAY - timedelta(days=7 * week))
        for person in PEOPLE[:5]
        for week in range(3)
        for item in ("tea", "mug")
    ]
    rows += [("ann", "fuel", DAY), ("bob", "pot", DAY), ("cat", "fuel", DAY), ("eve", "wool", DAY - timedelta(days=80))]
    store.put_lines(rows)
    store.put_people({f"{person}": person for person in PEOPLE})
    catalogue = [{"item_id": one, "item_name": name, "item_category": kind} for one, (name, kind) in GOODS.items()]
    store.put(RawItems, catalogue)
    store.put(Items, catalogue)
    store.deny("dan")
    store.run(DAY)
    # Where all buy the same nothing is beyond chance.
    pair = {"item_id": "mug", "rank": 1, "other_item_id": "pot", "orders_together": 6, "lift": 2.0}
    store.put(BoughtTogether, [pair])
    with store.warehouse.get_connection() as connection:
        own = [{"identifier_type": "email", "identifier": f"{one}@shop.example", "person_id": one} for one in PEOPLE]
        shared = [
            {"identifier_type": kind, "identifier": "7", "person_id": one}
            for kind, one in (("phone", "ann"), ("device_id", "bob"))
        ]
        blocked = {"identifier_type": "email", "identifier": "info@shop.example", "verdict": "blocked"}
        insert(connection, "identity.identifiers", *own, *shared, blocked)
    publish_file(store.warehouse, data / "dmp.duckdb", Contents(TABLES, read_sql_files(SQL_DIR / "views")))
    return data.parent


@pytest.fixture
def folder(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for one in (terminal.console, terminal._aside):
        monkeypatch.setattr(one, "width", 200)
    (tmp_path / "data").mkdir()
    shutil.copy(world / "data" / "dmp.duckdb", tmp_path / "data" / "dmp.duckdb")
    (tmp_path / "dmp.yaml").write_text(CONFIGURATION, encoding="utf-8")
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "dmp.yaml"))
    monkeypatch.delenv("DMP_DATA_DIR", raising=False)
    return tmp_path


def dmp(*words: str) -> Result:
    return CliRunner().invoke(app, ["recommend", *words])


def rows(*words: str) -> list[dict]:
    done = dmp(*words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_the_lists_of_a_person_name_items_and_reasons(folder: Path) -> None:
    found = rows("--person", "eve")
    repeat = [
        (row["rank"], row["item_id"], row["item_name"], row["reason"]) for row in found if row["task"] == "repeat"
    ]
    assert repeat == [
        (1, "mug", "Mug", "popular"),
        (2, "tea", "Green Tea", "popular"),
        (3, "pot", "CUPS (pot)", "popular"),
    ]
    assert {row["served_by"] for row in found} == {"the chosen models"}
    assert [row["task"] for row in found] == sorted((row["task"] for row in found), key=TASKS.index)
    table = dmp("--person", "eve").stdout
    assert f"repeat: what the person will buy next, for eve as of {DAY}" in table
    assert "discover: what the person never bought" in table
    only = dmp("--person", "eve", "--task", "discover", "--csv").stdout
    assert {row["task"] for row in csv.DictReader(StringIO(only))} == {"discover"}


@pytest.mark.parametrize("who", ["ann", "Ann@shop.example"])
def test_a_person_is_found_by_any_identifier(folder: Path, who: str) -> None:
    assert "for ann as of" in dmp("--person", who).stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--person", "nobody"], 2, "nobody has this person_id or identifier"),
        (["--person", "info@shop.example"], 2, "this identifier is nobody's: it is blocked"),
        (["--person", "7"], 2, "several people have this identifier: device_id of bob, phone of ann; ask by person_id"),
        (["--person", "dan"], 0, "dan refused: nothing is recommended to them"),
        (["--person", "quiet", "--task", "next"], 0, "the models know nothing of the person"),
        (["--like", "silver"], 2, "no item has the id or the name 'silver'"),
        (
            ["--like", "GREEN TEA"],
            2,
            "2 items have this name; ask by item_id:\n  new tea  green tea, TEA\n  tea  Green Tea, TEA",
        ),
        (["--like", "alone"], 0, "Nothing is like alone"),
        (["--person", "ann", "--why-not", "silver"], 2, "no item has the id or the name 'silver'"),
        (["--person", "ann", "--like", "tea"], 2, "expected one of --person and --like"),
        ([], 2, "expected one of --person and --like"),
        (["--like", "tea", "--task", "repeat"], 2, "--why-not and --task go with --person"),
        (["--person", "ann", "--task", "buy"], 2, "--task 'buy'; allowed: repeat, discover"),
    ],
)
def test_what_has_no_answer_gets_a_sentence(folder: Path, words: list[str], code: int, said: str) -> None:
    done = dmp(*words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr


def test_who_has_no_list_has_no_rows(folder: Path) -> None:
    assert rows("--person", "dan") == []
    assert dmp("--person", "dan", "--csv").stdout.count("\n") == 1


def test_likeness_says_what_it_rests_on_and_pairs_stand_below(folder: Path) -> None:
    found = rows("--like", "tea")
    near = {row["item_id"]: (row["rests_on"], row["people_together"]) for row in found if row["relation"] == "like"}
    assert near["mug"] == ("people who touched both", 4)
    assert (
        rows("--like", "Silk")[0] | {"similarity": 1.0, "rests_on": "what they are", "people_together": 0}
        == rows("--like", "silk")[0]
    )
    (pair,) = (row for row in rows("--like", "mug") if row["relation"] == "bought_together")
    assert (pair["item_name"], pair["orders_together"], pair["similarity"]) == ("CUPS (pot)", 6, None)
    done = dmp("--like", "tea")
    assert done.stdout.startswith("Like Green Tea (tea)\n")
    assert "Bought together" not in done.stdout
    assert "Nothing stands in one order with Green Tea (tea)" in done.stderr
    assert "\nBought together with Mug (mug)\n" in dmp("--like", "mug").stdout


def test_why_not_tells_the_list_the_rule_and_the_place(folder: Path) -> None:
    found = {row["task"]: row for row in rows("--person", "eve", "--why-not", "mug")}
    assert found["repeat"]["answer"] == "it is in the list, place 1"
    assert (found["discover"]["excluded_by"], found["discover"]["place"]) == ("bought_before", None)
    found = {row["task"]: row for row in rows("--person", "eve", "--why-not", "Fuel")}
    assert found["repeat"]["answer"].startswith("its category or department is one of blocked_categories")
    assert found["repeat"]["candidate_rank"] == 3
    assert found["repeat"]["place"] is None
    (found,) = rows("--person", "bob", "--why-not", "wool", "--task", "repeat")
    assert found["answer"] == "the models give it place 5 of 5 items, and the list was full before it"
    (found,) = rows("--person", "bob", "--why-not", "silk", "--task", "discover")
    assert found["answer"].startswith("nobody touched it by then")


def test_why_not_of_who_refused_is_said_without_a_place(folder: Path) -> None:
    """Of dan's wool a row is stored, of his silk none is."""
    for item in ("Wool (wool)", "Silk (silk)"):
        done = dmp("--person", "dan", "--why-not", item.split()[0])
        said = "the person refused, so nothing is recommended to them"
        assert done.stdout == f"{item} for dan as of {DAY}\n\nrepeat: {said}\ndiscover: {said}\n"
        assert ("the served models are asked, for some seconds" in done.stderr) == (item == "Silk (silk)")


def test_models_of_another_release_are_not_guessed(folder: Path) -> None:
    with duckdb.connect(str(folder / "data" / "dmp.duckdb")) as connection:
        connection.execute("UPDATE recommendations.model_choice SET recipe = '{}' WHERE is_chosen")
    done = dmp("--person", "eve", "--why-not", "silk")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "not of this release and its extras; make run chooses anew" in done.stderr


@pytest.mark.parametrize("words", [["--person", "eve"], ["--like", "tea"], ["--person", "eve", "--why-not", "silk"]])
def test_a_file_of_another_release_is_refused_before_a_word(folder: Path, words: list[str]) -> None:
    with duckdb.connect(str(folder / "data" / "dmp.duckdb")) as connection:
        connection.execute("CREATE OR REPLACE VIEW item_catalogue AS SELECT item_id, item_name FROM analytics.items")
    done = dmp(*words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "has other tables than this release; make run publishes it again" in done.stderr


def test_what_was_never_published_or_served_is_said(folder: Path, empty_edition: Path) -> None:
    shutil.copy(empty_edition, folder / "data" / "dmp.duckdb")
    assert "nobody has this person_id" in dmp("--person", "ann").stderr
    with duckdb.connect(str(folder / "data" / "dmp.duckdb")) as connection:
        insert(connection, "identity.persons", {"person_id": "ann"})
        insert(connection, "analytics.items", {"item_id": "tea"})
    assert "no list is served yet; make run makes" in dmp("--person", "ann", "--why-not", "tea").stderr
    (folder / "data" / "dmp.duckdb").unlink()
    assert "no such file; make run publishes it" in dmp("--person", "ann").stderr
