"""``table_asset``: a step's function as a Dagster asset, its inputs and outputs by contract."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from dmp_assets.foundation.publishing.asset_options import RETRIES, contract_check, output_options
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.steps import MadeBy, Step
from dmp_assets.foundation.warehouse.tables import Table

NO_INPUTS = ("context", "config")


@dataclass(frozen=True)
class Site:
    """What assets are built for: the settings, and the days that the data are split into."""

    settings: Settings
    daily: dg.PartitionsDefinition
    made_by: Mapping[str, MadeBy] = field(default_factory=dict)
    """Fingerprints of the code and the settings of each step, by its name."""

    def made_by_of(self, step: Step) -> MadeBy:
        """Return the fingerprints of a step."""
        return self.made_by.get(step.name, MadeBy())


Assets = Sequence[dg.AssetsDefinition]


def table_asset(
    step: Step, site: Site, checks: Sequence[dg.AssetCheckSpec] = ()
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Return the decorator that makes a function the asset of a step.

    Args:
        step: What the function makes and reads. A parameter of the function is called as a table that the step reads,
            and is annotated with the form that it wants it in: ``pl.DataFrame`` (the run's days, or the whole table)
            or ``StoredTable`` (a handle that reads the days it is asked for).
        site: The settings, and the days of daily tables.
        checks: Checks that the function reports beside those of the contracts.

    Raises:
        TypeError: The function's name or parameters are not those of the step.
    """
    inputs = {Table(contract).name: Table(contract).asset_key for contract in step.reads}
    code = site.made_by_of(step).code
    options: dict[str, Any] = {}
    if step.is_daily:
        options = {"partitions_def": site.daily, "backfill_policy": dg.BackfillPolicy.single_run()}

    def decorate(function: Callable[..., Any]) -> dg.AssetsDefinition:
        given = [name for name in inspect.signature(function).parameters if name not in NO_INPUTS]
        if function.__name__ != step.name or set(given) != set(inputs):
            raise TypeError(
                f"{function.__name__}({', '.join(sorted(given))}) is not step {step.name}({', '.join(sorted(inputs))})"
            )
        return dg.multi_asset(
            name=step.name,
            ins={name: dg.AssetIn(key) for name, key in inputs.items()},
            outs={table.name: dg.AssetOut(**output_options(table.contract, code)) for table in step.tables},
            check_specs=[*map(contract_check, step.makes), *checks],
            retry_policy=RETRIES,
            required_resource_keys={"io_manager"},
            **options,
        )(function)

    return decorate
