"""``docs/trust.md``: each promise with the test that holds it and the figure of the last long run.

``python -m benchmarks.trust`` writes the page from the promises below and ``benchmarks/trust.json``, which holds what
the long runs printed. ``python -m benchmarks.trust kills "text" ...`` puts the figures of a run there first, with the
day.
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dmp_assets.foundation.settings.bundled import PROJECT_DIR

FIGURES = Path(__file__).with_name("trust.json")
PAGE = PROJECT_DIR / "docs" / "trust.md"


@dataclass(frozen=True)
class Promise:
    """What is promised, the tests that fail without it, and the long run that counts it."""

    words: str
    tests: tuple[str, ...]
    figure: str = ""
    """Key in ``trust.json``; empty where the test alone decides."""


PROMISES = (
    Promise(
        "A command that is killed leaves every table as it was or as it will be, and the next one finishes the work. "
        "No run stays open, no file is left behind.",
        ("end_to_end/test_kills_of_the_command.py", "operations/test_leftovers.py", "operations/test_liveness.py"),
        "kills",
    ),
    Promise(
        "A write that is killed leaves the old days or the new ones.", ("foundation/warehouse/together",), "writes"
    ),
    Promise(
        "A file harms itself only: it is read, refused by name, or given up after a second try, and no good record of "
        "another file is lost.",
        ("ingest/together/test_poison_files.py", "ingest/landing/test_reading_processes.py"),
        "fuzz",
    ),
    Promise(
        "A value harms itself only: amounts at the limit go through every table, check and view, exactly.",
        ("end_to_end/test_large_amounts.py",),
    ),
    Promise(
        "Little data fails no step: a day, a person or an event gives its tables, or the words that it is not enough.",
        ("end_to_end/test_little_worlds.py",),
    ),
    Promise(
        "A step that fails keeps its own tables and those made from them; the others are published, and `meta.tables` "
        "says which wait.",
        ("orchestration/test_run_work.py",),
    ),
    Promise(
        "A change costs what it touches: one `dmp run` is at most two Dagster runs and one publication.",
        ("orchestration/test_run_work.py",),
        "one_more_order",
    ),
    Promise(
        "A clock that was wrong heals with the next run by a right one, as long as most records are of the past.",
        ("ingest/landing/test_clocks.py",),
    ),
    Promise(
        "Damaged or exchanged bytes are seen: staged records by their checksum at each use, landing files by a sample "
        "at each look and whole with `dmp run --verify`, stored days against the books.",
        ("ingest/landing/test_staged.py", "orchestration/test_verifying.py"),
    ),
    Promise(
        "No link leads out of the landing folder, and the analysts' file alone is readable by others.",
        ("ingest/landing/test_folder.py", "operations/test_folder.py"),
    ),
    Promise(
        "Values of rows stand in the warehouse only: no console, log, event or metadata shows one.",
        ("end_to_end/test_canaries.py", "foundation/publishing/test_failures.py"),
    ),
    Promise(
        "A signal ends a command within 10 s, with its own exit code.",
        ("operations/test_stopping.py",),
        "signals",
    ),
    Promise(
        "The report belongs to the file beside it: both are of one edition, also after a kill between them, and a page "
        "shows what a view says.",
        ("report/test_folder.py", "end_to_end/test_report.py"),
    ),
    Promise(
        "Nobody without consent, and nobody on a suppression list, is in a file that goes out. A delivery that is "
        "killed and made again is one file and one line of the ledger.",
        ("activation/test_gate.py", "activation/test_delivery.py"),
        "deliveries",
    ),
    Promise(
        "A backup that can be restored is made while a run is at work.",
        ("commands/test_backup.py", "foundation/warehouse/backups"),
    ),
    Promise(
        "Trouble is one sentence with cause and cure, and an exit code.",
        ("commands/test_at_work.py", "commands/together/test_backups_in_trouble.py"),
    ),
)

NOT_PROMISED = """\
Power cuts on disks that lie about `fsync`, network file systems, and machines other than Linux.
A changed byte of a large landing file, of equal size and time and outside of the sample, before the next verification.
A flipped bit in a landing Parquet without page checksums before it was first read: nothing in the file shows it.
Arrival times under a clock that most records contradict: no file says when it came.
Rows changed by hand in tables that are not made by day: `--verify` names them, and a person makes them again.
Memory of a reading process between two looks: a file may take 100 MB beyond the limit for 50 ms.
A step that the system kills for memory each time: every run tries it again, and publishing waits.
""".splitlines()


WHENCE = (
    "Made by `python -m benchmarks.trust`. A test that is named here fails where the promise is broken. "
    "[Figures](benchmarks.md) says what is fast, this page what holds."
)


def page(figures: dict[str, str]) -> str:
    """Return the page."""
    lines = [
        "# What you can trust",
        "",
        WHENCE,
        "",
        "| promise | held by | last long run |",
        "|---|---|---|",
    ]
    for promise in PROMISES:
        tests = ", ".join(f"`{name}`" for name in promise.tests)
        lines.append(f"| {promise.words} | {tests} | {figures[promise.figure] if promise.figure else 'test only'} |")
    lines += ["", "## What is not promised", "", *(f"- {words}" for words in NOT_PROMISED), ""]
    return "\n".join(lines)


def main() -> None:
    """Take figures from the command line, and write the page."""
    figures: dict[str, str] = json.loads(FIGURES.read_text(encoding="utf-8"))
    given = sys.argv[1:]
    today = datetime.now(UTC).date().isoformat()
    figures |= {name: f"{words} ({today})" for name, words in zip(given[::2], given[1::2], strict=True)}
    FIGURES.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(page(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
