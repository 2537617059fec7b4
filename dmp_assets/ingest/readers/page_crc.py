"""Whether the pages of a Parquet file carry checksums: without any, a flipped bit gives other values in silence."""

from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq

_HEADER_BYTES = 64
"""A page's header begins with type, two sizes and the checksum: four numbers of at most 5 bytes and their marks."""

_I32_AFTER_LAST = 0x15
"""Mark of a 32-bit number whose field has the next number, in Thrift's compact form."""


def has_page_crc(path: Path, metadata: pq.FileMetaData) -> bool | None:
    """Return whether the first page of every column has a checksum, in the first and in the last row group.

    None where there are no pages, or where they lie elsewhere than the file says. A writer either leaves checksums on
    all of its pages or on none.
    """
    groups = sorted({0, metadata.num_row_groups - 1}) if metadata.num_row_groups else []
    columns = [metadata.row_group(group).column(place) for group in groups for place in range(metadata.num_columns)]
    try:
        with path.open("rb") as stream:
            found = [_has_crc(stream, one) for one in columns]
    except (OSError, ValueError, IndexError):
        return None
    return all(found) if found else None


def _has_crc(stream: BinaryIO, column: pq.ColumnChunkMetaData) -> bool:
    first = column.dictionary_page_offset if column.has_dictionary_page else None
    stream.seek(column.data_page_offset if first is None else first)
    header = stream.read(_HEADER_BYTES)
    at = 0
    # Fields 1 to 3 are required; field 4 is the checksum.
    for _ in range(3):
        if header[at] != _I32_AFTER_LAST:
            raise ValueError("no header of a page")
        at += 1
        while header[at] & 0x80:
            at += 1
        at += 1
    return header[at] == _I32_AFTER_LAST
