"""Columns and types that a file has, mapped or not: schema drift is measured on them."""

import json
import warnings
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import polars as pl

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.warehouse.json_text import json_parser
from dmp_assets.ingest.files.nesting import exceeds
from dmp_assets.ingest.readers.csv_files import Header

SAMPLE_RECORDS = 300
"""Records from the beginning of a file that its types are read from."""

MAX_COLUMNS = 1_000
"""Keys of JSON may be made of data; more of them say nothing about a shape."""

_KINDS = {pl.String: "text", pl.Boolean: "boolean", pl.Date: "day", pl.List: "list", pl.Struct: "object"}


def csv_columns(plain: Path, header: Header, delimiter: str) -> list[str]:
    """Return ``name:type`` of each column of a CSV file; the type of a column without values is left out."""
    try:
        with warnings.catch_warnings():
            # The reader of the records reports malformed lines, one by one.
            warnings.simplefilter("ignore", UserWarning)
            sample = pl.read_csv(
                plain,
                separator=delimiter,
                skip_lines=header.line_number - 1,
                n_rows=SAMPLE_RECORDS,
                infer_schema_length=SAMPLE_RECORDS,
                truncate_ragged_lines=True,
                ignore_errors=True,
            )
    except (pl.exceptions.PolarsError, UnicodeError):
        return [f"{name}:" for name in header.names]
    if len(sample.columns) != len(header.names):
        return [f"{name}:" for name in header.names]
    return [f"{name}:{_kind(values)}" for name, values in zip(header.names, sample.iter_columns(), strict=True)]


def parquet_columns(schema: Mapping[str, pl.DataType]) -> list[str]:
    """Return ``name:type`` of each column of a Parquet file."""
    return [f"{name}:{_word(dtype)}" for name, dtype in schema.items()]


def json_columns(plain: Path, limits: Limits) -> list[str]:
    """Return ``name:type`` of each key of the first objects of a file, of inner objects as dotted names."""
    with plain.open(encoding="utf-8", errors="replace") as stream:
        lines = pl.Series(list(islice(stream, SAMPLE_RECORDS)), dtype=pl.String)
    deep, wide = exceeds(lines, limits.nesting, limits.keys)
    with json_parser() as parser:
        structure = parser.structure(lines.filter(~(deep | wide)))
    return list(islice(_leaves("", json.loads(structure or "{}")), MAX_COLUMNS))


def _leaves(prefix: str, structure: object) -> Iterator[str]:
    if isinstance(structure, dict):
        for name, inner in structure.items():
            yield from _leaves(f"{prefix}.{name}" if prefix else name, inner)
    elif isinstance(structure, list):
        yield f"{prefix}:list"
    else:
        words = {"VARCHAR": "text", "BOOLEAN": "boolean", "DOUBLE": "number", "NULL": ""}
        yield f"{prefix}:{words.get(str(structure), 'integer')}"


def _kind(values: pl.Series) -> str:
    return "" if values.null_count() == len(values) else _word(values.dtype)


def _word(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "integer"
    if dtype.is_float() or dtype.is_decimal():
        return "number"
    if isinstance(dtype, pl.Datetime):
        return "time"
    return next((word for kind, word in _KINDS.items() if dtype == kind), str(dtype).lower())
