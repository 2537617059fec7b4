"""The violations of a batch of records against the tracking plan."""

import polars as pl

from dmp_assets.ingest.tracking_plan.contract import (
    ADDITIONAL,
    OTHERS,
    TWICE,
    UNKNOWN,
    UNPLANNED,
    VIOLATIONS,
    EventContract,
)
from dmp_assets.ingest.tracking_plan.plan import EventDefinition, TrackingPlan
from dmp_assets.ingest.tracking_plan.shapes import Shape, read_shape, read_values, shape_texts

UNREADABLE = "properties: not a readable JSON object"
NOT_PLANNED = "not planned for this event"
"""End of the only messages that name what a record holds, properties that no plan names: for the warehouse alone."""
TELL_AT_MOST = 5
"""Unplanned properties that are reported per record: the record gives their names, and may have thousands."""
NAME_CHARACTERS = 60

_FOUND = {"row": pl.Int64, "property": pl.String, "violation_code": pl.String, "violation_message": pl.String}


def judge_batch(event_names: pl.Series, properties: pl.Series, plan: TrackingPlan, source: str) -> pl.DataFrame:
    """Return row, violation_code and violation_message of the records in violation, ordered by row.

    Args:
        event_names: Name of each record's event; a record without one is left to the reader, which requires it.
        properties: JSON object of each record as text; null stands for no properties.
        plan: The plan.
        source: Name of the source in ``dmp.yaml``.

    A record with several violations has the first code in the order of ``VIOLATIONS``, and all messages.
    Messages name properties and rules, never values; those that end in ``NOT_PLANNED`` name properties of the record.
    """
    found = find_violations(event_names, properties, plan, source)
    order = pl.col("violation_code").replace_strict({code: rank for rank, code in enumerate(VIOLATIONS)})
    return (
        found.with_columns(order=order)
        .sort("row", "order", "property", "violation_message")
        .group_by("row", maintain_order=True)
        .agg(pl.col("violation_code").first(), pl.col("violation_message").unique(maintain_order=True).str.join("; "))
    )


def find_violations(event_names: pl.Series, properties: pl.Series, plan: TrackingPlan, source: str) -> pl.DataFrame:
    """Return row, property (null: the whole record), violation_code and violation_message, one row each."""
    batch = pl.DataFrame({"event": event_names, "text": properties}, schema={"event": pl.String, "text": pl.String})
    batch = batch.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    planned = batch.filter(pl.col("event").is_in(list(plan.events)))
    found = [pl.DataFrame(schema=_FOUND)]
    if plan.policy(source).unplanned_events == "quarantine":
        found.append(_unplanned(batch, plan))
    planned = planned.with_columns(shape_texts(planned["text"]))
    for (event,), records in planned.partition_by("event", as_dict=True).items():
        found += _judge_event(records, plan.events[str(event)])
    return pl.concat(found)


def _unplanned(batch: pl.DataFrame, plan: TrackingPlan) -> pl.DataFrame:
    return (
        batch.filter(~pl.col("event").is_in(list(plan.events)))
        .with_columns(
            property=pl.lit(None, dtype=pl.String),
            violation_code=pl.lit(UNPLANNED),
            violation_message=pl.lit("event: not in the tracking plan"),
        )
        .select(*_FOUND)
    )


def _judge_event(records: pl.DataFrame, event: EventDefinition) -> list[pl.DataFrame]:
    """Return the violations of records of one event: of shapes first, then of values in good shapes."""
    contract = EventContract(event)
    distinct = records.select(pl.col("shape").unique())
    shapes = [read_shape(text) for text in distinct["shape"]]
    broken = _judge_shapes(shapes, contract)
    named = distinct.with_row_index("shape_row").with_columns(pl.col("shape_row").cast(pl.Int64))
    bad = named.join(broken.rename({"row": "shape_row"}), on="shape_row")
    found = [] if bad.is_empty() else [records.join(bad, on="shape").select(*_FOUND)]
    good = records if bad.is_empty() else records.join(bad, on="shape", how="anti")
    if contract.value_types and not good.is_empty():
        found += _judge_values(good, contract)
    return found


def _judge_shapes(shapes: list[Shape], contract: EventContract) -> pl.DataFrame:
    """Return the violations of shapes; ``row`` is the place in the list."""
    planned = contract.event.properties
    readable = [(row, shape, shape.types) for row, shape in enumerate(shapes) if shape.types is not None]
    others = {row: sorted(set(types) - set(planned)) for row, _, types in readable}
    columns: dict[str, list[object]] = {name: [types.get(name) for _, _, types in readable] for name in planned}
    columns[TWICE] = [bool(shape.twice) for _, shape, _ in readable]
    columns[OTHERS] = [bool(others[row]) for row, _, _ in readable]
    schema = {**dict.fromkeys(planned, pl.String), TWICE: pl.Boolean, OTHERS: pl.Boolean}
    broken = contract.broken_shapes(pl.DataFrame(columns, schema=schema))
    rows = pl.Series([row for row, _, _ in readable], dtype=pl.Int64)
    broken = broken.with_columns(row=rows.gather(broken["row"]))
    additional = [
        (row, name[:NAME_CHARACTERS], ADDITIONAL, f"property {name[:NAME_CHARACTERS]!r}: {NOT_PLANNED}")
        for row in broken.filter(property=OTHERS)["row"]
        for name in others[row][:TELL_AT_MOST]
    ]
    unreadable = [(row, None, UNKNOWN, UNREADABLE) for row, shape in enumerate(shapes) if shape.types is None]
    told = broken.filter(pl.col("property") != OTHERS).with_columns(
        property=pl.when(pl.col("property") != TWICE).then(pl.col("property"))
    )
    return pl.concat([told, pl.DataFrame([*additional, *unreadable], schema=_FOUND, orient="row")])


def _judge_values(records: pl.DataFrame, contract: EventContract) -> list[pl.DataFrame]:
    """Return the violations of the values of records in good shape."""
    values = read_values(records["text"], contract.value_types)
    broken = contract.broken_values(values.struct.unnest())
    found = [broken.with_columns(row=records["row"].gather(broken["row"]))]
    unread = records.filter(values.is_null())
    if not unread.is_empty():
        lost = unread.select("row", property=pl.lit(None, dtype=pl.String), violation_code=pl.lit(UNKNOWN))
        found.append(lost.with_columns(violation_message=pl.lit(UNREADABLE)))
    return found
