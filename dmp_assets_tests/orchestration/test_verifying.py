"""Rows that nobody wrote are found when a run verifies, and days of them are made again."""

from pathlib import Path

import duckdb

from dmp_assets_tests.support.factories import LAST_DAY, built_shop, platform, query


def test_a_day_whose_rows_were_changed_by_hand_is_named_and_made_again_and_the_others_are_left_alone(
    tmp_path: Path,
) -> None:
    settings = built_shop(tmp_path)
    before = query(settings, "SELECT * FROM events.cleaned_events ORDER BY ALL")
    ((since,),) = query(settings, "SELECT max(commit_id) FROM ops.commits")
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(f"UPDATE events.cleaned_events SET user_id = 'x' WHERE event_date = DATE '{LAST_DAY}'")
    with platform(settings) as current:
        assert current.pending().is_nothing
        assert current.bring_up_to_date(verify=True) == 2
        assert current.pending().is_nothing
    assert query(settings, "SELECT * FROM events.cleaned_events ORDER BY ALL") == before
    written = "SELECT DISTINCT partition FROM ops.commits WHERE table_name = 'events.cleaned_events' AND commit_id > "
    assert query(settings, f"{written}{since}") == [(LAST_DAY,)]
