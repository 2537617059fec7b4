"""What a late file, a changed setting, other code or a changed mapping leaves open, and what it does not."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from dmp_assets.domains import STEPS, TABLES
from dmp_assets.foundation.settings.identity import IdentitySettings
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import PLANNED_DAYS
from dmp_assets.foundation.warehouse.steps import MadeBy, Step, with_descendants
from dmp_assets.orchestration.fingerprints import made_by_of
from dmp_assets.orchestration.names import WHAT_TAG
from dmp_assets.orchestration.stale_tables import Stale, in_words
from dmp_assets.orchestration.staleness import LANDING, ONLY_STALE, REFRESH, SNAPSHOTS, Pending, day_tags
from dmp_assets_tests.support.factories import (
    CONFIGURATION,
    FIRST_DAY,
    LAST_DAY,
    built_shop,
    land,
    platform,
    query,
    shop,
    shop_files,
)
from dmp_assets_tests.support.places import REPOSITORY

LATE = "at,order,person,item,n,paid\n2024-05-02 12:00:00,o9,p1,i1,1,1.00\n2024-05-04 12:00:00,o8,p2,i1,1,1.00\n"


def pending(settings: Settings) -> Pending:
    with platform(settings) as current:
        return current.pending()


def after_landing(settings: Settings) -> Pending:
    """Return what is open once the ledger has been read again."""
    with platform(settings) as current:
        current.run(LANDING)
        return current.pending()


def jobs(found: Pending) -> list[str]:
    return [run.job for run in found.runs]


def days(found: Pending) -> list[tuple[date, date] | None]:
    return [run.days for run in found.runs]


def steps(found: Pending) -> set[str]:
    return {step.name for run in found.runs for step in run.steps}


def test_nothing_is_open_in_a_shop_that_is_up_to_date(tmp_path: Path) -> None:
    assert pending(built_shop(tmp_path)).is_nothing


def test_a_new_shop_has_its_landing_folder_to_read_first(tmp_path: Path) -> None:
    settings = shop(tmp_path)
    land(settings, shop_files())
    found = pending(settings)
    assert jobs(found) == [LANDING]
    assert [str(one) for one in found.stale] == ["ingest.landing_files: 6 files new or changed (0 rows)"]


def test_a_late_file_makes_exactly_its_days_stale_and_what_needs_all_days_once(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    land(settings, {"orders/late.csv": LATE})
    assert jobs(pending(settings)) == [LANDING]
    found = after_landing(settings)
    day = date(2024, 5, 2)
    assert (jobs(found), days(found)) == ([REFRESH], [(day, LAST_DAY)])
    planned = {PLANNED_DAYS: "2024-05-02..2024-05-02 2024-05-04..2024-05-04"}
    what = {WHAT_TAG: "2 May 2024 to 4 May 2024, 2 days of events"}
    assert found.runs[0].tags == {**what, ONLY_STALE: "true", **planned, **day_tags(day, LAST_DAY)}
    assert {str(one.days) for one in found.stale if one.table.partition_by and one.days} == {"2"}
    daily = {step.name for step in STEPS if step.is_daily}
    untouched = {"suggested_edges", "daily_ad_spend", "keep_ledger"}
    assert steps(found) == daily | {step.name for step in STEPS if step.domain != "ingest"} - untouched


def test_a_file_that_went_away_makes_exactly_its_days_stale(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    (settings.landing_dir / "clicks" / "a.ndjson").unlink()
    found = after_landing(settings)
    assert days(found) == [(FIRST_DAY, LAST_DAY)]


def test_a_file_that_was_only_touched_leaves_no_day_stale(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    os.utime(settings.landing_dir / "orders" / "a.csv", (1_700_000_000, 1_700_000_000))
    assert jobs(pending(settings)) == [LANDING]
    assert after_landing(settings).is_nothing


def test_a_changed_reference_file_and_the_days_that_it_makes_stale_are_one_run(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    land(settings, {"items/b.csv": "item,category\ni1,CHEESE\n"})
    found = after_landing(settings)
    assert (jobs(found), days(found)) == ([REFRESH], [(FIRST_DAY, LAST_DAY)])
    assert {step.name for step in found.runs[0].steps if step.is_daily} == {"daily_activity"}
    assert {"raw_items", "rejected_records"} <= steps(found)
    with platform(settings) as current:
        assert current.bring_up_to_date() == 1
        assert current.pending().is_nothing


SETTINGS: dict[str, tuple[str, set[str]]] = {
    "base_currency": ("base_currency: CHF", {"raw_events", "daily_ad_spend"}),
    "time_zone": ("time_zone: Europe/Berlin", {step.name for step in STEPS}),
    "rate_max_age_days": ("rate_max_age_days: 3", {"raw_events", "daily_ad_spend"}),
    "contact_cost": ("contact_cost: {default: 0.6}", {"campaign_roi"}),
    "interest_half_life_days": ("interest_half_life_days: 30", {"describe_profiles"}),
    "affinity_window_days": ("affinity_window_days: 7", {"describe_profiles"}),
    "holdout_days": ("holdout_days: 7", {"choose_models"}),
    "recommendations": ("recommendations: {per_person: 5}", {"recommend_items"}),
    "recommendations.blocked_categories": (
        "recommendations: {blocked_categories: [FUEL]}",
        {"describe_profiles", "recommend_items"},
    ),
    "identity.limits": ("identity: {limits: {email: 9}}", {"resolve_persons", "suggested_edges"}),
    "identity.super_node_users": ("identity: {super_node_users: 9}", {"resolve_persons", "suggested_edges"}),
    "identity.super_node_stronger": ("identity: {super_node_stronger: 9}", {"resolve_persons", "suggested_edges"}),
    "identity.blocked_patterns": ("identity: {blocked_patterns: [x]}", {"resolve_persons", "suggested_edges"}),
    "identity.blocked": (
        "identity: {blocked: [{type: email, value: a@b.example}]}",
        {"resolve_persons", "suggested_edges"},
    ),
    "identity.suggestions": ("identity: {suggestions: {threshold: 0.9, seed: 2}}", {"suggested_edges"}),
    "quality": ("quality: {quarantined_warn: 0.02}", {"quality"}),
    "order_match_days": ("order_match_days: 3", {"make_orders"}),
    "order_number_reused_after_days": ("order_number_reused_after_days: 90", {"read_landing", "make_orders"}),
    "window_records": ("window_records: 1000", set()),
    "scheduled_backfill": ("scheduled_backfill: {enabled: true}", set()),
    "limits": ("limits: {seconds: 60}", set()),
}
"""Key -> another value, and the steps that it makes stale."""

FOR_READERS = {"published_mode", "published_group", "owners", "report"}
FILES = {"tracking_plan", "traits", "blocked_identifiers", "activation"}
OTHERWISE = {"start_date", "end_date", "sources", "data_dir"} | FILES | FOR_READERS
"""Keys that say which files are read and how, which files settings stand in, and where all of it lies."""


def stale_steps(before: Settings, after: Settings) -> set[str]:
    return {step.name for step in STEPS if before.fingerprint(step.settings) != after.fingerprint(step.settings)}


@pytest.mark.parametrize("key", SETTINGS)
def test_a_changed_setting_makes_exactly_the_steps_that_use_it_stale(tmp_path: Path, key: str) -> None:
    text, wanted = SETTINGS[key]
    own = "\n".join(line for line in CONFIGURATION.splitlines() if line.split(":")[0] != text.split(":")[0])
    assert stale_steps(shop(tmp_path / "a"), shop(tmp_path / "b", f"{own}\n{text}\n")) == wanted


def test_every_setting_is_in_the_table_of_what_it_makes_stale() -> None:
    top = {key.split(".")[0] for key in SETTINGS}
    assert top | OTHERWISE == set(Settings.model_fields)
    assert {key for key in SETTINGS if key.startswith("identity.")} == {
        f"identity.{name}" for name in IdentitySettings.model_fields
    }


def test_a_new_trait_makes_computed_traits_stale_and_nothing_else(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    (tmp_path / "traits.yaml").write_text("version: 1\ntraits: {orders: {kind: count, event: purchase}}\n")
    found = pending(settings)
    assert (jobs(found), steps(found)) == ([SNAPSHOTS], {"computed_traits"})
    assert [one.reason for one in found.stale] == ["its settings changed"]


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [("contact_cost: {default: 0.7}", {"campaign_roi"}), ("quality: {quarantined_warn: 0.02}", {"quality"})],
)
def test_a_run_makes_what_the_setting_concerns_and_then_nothing_is_open(
    tmp_path: Path, setting: str, wanted: set[str]
) -> None:
    own = "\n".join(line for line in CONFIGURATION.splitlines() if line.split(":")[0] != setting.split(":")[0])
    settings = built_shop(tmp_path, f"{own}\n{setting}\n")
    before = {step.name: made(settings, step) for step in STEPS}
    with platform(settings) as current:
        assert steps(current.pending()) == wanted
        assert current.bring_up_to_date() == 1
        assert current.pending().is_nothing
    assert {step.name for step in STEPS if made(settings, step) != before[step.name]} == wanted


def made(settings: Settings, step: Step) -> list[tuple[object, ...]]:
    """Return the newest commit of each of the step's tables."""
    names = ", ".join(f"'{table.qualified_name}'" for table in step.tables)
    newest = f"SELECT table_name, max(commit_id) FROM ops.commits WHERE table_name IN ({names}) GROUP BY 1 ORDER BY 1"
    return query(settings, newest)


