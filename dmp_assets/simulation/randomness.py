"""Random streams that depend only on the seed and on what they are for, and ids made from numbers."""

import zlib

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]


def stream(seed: int, purpose: str, *place: int) -> np.random.Generator:
    """Return the generator of one purpose at one place, such as a day and a block of persons."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *place])


def scrambled(seed: int, purpose: str, numbers: NDArray) -> Numbers:
    """Return numbers that look random and differ where the given ones differ.

    The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014), which is a
    bijection of 64 bits.

    >>> len(set(scrambled(1, "cookie", np.arange(1000)).tolist()))
    1000
    """
    start = np.uint64((seed << 32 ^ zlib.crc32(purpose.encode()) * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
    mixed = numbers.astype(np.uint64) + start
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def hexadecimal(numbers: Numbers) -> pl.Series:
    """Return each number as 16 hexadecimal digits.

    >>> hexadecimal(np.array([255, 2**63], dtype=np.uint64)).to_list()
    ['00000000000000ff', '8000000000000000']
    """
    big_endian = np.ascontiguousarray(numbers, dtype=np.uint64).astype(">u8")
    binary = pa.FixedSizeBinaryArray.from_buffers(pa.binary(8), len(numbers), [None, pa.py_buffer(big_endian)])
    return pl.Series(pl.from_arrow(binary.cast(pa.large_binary()))).bin.encode("hex")


def ids(seed: int, purpose: str, numbers: NDArray) -> pl.Series:
    """Return 16-digit ids, one for each number, the same for the same number."""
    return hexadecimal(scrambled(seed, purpose, numbers))
