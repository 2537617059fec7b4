"""Records as they stand in a landing file, found again by their lines."""

import tempfile
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.files.batches import Batch
from dmp_assets.ingest.files.decompression import DamagedError
from dmp_assets.ingest.files.plain_text import to_plain_text
from dmp_assets.ingest.readers.csv_files import IrregularError, careful_batches, fast_batches, read_header
from dmp_assets.ingest.readers.file_formats import format_of, plain_parquet
from dmp_assets.ingest.readers.json_files import json_batches
from dmp_assets.ingest.readers.parquet_files import ParquetInput


def raw_records(file: Path, source: Source, lines: Collection[int], limits: Limits) -> dict[int, str]:
    """Return the text of the records on some lines of a file that was read before; of Parquet as JSON.

    Raises:
        FileRefusedError: The file can no longer be read.
    """
    with tempfile.TemporaryDirectory() as work:
        file_format = format_of(file, source.format)
        if file_format == "parquet":
            batches = ParquetInput(plain_parquet(file, Path(work), limits)).batches([], limits)
            return _texts(batches, lines, limits)
        plain = to_plain_text(file, source.encoding, Path(work), limits)
        if file_format == "ndjson":
            return _texts(json_batches(plain.path, [], {}, limits), lines, limits)
        header = read_header(plain.path, source.delimiter)
        if header is None:
            return {}
        # A column must be read, else the fast reader would not say how many rows there are. Its line numbers hold only
        # once it has read all: a quoted line break shows at the end.
        columns = header.names[:1]
        try:
            return _texts(fast_batches(plain, header, source.delimiter, columns, limits), lines, limits)
        except IrregularError:
            return _texts(careful_batches(plain.path, header, source.delimiter, columns, limits), lines, limits)


def _texts(batches: Iterable[Batch], lines: Collection[int], limits: Limits) -> dict[int, str]:
    wanted = sorted(set(lines))
    found: dict[int, str] = {}
    # What comes before damage was read, and its text is there.
    with suppress(DamagedError):
        for batch in batches:
            rows = batch.line_numbers.is_in(wanted).arg_true()
            texts = batch.raw_records(rows.to_list()) if len(rows) else []
            pairs = zip(batch.line_numbers.gather(rows), texts, strict=True)
            found |= {number: text[: limits.raw_characters] for number, text in pairs if text is not None}
    return found
