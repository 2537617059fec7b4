"""Accounts that may be one person's: found in spite of slips of the finger, and never where nobody is there twice."""

import sys
from datetime import date
from functools import cache
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.publishing.table_assets import Site
from dmp_assets.foundation.settings.identity import IdentitySettings, SuggestionSettings
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.commits import Stamp
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.foundation.warehouse.write import Rows, write
from dmp_assets.identity.assets import assets as identity_assets
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.resolution import SuggestedEdges
from dmp_assets.identity.suggestions import MAX_SHARED, MIN_RECORDS, Suggestions, no_suggestions, suggest_edges
from dmp_assets.ingest.schema.people import RawCustomers
from dmp_assets_tests.identity.support.crm import Pair, customers, raw_customers
from dmp_assets_tests.identity.support.factories import RULES

PEOPLE = 800


def suggested(records: pl.DataFrame, threshold: float = 0.9, rules: IdentityRules = RULES) -> Suggestions:
    pytest.importorskip("splink", reason="the extra matching is not installed")
    found = suggest_edges(records, rules, threshold, seed=1)
    SuggestedEdges.validate(found.edges, lazy=True)
    return found


@cache
def usual() -> tuple[pl.DataFrame, set[Pair], Suggestions]:
    records, twice = customers(PEOPLE, duplicates=0.1)
    return records, twice, suggested(records)


def pairs(found: Suggestions) -> set[Pair]:
    return set(found.edges.select("value_a", "value_b").rows())


def score(found: set[Pair], twice: set[Pair]) -> tuple[float, float]:
    """Return precision and recall."""
    return len(found & twice) / max(1, len(found)), len(found & twice) / len(twice)


def same_name_and_city(records: pl.DataFrame) -> set[Pair]:
    """Return what a plain join finds: equal part of the e-mail before @, equal city."""
    named = records.select("user_id", "city", name=pl.col("email").str.split("@").list.first()).drop_nulls()
    both = named.join(named, on=["name", "city"]).filter(pl.col("user_id") < pl.col("user_id_right"))
    return set(both.select("user_id", "user_id_right").rows())


def test_people_who_are_there_twice_are_found_better_than_by_a_plain_join() -> None:
    records, twice, found = usual()
    precision, recall = score(pairs(found), twice)
    plain_precision, plain_recall = score(same_name_and_city(records), twice)
    print(f"suggested: precision {precision:.3f}, recall {recall:.3f} of {len(twice)} pairs")
    print(f"same name and city: precision {plain_precision:.3f}, recall {plain_recall:.3f}")
    assert found.status == "ok"
    assert precision >= 0.95
    assert recall >= 0.35
    assert precision > plain_precision
    assert recall > plain_recall


def test_probabilities_are_about_as_often_right_as_they_say() -> None:
    records, twice, _ = usual()
    edges = suggested(records, threshold=0.5).edges
    right = edges.select("value_a", "value_b").map_rows(lambda pair: pair in twice).to_series()
    print(f"mean probability {edges['match_probability'].mean():.3f}, right {right.mean():.3f} of {edges.height}")
    assert abs(edges["match_probability"].mean() - right.mean()) < 0.1


def test_the_order_of_rows_changes_nothing_and_neither_does_a_second_run() -> None:
    records, _, found = usual()
    assert suggested(records.sample(fraction=1, shuffle=True, seed=3)).edges.equals(found.edges)


def test_nobody_is_suggested_where_nobody_is_there_twice() -> None:
    records, _ = customers(PEOPLE, duplicates=0.0)
    found = suggested(records)
    assert (found.status, found.edges.height) == ("ok", 0)


def test_the_evidence_says_which_columns_agree() -> None:
    records, _, _ = usual()
    words = {word for text in suggested(records, threshold=0.5).edges["evidence"] for word in text.split(", ")}
    assert "email_name agrees" in words
    assert "phone differs" in words


def test_a_mailbox_or_a_number_that_everybody_has_is_no_evidence() -> None:
    records, _ = customers(PEOPLE, duplicates=0.0)
    crowd = pl.int_range(pl.len()) < MAX_SHARED + 1
    shared = records.with_columns(
        email=pl.when(crowd).then(pl.lit("info@a.com")).otherwise("email"),
        phone=pl.when(crowd).then(pl.lit("+4915100000000")).otherwise("phone"),
    )
    assert suggested(shared).edges.is_empty()