def test_other_days_after_which_numbers_are_used_again_make_the_landing_folder_stale_once(tmp_path: Path) -> None:
    settings = built_shop(tmp_path, CONFIGURATION + "order_number_reused_after_days: 90\n")
    found = pending(settings)
    assert (jobs(found), steps(found)) == ([LANDING], {"read_landing"})
    assert [one.reason for one in found.stale] == ["its settings changed"]
    assert "read_landing" not in steps(after_landing(settings))


def test_a_base_currency_of_another_name_makes_all_days_stale(tmp_path: Path) -> None:
    settings = built_shop(tmp_path, CONFIGURATION + "base_currency: CHF\n")
    found = pending(settings)
    assert (jobs(found), days(found)) == ([REFRESH], [(FIRST_DAY, LAST_DAY)])
    assert {one.reason for one in found.stale if one.table.name == "raw_events"} == {"its settings changed"}


def test_other_code_makes_its_table_and_all_that_reads_from_it_again_and_says_how_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = built_shop(tmp_path)
    usual = made_by_of(STEPS, settings)
    changed = usual | {"sessions": MadeBy("other code", usual["sessions"].settings)}
    monkeypatch.setattr("dmp_assets.orchestration.seen.made_by_of", lambda *_: changed)
    found = pending(settings)
    assert (jobs(found), days(found)) == ([REFRESH], [(FIRST_DAY, LAST_DAY)])
    readers = {step.name for step in with_descendants(STEPS, [step for step in STEPS if step.name == "sessions"])}
    assert steps(found) == readers
    assert "sessions" in readers
    assert "daily_activity" not in readers
    ((rows,),) = query(settings, "SELECT count(*) FROM events.sessions")
    assert str(found.stale[0]) == f"events.sessions: its code changed (4 days, {rows} rows)"


