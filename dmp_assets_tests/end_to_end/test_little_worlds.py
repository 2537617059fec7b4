"""Little data never fails a step: every table is made, or says in its fields that it has not enough to judge by."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets_tests.end_to_end.support.little_worlds import (
    COLUMNS,
    CONFIGURATION,
    WORLDS,
    Files,
    account,
    app_day,
    look,
    moment,
    order,
    spent,
    table,
)
from dmp_assets_tests.support.factories import land, platform, shop
from dmp_assets_tests.support.places import CASES, SQL

AS_DRAWN = vl_convert.vegalite_to_svg
NO_DAYS = "no days to judge by: popularity"
NO_SITTINGS = "fewer than 500 people touched two items in a sitting: no list"
WARNS = {"orders/orders: doubtful", "ingest/landing_files: readable", "ingest/raw_ad_spend: distinct_lines"}
"""Checks that warn of what a world is made of: few order numbers, records that are refused, equal lines of ads."""

TOO_FEW: dict[str, str] = {
    "recommendations.model_choice": "SELECT count(*) FILTER (is_chosen AND people >= 20) FROM {}",
    "segments.segments": "SELECT count(*) FILTER (status = 'ok' AND kind = 'cluster' AND people = 0) FROM {}",
    "quality.quality": "SELECT count(*) FILTER (status IN ('warn', 'error') AND rows < 2) FROM {}",
}
"""Table -> number of its rows that judge by nothing."""


@contextmanager
def read(folder: Path, files: Files, configuration: str = CONFIGURATION) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the analysts' file of a little world; all its steps have succeeded, and no check failed."""
    site = shop(folder, configuration)
    land(site, files)
    with platform(site, lambda _: None) as built, patch.object(vl_convert, "vegalite_to_svg", AS_DRAWN):
        built.bring_up_to_date()
    failed = {name for name in built.failed_checks if not name.endswith("newest_day_exists")}
    assert failed <= WARNS
    with duckdb.connect(str(site.data_dir / "dmp.duckdb"), read_only=True) as connection:
        for view in read_sql_files(SQL / "views"):
            connection.execute(f"FROM {view.name}").fetchall()
        for name, question in TOO_FEW.items():
            assert connection.execute(question.format(name)).fetchall() == [(0,)], name
        yield connection


def choice(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    return set(connection.sql("SELECT status, reason FROM recommendations.model_choice WHERE is_chosen").fetchall())


ALWAYS = {
    "nothing at all",
    "a single event",
    "nine of ten on the first day",
    "one person and one item",
    "refunds alone",
    "one day of an app",
    "accounts alone",
    "ads alone",
}
"""The worlds that every suite runs. Each costs 5 to 7 s of CPU."""


@pytest.mark.parametrize(
    "name", [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.long) for name in WORLDS]
)
def test_a_little_world_gives_its_tables_or_says_that_it_is_not_enough(name: str, tmp_path: Path) -> None:
    with read(tmp_path, WORLDS[name]()) as connection:
        assert {status for status, _ in choice(connection)} == {"not_enough_data"}
        assert {reason.split(": ")[1] for _, reason in choice(connection)} == {"popularity", "no list"}
        events = connection.sql("SELECT count(*) FROM events.cleaned_events").fetchall()[0][0]
        ledger = connection.sql("SELECT coalesce(sum(kept), 0) FROM events.event_ledger").fetchall()[0][0]
        profiles = connection.sql("SELECT count(*) FROM profiles.profiles").fetchall()[0][0]
        stages = connection.sql("SELECT count(*) FROM profiles.lifecycle").fetchall()[0][0]
        assert (events > 0) == (ledger > 0)
        assert profiles == stages


def test_orders_of_one_day_are_counted_and_their_models_are_not_judged(tmp_path: Path) -> None:
    landing = CASES / "one-day" / "landing"
    files = {path.relative_to(landing).as_posix(): path.read_text() for path in landing.rglob("*.csv")}
    configuration = (CASES / "one-day" / "dmp.yaml").read_text() + "\nend_date: 2026-10-06\n"
    with read(tmp_path, files, configuration) as connection:
        kpis = "SELECT event_date::VARCHAR, orders, net_sales::DOUBLE FROM daily_kpis"
        assert connection.sql(kpis).fetchall() == [("2026-10-05", 2, 15.4)]
        assert choice(connection) == {("not_enough_data", NO_DAYS), ("not_enough_data", NO_SITTINGS)}


NUMBER, DAY = st.integers(0, 3), st.integers(-1, 4)
RECORDS: dict[str, Callable[[int, int], str]] = {
    "orders": lambda n, day: order(n, at=moment(n, day), sku=f"s{n % 2}", what="refund" if n == 3 else "purchase"),
    "web": lambda n, day: look(n + 10 * day, at=moment(n, day), cookie=f"c{n}", person=f"p{n}" if n == 1 else ""),
    "crm": lambda n, _: account(n, mail="one@mail.org" if n == 2 else ""),
    "catalogue": lambda n, _: f"s{n},TEA,",
    "campaigns": lambda n, day: f"{n},Autumn,2026-10-0{day + 3},",
    "audiences": lambda n, _: f"{n % 2},p{n}",
    "ads": lambda n, _: spent(n, cost=n),
    "consents": lambda n, day: f"p{n},personalisation,{'denied' if n else 'granted'},{moment(n, day)}",
    "survey": lambda n, _: f"p{n},nps,{n}",
    "app": lambda n, _: str(n),
}
"""Source -> its record of a number and a day."""


@settings(max_examples=8, deadline=None)
@given(records=st.lists(st.tuples(st.sampled_from(sorted(RECORDS)), NUMBER, DAY), max_size=12))
def test_no_dozen_of_records_fails_a_step(records: list, tmp_path_factory: pytest.TempPathFactory) -> None:
    files: Files = {}
    for source in COLUMNS:
        lines = [RECORDS[source](number, day) for name, number, day in records if name == source]
        files |= table(source, *lines) if lines else {}
    of_app = sum(name == "app" for name, _, _ in records)
    with read(tmp_path_factory.mktemp("little"), files | (app_day(of_app) if of_app else {})):
        pass
