"""Bounds that keep one landing file from taking the machine's memory or disk."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes of one step of reading, and where a file stops being believed."""

    batch_records: int = 200_000
    """Records in memory at once."""
    block_bytes: int = 16 * 2**20
    """Bytes of text in memory at once."""
    line_bytes: int = 16 * 2**20
    """A longer line is rejected without being held."""
    quoted_lines: int = 1_000
    """Lines that one CSV record may run over ..."""
    quoted_bytes: int = 1_000_000
    """... and its bytes: beyond them the quote counts as unclosed."""
    raw_characters: int = 10_000
    """Characters of a rejected record that are kept."""
    decompressed_ratio: int = 200
    """A file that grows more than this is a decompression bomb ..."""
    ratio_from_bytes: int = 2**30
    """... once it is past this size, because small repetitive files are harmless."""
    decompressed_bytes: int = 64 * 2**30
    """No file may decompress to more."""
