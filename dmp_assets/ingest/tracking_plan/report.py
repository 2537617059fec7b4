"""How often the tracking plan is broken, and where first."""

from collections.abc import Iterable

import polars as pl

from dmp_assets.ingest.tracking_plan.contract import ADDITIONAL, UNPLANNED
from dmp_assets.ingest.tracking_plan.judging import find_violations
from dmp_assets.ingest.tracking_plan.plan import SourcePolicy, TrackingPlan

UNPLANNED_NAME = "(unplanned)"
OTHER_PROPERTIES = "properties that the plan does not name"

_KEY = ("source", "event_name", "property", "violation_code", "violation_message", "quarantined")
_REPORT = {
    "source": pl.String,
    "event_name": pl.String,
    "property": pl.String,
    "violation_code": pl.String,
    "violation_message": pl.String,
    "quarantined": pl.Boolean,
    "violations": pl.Int64,
    "path": pl.String,
    "line_number": pl.Int64,
}


def report_violations(batches: Iterable[pl.DataFrame], plan: TrackingPlan) -> pl.DataFrame:
    """Return how often each rule of the plan is broken, most often first.

    Args:
        batches: Records with source, event_name, properties, path and line_number.
        plan: The plan. Unplanned events are counted where their source allows them too.

    One row per source, event, property and rule: ``quarantined`` says whether the plan rejects such a record,
    ``violations`` how many there are, ``path`` and ``line_number`` where the first one stands.

    The report is printed, so it leaves out names that the plan does not have: of unplanned events and properties.
    """
    counted = [_count(part, plan, str(source)) for batch in batches for source, part in _by_source(batch)]
    merged = pl.concat([pl.DataFrame(schema=_REPORT), *counted])
    return (
        merged.sort("path", "line_number")
        .group_by(_KEY, maintain_order=True)
        .agg(pl.col("violations").sum(), pl.col("path", "line_number").first())
        .sort("violations", *_KEY, descending=[True] + [False] * len(_KEY))
        .select(*_REPORT)
    )


def _by_source(batch: pl.DataFrame) -> Iterable[tuple[object, pl.DataFrame]]:
    return ((source, part) for (source,), part in batch.partition_by("source", as_dict=True).items())


def _count(records: pl.DataFrame, plan: TrackingPlan, source: str) -> pl.DataFrame:
    strict = plan.model_copy(update={"sources": {source: SourcePolicy(unplanned_events="quarantine")}})
    found = find_violations(records["event_name"], records["properties"], strict, source)
    additional = pl.col("violation_code") == ADDITIONAL
    found = found.with_columns(
        property=pl.when(~additional).then("property"),
        violation_message=pl.when(additional).then(pl.lit(OTHER_PROPERTIES)).otherwise("violation_message"),
    ).unique(maintain_order=True)
    allowed = plan.policy(source).unplanned_events == "allow"
    return (
        found.with_columns(
            records.select("source", "event_name", "path", "line_number")[found["row"].to_list()],
            quarantined=(pl.col("violation_code") != UNPLANNED) | pl.lit(not allowed),
        )
        .with_columns(
            event_name=pl.when(pl.col("violation_code") != UNPLANNED)
            .then("event_name")
            .otherwise(pl.lit(UNPLANNED_NAME))
        )
        .sort("path", "line_number")
        .group_by(_KEY)
        .agg(violations=pl.len().cast(pl.Int64), path=pl.col("path").first(), line_number=pl.col("line_number").first())
        .select(*_REPORT)
    )