def test_what_is_made_again_is_a_line_per_domain_reason_and_days() -> None:
    by_name = {table.qualified_name: table for table in TABLES}
    sessions, edges, persons = (by_name[name] for name in ("events.sessions", "identity.edges", "identity.persons"))
    code = "its code changed"
    found = in_words([Stale(sessions, code, 4, 9), Stale(edges, code, rows=2), Stale(persons, "x", rows=1)])
    assert found == [
        "events.sessions: its code changed (4 days, 9 rows)",
        "identity.edges: its code changed (2 rows)",
        "identity.persons: x (1 rows)",
    ]
    both = in_words([Stale(edges, code, rows=1_200), Stale(persons, code, rows=34)])
    assert both == ["identity: its code changed (2 tables, 1,234 rows)"]


def test_a_changed_size_of_windows_leaves_everything_as_it_is(tmp_path: Path) -> None:
    assert pending(built_shop(tmp_path, CONFIGURATION + "window_records: 1000\n")).is_nothing


def test_a_changed_mapping_or_a_removed_source_makes_the_landing_folder_stale(tmp_path: Path) -> None:
    renamed = CONFIGURATION.replace("age_range: age", "income_range: age")
    found = pending(built_shop(tmp_path / "mapping", renamed))
    assert jobs(found) == [LANDING]
    assert "read again, as their mapping, the business's time zone or the code that reads them changed" in str(
        found.stale[0]
    )
    removed = "\n".join(line for line in CONFIGURATION.splitlines() if "customers" not in line)
    assert jobs(pending(built_shop(tmp_path / "source", removed))) == [LANDING]


def test_a_lost_warehouse_makes_everything_stale_again(tmp_path: Path) -> None:
    settings = built_shop(tmp_path)
    settings.warehouse_path.unlink()
    assert jobs(pending(settings)) == [LANDING]


def test_asking_what_is_open_loads_no_asset() -> None:
    program = "import sys, dmp_assets.orchestration.staleness; sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=REPOSITORY).returncode == 0


def test_the_tags_of_a_range_name_both_ends() -> None:
    assert day_tags(FIRST_DAY, LAST_DAY) == {
        "dagster/asset_partition_range_start": "2024-05-01",
        "dagster/asset_partition_range_end": "2024-05-04",
    }
