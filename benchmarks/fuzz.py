"""Landing files with random faults: no run may fail, and no record may be lost.

``python -m benchmarks.fuzz [--files 10000] [--seed 1]`` mutates small files of every format, byte by byte and word by
word, reads each, takes them on to cleaned events a hundred at a time, and prints the outcome.
"""

import argparse
import gzip
import io
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import narwhals.stable.v2 as nw
import polars as pl
import pyarrow.parquet as pq

from benchmarks.fuzz_seeds import SEEDS, Seed
from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets.events.schema import CleanedEvents, EventItems, EventLedger, QuarantinedEvents
from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.values.rates import NO_RATES
from dmp_assets.foundation.warehouse.contract import check_contract, conform, to_engine
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.ingest.kinds import EVENT_KINDS, REFERENCE_TABLES
from dmp_assets.ingest.landing.reading import LandingFile, Reading, file_hash
from dmp_assets.ingest.records.mapping import check_source
from dmp_assets.ingest.records.raw_tables import newest_records, records_of_days
from dmp_assets.ingest.schema.events import RawEvents

FIRST_DAY, ARRIVED_AT = date(2024, 1, 1), datetime(2024, 6, 15, 12)  # noqa: DTZ001 -- instants are naive UTC
FILES_OF_A_RUN = 100
WORDS = (
    b'"', b"'", b",", b";", b"\t", b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"{", b"}", b"[", b"]",
    b"null", b"true", b"NaN", b"-1", b"1e400", b"99999999999999999999", b"0000-00-00", b"9999-12-31T23:59:60Z",
    b"1900-01-01", b"2024-05-01", b"\\ud800", b"\\u0000", "\u00e9\U0001f600".encode(), b"=1+1", b"a" * 5000, b"",
)  # fmt: skip


class LostError(AssertionError):
    """A record was lost, or counted twice; the message names the file's format and what does not add up."""


@dataclass
class Tally:
    """How the files ended."""

    files: Counter[tuple[str, str]] = field(default_factory=Counter)
    records: int = 0
    rejected: int = 0


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with one to six faults."""
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data) + 1)
        fault = chance.randrange(7)
        if fault == 0 and data:
            place = min(place, len(data) - 1)
            data = data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]
        elif fault == 1:
            data = data[:place] + data[place + chance.randint(1, 40) :]
        elif fault == 2:
            data = data[:place]
        elif fault in (3, 4):
            data = data[:place] + chance.choice(WORDS) + data[place + chance.choice((0, 0, 1, 8)) :]
        else:
            lines = data.split(b"\n")
            line = chance.randrange(len(lines))
            twice = lines[line] if fault == 5 else chance.choice(lines)
            data = b"\n".join([*lines[:line], twice, *lines[line:]])
    return data


def put_mutated(
    seed: Seed, number: int, chance: random.Random, root: Path, limits: Limits
) -> tuple[LandingFile, bytes]:
    """Write one mutated file; return it and its plain bytes."""
    data = mutate(seed.data, chance)
    packed, name = data, f"{number}{seed.suffix}"
    if chance.random() < 0.2:
        packed, name = gzip.compress(data, mtime=0), f"{name}.gz"
    return put_seed(seed, name, packed, root, limits), data


def put_seed(seed: Seed, name: str, packed: bytes, root: Path, limits: Limits) -> LandingFile:
    """Write a file of a seed's source below ``root``."""
    file = root / "landing" / seed.name / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(packed)
    return LandingFile(
        path=file.relative_to(root / "landing").as_posix(),
        file_id=file_hash(file),
        source_name=seed.name,
        source=check_source(seed.name, seed.source),
        landing_dir=root / "landing",
        staging_dir=root / "staging",
        first_day=FIRST_DAY,
        last_day=None,
        arrived_at=ARRIVED_AT,
        limits=limits,
    )


def read_mutated(seed: Seed, number: int, chance: random.Random, root: Path) -> tuple[Reading, bytes]:
    """Write one mutated file, read it, and return its reading and its plain bytes."""
    landing_file, data = put_mutated(seed, number, chance, root, Limits())
    packed = landing_file.file.read_bytes()
    reading = landing_file.read()
    if landing_file.file.read_bytes() != packed:
        raise LostError(f"{seed.name}: the landing file was changed")
    return reading, data


