"""When two records are one: equal in every column of their file that says what happened."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import polars as pl

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.files.batches import Batch
from dmp_assets.ingest.files.findings import Findings
from dmp_assets.ingest.kinds import mappable_columns
from dmp_assets.ingest.presets import PRESETS
from dmp_assets.ingest.records.mapping import is_compared_whole
from dmp_assets.ingest.values.texts import read_text, trim
from dmp_assets.ingest.web.distinct import on_distinct

# One fixed seed; Polars' hash is stable within a release, and the release is part of the reading's id.
_SEED = 20_240_501

_EXPORT_COLUMNS = re.compile(
    r"_fivetran_(synced|batch|file|index)|_(file|line|row|modified)|_airbyte_.+|_ab_.+|_dlt_.+"
    r"|_sdc_.+|__hevo_.+|_metadata\..+|__index_level_\d+__"
    r"|dvce_sent_tstamp|collector_tstamp|etl_tstamp|load_tstamp|etl_tags|v_etl|v_collector"
)
"""Columns that say when, where or by what a record was exported: Fivetran's and its file connectors', Airbyte's, dlt's,
Singer's, Hevo's, Databricks', the index that pandas leaves in Parquet, and Snowplow's times of sending and loading."""

_FRACTION = r"^(-?\d+)\.0$"
_TIME = r"^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:(\.\d*[1-9])0*|\.0+)?(?:Z| ?UTC|\+00:?00)?$"


_JSON_COLUMNS = {"properties", "consent"}
"""Columns of ours that hold JSON as the file writes it; what is in it is compared, whatever the order of its keys."""

_TRAVEL = {"received_at", "sent_at"}
"""Columns of ours that say when a record travelled: one that is delivered again arrives later."""


def record_fingerprints(frame: pl.DataFrame, batch: Batch, source: Source, findings: Findings) -> dict[str, pl.Series]:
    """Return ``fingerprint``, a hash of what a record says as a whole, and ``mapped_fingerprint`` where that differs.

    Args:
        frame: Typed records with ``row``, their place in the batch, and ``part``.
        batch: The same records as they stand in the file.
        source: With its preset filled in.
        findings: Takes the unmapped columns in which records differ that are equal in all mapped ones.
    """
    preset = PRESETS[source.preset]
    given = {**source.columns, **source.constants}
    left_out = {*_TRAVEL, *preset.compared_by}
    content = [
        ours
        for ours in mappable_columns(source.kind)
        if ours in given and ours not in left_out and source.columns.get(ours) not in source.ignore_columns
    ]
    mapped = mapped_fingerprints(frame, content)
    if not is_compared_whole(source):
        clocks = batch.frame.select(pl.selectors.by_name(*preset.compared_by.values(), require_all=False))
        told = text_fingerprints([clocks], batch.frame.height).gather(frame["row"])
        return {"fingerprint": (mapped + told).reinterpret(signed=True)}
    # Values that are read from a mapped column are compared as they were read: a price is 12.5 in every spelling.
    plain = [ours for ours in content if ours not in _JSON_COLUMNS]
    compared = {source.columns[ours] for ours in (*plain, *_TRAVEL) if ours in source.columns}

    def others() -> Iterator[pl.DataFrame]:
        return (part for piece in batch.columns() for part in _counted(piece, compared, source.ignore_columns))

    told = text_fingerprints(others(), len(batch.line_numbers)).gather(frame["row"])
    whole = told + (mapped if len(plain) == len(content) else mapped_fingerprints(frame, plain))
    findings.distinguishing.update(differing_columns(others(), mapped))
    return {
        "fingerprint": whole.reinterpret(signed=True),
        "mapped_fingerprint": mapped.set(mapped == whole, None).reinterpret(signed=True),
    }


def is_left_out(name: str, ignored: Collection[str]) -> bool:
    """Return whether a column says nothing of what happened: a name of ``ignored``, or one that export tools write.

    >>> [is_left_out(name, ["run_id"]) for name in ("run_id", "_fivetran_synced", "note")]
    [True, True, False]
    """
    return name in ignored or _EXPORT_COLUMNS.fullmatch(name.lower()) is not None


def mapped_fingerprints(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Return a hash of some of our columns; of a record of several items it is the same on each of them.

    Args:
        frame: Typed records with ``row`` and ``part``.
        columns: The columns that count. Fifty empty ones would cost as much to hash as to read the file.
    """
    # The part is hashed too: without it two equal items would cancel each other out in the XOR.
    fingerprint = pl.struct(*columns, "part").hash(_SEED)
    if frame["part"].max():
        # One for the whole record, because an id may be made from it: all its items belong to one event.
        fingerprint = fingerprint.bitwise_xor().over("row")
    return frame.select(fingerprint.alias("fingerprint")).to_series()


