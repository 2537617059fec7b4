"""Landing files written line by line, late lines kept until their day, and the truth of every line."""

import zlib
from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

import polars as pl

from dmp_assets.simulation.bots import BOT_NAMES
from dmp_assets.simulation.files.faults import FATES, VIOLATIONS
from dmp_assets.simulation.files.json_pieces import chosen, joined
from dmp_assets.simulation.world import DAY_US

KEPT = (
    "line", "delivery_day", "order_us", "at_us", "fate", "violation", "bot", "person", "event_id",
    "event_name", "session", "browser", "account", "lands", "landing_campaign",
)  # fmt: skip
GZIP = 31
"""zlib's window bits of a gzip stream; the header then has no time, so the bytes depend on the content only."""


class LineFile:
    """A file that lines are added to, packed by a thread of its own while the next ones are made."""

    def __init__(self, path: Path, packed: bool, pool: ThreadPoolExecutor) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lines = 0
        self._stream: BinaryIO = path.open("wb")
        # Level 1: three times faster than the default for files a fifth larger.
        self._packer = zlib.compressobj(1, zlib.DEFLATED, GZIP) if packed else None
        self._pool = pool
        self._last: Future[None] | None = None

    def add(self, content: bytes | memoryview, lines: int) -> None:
        """Add whole lines."""
        self._wait()
        self.lines += lines
        self._last = self._pool.submit(self._write, content)

    def close(self) -> None:
        """Write what is left."""
        self._wait()
        if self._packer is not None:
            self._stream.write(self._packer.flush())
        self._stream.close()

    def _write(self, content: bytes | memoryview) -> None:
        self._stream.write(content if self._packer is None else self._packer.compress(content))

    def _wait(self) -> None:
        if self._last is not None:
            self._last.result()


class Delivery:
    """The files of the day in hand, one per source, and what belongs into later ones."""

    def __init__(self, out: Path, start: date, names: dict[str, str], headers: dict[str, str]) -> None:
        """Names hold a strftime format below landing for each source; headers the first line where there is one."""
        self.counts: defaultdict[tuple[object, ...], int] = defaultdict(int)
        self._out, self._start, self._names, self._headers = out, start, names, headers
        self._pending: defaultdict[tuple[str, int], list[pl.DataFrame]] = defaultdict(list)
        self._files: dict[str, LineFile] = {}
        self._parts: defaultdict[str, int] = defaultdict(int)
        self._pool = ThreadPoolExecutor(2)

    def add(self, source: str, day: int, records: pl.DataFrame) -> None:
        """Write what belongs into the day's file, keep the rest."""
        records = records.select(*KEPT)
        today = records["delivery_day"] == day
        for (later,), rows in records.filter(~today).partition_by("delivery_day", as_dict=True).items():
            # Filtered text points into the buffers of the whole block; a copy lets go of them.
            self._pending[source, int(str(later))].append(pl.DataFrame(pl.from_arrow(rows.to_arrow())))
        self._write(source, day, records.filter(today))

    def begin(self, day: int) -> None:
        """Start a day with what was kept for it."""
        for source in self._names:
            kept = self._pending.pop((source, day), [])
            if kept:
                self._write(source, day, pl.concat(kept))

    def end(self) -> None:
        """Close the day's files."""
        for file in self._files.values():
            file.close()
        self._files.clear()
        self._parts.clear()

    def last_day(self) -> int:
        """Return the last day that something is kept for; -1 where nothing is."""
        return max((day for _, day in self._pending), default=-1)

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown()

    def _write(self, source: str, day: int, records: pl.DataFrame) -> None:
        if not records.height:
            return
        records = records.sort("order_us", maintain_order=True)
        date_of = self._start + timedelta(days=day)
        path = date_of.strftime(self._names[source])
        if source not in self._files:
            file = LineFile(self._out / "landing" / path, path.endswith(".gz"), self._pool)
            self._files[source] = file
            if source in self._headers:
                file.add(f"{self._headers[source]}\n".encode(), 1)
        file = self._files[source]
        first = file.lines + 1
        file.add(_content(records["line"]), records.height)
        truth = records.select(**_truth(path, first, self._start))
        for *key, count in truth.group_by("fate", "violation", "bot", late=pl.col("days_late") > 0).len().iter_rows():
            self.counts[(source, *key)] += count
        name = f"{date_of}-{self._parts[source]:03d}.parquet"
        self._parts[source] += 1
        target = self._out / "truth" / "records" / source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        truth.write_parquet(target, compression="zstd", compression_level=1)


def _content(lines: pl.Series) -> memoryview:
    """Return the lines with their ends as one piece of memory, without a Python object for each."""
    ended = lines.to_frame("line").select(joined(pl.col("line"), "\n"))[:, 0].rechunk()
    offsets, values = ended.to_arrow().buffers()[1:]
    del offsets
    size = int(ended.str.len_bytes().sum())
    return memoryview(values)[:size]


def _truth(path: str, first: int, start: date) -> dict[str, pl.Expr]:
    epoch = pl.lit(start).cast(pl.Datetime("us"))
    return {
        "path": pl.lit(path),
        "line_number": pl.int_range(first, pl.len() + first, dtype=pl.Int64),
        "fate": chosen(FATES, pl.col("fate")),
        "violation": chosen((None, *VIOLATIONS), pl.col("violation")),
        "days_late": (pl.col("delivery_day") - pl.col("at_us") // DAY_US).cast(pl.Int64),
        "bot": chosen(BOT_NAMES, pl.col("bot")),
        "person_id": pl.when(pl.col("person") >= 0).then(person_ids(pl.col("person"))),
        "event_id": pl.col("event_id"),
        "event_name": pl.col("event_name"),
        "event_at": epoch + pl.col("at_us").cast(pl.Duration("us")),
        "session_id": pl.col("session"),
        "browser": pl.col("browser"),
        "account": pl.col("account"),
        "lands": pl.col("lands"),
        "landing_campaign": pl.col("landing_campaign"),
    }


def person_ids(persons: pl.Expr) -> pl.Expr:
    """Return the ids of persons in the truth.

    >>> pl.select(person_ids(pl.lit(12)))[:, 0].to_list()
    ['p0000012']
    """
    return joined("p", persons.cast(pl.String).str.zfill(7))
