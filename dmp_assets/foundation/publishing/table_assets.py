"""``table_asset``: a step's function as a Dagster asset, its inputs and outputs by contract."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from dmp_assets.foundation.publishing.asset_options import RETRIES, contract_check, output_options
from dmp_assets.foundation.publishing.causes import cause_of, may_pass
from dmp_assets.foundation.publishing.failures import guarded
from dmp_assets.foundation.publishing.publish import PublishEvents, unchanged
from dmp_assets.foundation.settings.owners import owner_of
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

    pages: Mapping[str, str] = field(default_factory=dict)
    """Domain -> the file of its first page in the report."""

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

    The function is guarded: whatever it raises leaves it as ``dg.Failure`` with step, tables, days and cause, and with
    no value of a row.

    Raises:
        TypeError: The function's name or parameters are not those of the step, or it returns rows, which no contract
            check would see.
    """
    inputs = {Table(contract).name: Table(contract).asset_key for contract in step.reads}
    code = site.made_by_of(step).code
    owner, page = owner_of(site.settings.owners, step.domain), site.pages.get(step.domain)
    outs = {t.name: dg.AssetOut(**output_options(t, step.group_of(t), owner, code, page)) for t in step.tables}
    options: dict[str, Any] = {}
    if step.is_daily:
        options = {"partitions_def": site.daily, "backfill_policy": dg.BackfillPolicy.single_run()}

    def decorate(function: Callable[..., PublishEvents]) -> dg.AssetsDefinition:
        given = [name for name in inspect.signature(function).parameters if name not in NO_INPUTS]
        if function.__name__ != step.name or set(given) != set(inputs):
            raise TypeError(
                f"{function.__name__}({', '.join(sorted(given))}) is not step {step.name}({', '.join(sorted(inputs))})"
            )
        if not inspect.isgeneratorfunction(function):
            raise TypeError(f"{function.__name__} is no generator; assets of the warehouse yield from publish")
        return dg.multi_asset(
            name=step.name,
            ins={name: dg.AssetIn(key) for name, key in inputs.items()},
            outs=outs,
            check_specs=[*map(contract_check, step.makes), *checks],
            retry_policy=RETRIES,
            required_resource_keys={"io_manager"},
            **options,
        )(_as_step(step, function, skips=not checks and not step.is_daily))

    return decorate


def _as_step(step: Step, function: Callable[..., PublishEvents], *, skips: bool) -> Callable[..., PublishEvents]:
    """Return the function of a step that does only what its run has to make, and whose end the run learns.

    Args:
        step: What the function makes.
        function: The asset's function.
        skips: Whether the whole step is left out where nothing of it is stale. A daily one finds no stale day itself.
            One with checks of its own runs, for they are asked in each run.
    """

    @functools.wraps(function)
    def run(context: dg.AssetExecutionContext, **given: Any) -> PublishEvents:
        work = context.resources.io_manager.work
        if skips and not work.is_open(step):
            yield from unchanged(context, step)
            return
        try:
            yield from guarded(lambda context, **_: _at_work(step, context))(function)(context, **given)
        except dg.Failure as failure:
            if not may_pass(failure):
                work.has_failed(step, cause_of(failure), context.run.run_id)
            raise
        work.has_succeeded(step)

    return run


def _at_work(step: Step, context: dg.AssetExecutionContext) -> str:
    """Return step, tables and days, in words."""
    tables = ", ".join(table.qualified_name for table in step.tables)
    days = ""
    if step.is_daily and (context.has_partition_key or context.has_partition_key_range):
        window = context.partition_key_range
        days = f", {window.start} to {window.end}"
    return f"step {step.name} ({tables}{days})"
