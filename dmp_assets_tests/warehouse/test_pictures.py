"""Pictures in metadata: smaller, and still the same picture."""

import base64
import struct
import zlib

from dmp_assets.warehouse.pictures import picture


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixels(png: bytes) -> bytes:
    place, found = 8, b""
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        if png[place + 4 : place + 8] == b"IDAT":
            found += png[place + 8 : place + 8 + size]
        place += 12 + size
    return zlib.decompress(found)


def test_a_picture_is_compressed_again_and_keeps_its_pixels() -> None:
    rows = b"".join(b"\0" + bytes(range(256)) * 3 for _ in range(64))
    header = struct.pack(">IIBBBBB", 256, 64, 8, 2, 0, 0, 0)
    halves = zlib.compress(rows, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    png += chunk(b"IDAT", halves[:1000]) + chunk(b"IDAT", halves[1000:]) + chunk(b"IEND", b"")
    shown = picture(png, "rows").value
    assert shown.startswith("![rows](data:image/png;base64,")
    again = base64.b64decode(shown.split("base64,")[1].removesuffix(")"))
    assert pixels(again) == rows
    assert len(again) < len(png) / 10
    assert again.startswith(png[:33])
    assert again.endswith(chunk(b"IEND", b""))
