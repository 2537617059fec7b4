"""Files made to do harm, each with good records beside the harm or with a limit that it is over.

One run reads them all, between files with random faults: the run must not end, no good record may be lost, every file
over a limit must be named with it, and memory and time stay within their bounds.
"""

import decimal
import gzip
import io
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from benchmarks.fuzz_seeds import Seed
from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.settings.settings import Source

PLANTED = 20
"""Good records of a file that has any."""

LIMITS = Limits(seconds=10, memory_mb=1024, ratio_from_bytes=2**24)
"""The defaults but for two: a slow file needs no two minutes to be one, and a bomb no quarter of a GiB."""

MAX_PEAK_BYTES = 1.5 * 2**30

_COLUMNS = {"event_at": "at", "transaction_id": "order", "item_id": "item", "item_revenue": "paid"}
_ORDERS = Source(kind="orders", columns=_COLUMNS)
_HEADER = "at,order,item,paid"


@dataclass(frozen=True)
class Hostile:
    """A kind of hostile file."""

    name: str
    suffix: str
    make: Callable[[random.Random], bytes]
    refused: str = ""
    """Words of the message of a file that is refused whole; empty where its good records are kept."""
    source: Source = _ORDERS
    share: int = 10
    """How many of ten rounds have one: those that take time or memory are few."""

    def seed(self, chance: random.Random) -> Seed:
        """Return one file of the kind."""
        return Seed(self.name, self.source, self.suffix, self.make(chance))


def good_line(number: int) -> str:
    """Return a good record of an order as a line of CSV."""
    return f"2024-05-01 10:00:00,o{number},i1,2.50"


def csv_file(*more: str) -> bytes:
    """Return the planted records as CSV, with more lines behind them."""
    return "\n".join([_HEADER, *map(good_line, range(PLANTED)), *more, ""]).encode()


def json_file(*more: str) -> bytes:
    """Return the planted records as JSON, with more lines between them."""
    good = [json.dumps(dict(zip(_HEADER.split(","), good_line(n).split(","), strict=True))) for n in range(PLANTED)]
    return "\n".join([*good[: PLANTED // 2], *more, *good[PLANTED // 2 :], ""]).encode()


def _parquet(values: pa.Array, **columns: pa.Array) -> bytes:
    rows = list(zip(*(good_line(number).split(",") for number in range(len(values))), strict=True))
    named = dict(zip(_HEADER.split(","), map(pa.array, rows), strict=True))
    out = io.BytesIO()
    pq.write_table(pa.table(named | {"x": values} | columns), out)
    return out.getvalue()


def deep_json(chance: random.Random, depths: tuple[int, ...] = (65, 129, 1_000, 20_000, 200_000)) -> str:
    """Return JSON of one of these depths; half of the lists have text at the bottom that looks like their ends."""
    depth, opening, closing = chance.choice(depths), *chance.choice((("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")))
    lure = chance.choice(("", '"]]}}",', '"\\"]",')) if opening == "[" else ""
    return f"{opening * depth}{lure}1{closing * depth}"


def _not_utf_8(_: random.Random) -> bytes:
    texts = pa.array([b"ok"] * PLANTED + [b"\xff\xfe"] * 3, pa.binary())
    return _parquet(pa.Array.from_buffers(pa.string(), len(texts), texts.buffers()))


def _nested_type(chance: random.Random) -> bytes:
    dtype: pa.DataType = pa.int32()
    for _ in range(chance.choice((100, 300))):
        dtype = pa.list_(dtype)
    return _parquet(pa.nulls(PLANTED, dtype))


def _wide(chance: random.Random) -> bytes:
    width = chance.choice((2_001, 20_000, 100_000))
    return "\n".join([",".join(f"c{place}" for place in range(width)), ",".join("1" * width), ""]).encode()


def _slow(chance: random.Random) -> bytes:
    # Every line has a key of its own, and what is compared are all keys of all lines.
    first = chance.randrange(1_000_000)
    lines = ({"at": "2024-05-01", "order": f"o{n}", f"k{first + n}": 1} for n in range(60_000))
    return "\n".join(map(json.dumps, lines)).encode()


def _heavy(_: random.Random) -> bytes:
    # One text of 60 KB on each of 40,000 rows is 2.4 GB in memory and 60 KB in the file.
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 40_000, pa.int32()), pa.array(["x" * 60_000])).cast(
        pa.dictionary(pa.int32(), pa.string())
    )
    return _parquet(long)


def _deep_line(chance: random.Random) -> bytes:
    return json_file(f'{{"at": "2024-05-01", "order": "d", "x": {deep_json(chance)}}}')


def _deep_column(chance: random.Random) -> bytes:
    quoted = deep_json(chance).replace('"', '""')
    return csv_file(f'2024-05-01,o,"{quoted}",1')


def _open(chance: random.Random) -> bytes:
    return json_file("[" * chance.choice((100, 100_000)), '{"a":' * 50_000)


def _keys(chance: random.Random) -> bytes:
    return json_file(json.dumps({f"k{place}": place for place in range(chance.choice((2_001, 90_000)))}))


def _blank(chance: random.Random) -> bytes:
    return csv_file(*[""] * chance.choice((10, 3_000_000)), good_line(PLANTED - 1))


def _digits(_: random.Random) -> bytes:
    return _parquet(pa.array([decimal.Decimal(1)] * PLANTED, pa.decimal256(60, 2)))


def _blanks(_: random.Random) -> bytes:
    return gzip.compress(csv_file() + b"\n" * 12_000_000, 1)


def _blanks_json(_: random.Random) -> bytes:
    return zstandard.compress(json_file() + b"\n" * 12_000_000)


def _copies(_: random.Random) -> bytes:
    return zstandard.compress(csv_file(*[good_line(1)] * 1_100_000))


def _bomb(_: random.Random) -> bytes:
    return gzip.compress(csv_file("0" * 2**25), 1)


HOSTILE = (
    Hostile("deep", ".ndjson", _deep_line),
    Hostile("open", ".ndjson", _open),
    Hostile("keys", ".ndjson", _keys),
    Hostile("column", ".csv", _deep_column),
    Hostile("text", ".parquet", _not_utf_8),
    Hostile("blank", ".csv", _blank),
    Hostile("digits", ".parquet", _digits, "decimal256"),
    Hostile("type", ".parquet", _nested_type, "nested"),
    Hostile("wide", ".csv", _wide, "limits.columns"),
    Hostile("blanks", ".csv.gz", _blanks, "limits.lines_per_byte"),
    Hostile("blanks_json", ".ndjson.zst", _blanks_json, "limits.lines_per_byte"),
    Hostile("copies", ".csv.zst", _copies, "limits."),
    Hostile("bomb", ".csv.gz", _bomb, "limits.decompressed_ratio"),
    Hostile("slow", ".ndjson", _slow, "limits.seconds", share=1),
    Hostile("heavy", ".parquet", _heavy, "limits.memory_mb", share=1),
)


class Peak:
    """The largest memory of this process and its children together, in bytes; shared pages count once."""

    def __init__(self) -> None:
        self.bytes = 0

    def look(self) -> None:
        """Look once."""
        found = 0
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    if os.getpid() in (int(folder.name), parent):
                        rollup = (folder / "smaps_rollup").read_text()
                        found += int(rollup.partition("\nPss:")[2].split()[0]) * 1024
                except (OSError, ValueError, IndexError):
                    continue
        self.bytes = max(self.bytes, found)


@contextmanager
def watched() -> Iterator[Peak]:
    """Yield the peak that is kept up to date ten times a second."""
    peak, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.is_set():
            peak.look()
            time.sleep(0.1)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
