"""Files made to do harm, read together by one run's processes: each harms itself only, and is named."""

import os
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import fuzz_run
from benchmarks.fuzz import put_seed
from benchmarks.fuzz_hostile import HOSTILE, LIMITS, PLANTED, Hostile, csv_file, deep_json, good_line, json_file
from benchmarks.fuzz_seeds import Seed
from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.files.decompression import FileRefusedError
from dmp_assets.ingest.files.staging import StagedWriter, read_back
from dmp_assets.ingest.landing.reading import Reading
from dmp_assets.ingest.landing.reading_processes import read_together
from dmp_assets_tests.ingest.support.landing import rejects

KINDS = {kind.name: kind for kind in HOSTILE if kind.name not in {"slow", "heavy"}}
SNOWPLOW = Source(kind="events", preset="snowplow")
TOO_DEEP = "nested deeper than 64 levels (limits.nesting)"
ODD_NAME = os.fsdecode(b"caf\xe9.csv")


def line_of_depth(depth: int) -> str:
    return f'{{"at": "2024-05-01", "order": "d", "x": {deep_json(random.Random(depth), (depth - 1,))}}}'


def snowplow_file(depth: int) -> bytes:
    lines = [f"e{n},page_view,2024-05-01 10:00:00,2024-05-01 10:00:09,d{n}," for n in range(PLANTED)]
    nested = f'"{{""data"":{"[" * depth}{"]" * depth}}}"'
    header = "event_id,event_name,derived_tstamp,collector_tstamp,domain_userid,contexts"
    return "\n".join(
        [header, *lines, f"deep,page_view,2024-05-01 10:00:00,2024-05-01 10:00:09,d,{nested}", ""]
    ).encode()


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Reading]:
    root = tmp_path_factory.mktemp("poison")
    files = {
        name: put_seed(kind.seed(random.Random(1)), f"a{kind.suffix}", kind.seed(random.Random(1)).data, root, LIMITS)
        for name, kind in KINDS.items()
    }
    more = {
        "line of 1,000 levels": Seed("x", KINDS["deep"].source, "deep.ndjson", json_file(line_of_depth(1_000))),
        "line of 100,000 levels": Seed("x", KINDS["deep"].source, "deeper.ndjson", json_file(line_of_depth(100_000))),
        "line of 64 levels": Seed("x", KINDS["deep"].source, "flat.ndjson", json_file(line_of_depth(64))),
        "column of 100,000 levels": Seed("y", SNOWPLOW, "deep.csv", snowplow_file(100_000)),
        "odd name": Seed("x", KINDS["wide"].source, ODD_NAME, csv_file()),
        "wide but allowed": Seed("x", KINDS["wide"].source, "wide.csv", wide_file(1_990)),
    }  # fmt: skip
    files |= {name: put_seed(seed, seed.suffix, seed.data, root, LIMITS) for name, seed in more.items()}
    return dict(zip(files, read_together(list(files.values())), strict=True))


def wide_file(more: int) -> bytes:
    header, *lines = csv_file().decode().splitlines()
    wide = [header + "".join(f",c{n}" for n in range(more)), *(line + ",1" * more for line in lines)]
    return "\n".join(wide).encode()


@pytest.mark.parametrize("name", KINDS)
def test_a_hostile_file_loses_no_good_record_or_is_named(read: Mapping[str, Reading], name: str) -> None:
    harm = fuzz_run.Harm()
    kind = KINDS[name]
    fuzz_run.judge(harm, kind, kind.seed(random.Random(1)), read[name], b"")
    assert harm.lost == harm.unnamed == []
    # What was staged is there to be read, by whatever reader.
    assert pl.read_parquet(read[name].staged).height == read[name].records


