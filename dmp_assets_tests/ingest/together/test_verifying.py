"""A run that verifies rebuilds what differs and leaves the rest alone."""

import os
from pathlib import Path

from dmp_assets_tests.support.factories import built_shop, platform, query

COMMITS = "SELECT table_name, partition, input_id FROM ops.current_commits WHERE table_name = 'ingest.raw_events'"


def test_a_run_that_verifies_rebuilds_the_days_of_a_file_that_differs(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    file = settings.landing_dir / "clicks" / "b.ndjson"
    before, stat = dict(map(first_two, query(settings, COMMITS))), file.stat()
    file.write_bytes(file.read_bytes().replace(b'"id": "', b'"id":" '))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with platform(settings) as verified:
        assert verified.bring_up_to_date(verify=True) > 1
        assert verified.bring_up_to_date() == 0
    after = dict(map(first_two, query(settings, COMMITS)))
    touched = "SELECT event_date FROM ingest.landing_days WHERE path = 'clicks/b.ndjson'"
    assert {day for day in after if after[day] != before[day]} == {day for (day,) in query(settings, touched)}


def first_two(row: tuple) -> tuple:
    return row[1], row[2]
