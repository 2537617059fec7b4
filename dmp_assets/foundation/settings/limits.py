"""The ``limits`` part of ``dmp.yaml``: what reading a landing file may cost, and where it stops being believed."""

from typing import Annotated

from pydantic import Field

from dmp_assets.foundation.settings.strict_yaml import Frozen

Count = Annotated[int, Field(ge=1, strict=True)]

SHAPING = ("nesting", "keys", "line_bytes", "quoted_lines", "quoted_bytes", "raw_characters")
"""Limits that say which records a file has, and what is kept of them."""

STEPS = ("batch_records", "block_bytes")
"""Sizes of one step of reading. They change what it costs, and no record."""


class Limits(Frozen):
    """The most that one landing file may take of time, memory, columns and records."""

    seconds: Count = Field(default=120, description="that reading a file may take ...")
    seconds_per_mb: Annotated[int, Field(ge=0, strict=True)] = Field(
        default=10,
        description="... and as many more for each MB of it; 1 MB that grows 200 times when it is unpacked takes 10 s",
    )
    memory_mb: Annotated[int, Field(ge=256, strict=True)] = Field(
        default=1024, description="memory of all processes that read files, together; one at rest takes 130 MB"
    )
    nesting: Annotated[int, Field(ge=2, le=100, strict=True)] = Field(
        default=64, description="lists and objects inside each other; parsers that recurse give up from 128 on"
    )
    columns: Count = Field(default=2_000, description="columns of a CSV or Parquet file")
    keys: Count = Field(default=2_000, description="keys of one JSON record, those of inner objects among them")
    decompressed_ratio: Count = Field(default=200, description="times its size that a compressed file may grow ...")
    ratio_from_bytes: Count = Field(
        default=2**28, description="... once it has grown to so many bytes: small repetitive files are harmless"
    )
    decompressed_bytes: Count = Field(default=64 * 2**30, description="bytes that a file may grow to")
    lines_per_byte: Count = Field(
        default=10, description="lines (records of Parquet) that a file may have for each byte of its size ..."
    )
    lines_from: Count = Field(default=1_000_000, description="... once it has so many")
    line_bytes: Count = Field(default=16 * 2**20, description="a longer line is rejected without being held")
    quoted_lines: Count = Field(default=1_000, description="lines that one CSV record may run over ...")
    quoted_bytes: Count = Field(default=1_000_000, description="... and its bytes: beyond, its quote counts as open")
    raw_characters: Count = Field(default=10_000, description="characters of a rejected record that are kept")
    batch_records: Count = Field(default=200_000, description="records in memory at once")
    block_bytes: Count = Field(default=16 * 2**20, description="bytes of text in memory at once")

    def seconds_for(self, size_bytes: int) -> float:
        """Return the seconds that reading a file of this size may take.

        >>> Limits(seconds=60, seconds_per_mb=10).seconds_for(3 * 2**20)
        90.0
        """
        return self.seconds + self.seconds_per_mb * size_bytes / 2**20

    def shaping(self) -> dict[str, int]:
        """Return the limits that say which records a file has."""
        return self.model_dump(include=set(SHAPING))

    def refusing(self) -> dict[str, int]:
        """Return the limits over which a whole file is refused."""
        return self.model_dump(exclude={*SHAPING, *STEPS})
