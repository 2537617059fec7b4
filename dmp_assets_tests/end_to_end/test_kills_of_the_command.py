"""A command that is killed leaves nothing: a rerun gives the tables, the books and the files of a calm run."""

from pathlib import Path

import pytest

from benchmarks.command_kills import kill_often, report

pytestmark = pytest.mark.xdist_group("kills")


def test_two_kills_and_a_rerun_leave_what_a_calm_run_leaves(tmp_path: Path) -> None:
    left = kill_often(tmp_path, tries=2, people=20, days=5, portions=1)
    assert left.is_clean, report(left)
    assert [killed.at for killed in left.kills] != ["", ""], report(left)
