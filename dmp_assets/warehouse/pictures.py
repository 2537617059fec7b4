"""Pictures in the metadata of a materialisation, where a person would rather look than read."""

import struct
import zlib
from base64 import b64encode

import dagster as dg

SIGNATURE_BYTES = 8


def picture(png: bytes, words: str) -> dg.MetadataValue:
    """Return a PNG as metadata that the Dagster UI shows in place.

    It is compressed again first: charts come out three times the size needed, and Dagster stores each four times.
    """
    return dg.MetadataValue.md(f"![{words}](data:image/png;base64,{b64encode(_recompressed(png)).decode()})")


def _recompressed(png: bytes) -> bytes:
    """Return the same picture with its pixels compressed as well as zlib can.

    A PNG is a signature and chunks of length, type, data and CRC-32; the pixels are the ``IDAT`` chunks
    joined (W3C PNG specification, section 5). Raises ``struct.error`` or ``zlib.error`` on other bytes.
    """
    parts, pixels, place = [png[:SIGNATURE_BYTES]], b"", SIGNATURE_BYTES
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + size]
        place += 12 + size
        if kind == b"IDAT":
            pixels += data
            continue
        if kind == b"IEND":
            parts.append(_chunk(b"IDAT", zlib.compress(zlib.decompress(pixels), 9)))
        parts.append(_chunk(kind, data))
    return b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
