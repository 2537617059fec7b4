"""One value of each demographic field per person, chosen from several sources."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import polars as pl

from dmp_assets.foundation.values.calendar import end_of
from dmp_assets.profiles.profiles import CRM_COLUMNS
from dmp_assets.profiles.schema.statements import GEOGRAPHY

SOURCE_KINDS = ("crm", "third_party", "events")

SURVIVORSHIP: Mapping[str, Sequence[str]] = {
    field: SOURCE_KINDS if field in GEOGRAPHY else ("crm", "third_party") for field in CRM_COLUMNS
}
"""Field -> kinds of source, best first: what the person stated, then what was bought, then where the person was."""

_CANDIDATE = ("person_id", "field", "value", "source", "observed_at", "confidence")


def build_demographics(
    customers: pl.LazyFrame,
    third_party: pl.LazyFrame,
    places: pl.LazyFrame,
    as_of_date: date,
    order: Mapping[str, Sequence[str]] = SURVIVORSHIP,
    time_zone: str = "UTC",
) -> pl.DataFrame:
    """Return the surviving value of each field, with its source and the rule (``Demographics``).

    Args:
        customers: ``RawCustomers`` with ``person_id``; of a merged person several rows.
        third_party: ``RawThirdPartyAttributes`` with ``person_id``; the attribute is the field.
        places: ``Places``.
        as_of_date: Last day that counts: later changes are not known, and what expires before its end is not used.
        order: Field -> kinds of source, best first; fields and kinds that are not named are left out.
        time_zone: Zone of the business's days.

    The first kind that has a value decides. Within it the newest value, one without a time being the oldest; of equal
    times the one with the higher confidence, then the first by letters of value and source. Empty text is no value.

    Raises:
        ValueError: ``order`` names a kind that does not exist.
    """
    unknown = sorted({kind for kinds in order.values() for kind in kinds} - {*SOURCE_KINDS})
    if unknown:
        raise ValueError(f"no such kind of source: {', '.join(unknown)}; allowed: {', '.join(SOURCE_KINDS)}")
    end = end_of(as_of_date, time_zone)
    said = {
        "crm": _of_customers(customers, [field for field in order if field in CRM_COLUMNS]),
        "third_party": _of_third_party(third_party, end),
        "events": places.select(*_CANDIDATE[:-1], confidence=pl.lit(None, pl.Float64)),
    }
    candidates = pl.concat([frame.with_columns(kind=pl.lit(kind)) for kind, frame in said.items()])
    return (
        candidates.filter(
            pl.col("person_id").is_not_null(),
            pl.col("value") != "",
            pl.col("observed_at").is_null() | (pl.col("observed_at") < end),
        )
        .join(_places(order).lazy(), on=["field", "kind"])
        .sort(
            "person_id",
            "field",
            "place",
            "observed_at",
            "confidence",
            "value",
            "source",
            descending=[False, False, False, True, True, False, False],
            nulls_last=True,
        )
        .group_by("person_id", "field", maintain_order=True)
        .agg(pl.col("value", "source", "observed_at", "rule").first())
        .collect()
    )


def _places(order: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return the place of each kind in the order of each field, and the rule in words."""
    rows = [
        (field, kind, place, f"newest of {kind} (order: {', '.join(kinds)})")
        for field, kinds in order.items()
        for place, kind in enumerate(kinds)
    ]
    schema = {"field": pl.String, "kind": pl.String, "place": pl.Int64, "rule": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _of_customers(customers: pl.LazyFrame, fields: Sequence[str]) -> pl.LazyFrame:
    return (
        customers.select("person_id", "source", *fields, observed_at="updated_at")
        .unpivot(fields, index=["person_id", "source", "observed_at"], variable_name="field")
        .select(*_CANDIDATE[:2], pl.col("value").cast(pl.String), *_CANDIDATE[3:5], confidence=pl.lit(None, pl.Float64))
    )


def _of_third_party(third_party: pl.LazyFrame, end: datetime) -> pl.LazyFrame:
    usable = pl.col("expires_at").is_null() | (pl.col("expires_at") >= end)
    return third_party.filter(usable).rename({"attribute": "field"}).select(_CANDIDATE)
