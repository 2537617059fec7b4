"""Parquet files: typed columns batch by batch, with page checksums verified where the writer left any."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dmp_assets.ingest.files.batches import Batch, Unreadable, unreadable_batch
from dmp_assets.ingest.files.decompression import DamagedError, FileRefusedError
from dmp_assets.ingest.files.limits import Limits


class ParquetInput:
    """An open Parquet file."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            FileRefusedError: It is no Parquet file, is cut off, or holds a type that has no counterpart here.
        """
        try:
            self.file = pq.ParquetFile(path, page_checksum_verification=True)
            self.records: int = self.file.metadata.num_rows
            self.schema = pl.DataFrame(pl.from_arrow(self.file.schema_arrow.empty_table())).schema
        except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError) as error:
            raise FileRefusedError(f"cannot be opened as Parquet: {_first_line(error)}") from None

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
                rows = pl.DataFrame(pl.from_arrow(record_batch))
                numbers = pl.int_range(taken + 1, taken + rows.height + 1, eager=True)
                frame = rows.select(self._field(name).alias(name) for name in columns)
                taken += rows.height
                yield Batch(frame, numbers, partial(_as_json, rows))
        except (pa.ArrowException, OSError) as error:
            good = taken
            message = f"Parquet data cannot be read: {_first_line(error)}"
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
    return chosen.write_ndjson().splitlines() if chosen.width else [""] * len(wanted)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
