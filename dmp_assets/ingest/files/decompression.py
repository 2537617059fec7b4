"""Bytes of a landing file without its gzip or zstd wrapping, in bounded pieces."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from dmp_assets.foundation.settings.limits import Limits

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}

_PIECE = 2**20
# zstd can make 128 KB of 4 bytes, so a small step in keeps a bomb's step out below 64 MB.
_ZSTD_STEP = 2**11


class FileRefusedError(Exception):
    """The file cannot be read at all; the message says why."""


class OverLimitError(FileRefusedError):
    """The file takes more than ``limits`` allow, so it may be readable under others."""


class PassingError(FileRefusedError):
    """The file cannot be read at the moment."""


class DamagedError(Exception):
    """The data ends or breaks here; what came before is good."""


def compression_of(file: Path) -> str | None:
    """Return ``gzip``, ``zstd`` or None, from the file's name."""
    return COMPRESSIONS.get(file.suffix.lower())


def plain_pieces(file: Path, limits: Limits) -> Iterator[bytes]:
    """Yield the decompressed bytes.

    Raises:
        DamagedError: The compressed data is truncated or corrupt, after everything before was yielded.
        OverLimitError: The data grows past what ``limits`` allow.
    """
    size = max(file.stat().st_size, 1)
    produced = 0
    for piece in _pieces(file):
        produced += len(piece)
        if produced > limits.decompressed_bytes and compression_of(file):
            raise OverLimitError(
                f"decompresses to more than {limits.decompressed_bytes:,} bytes (limits.decompressed_bytes)"
            )
        if produced > limits.ratio_from_bytes and produced > limits.decompressed_ratio * size:
            raise OverLimitError(
                f"decompresses to more than {limits.decompressed_ratio} times its size (limits.decompressed_ratio; "
                f"{size:,} bytes): refused as a decompression bomb"
            )
        yield piece


def check_lines(lines: int, size_bytes: int, limits: Limits) -> None:
    """Refuse a file of so many lines or records that its size cannot account for them.

    Raises:
        OverLimitError: There are more than ``limits`` allow.
    """
    if lines > limits.lines_from and lines > limits.lines_per_byte * size_bytes:
        raise OverLimitError(
            f"has more than {limits.lines_per_byte} lines for each of its {size_bytes:,} bytes (limits.lines_per_byte)"
        )


def _pieces(file: Path) -> Iterator[bytes]:
    compression = compression_of(file)
    try:
        with file.open("rb") as stream:
            if compression == "gzip":
                yield from _gzip_pieces(stream)
            elif compression == "zstd":
                yield from _zstd_pieces(stream)
            else:
                yield from iter(lambda: stream.read(_PIECE), b"")
    except OSError as error:
        raise PassingError(f"cannot be read: {error.strerror}") from None


def _gzip_pieces(stream: BinaryIO) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=stream) as unpacked:
        try:
            # read1 hands over what is there before it meets the damage; read would lose it.
            yield from iter(lambda: unpacked.read1(_PIECE), b"")
        except EOFError:
            raise DamagedError("gzip data ends early") from None
        except (zlib.error, OSError):
            raise DamagedError("gzip data is corrupt") from None


def _zstd_pieces(stream: BinaryIO) -> Iterator[bytes]:
    frame = zstandard.ZstdDecompressor().decompressobj()
    while step := stream.read(_ZSTD_STEP):
        while step:
            try:
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
                piece = frame.decompress(step)
            except zstandard.ZstdError:
                raise DamagedError("zstd data is corrupt") from None
            step = frame.unused_data if frame.eof else b""
            if piece:
                yield piece
    if not frame.eof:
        raise DamagedError("zstd data ends early")
