"""What a person sees while it works: never silent for long, never too much."""

import time

import pytest
from rich.console import Console

from dmp_assets.operations.progress import Progress, shown_now, shows


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split("  ", 1)[1] for line in capsys.readouterr().err.splitlines()]


def test_a_step_that_says_nothing_is_named_again_and_again(capsys: pytest.CaptureFixture[str]) -> None:
    with shows(Progress(Console(), every=0.2)) as progress:
        progress.plan(3)
        progress.begin("choose_models")
        progress.hear("2017-01-01 to 2017-02-01: 10 rows")
        time.sleep(1.3)
    found = lines(capsys)
    assert len(found) >= 2
    assert all(one.startswith("choose_models ") and "s so far  (0 of 3 steps done)  2017-01-01" in one for one in found)
    assert shown_now() is None


def test_what_is_done_is_said_once_with_its_seconds_and_what_did_nothing_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = Progress(Console())
    progress.plan(2)
    for step, is_quiet in (("sessions", False), ("quality", True)):
        progress.begin(step)
        progress.hear("words of the step")
        progress.end(is_quiet=is_quiet)
    (found,) = lines(capsys)
    assert found.split() == ["sessions", "0.0", "s", "(1", "of", "2", "steps", "done)"]


def test_a_verbose_person_hears_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(Console(), is_verbose=True)
    progress.begin("sessions")
    progress.hear("10 rows")
    assert lines(capsys)[0].split() == ["sessions", "10", "rows"]


def test_a_terminal_has_one_line_that_changes_and_gets_its_cursor_back(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(force_terminal=True, width=120)
    with shows(Progress(console, every=0.1)) as progress:
        progress.begin("choose_models [1/2]")
        time.sleep(0.7)
    out, err = capsys.readouterr()
    assert err == ""
    assert "choose_models [1/2]" in out
    assert out.rindex("\x1b[?25h") > out.rindex("\x1b[?25l")
