"""Behaviour of Dagster that a decision rests on and that no other test shows; each test says which."""

from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION

DAYS = dg.DailyPartitionsDefinition("2024-05-01", end_date="2024-05-11")
RANGE = {"dagster/asset_partition_range_start": "2024-05-02", "dagster/asset_partition_range_end": "2024-05-06"}


class Narrowing(dg.IOManager):
    """Takes the days that an output says it has made for those of the run."""

    def handle_output(self, context: dg.OutputContext, obj: list[str]) -> None:
        if obj:
            narrowed = context.asset_partitions_def.subset_with_partition_keys(obj)
            context._asset_partitions_subset = narrowed

    def load_input(self, context: dg.InputContext) -> str:
        return f"what {context.asset_key.to_user_string()} is"


def materialised(made: list[str], metadata: dict[str, bool]) -> tuple[list[str | None], bool]:
    """Return the days of the events of an asset, and whether the asset after it ran."""
    seen = []

    @dg.multi_asset(outs={"first": dg.AssetOut()}, partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def makes() -> Iterator[dg.MaterializeResult]:
        yield dg.MaterializeResult(asset_key="first", value=made, metadata=metadata)

    @dg.asset
    def second(first: str) -> None:
        seen.append(first)

    result = dg.materialize([makes, second], tags=RANGE, resources={"io_manager": Narrowing()})
    events = result.asset_materializations_for_node("makes")
    return [event.partition for event in events], seen == ["what first is"]


def test_an_io_manager_can_name_the_days_that_were_made() -> None:
    """A run of what is stale reports no day as materialised that it left alone; Dagster reports the whole range."""
    assert materialised([], {})[0] == [f"2024-05-0{day}" for day in range(2, 7)]
    assert materialised(["2024-05-02", "2024-05-05"], {}) == (["2024-05-02", "2024-05-05"], True)


def test_an_output_without_an_event_is_handed_on() -> None:
    """A step that finds nothing to do is not reported, and the steps that read from it go on."""
    assert materialised([], {SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True}) == ([], True)