def check_account(seed: Seed, reading: Reading, data: bytes) -> None:
    """Hold a reading against its file.

    Raises:
        LostError: A record is missing or counted twice.
    """
    staged = pl.read_parquet(reading.staged)
    whole = staged.filter(pl.col("part") <= 1)
    problems = {
        "records = accepted + rejected": reading.records == reading.accepted + reading.rejected,
        "one staged record per counted record": whole.height == reading.records,
        "a line holds one record": whole["line_number"].n_unique() == whole.height,
        "a rejected record says why": whole.filter(pl.col("violation_code").is_not_null())["violation_message"]
        .null_count() == 0,
        "a file that failed says why": reading.status == "ok" or bool(reading.message),
        "days add up": seed.source.kind not in EVENT_KINDS or sum(reading.days.values()) == reading.records,
    }  # fmt: skip
    lines = set(whole["line_number"])
    if reading.status == "ok" and seed.suffix == ".ndjson":
        wanted = {place for place, line in enumerate(data.split(b"\n"), 1) if line.strip(b" \t\r\n\x0b\x0c")}
        problems["every line is a record"] = {n for n in wanted if n not in lines} <= _blank_text(data)
    if reading.status == "ok" and seed.suffix == ".csv":
        problems["every line belongs to a record"] = not _lost_lines(data, lines)
    if reading.status == "ok" and seed.suffix == ".parquet":
        problems["every row is a record"] = reading.records == pq.read_metadata(io.BytesIO(data)).num_rows
    broken = [rule for rule, holds in problems.items() if not holds]
    if broken:
        raise LostError(f"{seed.name} {reading.path} ({reading.status}): not true: {'; '.join(broken)}")


def _blank_text(data: bytes) -> set[int]:
    """Return the lines that hold white space of Unicode only."""
    texts = (line.decode(errors="replace") for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
    return {place for place, text in enumerate(texts, 1) if not text.strip()}


def _lost_lines(data: bytes, records: set[int]) -> list[int]:
    """Return the lines after the header that neither begin a record nor lie inside an open quote of one."""
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    filled = [place for place, line in enumerate(lines, 1) if line.decode(errors="replace").strip("\r \t\x0b\x0c")]
    lost, quotes, header = [], 0, filled[0] if filled else 0
    for place in filled:
        if place in records or place == header:
            quotes = 0
        elif quotes % 2 == 0:
            lost.append(place)
        quotes += lines[place - 1].count(b'"')
    return lost


def run_on(readings: list[tuple[Seed, Reading]]) -> None:
    """Take the readings on to the tables that they become, and hold each to its contract and the account.

    Raises:
        LostError: A contract is broken, or records do not add up.
    """
    staged = [reading.staged for seed, reading in readings if seed.source.kind in EVENT_KINDS]
    raw = records_of_days(staged, Days(FIRST_DAY, date(2024, 12, 31)), NO_RATES, "USD").collect()
    _hold(RawEvents, raw)
    judged = nw.to_native(judge_records(nw.from_native(to_engine(raw.lazy())))).collect()
    cleaned = clean_records(nw.from_native(judged.lazy()))
    contracts: tuple[Contract, ...] = (CleanedEvents, EventItems, QuarantinedEvents, EventLedger)
    made = {}
    for contract in contracts:
        name = Table(contract).name
        made[name] = conform(nw.to_native(getattr(cleaned, name)), Table(contract)).collect()
        _hold(contract, made[name])
    account = made["event_ledger"].select("records", "kept", "duplicates", "quarantined").sum().row(0)
    counted = sum(reading.records for seed, reading in readings if seed.source.kind in EVENT_KINDS)
    kept, refused = made["cleaned_events"]["records"].sum(), made["quarantined_events"].height
    if account != (counted, kept, counted - kept - refused, refused):
        raise LostError(f"{counted} records in, {account} by the ledger, {kept} kept, {refused} quarantined")
    for kind, contract in REFERENCE_TABLES.items():
        files = [reading.staged for seed, reading in readings if seed.source.kind == kind and reading.records]
        if kind != "ad_spend":
            _hold(contract, newest_records(files, contract, Table(contract).key).collect())


def _hold(contract: Contract, frame: pl.DataFrame) -> None:
    broken = [outcome.message for outcome in check_contract(frame, Table(contract)) if outcome.violations]
    if broken:
        raise LostError(f"{Table(contract).qualified_name}: contract broken: {broken[0]}")


def fuzz(files: int, seed: int) -> Tally:
    """Read mutated files and return how they ended.

    Raises:
        LostError: A record was lost, or a table's contract was broken.
    """
    chance, tally = random.Random(seed), Tally()  # noqa: S311 -- faults, not secrets
    for first in range(0, files, FILES_OF_A_RUN):
        with tempfile.TemporaryDirectory(prefix="dmp-fuzz-") as folder:
            readings = []
            for number in range(first, min(first + FILES_OF_A_RUN, files)):
                chosen = SEEDS[number % len(SEEDS)]
                reading, data = read_mutated(chosen, number, chance, Path(folder))
                check_account(chosen, reading, data)
                readings.append((chosen, reading))
                tally.files[chosen.name, reading.status] += 1
                tally.records += reading.records
                tally.rejected += reading.rejected
            run_on(readings)
    return tally


def main() -> int:
    """Print how the files ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = datetime.now(UTC)
    tally = fuzz(options.files, options.seed)
    for name in sorted({name for name, _ in tally.files}):
        fates = {status: count for (of, status), count in sorted(tally.files.items()) if of == name}
        print(f"{name:<14} {', '.join(f'{count} {status}' for status, count in fates.items())}")
    print(f"{sum(tally.files.values())} files, {tally.records} records, {tally.rejected} of them rejected, 0 lost")
    print(f"{(datetime.now(UTC) - started).total_seconds():.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