@pytest.mark.parametrize("name", ["line of 1,000 levels", "line of 100,000 levels"])
def test_a_line_too_deep_is_one_rejected_record(read: Mapping[str, Reading], name: str) -> None:
    reading = read[name]
    assert (reading.status, reading.accepted, reading.rejected) == ("ok", PLANTED, 1)
    found = rejects(pl.read_parquet(reading.staged))
    assert {line: reject[:2] for line, reject in found.items()} == {PLANTED // 2 + 1: ("Unreadable", TOO_DEEP)}


def test_a_line_as_deep_as_allowed_is_read(read: Mapping[str, Reading]) -> None:
    assert (read["line of 64 levels"].accepted, read["line of 64 levels"].rejected) == (PLANTED + 1, 0)


def test_json_in_a_column_of_csv_is_held_to_the_depth(read: Mapping[str, Reading]) -> None:
    reading = read["column of 100,000 levels"]
    assert (reading.accepted, reading.rejected) == (PLANTED, 1)
    assert rejects(pl.read_parquet(reading.staged))[PLANTED + 2][1] == f"column 'contexts': {TOO_DEEP}"


def test_a_text_that_is_not_utf_8_costs_its_records(read: Mapping[str, Reading]) -> None:
    reading = read["text"]
    assert (reading.status, reading.accepted, reading.rejected) == ("ok", PLANTED, 3)
    words = {reject[1] for reject in rejects(pl.read_parquet(reading.staged)).values()}
    assert words == {"column 'x': bytes that are no string; text must be UTF-8"}


def test_as_many_columns_as_allowed_are_read(read: Mapping[str, Reading]) -> None:
    assert (read["wide but allowed"].status, read["wide but allowed"].accepted) == ("ok", PLANTED)
    assert len(read["wide but allowed"].columns) == 1_994


def test_a_name_that_is_no_text_reaches_the_process_and_comes_back(read: Mapping[str, Reading]) -> None:
    assert read["odd name"].path == f"x/{ODD_NAME}"


def test_a_run_over_hostile_files_keeps_its_bounds() -> None:
    few = tuple(kind for kind in HOSTILE if kind.name in {"deep", "text", "blank", "digits", "copies"})
    harm = fuzz_run.run(files=40, seed=3, kinds=few)
    assert (harm.files, harm.hostile, harm.deaths, harm.lost, harm.unnamed) == (40, 20, 0, [], [])
    assert (harm.planted, harm.over) == (12 * PLANTED, 8)
    assert all(holds for *_, holds in harm.figures())


def test_a_record_lost_in_a_hostile_file_is_noticed(read: Mapping[str, Reading]) -> None:
    harm = fuzz_run.Harm()
    kind = KINDS["deep"]
    fuzz_run.judge(harm, kind, kind.seed(random.Random(1)), replace(read["deep"], accepted=PLANTED - 1), b"")
    unnamed = Hostile("deep", ".ndjson", kind.make, "limits.columns")
    fuzz_run.judge(harm, unnamed, kind.seed(random.Random(1)), read["deep"], b"")
    assert (len(harm.lost), len(harm.unnamed)) == (1, 1)


def test_blank_lines_of_a_plain_file_keep_the_numbers(tmp_path: Path) -> None:
    data = csv_file(*[""] * 2_500_000, good_line(PLANTED))
    file = put_seed(Seed("x", KINDS["blank"].source, "", data), "blank.csv", data, tmp_path, Limits())
    staged = pl.read_parquet(file.read().staged)
    assert staged["line_number"].to_list() == [*range(2, PLANTED + 2), PLANTED + 2_500_002]


def test_a_text_that_is_not_utf_8_is_never_staged(tmp_path: Path) -> None:
    bad = pa.array([b"ok", b"\xff\xfe"], pa.large_binary())
    texts = pl.Series(pl.from_arrow(pa.Array.from_buffers(pa.large_string(), 2, bad.buffers())))
    columns = {"violation_code": pl.String(), "url": pl.String(), "part": pl.Int64()}
    writer = StagedWriter(tmp_path / "staged.parquet", columns)
    frame = pl.DataFrame({"violation_code": [None, None], "url": texts, "part": [0, 0]}, schema=columns)
    with pytest.raises(pa.ArrowInvalid):
        writer.write(frame)


def test_a_staged_file_that_is_not_what_was_written_is_refused(tmp_path: Path) -> None:
    staged = tmp_path / "staged.parquet"
    table = pa.table({"x": [1, 2]})
    pq.write_table(table, staged)
    read_back(staged, 2, table.schema)
    with pytest.raises(FileRefusedError, match="2 staged records are read back, and 3 were written"):
        read_back(staged, 3, table.schema)
    staged.write_bytes(staged.read_bytes()[:-3])
    with pytest.raises(FileRefusedError, match="cannot be read back"):
        read_back(staged, 2, table.schema)
