"""What spares a test the work that it is not about: a run of all tables is 20 CPU seconds, however few their rows."""

from collections.abc import Iterable

import dagster as dg
import yaml

from dmp_assets.commands.runs import Platform
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.orchestration.staleness import SNAPSHOTS


def without_recommendations(configuration: str) -> str:
    """Return the text of a ``dmp.yaml`` under which nobody gets recommendations; their tables are still published.

    A grant is required for what none of the sources asks consent for, so no contract is fitted and none is chosen.
    """
    content = yaml.safe_load(configuration)
    content["recommendations"] = {"consent_required": True, "consent_purposes": ["functional"]}
    return yaml.safe_dump(content, sort_keys=False)


def make_snapshots(stack: Platform, contracts: Iterable[Contract]) -> None:
    """Make some of the tables that are not split into days, from the stored ones that they are made of."""
    job = stack.definitions.resolve_job_def(SNAPSHOTS)
    keys = [dg.AssetKey(Table(contract).asset_key) for contract in contracts]
    silent = {"loggers": {"console": {}}}
    assert job.execute_in_process(instance=stack.instance, asset_selection=keys, run_config=silent).success
