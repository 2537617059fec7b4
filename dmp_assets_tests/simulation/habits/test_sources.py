"""Exports as a whole: every line has its truth, counts add up, and each habit can be switched off."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.simulation.habits.sources import ENTRIES
from dmp_assets.simulation.parameters import PLAIN, Habits
from dmp_assets.simulation.run import WorldReport, simulate
from dmp_assets_tests.simulation.conftest import by_line, landing_lines, truth

RUN = {"export_run", "_airbyte_extracted_at"}
KEY = ["path", "line_number"]


def rows_of(world: WorldReport, source: str) -> dict[tuple[str, int], str]:
    """Return each record without its run columns, as one text whatever the order of its keys."""
    found, header = {}, []
    for path, number, line in landing_lines(world, source):
        if path.endswith(".ndjson"):
            fields = json.loads(line)
        elif number == 1:
            header = next(csv.reader([line]))
            continue
        else:
            fields = dict(zip(header, next(csv.reader([line])), strict=True))
        content = {name: value for name, value in fields.items() if name not in RUN}
        found[path, number] = json.dumps(content, sort_keys=True)
    return found


@pytest.mark.parametrize("source", list(ENTRIES))
def test_every_line_has_one_true_record(exports: WorldReport, source: str) -> None:
    records = truth(exports, f"records/{source}/*")
    assert set(rows_of(exports, source)) == set(by_line(records))
    assert records.select(KEY).is_unique().all()


@pytest.mark.parametrize("source", ["outlet", "clicks"])
def test_a_duplicate_repeats_all_but_the_columns_of_the_run(exports: WorldReport, source: str) -> None:
    content, known = rows_of(exports, source), by_line(truth(exports, f"records/{source}/*"))
    first = {content[place]: place for place, row in known.items() if row["fate"] == "good"}
    repeated = [place for place, row in known.items() if row["fate"] == "duplicate"]
    assert len(first) == sum(row["fate"] == "good" for row in known.values())
    assert len(repeated) > 100
    assert all(first[content[place]][0] < place[0] for place in repeated)


def test_twins_of_one_second_differ_in_what_nobody_reads(exports: WorldReport) -> None:
    content, known = rows_of(exports, "clicks"), by_line(truth(exports, "records/clicks/*"))
    kept = [json.loads(content[place]) for place, row in known.items() if row["fate"] == "good"]
    read = Counter((click["clicked_at"], click["cookie"], click["mailing"]) for click in kept)
    assert Counter(read.values()).keys() == {1, 2}
    lines = [line for _, _, line in landing_lines(exports, "clicks")]
    assert {next(iter(json.loads(line))) for line in lines} == {"clicked_at", "_airbyte_extracted_at"}


def test_two_sources_number_their_events_alike_on_the_same_days(exports: WorldReport) -> None:
    both = [truth(exports, f"records/{source}/*").filter(pl.col("fate") == "good") for source in ("outlet", "tickets")]
    day = pl.col("event_at").dt.date().alias("day")
    assert both[0].select("event_id", day).join(both[1].select("event_id", day), on=["event_id", "day"]).height > 0
    assert min(int(number) for number in both[1]["event_id"]) == 1


def test_ids_are_bruised_in_every_way_and_most_can_be_read(exports: WorldReport) -> None:
    content, known = rows_of(exports, "outlet"), by_line(truth(exports, "records/outlet/*"))
    ways = Counter()
    for place, row in known.items():
        fields = json.loads(content[place])
        written, meant = fields["customer"], row["account"] or ""
        lost = "E+" in written or "E+" in fields["no"]
        assert written or not meant
        assert (row["violation"] == "lost_id") == (lost and row["fate"] != "left_out")
        if written in ("#N/A", "[object Object]"):
            ways["nobody"] += 1
            assert meant == ""
        elif "E+" in written:
            ways["lost"] += 1
        elif written != meant:
            ways[written.replace(meant, "*")] += 1
        if "E+" not in fields["no"]:
            assert fields["no"] in (row["event_id"], f"{row['event_id']}.0", f"{row['event_id']}\u200b")
    assert ways.keys() == {"nobody", "lost", "*.0", "'*", '="*"', "*\u200b"}


def test_test_traffic_is_left_out_in_every_file(exports: WorldReport) -> None:
    content, known = rows_of(exports, "outlet"), by_line(truth(exports, "records/outlet/*"))
    left = {place for place, row in known.items() if row["fate"] == "left_out"}
    assert left == {place for place, text in content.items() if json.loads(text)["environment"] == "staging"}
    assert len({place[0] for place in left}) > 3


def test_totals_are_the_records_counted(exports: WorldReport) -> None:
    for source in ENTRIES:
        counted = truth(exports, f"records/{source}/*").group_by("fate", "violation").agg(records=pl.len())
        told = exports.totals.filter(pl.col("source") == source).group_by("fate", "violation")
        assert sorted(told.agg(pl.col("records").sum()).iter_rows(), key=str) == sorted(counted.iter_rows(), key=str)


def fingerprints(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_seed_gives_the_same_exports_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        simulate(20, 3, seed, tmp_path / name, habits=Habits())
    one, two, three = (fingerprints(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    for source in ENTRIES:
        files = {name for name in one if name.startswith(f"landing/{source}/")}
        assert files == {name for name in three if name.startswith(f"landing/{source}/")}
        assert files
        assert all(one[name] != three[name] for name in files)


def test_a_habit_that_is_switched_off_leaves_the_rest_as_it_is(tmp_path: Path) -> None:
    some = Habits(sources=("outlet", "wholesale"), bruised=0.0, corrected=0.0, left_out=0.0)
    for name, habits in (("plain", PLAIN), ("some", some)):
        simulate(20, 3, 5, tmp_path / name, habits=habits)
    plain, chosen = (fingerprints(tmp_path / name) for name in ("plain", "some"))
    landing = {name: digest for name, digest in plain.items() if name.startswith("landing/")}
    assert landing.items() <= chosen.items()
    assert {path.name for path in (tmp_path / "some" / "landing").iterdir()} - {
        path.name for path in (tmp_path / "plain" / "landing").iterdir()
    } == {"outlet", "wholesale"}
    records = pl.read_parquet(tmp_path / "some" / "truth" / "records" / "*" / "records.parquet")
    assert {*records["fate"]} == {"good", "duplicate"}
    served = simulate(60, 3, 5, tmp_path / "never", habits=Habits(server_purchases=0.0, sources=()))
    assert truth(served, "records/web/*")["browser"].null_count() == 0