def text_fingerprints(pieces: Iterable[pl.DataFrame], height: int) -> pl.Series:
    """Return a hash of pairs of name and text per row; neither the order of the columns nor an empty one counts.

    Args:
        pieces: Columns of a file, text or typed; together they have each column once.
        height: Number of rows.
    """
    total = pl.Series("fingerprint", [0], dtype=pl.UInt64).new_from_index(0, height)
    for piece in pieces:
        for values in piece.iter_columns():
            if values.null_count() < height:
                total = total + _hashes(values)
    return total


def differing_columns(pieces: Iterable[pl.DataFrame], equal: pl.Series) -> list[str]:
    """Return the columns in which rows differ that are equal in another respect, by name.

    Args:
        pieces: Columns of a file, text or typed.
        equal: A value per row; rows of one value are compared.

    >>> differing_columns([pl.DataFrame({"note": ["a", "b"], "city": ["Ulm", "Ulm"]})], pl.Series([7, 7]))
    ['note']
    """
    alike = equal.is_duplicated()
    if not alike.any():
        return []
    found = []
    for piece in pieces:
        rows = pl.DataFrame([_hashes(values).alias(values.name) for values in piece.filter(alike).iter_columns()])
        groups = rows.group_by(equal.filter(alike).alias("=equal")).agg(pl.all().n_unique())
        found += [name for name in piece.columns if groups[name].max() != 1]
    return sorted(found)


def _hashes(values: pl.Series) -> pl.Series:
    """Return a hash per value that depends on the column's name too; 0 for none."""
    # Without the name, for which Polars would look as for a pattern where it is written as ``^...$``.
    texts = _as_written(values.alias("values"))
    # Two columns with swapped values must not add up to the same, so each has a seed of its own.
    seed = int.from_bytes(blake2b(values.name.encode(), digest_size=8).digest())
    return texts.hash(seed).set(texts.is_null(), 0)


def _as_written(values: pl.Series) -> pl.Series:
    """Return values as one text each, the same from CSV, JSON and Parquet.

    A whole number is written without a fraction, and a time in UTC as ``2026-10-05 09:00:00.5``.
    """
    dtype = values.dtype
    if isinstance(dtype, pl.Datetime):
        utc = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if dtype.time_zone else values
        values = utc.dt.strftime("%Y-%m-%d %H:%M:%S%.f")
    elif dtype == pl.Binary:
        return values.set(values.bin.size() == 0, None)
    elif dtype.is_nested():
        return _sorted(values.to_frame().select(pl.struct(pl.all()).struct.json_encode()).to_series())
    texts = trim(read_text(values))
    if texts.dtype != pl.String or texts.null_count() == len(texts):
        return texts
    if texts.str.ends_with(".0").any():
        texts = texts.str.replace(_FRACTION, "${1}")
    # Times have 16 signs at least; few other columns get past this test.
    if texts.str.slice(4, 1).eq_missing("-").any() and texts.str.contains(_TIME).any():
        texts = texts.str.replace(_TIME, "${1} ${2}${3}")
    nested = (texts.str.starts_with("[") | texts.str.starts_with("{")).fill_null(value=False).arg_true()
    return texts.scatter(nested, _sorted(texts.gather(nested))) if len(nested) else texts


def _sorted(texts: pl.Series) -> pl.Series:
    """Return JSON texts with the keys of every object sorted and without nulls; other texts stay."""
    return on_distinct(texts, lambda distinct: pl.Series([_in_order(text) for text in distinct], dtype=pl.String))


def _in_order(text: str) -> str:
    try:
        return json.dumps(_without_nulls(json.loads(text)), sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        return text


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _counted(frame: pl.DataFrame, left_out: Collection[str], ignored: Collection[str]) -> Iterator[pl.DataFrame]:
    """Yield the columns of a frame that count, without those that are compared by other means."""
    names = [name for name in frame.columns if name not in left_out and not is_left_out(name, ignored)]
    if names:
        # Not by ``select``, for which a column called ``*`` or ``^a.*$`` is a pattern: others would be compared for it.
        yield pl.DataFrame([frame.get_column(name) for name in names])
