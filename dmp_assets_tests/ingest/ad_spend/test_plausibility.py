"""A report in the wrong unit stands out, in Python and in the check on the table alike."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from dmp_assets.ingest.ad_spend import plausibility
from dmp_assets.ingest.ad_spend.plausibility import MICROS, UNITS_PER_DOLLAR, unit_suspects
from dmp_assets_tests.ingest.ad_spend.support.reports import SCHEMA, table, text_frame, typed
from dmp_assets_tests.support.places import SQL

CHECKS = SQL / "checks"


def check(name: str, rows: pl.DataFrame, accepted: dict[str, int] | None = None) -> pl.DataFrame:
    """Return the rows that a check of the table returns."""
    with duckdb.connect() as connection:
        connection.sql("CREATE SCHEMA ingest")
        ledger = pl.DataFrame(
            {"path": [*(accepted or {})], "accepted": [*(accepted or {}).values()]},
            schema={"path": pl.String, "accepted": pl.Int64},
        )
        connection.register("given", rows.to_arrow())
        connection.register("ledger", ledger.to_arrow())
        connection.sql("CREATE TABLE ingest.raw_ad_spend AS FROM given")
        connection.sql("CREATE TABLE ingest.landing_files AS SELECT *, 'ad_spend' AS kind FROM ledger")
        return connection.sql((CHECKS / "ingest" / f"raw_ad_spend.{name}.sql").read_text()).pl()


def spend(amount: str, clicks: float | None = 1000, shown: float | None = 100_000, **changes: Any) -> pl.DataFrame:
    """Return one row of the table."""
    values = dict.fromkeys(SCHEMA) | {"platform": "google_ads", "level": "campaign", "currency": "USD"}
    values |= {"spend": Decimal(amount), "clicks": clicks, "impressions": shown, "path": "a", "records": 1} | changes
    return pl.DataFrame({name: [value] for name, value in values.items()}, schema=SCHEMA)


def verdicts(rows: pl.DataFrame) -> list[str]:
    """Return what both the function and the check say of the files."""
    suspects = unit_suspects(rows)
    names = ["path", "platform", "currency", "level", "breakdown_by", "cost_per_click", "cost_per_mille", "verdict"]
    found = check("plausible_units", rows)
    assert found.columns == names
    order = {"nulls_last": True, "maintain_order": True}
    assert found.sort(*names, **order).equals(suspects.select(names).sort(*names, **order))
    return suspects.filter(pl.col("path").is_not_null())["verdict"].to_list()


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("500", "USD", []),
        ("500000000", "USD", ["too high"]),
        ("0.0005", "USD", ["too low"]),
        ("0", "USD", ["too low"]),
        ("80000", "JPY", []),
        ("80000000000", "JPY", ["too high"]),
        ("0.08", "JPY", ["too low"]),
        ("700000", "KRW", []),
        ("700000000000", "KRW", ["too high"]),
        ("8000000", "IDR", []),
        ("8000000000000", "IDR", ["too high"]),
        ("8", "IDR", ["too low"]),
        ("500", None, []),
        ("500000000", None, ["too high"]),
    ],
)
def test_micros_and_units_are_told_apart_in_every_currency(amount: str, currency: str, expected: list[str]) -> None:
    assert verdicts(spend(amount, currency=currency)) == expected


def test_the_bounds_are_a_million_apart_so_no_mistaken_unit_stays_inside() -> None:
    assert plausibility.HIGHEST_COST_PER_CLICK == plausibility.LOWEST_COST_PER_CLICK * MICROS
    assert plausibility.HIGHEST_COST_PER_MILLE == plausibility.LOWEST_COST_PER_MILLE * MICROS


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # On the bound, and beyond it, by click where nothing else is known.
        (spend("1000000", 1000, None), []),
        (spend("1000001", 1000, None), ["too high"]),
        (spend("1", 1000, None), []),
        (spend("0.9999", 1000, None), ["too low"]),
        (spend("5000000", None, 100_000), []),
        (spend("5000001", None, 100_000), ["too high"]),
        (spend("5", None, 100_000), []),
        (spend("4.9999", None, 100_000), ["too low"]),
        # Both measures have to agree: a rare click makes clicks dear, not the unit wrong.
        (spend("2000", 1, 1_000_000), []),
        (spend("2000", 0, 1_000_000), []),
        # Little traffic proves nothing when it is cheap.
        (spend("0", 99, 4999), []),
        (spend("0", 100, 4999), ["too low"]),
        (spend("0", 99, 5000), ["too low"]),
        (spend("900000", 1, 10), ["too high"]),
        (spend("900000", 0, 0), []),
    ],
)
def test_edges_of_the_bounds(rows: pl.DataFrame, expected: list[str]) -> None:
    assert verdicts(rows) == expected


def test_one_wrong_file_does_not_drown_among_right_ones() -> None:
    rows = pl.concat([spend("500", path=f"right {number}") for number in range(20)] + [spend("0.0005", path="wrong")])
    assert unit_suspects(rows)["path"].to_list() == ["wrong"]
    assert verdicts(rows) == ["too low"]


def test_files_too_small_to_judge_are_judged_together() -> None:
    rows = pl.concat([spend("0.0001", 60, 600, path=f"day {number}") for number in range(10)])
    assert unit_suspects(rows)["path"].to_list() == [None]
    assert verdicts(rows) == []


def test_levels_and_rows_without_a_spend_are_not_mixed_in() -> None:
    free = spend("0", 10, 10, level="ad", path="b").with_columns(pl.lit(None, dtype=SCHEMA["spend"]).alias("spend"))
    assert verdicts(pl.concat([spend("500"), free.with_columns(clicks=1e9)])) == []


@pytest.mark.parametrize(
    ("preset", "header", "amounts", "verdict"),
    [
        # A report in units under the name of a column in micros, and one in micros under the name of a column in units.
        ("reddit_ads", "date,campaign_id,impressions,clicks,spend", ("812.4", "790.15"), "too low"),
        ("microsoft_ads", "date,campaign_id,impressions,clicks,spend", ("812400000", "790150000"), "too high"),
    ],
)
def test_a_file_in_the_wrong_unit_is_caught(
    preset: str, header: str, amounts: tuple[str, str], verdict: str, tmp_path: Path
) -> None:
    lines = [header] + [f"2024-05-0{day},7,40000,600,{amount}" for day, amount in enumerate(amounts, 1)]
    rows = table(tmp_path, typed(text_frame("\n".join(lines) + "\n"), preset))
    assert verdicts(rows) == [verdict]


def test_each_currency_has_one_order_of_magnitude() -> None:
    codes = [code for group in UNITS_PER_DOLLAR.values() for code in group]
    assert len(codes) == len(set(codes))
    scales = [(code, scale) for scale, group in UNITS_PER_DOLLAR.items() for code in group]
    fair = pl.concat([spend(str(500 * scale), currency=code, path=code) for code, scale in scales])
    above = [spend(str(10**6 * scale + 1), shown=None, currency=code, path=code) for code, scale in scales]
    assert verdicts(fair) == []
    assert verdicts(pl.concat(above)) == ["too high"] * len(codes)


def test_conservation_finds_rows_that_did_not_land_and_lines_that_went() -> None:
    rows = pl.concat([spend("1", path="a", campaign_id="1"), spend("1", path="b", records=2)])
    assert check("conservation", rows, {"a": 3, "b": 2}).is_empty()
    assert check("conservation", rows, {"a": 3, "b": 1}).rows() == [("b", 1, 2)]
    assert check("conservation", rows, {"a": 3}).rows() == [("b", 0, 2)]
    assert check("conservation", rows.clear(), {"a": 3}).rows() == [(None, 3, 0)]
    assert check("conservation", rows.clear(), {}).is_empty()


def test_lines_that_nothing_tells_apart_are_reported() -> None:
    rows = pl.concat([spend("1", path="a"), spend("1", path="b", records=2)])
    assert check("distinct_lines", rows).rows() == [("b", "google_ads", "campaign", None, 1, 2)]
