"""What a command says at its end."""

import duckdb

from dmp_assets.commands.update import _problems
from dmp_assets.ingest.files.findings import HARMLESS


def test_files_that_need_a_look_are_named_with_their_remarks_but_harmless_ones() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA ingest")
        connection.execute(
            "CREATE TABLE ingest.landing_files AS FROM (VALUES "
            "('a.csv', 'ok', NULL, 0, ['column e: 1 of 2 cannot be read', $harmless]), "
            "('b.csv', 'failed', 'b.csv: no source', 0, []), ('c.csv', 'ok', NULL, 0, NULL)) "
            "AS files (path, status, message, rejected, remarks)",
            {"harmless": f"column i: 1 values {HARMLESS}"},
        )
        assert _problems(connection) == ["a.csv: column e: 1 of 2 cannot be read", "b.csv: no source"]
