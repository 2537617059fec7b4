"""A data folder that a release left, upgraded and run, equals one built by today's code but for moves and books."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.commands.runs import DAGSTER_CONFIG
from dmp_assets.definitions import build_definitions
from dmp_assets.domains import TABLES
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.warehouse.layout import LAYOUT
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.identity.schema.resolution import Moves
from dmp_assets.operations.home import open_instance, prepare_home
from dmp_assets.orchestration.jobs import LANDING
from dmp_assets_tests.end_to_end.support.released_folder import (
    PACKED,
    build,
    on_the_day_of,
    unpack,
    without_late_files,
)
from dmp_assets_tests.support.factories import platform, query

RELEASES = ["600600e", "540af68", "d76c5d5", "8f125ef", "df4875d", "8f1898a"]
"""Every release whose folder is kept; the newest last."""

ALTERED = (
    "ALTER TABLE events.event_ledger ALTER COLUMN kept TYPE DOUBLE",
    "CREATE SCHEMA gone",
    "CREATE TABLE gone.scores AS SELECT 1 AS score",
    "INSERT INTO ops.commits BY NAME SELECT 'gone.scores' AS table_name, 1 AS commit_id, 1 AS rows, 1 AS row_hash",
    "CREATE SCHEMA analyst",
    "CREATE TABLE analyst.notes AS SELECT 'mine' AS note",
)
"""What the release did not leave, and a later one may: another type, a table that no contract names, a guest."""

BOOKS = "SELECT partition, run_id, input_id, rows, row_hash, committed_at FROM ops.commits WHERE table_name = '{}'"
FORMER_QUALITY = dict.fromkeys(RELEASES, "quality.quality") | {"600600e": "reporting.quality"}
"""Release -> its name of the table of the quality report."""

ARRIVALS = "SELECT path, file_id, modified_at, arrived_at FROM ingest.landing_files ORDER BY path"
LOOKED_AT = ("first_seen_at", "judged_at", "verified_at")
"""When files were looked at, which differs from folder to folder."""

QUALITY = "quality.quality"
MOVES = "FROM identity.moves ORDER BY ALL"


@dataclass(frozen=True)
class Upgraded:
    """A folder after its upgrade and run, with what it held before."""

    release: str
    settings: Settings
    told: list[str]
    before: dict[str, list[tuple]]


@pytest.fixture(scope="module", params=RELEASES)
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Upgraded:
    folder = unpack(request.param, tmp_path_factory.mktemp("upgraded"))
    settings = load_settings(folder / "dmp.yaml")
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        for statement in ALTERED:
            connection.execute(statement)
        books = {name: BOOKS.format(name) for name in (FORMER_QUALITY[request.param], "events.sessions", "gone.scores")}
        wanted = {"arrivals": ARRIVALS, "moves": MOVES, **books}
        before = {name: connection.sql(sql).fetchall() for name, sql in wanted.items()}
    told: list[str] = []
    with platform(settings, told.append) as stack:
        stack.bring_up_to_date()
    return Upgraded(request.param, settings, told, before)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same files, built by today's code alone; the ledger looked at them on the days on which they arrived.

    The releases were given the same files.
    """
    folder = unpack(RELEASES[-1], tmp_path_factory.mktemp("fresh"))
    for name in PACKED:
        if name.endswith(".duckdb"):
            (folder / name).unlink()
    settings = load_settings(folder / "dmp.yaml")
    with without_late_files(folder), on_the_day_of(0), platform(settings) as stack:
        stack.run(LANDING)
    build(folder, 1)
    return settings


def rows(settings: Settings, table: Table) -> pl.DataFrame:
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        # A column that a stored table gains stands at its end, whatever its place in the contract.
        stored = connection.sql(f"FROM {table.sql_name}").pl().select(list(table.polars_schema))
    return stored.sort(table.key, nulls_last=True)


def test_every_table_equals_that_of_a_fresh_build_but_moves(upgraded: Upgraded, fresh: Settings) -> None:
    compared = 0
    for table in TABLES:
        if table.contract is not Moves:
            # Sums of floats depend on the order of their terms: person sums differ in the last digit.
            ours, theirs = (
                rows(settings, table).drop(LOOKED_AT, strict=False) for settings in (upgraded.settings, fresh)
            )
            assert_frame_equal(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)
            compared += rows(fresh, table).height
    assert compared > 5000


def test_arrival_times_and_moves_are_those_that_the_release_left(upgraded: Upgraded) -> None:
    assert query(upgraded.settings, ARRIVALS) == upgraded.before["arrivals"]
    assert query(upgraded.settings, MOVES) == upgraded.before["moves"]
    assert len(upgraded.before["moves"]) > 10
    untimed = "SELECT event_date::VARCHAR FROM events.quarantined_events WHERE path LIKE '%untimed%' ORDER BY 1"
    assert query(upgraded.settings, untimed) == [("2024-01-13",), ("2024-01-30",)]


def test_the_books_keep_every_commit_and_follow_the_new_names(upgraded: Upgraded) -> None:
    former = FORMER_QUALITY[upgraded.release]
    for name, now in ((former, QUALITY), *((n, n) for n in ("events.sessions", "gone.scores"))):
        kept = set(query(upgraded.settings, BOOKS.format(now)))
        assert set(upgraded.before[name]) <= kept, name
    assert query(upgraded.settings, "SELECT count(*) FROM ops.commits WHERE table_name LIKE 'reporting.%'") == [(0,)]
    assert query(upgraded.settings, "SELECT max(number) FROM ops.layout") == [(LAYOUT,)]


def test_what_it_did_was_told_with_the_size_and_reason_of_each_change(upgraded: Upgraded) -> None:
    told = "\n".join(upgraded.told)
    renamed = "rename reporting.quality to quality.quality: 119 rows"
    assert (renamed in told) == (upgraded.release == "600600e")
    assert "drop gone.scores: no contract names it; 1 rows" in told
    assert "column kept is DOUBLE, the contract says BIGINT" in told
    assert "analyst" not in told


def test_the_published_file_has_what_the_warehouse_has_and_the_old_names_as_views(upgraded: Upgraded) -> None:
    with duckdb.connect(str(upgraded.settings.published_path), read_only=True) as published:
        schemas = {schema for (schema,) in published.sql("SELECT schema_name FROM duckdb_tables()").fetchall()}
        assert schemas & {"reporting", "gone", "analyst"} == {"analyst"}
        old, new = (published.sql(f"FROM {name} ORDER BY ALL").fetchall() for name in ("reporting.quality", QUALITY))
        assert old == new
        assert len(new) > 100


def test_a_second_start_says_nothing_and_runs_nothing(upgraded: Upgraded) -> None:
    told: list[str] = []
    with platform(upgraded.settings, told.append) as stack:
        assert stack.bring_up_to_date() == 0
    assert told == []


def test_a_run_that_no_command_started_upgrades_the_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(unpack(RELEASES[-1], tmp_path) / "dmp.yaml")
    for name in ("DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")  # put back at the end
    before = query(settings, "SELECT count(*) FROM quality.quality")
    prepare_home(settings.data_dir, DAGSTER_CONFIG)
    with open_instance() as instance:
        job = build_definitions(settings).resolve_job_def(LANDING)
        assert job.execute_in_process(instance=instance).success
    assert query(settings, "SELECT max(number) FROM ops.layout") == [(LAYOUT,)]
    assert query(settings, "SELECT count(*) FROM quality.quality") == before != [(0,)]
