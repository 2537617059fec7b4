"""A landing folder in a temporary place, and short ways to put a file there and read it."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import gzip
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import zstandard

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.landing.reading import LandingFile, Reading, file_hash
from dmp_assets.ingest.records.mapping import check_source

ORDERS = Source(
    kind="orders",
    columns={"event_at": "at", "transaction_id": "order", "item_id": "item", "item_revenue": "paid", "quantity": "n"},
)
HEADER = "at,order,item,paid,n"
ARRIVED_AT = datetime(2024, 6, 15, 12)


def order_line(number: int, **changes: str) -> str:
    """Return one good CSV line, with some of its values changed."""
    values = {"at": f"2024-05-{number % 28 + 1:02d} 10:00:00", "order": f"o{number}", "item": f"i{number}"}
    return ",".join((values | {"paid": f"{number}.25", "n": "1"} | changes).values())


def order_file(count: int) -> list[str]:
    """Return a header and ``count`` good lines."""
    return [HEADER, *(order_line(number) for number in range(1, count + 1))]


@dataclass
class Landing:
    """A landing folder with one source."""

    root: Path

    def put(self, name: str, content: bytes | str | list[str]) -> Path:
        """Write a file; a list is its lines; ``.gz`` and ``.zst`` names are compressed."""
        text = "".join(f"{line}\n" for line in content) if isinstance(content, list) else content
        data = text.encode() if isinstance(text, str) else text
        if name.endswith(".gz"):
            data = gzip.compress(data, mtime=0)
        if name.endswith(".zst"):
            data = zstandard.compress(data)
        return self.put_bytes(name, data)

    def put_bytes(self, name: str, data: bytes) -> Path:
        """Write a file as it is."""
        file = self.root / "landing" / "shop" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def read(self, file: Path, source: Source | None = ORDERS, **options: Any) -> tuple[Reading, pl.DataFrame]:
        """Return the reading and its staged records; every record must be accounted for."""
        arguments = {"first_day": date(2024, 1, 1), "last_day": None, "arrived_at": ARRIVED_AT} | options
        reading = LandingFile(
            path=file.relative_to(self.root / "landing").as_posix(),
            source_name="shop",
            source=None if source is None else check_source("shop", source),
            landing_dir=self.root / "landing",
            staging_dir=self.root / "staging",
            **{"file_id": file_hash(file), **arguments},
        ).read()
        staged = pl.read_parquet(reading.staged)
        rejected = staged["violation_code"].count()
        assert reading.records == staged.height == reading.accepted + reading.rejected
        assert reading.rejected == rejected == staged["violation_message"].count()
        assert staged["line_number"].is_unique().all()
        assert staged["line_number"].is_sorted()
        if "event_date" in staged.columns:
            assert sum(reading.days.values()) == reading.records
            assert staged.filter(pl.col("violation_code").is_null())["fingerprint"].null_count() == 0
        return reading, staged


def small(**changes: int) -> Limits:
    """Return limits small enough for a test file to cross."""
    return Limits(**({"batch_records": 7, "block_bytes": 300} | changes))


def rejects(staged: pl.DataFrame) -> dict[int, tuple[str, str, str | None]]:
    """Return line -> code, message and raw record of the rejected records."""
    bad = staged.filter(pl.col("violation_code").is_not_null())
    rows = bad.select("line_number", "violation_code", "violation_message", "raw_record").iter_rows()
    return {line: (code, message, raw) for line, code, message, raw in rows}
