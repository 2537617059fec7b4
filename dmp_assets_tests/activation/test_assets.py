"""Assets of destinations: only those that are declared, in no run of all tables, and each delivers its audiences."""

from pathlib import Path

import dagster as dg
import pytest

from benchmarks.delivery_kills import little_world, site_in
from dmp_assets.activation.schema import DeliveredPeople, Deliveries, HeldIdentifiers
from dmp_assets.definitions import build_definitions
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets_tests.support.factories import CONFIGURATION

DECLARED = """\
version: 1
destinations:
  google:
    format: google_customer_match
    purpose: advertising
    audiences: [{segment: Champions}]
    schedule: {hour: 6, day: monday}
  mail: {format: csv, purpose: marketing}
"""
LEDGER = {dg.AssetKey(Table(one).asset_key) for one in (Deliveries, DeliveredPeople, HeldIdentifiers)}
GOOGLE = dg.AssetKey(["activation", "google"])


def settings_of(folder: Path, declared: str = "") -> Settings:
    (folder / "dmp.yaml").write_text(CONFIGURATION, encoding="utf-8")
    if declared:
        (folder / "activation.yaml").write_text(declared, encoding="utf-8")
    return load_settings(folder / "dmp.yaml")


def activation_of(definitions: dg.Definitions) -> set[dg.AssetKey]:
    return {key for key in definitions.resolve_all_asset_keys() if key.path[0] == "activation"}


def test_without_a_declared_destination_there_is_the_ledger_alone(tmp_path: Path) -> None:
    definitions = build_definitions(settings_of(tmp_path))
    assert activation_of(definitions) == LEDGER
    assert [one.name for one in definitions.schedules or []] == ["daily", "weekly_backfill"]


def test_a_declared_destination_is_an_asset_with_its_schedule_and_no_run_of_all_tables_makes_it(tmp_path: Path) -> None:
    definitions = build_definitions(settings_of(tmp_path, DECLARED))
    assert activation_of(definitions) == LEDGER | {GOOGLE, dg.AssetKey(["activation", "mail"])}
    schedules = {one.name: one for one in definitions.schedules or []}
    assert set(schedules) == {"daily", "weekly_backfill", "deliver_google"}
    assert schedules["deliver_google"].cron_schedule == "45 6 * * mon"
    for job in ("refresh", "snapshots", "landing"):
        assert GOOGLE not in definitions.resolve_job_def(job).asset_layer.selected_asset_keys


@pytest.mark.xdist_group("deliveries")
def test_the_asset_delivers_once_and_the_ledger_stays_when_its_own_asset_runs(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, DECLARED)
    little_world(settings.data_dir)
    definitions = build_definitions(settings)
    job = definitions.resolve_implicit_global_asset_job_def()

    def run(*keys: dg.AssetKey) -> dg.ExecuteInProcessResult:
        with dg.instance_for_test() as instance:
            return job.execute_in_process(
                asset_selection=list(keys), instance=instance, run_config={"loggers": {"console": {}}}
            )

    run(*LEDGER)
    (event,) = run(GOOGLE).get_asset_materialization_events()
    assert event.materialization.metadata["people"].value == 6
    run(*LEDGER)
    run(GOOGLE)
    site = site_in(settings.data_dir)
    assert site.ledger.deliveries().height == 1
    assert site.ledger.held("google", "segment:rfm_champions").height == 12
    assert len([*site.audiences.rglob("*.csv")]) == 1
