"""A simulated world goes through the platform, and every planted fault ends where the truth says."""

import shutil
from pathlib import Path

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from dmp_assets.commands.asking.answers import answer_of
from dmp_assets.commands.asking.recipes import read_recipes
from dmp_assets.events.judging import judge_records
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.warehouse.contract import to_engine
from dmp_assets_tests.support.factories import platform, query

pytestmark = pytest.mark.xdist_group("simulated world")

SOURCES = ("web", "app", "shop", "shop_uk")
PLACE = ["path", "line_number"]


@pytest.fixture(scope="module")
def judged(world: Path, built: Settings) -> pl.DataFrame:
    """Every record with the fate that the platform and the truth give it."""
    records = f"FROM ingest.raw_events WHERE part <= 1 AND source IN {SOURCES}"
    raw = pl.DataFrame(query(built, records), schema=_columns(built), orient="row")
    fates = nw.to_native(judge_records(nw.from_native(to_engine(raw.lazy())))).collect().select(*PLACE, "fate")
    truth = pl.concat(
        [
            pl.read_parquet(world / "truth" / "records" / source / "*.parquet").with_columns(source=pl.lit(source))
            for source in SOURCES
        ],
        how="diagonal_relaxed",
    )
    ours = (
        raw.drop("fate", strict=False)
        .join(fates, on=PLACE)
        .select(*PLACE, "event_date", "event_at", "bot_rule", "exchange_rate", "currency", "violation_code", "fate")
    )
    return truth.join(ours, on=PLACE, how="full", suffix="_ours", coalesce=True)


def _columns(settings: Settings) -> dict[str, pl.DataType]:
    from dmp_assets.foundation.warehouse.tables import Table
    from dmp_assets.ingest.schema.events import RawEvents

    return dict(Table(RawEvents).polars_schema)


def test_every_record_has_the_fate_that_was_planted(judged: pl.DataFrame, built: Settings) -> None:
    words = {"kept": "good", "duplicate": "duplicate", "conflict": "conflict", "refused": "malformed"}
    found = judged.with_columns(ours=pl.col("fate_ours").replace_strict(words))
    table = found.group_by("fate", "ours").len().sort("fate", "ours")
    print(table)
    assert found.filter(pl.col("fate").ne_missing(pl.col("ours"))).is_empty()
    assert set(table["fate"]) == {"good", "duplicate", "conflict", "malformed"}
    account = f"SELECT sum(kept), sum(duplicates), sum(quarantined) FROM events.event_ledger WHERE source IN {SOURCES}"
    booked = query(built, account)[0]
    counts = dict(found["fate"].value_counts().iter_rows())
    assert booked == (counts["good"], counts["duplicate"], counts["conflict"] + counts["malformed"])


def test_late_records_are_on_the_day_on_which_they_happened(judged: pl.DataFrame) -> None:
    late = judged.filter((pl.col("days_late") > 0) & (pl.col("fate") != "malformed"))
    assert late.height > 20
    assert (late["event_date"] == late["event_at"].dt.date()).all()
    readable = judged.filter(pl.col("fate") != "malformed")
    assert (readable["event_at"] == readable["event_at_ours"]).all()


def test_declared_bots_are_flagged_and_nobody_else(judged: pl.DataFrame, built: Settings) -> None:
    read = judged.filter((pl.col("fate") != "malformed") & pl.col("source").is_in(["web", "app"]))
    flagged = pl.col("bot_rule").is_not_null()
    counts = read.group_by("bot", flagged=flagged).len().sort("bot", "flagged")
    print(counts)
    declared = read.filter(pl.col("bot") == "declared")
    assert declared.height > 20
    assert declared["bot_rule"].null_count() == 0
    assert read.filter(flagged & (pl.col("bot") == "none")).is_empty()
    # Flagged, not dropped.
    kept = query(built, "SELECT count(*) FROM events.cleaned_events WHERE bot_rule IS NOT NULL")[0][0]
    assert kept == declared.filter(pl.col("fate") == "good").height


def test_foreign_amounts_are_converted_at_a_published_rate(judged: pl.DataFrame, built: Settings, world: Path) -> None:
    pounds = judged.filter((pl.col("currency") == "GBP") & (pl.col("fate") == "good"))
    assert pounds.height > 20
    assert pounds["exchange_rate"].null_count() == 0
    rates = pl.read_parquet(world / "truth" / "rates*")
    used = query(
        built,
        "SELECT DISTINCT rate_date, exchange_rate FROM ingest.raw_events "
        "WHERE currency = 'GBP' AND rate_date IS NOT NULL",
    )
    published = dict(rates.select("Date", "GBP").iter_rows())
    assert used
    for day, rate in used:
        assert rate == pytest.approx(1 / published[day])


def test_every_check_of_the_world_passes_but_those_that_tell_of_planted_faults(world: Path, tmp_path: Path) -> None:
    built = load_settings(shutil.copytree(world, tmp_path / "w") / "dmp.yaml")
    with platform(built) as again:
        assert again.bring_up_to_date() == 0
    status = dict(query(built, "SELECT source, min(status) FROM ingest.landing_files GROUP BY source"))
    assert {source for source, worst in status.items() if worst == "failed"} == set()


TOO_SHORT = {
    "basket_pairs",
    "items_of_lapsed_buyers",
    "items_out_of_sale",
    "price_changes",
    "rfm_moves",
    "second_purchase",
    "who_redeemed_a_campaign",
    "why_not_recommended",
}
"""Recipes that two weeks without recommendations and coupons cannot answer; the demo answers all of them."""


def test_every_recipe_answers_but_those_that_need_more_than_two_weeks(built: Settings) -> None:
    rows = {}
    for recipe in read_recipes():
        with answer_of(built.published_path, recipe.query) as answer:
            rows[recipe.name] = answer.fetchall()
    assert {name for name, found in rows.items() if not found} == TOO_SHORT
    assert "nan" not in {str(value) for found in rows.values() for row in found for value in row}
