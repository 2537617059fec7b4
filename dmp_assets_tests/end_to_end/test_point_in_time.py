"""Nothing that is told of people as of a day knows of what happened after it, from landing files to campaign ROI."""

import gzip
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest

from dmp_assets.commands.runs import Platform
from dmp_assets.domains import CONTRACTS
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.orchestration.staleness import LANDING, REFRESH, SNAPSHOTS, day_tags
from dmp_assets.simulation.run import simulate
from dmp_assets_tests.support.factories import DAILY_KEYS, platform

START, LAST = date(2024, 1, 28), date(2024, 2, 6)
AS_OF = date(2024, 2, 1)
"""The day after a month's end, so that there is a month in the profile history."""
TRAITS = """\
version: 1
traits:
  orders: {kind: count, event: purchase}
  last_platform: {kind: last, event: [purchase, page_view], property: platform}
"""
DATED = {
    "consents/consents.csv": "changed_at",
    "survey/answers.csv": "answered_at",
    "ads_google/ad_report.csv": "date",
    "ads_facebook/insights.csv": "date",
    "rates/eurofxref-hist.csv": "Date",
}
"""Files that are written once -> the column that says when a record was true."""

OF_PEOPLE = ("identity", "profiles", "segments", "recommendations", "campaigns")
BY_DAY = {"identity.daily_edges"}
"""Tables by day: those up to the day are equal."""
EXCEPTIONS = {
    "identity.suggested_edges": "compares the CRM's records as they are now: a CRM keeps the newest of an account",
    "identity.moves": "is told by run, not by day",
    "recommendations.bought_together": "has no pair beyond chance in so few orders; see its own test",
    "recommendations.serving_inputs": "has the fingerprint of the items, which are named as they are now",
    "profiles.running_sums": "has sums whose last bits depend on the order of rows; what is made of them is compared",
    "identity.inputs": "has the fingerprint of all customer records, beside the number of those that count",
}
TABLES = [name for name in (Table(model).qualified_name for model in CONTRACTS) if name.split(".")[0] in OF_PEOPLE]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a world of ten days."""
    out = tmp_path_factory.mktemp("whole") / "w"
    simulate(250, (LAST - START).days + 1, 5, out, START)
    (out / "traits.yaml").write_text(TRAITS, encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def known(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same world without the records of what happened after the day, however early they arrived."""
    out = tmp_path_factory.mktemp("known") / "w"
    shutil.copytree(whole, out)
    happened = pl.scan_parquet(out / "truth" / "records" / "*" / "*.parquet").filter(
        pl.col("event_at").dt.date() > AS_OF
    )
    later = happened.group_by("path").agg("line_number").collect()
    for path, lines in later.iter_rows():
        _rewrite(out / "landing" / path, lambda text, gone=set(lines): _without_lines(text, gone))
    for path, column in DATED.items():
        _rewrite(out / "landing" / path, lambda text, name=column: _known_rows(text, name))
    _forget_new_customers(out / "landing" / "crm")
    return out


def _rewrite(file: Path, change: Callable[[str], str]) -> None:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", newline="") as stream:
        text = stream.read()
    with opened(file, "wt", encoding="utf-8", newline="") as stream:
        stream.write(change(text))


def _without_lines(text: str, gone: set[int]) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(lines, start=1) if number not in gone)


def _known_rows(text: str, column: str) -> str:
    lines = text.splitlines(keepends=True)
    place = lines[0].strip().split(",").index(column)
    return "".join([lines[0], *(line for line in lines[1:] if line.split(",")[place][:10] <= AS_OF.isoformat())])


def _forget_new_customers(folder: Path) -> None:
    """Empty the records of customers who were not in the CRM by the day; lines keep their numbers.

    Of those who were, the newest record stays, whenever it is of: a CRM that overwrites them cannot say what it said.
    """
    texts = {file: file.read_text(encoding="utf-8").splitlines() for file in sorted(folder.iterdir())}
    rows = [line.split(",") for lines in texts.values() for line in lines[1:]]
    known = {row[0] for row in rows if row[-1][:10] <= AS_OF.isoformat()}
    for file, (header, *lines) in texts.items():
        kept = [line if line.split(",")[0] in known else "," * header.count(",") for line in lines]
        file.write_text("\n".join([header, *kept, ""]), encoding="utf-8")


def _snapshots(stack: Platform) -> None:
    """Make every table that describes people as of the day."""
    config = {"as_of_date": AS_OF.isoformat()}
    assets = [asset for asset in stack.definitions.assets or [] if isinstance(asset, dg.AssetsDefinition)]
    describing = {asset.op.name: {"config": config} for asset in assets if _asks_for_a_day(asset)}
    run_config: dict[str, Any] = {"loggers": {"console": {}}, "ops": describing}
    job = stack.definitions.resolve_job_def(SNAPSHOTS)
    assert job.execute_in_process(instance=stack.instance, run_config=run_config).success


def _asks_for_a_day(asset: dg.AssetsDefinition) -> bool:
    fields = getattr(asset.op.config_schema.config_type, "fields", None) or {}
    return "as_of_date" in fields


@pytest.fixture(scope="module")
def built(whole: Path, known: Path) -> tuple[Settings, Settings]:
    """Return the settings of both worlds, their people described as of the day."""
    both = load_settings(whole / "dmp.yaml"), load_settings(known / "dmp.yaml")
    for settings in both:
        with platform(settings) as stack:
            stack.run(LANDING)
            stack.run(REFRESH, day_tags(START, LAST), DAILY_KEYS)
            _snapshots(stack)
    return both


@pytest.fixture(scope="module")
def tables(built: tuple[Settings, Settings]) -> Iterator[Callable[[str], list[pl.DataFrame]]]:
    connections = [duckdb.connect(str(settings.warehouse_path), read_only=True) for settings in built]
    yield lambda name: [connection.sql(f"FROM {name} ORDER BY ALL").pl() for connection in connections]
    for connection in connections:
        connection.close()


def test_there_is_something_to_be_known_of_later(tables: Callable[[str], list[pl.DataFrame]]) -> None:
    of_whole, of_known = tables("events.cleaned_events")
    later = of_whole.filter(pl.col("event_date") > AS_OF)
    assert later.height > of_whole.height / 4
    assert of_known["event_date"].max() == AS_OF
    # Days are what their records say, so those up to the day are equal.
    assert of_known.drop("properties").equals(of_whole.filter(pl.col("event_date") <= AS_OF).drop("properties"))


@pytest.mark.parametrize("name", [name for name in TABLES if name not in EXCEPTIONS])
def test_a_table_of_people_is_the_same_without_what_happened_after_its_day(
    name: str, tables: Callable[[str], list[pl.DataFrame]]
) -> None:
    of_whole, of_known = tables(name)
    if name in BY_DAY:
        of_whole = of_whole.filter(pl.col("event_date") <= AS_OF)
    missing = of_whole.join(of_known, on=of_whole.columns, how="anti", nulls_equal=True)
    print(f"{name}: {of_whole.height} and {of_known.height} rows, {missing.height} of them in one only")
    assert of_known.height > 0
    assert of_known.equals(of_whole), missing.head(5)


def test_every_exception_is_a_table_of_people() -> None:
    assert set(EXCEPTIONS) | BY_DAY <= set(TABLES)
