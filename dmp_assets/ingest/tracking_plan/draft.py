"""A tracking plan drafted from the data: what holds for every record so far, for a person to correct."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
import yaml

from dmp_assets.ingest.tracking_plan.plan import MAX_NAME_CHARACTERS
from dmp_assets.ingest.tracking_plan.shapes import is_instant, read_shape, read_values, shape_texts

REQUIRED_FROM = 20
"""Records of an event from which a property that all of them have is drafted as required."""
MOST_ALLOWED = 12
LEAST_REPEATS = 10
"""A text property lists its values where there are at most this many, each at least so often."""
MOST_PROPERTIES = 200
"""Properties drafted per event, the commonest; events whose property names are ids have no end of them."""

# Words only: a list of ids or addresses would put personal data into a configuration file.
_WORD = r"^[A-Za-z][A-Za-z _-]{0,39}$"


@dataclass(frozen=True)
class EventDraft:
    """One event of the draft: YAML lines, and the records behind them."""

    name: str
    records: int
    lines: tuple[str, ...]


def infer_plan(events: pl.DataFrame) -> str:
    """Return a tracking plan as YAML text, which holds for every record that it was drafted from.

    Args:
        events: event_name and properties (JSON object text or null); other columns are not looked at.

    The text depends on the records, not on their order. Records whose properties are no JSON object are
    left out, and remain violations.
    """
    parts = events.filter(pl.col("event_name").is_not_null()).partition_by("event_name", as_dict=True)
    return plan_text(draft_event(str(name), part["properties"]) for (name,), part in parts.items())


def plan_text(drafts: Iterable[EventDraft]) -> str:
    """Return the YAML text of drafted events, sorted by name; names too long for a plan are left out."""
    drafts = sorted((draft for draft in drafts if _is_plannable(draft.name)), key=lambda draft: draft.name)
    total = sum(draft.records for draft in drafts)
    head = [
        f"# Drafted from {total:,} records: what holds so far, not what should. Review before use.",
        "version: 1",
        "events:" if drafts else "events: {}",
    ]
    return "\n".join([*head, *(line for draft in drafts for line in draft.lines)]) + "\n"


def draft_event(name: str, properties: pl.Series) -> EventDraft:
    """Return what holds for every record of one event.

    Args:
        name: Name of the event.
        properties: JSON object of each record, as text; null stands for no properties.
    """
    counts, readable, types = _count_types(properties)
    plannable = {key: kinds for key, kinds in types.items() if _is_plannable(key)}
    chosen = sorted(sorted(plannable, key=lambda key: (-plannable[key].total(), key))[:MOST_PROPERTIES])
    scalars: dict[str, pl.DataType] = {
        key: pl.String() if "string" in plannable[key] else pl.Float64()
        for key in chosen
        if len(plannable[key]) == 1 and next(iter(plannable[key])) in ("string", "number")
    }
    values = read_values(readable, scalars) if scalars else None
    lines = [f"  {_scalar(name)}:  # {counts:,} records", "    version: 1"]
    rules = [
        _draft_property(key, plannable[key], counts, None if values is None else _field(values, key, scalars))
        for key in chosen
    ]
    if any(not rule.lstrip().startswith("#") for rule in rules):
        lines.append("    properties:")
    return EventDraft(name, counts, (*lines, *rules))


def _count_types(properties: pl.Series) -> tuple[int, pl.Series, dict[str, Counter[str]]]:
    """Return the number of readable records, their texts, and how often each property has each JSON type."""
    frame = pl.DataFrame([properties.cast(pl.String).alias("text"), shape_texts(properties.cast(pl.String))])
    types: dict[str, Counter[str]] = {}
    unreadable: list[str] = []
    total = 0
    for text, records in frame.group_by("shape").len().iter_rows():
        shape = read_shape(text)
        if shape.types is None or shape.twice:
            unreadable.append(text)
            continue
        total += records
        for key, kind in shape.types.items():
            types.setdefault(key, Counter())[kind] += records
    return total, frame.filter(~pl.col("shape").is_in(unreadable))["text"], types


def _field(values: pl.Series, key: str, scalars: dict[str, pl.DataType]) -> pl.Series | None:
    # By ``struct.field``, and as the name of a series, a key such as ``^a$`` would be a pattern: it would take
    # another's values, or end the process.
    return values.struct.unnest().get_column(key).rename("value") if key in scalars else None


def _draft_property(name: str, kinds: Counter[str], records: int, values: pl.Series | None) -> str:
    """Return the line of one property; a comment where no single type holds."""
    if len(kinds) > 1:
        seen = ", ".join(f"{kind} in {count:,}" for kind, count in sorted(kinds.items()))
        return f"      # {json.dumps(name)}: {seen}; left out"
    kind, present = next(iter(kinds.items()))
    rule: dict[str, object] = {"type": _narrow(kind, present, values)}
    if present == records >= REQUIRED_FROM:
        rule["required"] = True
    if rule["type"] == "string" and values is not None and (words := _allowed(values, present)):
        rule["allowed"] = words
    return f"      {_scalar(name)}: {_scalar(rule)}  # in {present:,} of {records:,}"


def _narrow(kind: str, present: int, values: pl.Series | None) -> str:
    """Return datetime or integer where every value is one, else the JSON type."""
    if values is None or values.len() - values.null_count() != present:
        return kind
    column = pl.col("value")
    test, narrow = (column == column.floor(), "integer") if kind == "number" else (is_instant(column), "datetime")
    holds = values.rename("value").to_frame().select(test.all()).item()
    return narrow if holds else kind


def _allowed(values: pl.Series, present: int) -> list[str]:
    """Return the values of a text property that is a choice of few words, else nothing."""
    counts = values.drop_nulls().rename("value").value_counts()
    few = counts.height <= MOST_ALLOWED and counts["count"].sum() == present
    words = few and counts["value"].str.contains(_WORD).all() and counts["count"].min() >= LEAST_REPEATS  # type: ignore[operator]
    return sorted(counts["value"]) if words else []


def _is_plannable(name: str) -> bool:
    return 0 < len(name) <= MAX_NAME_CHARACTERS and min(name) >= " "


def _scalar(value: object) -> str:
    """Return a value as YAML on one line; it is quoted only where a reader of YAML could misread it."""
    text: str = yaml.safe_dump([value], default_flow_style=True, width=10**9, sort_keys=False)
    return text.strip()[1:-1]
