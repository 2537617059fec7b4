"""Sources that stopped delivering: by their own rhythm, from both sides of the edge."""

from datetime import date, timedelta

import duckdb
import pytest

from dmp_assets.commands.outcome.ended import in_words, silent_sources, waiting_files

NEWEST = date(2026, 3, 15)


def landed(*days: date, source: str = "web") -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA ingest")
    connection.execute(
        "CREATE TABLE ingest.landing_files (path VARCHAR, source VARCHAR, status VARCHAR, message VARCHAR, "
        "future_from DATE)"
    )
    connection.execute("CREATE TABLE ingest.landing_days (path VARCHAR, event_date DATE)")
    connection.execute("INSERT INTO ingest.landing_files VALUES ('a', ?, 'ok', NULL, NULL)", [source])
    for day in days:
        connection.execute("INSERT INTO ingest.landing_days VALUES ('a', ?)", [day])
    return connection


def every(days: int) -> list[date]:
    return [NEWEST - timedelta(days=days * place) for place in range(5)]


@pytest.mark.parametrize(
    ("days", "silence", "is_silent"),
    [
        (every(1), 2, False),
        (every(1), 3, True),
        (every(7), 7, False),
        (every(7), 8, True),
        ([NEWEST], 2, False),
        ([NEWEST], 3, True),
        # A pause of a summer long ago is no rhythm.
        ([*every(1), NEWEST - timedelta(days=200)], 3, True),
        (every(1), -1, False),
    ],
)
def test_a_source_is_silent_when_it_never_paused_so_long(days: list[date], silence: int, is_silent: bool) -> None:
    with landed(*days) as connection:
        found = silent_sources(connection, NEWEST + timedelta(days=silence))
        assert [(one.source, one.newest_day, one.days) for one in found] == (
            [("web", NEWEST, silence)] if is_silent else []
        )


def test_without_files_nothing_has_ended_and_nothing_waits() -> None:
    with landed() as connection:
        connection.execute("DELETE FROM ingest.landing_files")
        assert (silent_sources(connection, NEWEST), waiting_files(connection)) == ([], [])
        assert in_words([], []) == ""


def test_files_wait_for_their_days_and_for_the_end_of_their_upload() -> None:
    with landed(NEWEST) as connection:
        connection.execute("UPDATE ingest.landing_files SET future_from = DATE '2026-03-20'")
        connection.execute(
            "INSERT INTO ingest.landing_files VALUES "
            "('b.part', '', 'passed_over', 'an unfinished upload, by the end of its name', NULL), "
            "('.c', '', 'passed_over', 'its name starts with a dot', NULL)"
        )
        assert in_words([], waiting_files(connection)) == (
            "Files wait: 1 file with records of days to come: the first is read again on 2026-03-20; "
            "1 file still being uploaded, by the end of the name"
        )
