"""What one more day costs: the demo, then 40 lines of the day after; prints the split and each figure by its bound.

The demo is built once, with one day to come, in ``--data``; the measurement works on a copy.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from dagster import DagsterEvent

from dmp_assets.commands.demo import stage_demo
from dmp_assets.commands.runs import Platform
from dmp_assets.foundation.settings.bundled import PROJECT_DIR
from dmp_assets.foundation.settings.settings import Settings, load_settings

LINES = 40
NEXT_DAY = date(2018, 1, 2)
MAX_CPU, MAX_MORE_CPU, MAX_NOTHING = 10.0, 10.0, 2.0
RECOMMENDATIONS = ("choose_models", "relate_items", "recommend_items")

Split = dict[str, float]


def main() -> int:
    """Print the split and the figures, and return 0 where all bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "dmp-daily-run", help="kept demo")
    options = parser.parse_args()
    if not (options.data / "data" / "dmp.duckdb").exists():
        _build(options.data)
    with tempfile.TemporaryDirectory(prefix="dmp-daily-run-") as folder:
        copy = shutil.copytree(options.data, Path(folder) / "shop")
        with _settings(copy) as settings:
            Platform(settings, tell=lambda _: None).bring_up_to_date()  # numba's cache, and whatever the copy changed
            nothing = _nothing_to_do(copy)
            total, split = _add_a_day(settings)
    for name, seconds in sorted(split.items(), key=lambda one: -one[1]):
        print(f"{seconds:7.2f} s CPU  {name}")
    lists = sum(split.get(name, 0.0) for name in RECOMMENDATIONS)
    print(f"one more day without recommendations: {total - lists:.1f} s CPU, bound {MAX_CPU:.0f} s")
    print(f"recommendations, no choice due: {lists:.1f} s CPU, bound {MAX_MORE_CPU:.0f} s")
    print(f"nothing to do: {nothing:.2f} s wall, bound {MAX_NOTHING:.0f} s")
    return 0 if total - lists <= MAX_CPU and lists <= MAX_MORE_CPU and nothing <= MAX_NOTHING else 1


def _build(folder: Path) -> None:
    """Build the demo with one day to come, which is empty so far."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (PROJECT_DIR / "dmp.yaml").read_text(encoding="utf-8")
    closed = re.sub(r"(?m)^end_date: .*$", f"end_date: {NEXT_DAY}", text)
    (folder / "dmp.yaml").write_text(closed, encoding="utf-8")
    shutil.copy(PROJECT_DIR / "traits.yaml", folder)
    with _settings(folder) as settings:
        stage_demo(settings.landing_dir)
        Platform(settings, tell=lambda _: None).bring_up_to_date()


@contextmanager
def _settings(folder: Path) -> Iterator[Settings]:
    before = dict(os.environ)
    os.environ.pop("DMP_DATA_DIR", None)
    os.environ["DMP_CONFIG"] = str(folder / "dmp.yaml")
    try:
        yield load_settings()
    finally:
        os.environ.clear()
        os.environ.update(before)


def _nothing_to_do(folder: Path) -> float:
    """Return the wall seconds of ``dmp run`` where nothing is open, the best of three."""
    seconds = []
    for _ in range(3):
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "dmp_assets", "run"], cwd=folder, capture_output=True, text=True, check=True
        )
        seconds.append(time.monotonic() - started)
        if "nothing changed" not in done.stdout:
            raise RuntimeError(f"something was open: {done.stdout[:500]}")
    return min(seconds)


def _add_a_day(settings: Settings) -> tuple[float, Split]:
    """Return the CPU seconds of a run with 40 lines of the next day, and how they are split between steps."""
    month = sorted((settings.landing_dir / "completejourney_transactions").glob("*.parquet"))[-2]
    ahead = NEXT_DAY - date(2017, 12, 30)
    lines = pl.read_parquet(month).filter(pl.col("transaction_timestamp").dt.date() == date(2017, 12, 30)).head(LINES)
    later = lines.with_columns(pl.col("transaction_timestamp") + timedelta(days=ahead.days))
    later.write_parquet(month.with_name("transactions-2018-01-02.parquet"))
    marks: dict[str, float] = {}
    split: Split = {}
    usual_start, usual_end = DagsterEvent.step_start_event, DagsterEvent.step_success_event

    def start(context: object) -> DagsterEvent:
        marks[context.step.key] = time.process_time()  # type: ignore[attr-defined]
        return usual_start(context)  # type: ignore[arg-type]

    def end(context: object, success: object) -> DagsterEvent:
        key = context.step.key  # type: ignore[attr-defined]
        split[key] = split.get(key, 0.0) + time.process_time() - marks[key]
        return usual_end(context, success)  # type: ignore[arg-type]

    DagsterEvent.step_start_event, DagsterEvent.step_success_event = start, end  # type: ignore[method-assign, assignment]
    started = time.process_time()
    try:
        Platform(settings, tell=print).bring_up_to_date()
    finally:
        DagsterEvent.step_start_event = usual_start  # type: ignore[method-assign]
        DagsterEvent.step_success_event = usual_end  # type: ignore[method-assign]
    total = time.process_time() - started
    split["Dagster, publishing and what is stale"] = total - sum(split.values())
    return total, split


if __name__ == "__main__":
    sys.exit(main())
