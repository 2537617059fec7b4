"""Parquet files: typed columns batch by batch, with page checksums verified where the writer left any."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.ingest.files.batches import Batch, Unreadable, unreadable_batch
from dmp_assets.ingest.files.decompression import DamagedError, FileRefusedError

REASONS = {
    "magic bytes not found": "it is cut off, or no Parquet file",
    "CRC checksum verification failed": "a page does not match its checksum",
    "Couldn't deserialize thrift": "its footer or a page header is damaged",
    "Corrupt snappy": "its compressed data are damaged",
    "ZSTD decompression failed": "its compressed data are damaged",
    "Unexpected end of stream": "it is cut off",
    "schema too deeply nested": "its types are nested deeper than 100 levels",
}
"""Words in the messages of PyArrow, and what they mean."""


class ParquetInput:
    """An open Parquet file."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            FileRefusedError: It is no Parquet file, is cut off, or holds a type that has no counterpart here.
        """
        self.path = path
        try:
            self.file = pq.ParquetFile(path, page_checksum_verification=True)
            _check_types(self.file.schema_arrow)
            self.records: int = self.file.metadata.num_rows
            self.schema = pl.DataFrame(pl.from_arrow(self.file.schema_arrow.empty_table())).schema
        except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError) as error:
            raise FileRefusedError(f"cannot be opened as Parquet: {_reason(error)}") from None

    def names(self) -> list[str]:
        """Return the columns, and the fields of structs as dotted names."""
        return [name for column, dtype in self.schema.items() for name in _dotted(column, dtype)]

    def leaves(self) -> list[str]:
        """Return the columns that are no structs, and the innermost fields of those as dotted names."""
        return [name for column, dtype in self.schema.items() for name in _dotted(column, dtype, leaves=True)]

    def batches(self, columns: Sequence[str], limits: Limits) -> Iterator[Batch]:
        """Yield the records with the columns asked for.

        Raises:
            DamagedError: A page cannot be read; the records behind it were yielded as unreadable.
        """
        taken = 0
        try:
            for record_batch in self.file.iter_batches(batch_size=limits.batch_records):
                numbers = pl.int_range(taken + 1, taken + record_batch.num_rows + 1, eager=True)
                bad = _unusable(record_batch)
                if bad:
                    good_rows = ~pl.int_range(record_batch.num_rows, eager=True).is_in(list(bad))
                    record_batch = record_batch.filter(good_rows.to_arrow())
                unreadable = [Unreadable(taken + row + 1, message, None) for row, message in bad.items()]
                rows = pl.DataFrame(pl.from_arrow(record_batch))
                frame = rows.select(self._field(name).alias(name) for name in columns)
                taken += len(numbers)
                yield Batch(frame, numbers.filter(good_rows) if bad else numbers, partial(_as_json, rows), unreadable)
        except (pa.ArrowException, OSError) as error:
            good = taken
            message = f"Parquet data cannot be read: {_reason(error)}"
            while taken < self.records:
                size = min(limits.batch_records, self.records - taken)
                yield unreadable_batch([Unreadable(taken + row + 1, message, None) for row in range(size)])
                taken += size
            raise DamagedError(f"{message} after record {good}; the readable records are kept") from None

    def all_unreadable(self, message: str, limits: Limits) -> Iterator[Batch]:
        """Yield every record as unreadable, for a file whose columns make no sense."""
        for batch in self.batches([], limits):
            raw = batch.raw_records(range(len(batch.line_numbers)))
            records = zip(batch.line_numbers, raw, strict=True)
            yield unreadable_batch(
                [*batch.unreadable, *(Unreadable(number, message, text) for number, text in records)]
            )

    def _field(self, name: str) -> pl.Expr:
        if name in self.schema:
            return pl.col(name)
        column, *fields = name.split(".")
        expression = pl.col(column)
        for field in fields:
            expression = expression.struct.field(field)
        return expression


def _check_types(schema: pa.Schema) -> None:
    """Refuse, by name, the types that Polars panics on.

    Raises:
        FileRefusedError: A column has one, at whatever depth.
    """
    for column in schema:
        inner = [column.type]
        while inner:
            dtype = inner.pop()
            if pa.types.is_decimal256(dtype):
                raise FileRefusedError(f"column {column.name!r} has the type {dtype}; allowed: up to 38 digits")
            inner += [dtype.field(place).type for place in range(dtype.num_fields)]


def _unusable(batch: pa.RecordBatch) -> dict[int, str]:
    """Return the rows that hold bytes which their type does not allow, such as text that is not UTF-8, and why.

    Parquet and Arrow take such bytes as they are, and so do Polars' readers; what was made of them then fails to be
    read for good.
    """
    found: dict[int, str] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        parts = [(0, len(column))]
        while parts:
            start, end = parts.pop()
            try:
                column.slice(start, end - start).validate(full=True)
            except pa.ArrowInvalid:
                if end - start == 1:
                    found.setdefault(start, f"column {name!r}: bytes that are no {column.type}; text must be UTF-8")
                else:
                    middle = (start + end) // 2
                    parts += [(middle, end), (start, middle)]
    return dict(sorted(found.items()))


def _dotted(name: str, dtype: pl.DataType, *, leaves: bool = False) -> Iterator[str]:
    if not isinstance(dtype, pl.Struct):
        yield name
        return
    if not leaves:
        yield name
    for field in dtype.fields:
        for inner in _dotted(field.name, field.dtype, leaves=leaves):  # type: ignore[arg-type]
            yield f"{name}.{inner}"


def _as_json(rows: pl.DataFrame, wanted: Sequence[int]) -> list[str]:
    chosen = rows[list(wanted)].drop(pl.selectors.binary())
    # A value may hold U+2028, U+2029 or U+0085, which splitlines takes for line ends; a line feed in it is escaped.
    return chosen.write_ndjson().split("\n")[:-1] if chosen.width else [""] * len(wanted)


def _reason(error: Exception) -> str:
    """Return why a file cannot be read, in our words: those of PyArrow and Polars may quote values."""
    text = str(error)
    return next((words for known, words in REASONS.items() if known in text), type(error).__name__)