def test_a_blocked_number_is_no_evidence_and_a_blocked_account_is_left_out() -> None:
    records, _ = customers(PEOPLE, duplicates=0.0)
    fields = ["email", "phone", "city", "age_range", "household_size"]
    person = ["twin.peaks@a.com", "+4915100000000", "Bremen", "65+", "5"]
    again = ["x@b.com", *person[1:]]
    rows = [dict(zip(fields, values, strict=True)) for values in (person, again)]
    twins = raw_customers([{**row, "user_id": f"twin{n}"} for n, row in enumerate(rows)])
    both = pl.concat([records, twins])
    threshold = 0.05
    assert ("twin0", "twin1") in pairs(suggested(both, threshold))
    for blocked in (("phone", "+4915100000000"), ("user_id", "twin1")):
        rules = IdentityRules(blocked=frozenset([blocked]))
        assert ("twin0", "twin1") not in pairs(suggested(both, threshold, rules))


def test_a_crm_without_addresses_or_with_few_records_says_so() -> None:
    bare = raw_customers([{"user_id": f"u{n}", "city": "Bremen"} for n in range(MIN_RECORDS)])
    assert suggest_edges(bare, RULES, 0.9, 1).status == "no_common_columns"
    reachable = [{"user_id": f"u{n}", "email": f"name{n}@a.com", "city": "Bremen"} for n in range(MIN_RECORDS)]
    few = suggest_edges(raw_customers(reachable[1:]), RULES, 0.9, 1)
    assert (few.status, few.records, few.edges.height) == ("not_enough_data", MIN_RECORDS - 1, 0)
    enough = suggested(raw_customers(reachable), 0.9)
    assert (enough.status, enough.records) == ("ok", MIN_RECORDS)
    assert suggest_edges(raw_customers([]), RULES, 0.9, 1).status == "no_common_columns"


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    records, _ = customers(PEOPLE, duplicates=0.0)
    with pytest.raises(ImportError, match=r"install the extra .*dmp-assets\[matching\]"):
        suggest_edges(records, RULES, 0.9, 1)


def materialized(folder: Path, suggestions: SuggestionSettings | None) -> tuple[dg.ExecuteInProcessResult, Warehouse]:
    """Return the run of the asset over a CRM of 100 people."""
    warehouse = Warehouse(database=str(folder / "warehouse.duckdb"))
    services = WarehouseIOManager(warehouse, [RawCustomers, SuggestedEdges], folder / "run", 1000)
    services.create_tables()
    records, _ = customers(MIN_RECORDS, duplicates=0.2)
    write(warehouse, Table(RawCustomers), Rows(frame=records), None, Stamp("customers"))
    given = Settings(start_date=date(2024, 5, 1), sources={}, identity=IdentitySettings(suggestions=suggestions))
    assets = identity_assets(Site(given, dg.DailyPartitionsDefinition("2024-05-01")))
    (asset,) = [one for one in assets if one.op.name.endswith("suggested_edges")]
    parent = dg.AssetSpec(Table(RawCustomers).asset_key)
    resources = {"io_manager": services}
    run = dg.materialize([asset, parent], selection=[asset], resources=resources, raise_on_error=False)
    return run, warehouse


def status_of(run: dg.ExecuteInProcessResult) -> object:
    (made,) = run.get_asset_materialization_events()
    return made.materialization.metadata["status"].value


def test_the_asset_suggests_only_where_it_is_asked_to_and_says_so(tmp_path: Path) -> None:
    pytest.importorskip("splink", reason="the extra matching is not installed")
    (tmp_path / "off").mkdir()
    off, _ = materialized(tmp_path / "off", None)
    assert status_of(off) == "off"
    run, warehouse = materialized(tmp_path, SuggestionSettings(threshold=0.5))
    assert status_of(run) == "ok"
    with warehouse.get_connection(read_only=True) as connection:
        found = connection.sql("SELECT count(*), min(match_probability) FROM identity.suggested_edges").fetchall()[0]
    assert found[0] > 0
    assert found[1] >= 0.5


def test_the_asset_fails_at_once_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    run, _ = materialized(tmp_path, SuggestionSettings())
    assert not run.success
    (failure,) = [event for event in run.all_events if event.is_step_failure]
    assert "dmp-assets[matching]" in str(failure.step_failure_data.error)


def test_nothing_is_suggested_where_nobody_asked() -> None:
    assert (no_suggestions().status, no_suggestions().edges.height) == ("off", 0)
    SuggestedEdges.validate(no_suggestions().edges, lazy=True)
