"""The truth of records against the files, line by line, read with json and csv alone."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from dmp_assets.simulation.files.faults import UNREADABLE_STAMP
from dmp_assets.simulation.parameters import Faults
from dmp_assets.simulation.run import WorldReport
from dmp_assets_tests.simulation.conftest import (
    START,
    app_time,
    by_line,
    fields,
    landing_lines,
    moment,
    parsed,
    till_time,
    truth,
    web_time,
)

HEADERS = {"web": 0, "app": 0}
FAULTS = Faults()


def calls(world: WorldReport, records: pl.DataFrame, source: str) -> list[tuple[dict[str, Any], str]]:
    known = by_line(records.filter(pl.col("path").str.starts_with(f"{source}/")))
    return [(known[path, number], line) for path, number, line in landing_lines(world, source)]


def test_every_line_of_every_file_has_one_true_record(world: WorldReport, records: pl.DataFrame) -> None:
    places = set(records.select("path", "line_number").iter_rows())
    assert len(places) == records.height
    found = set()
    for folder in (world.out / "landing").iterdir():
        skipped = HEADERS.get(folder.name, 1)
        found |= {(path, number) for path, number, _ in landing_lines(world, folder.name) if number > skipped}
    assert found == places


def test_totals_are_the_records_counted(world: WorldReport, records: pl.DataFrame) -> None:
    keys = ["source", "fate", "violation", "bot", "late"]
    counted = (
        records.with_columns(source=pl.col("path").str.split("/").list.first(), late=pl.col("days_late") > 0)
        .group_by(keys)
        .agg(records=pl.len().cast(pl.Int64))
    )
    assert counted.sort(keys).equals(world.totals.group_by(keys).agg(pl.col("records").sum()).sort(keys))
    assert world.records == records.filter(pl.col("path").str.contains("^(web|app|shop|shop_uk)/")).height


def test_web_lines_say_what_the_truth_says(world: WorldReport, records: pl.DataFrame) -> None:
    for row, line in calls(world, records, "web"):
        call = parsed(line)
        assert (call is None) == (row["violation"] == "broken")
        if call is None:
            continue
        stamps = {name for name in ("originalTimestamp", "sentAt", "receivedAt") if name in call}
        if row["violation"] == "missing_time":
            assert not stamps
        elif row["violation"] == "unreadable_time":
            assert {call[name] for name in stamps} == {UNREADABLE_STAMP}
        else:
            assert web_time(call) == row["event_at"]
        assert call["messageId"] == row["event_id"]
        assert (call.get("anonymousId"), call.get("userId")) == (row["browser"], row["account"])
        assert call.get("event", call["type"]) == row["event_name"]
        assert (call["type"] == "track") == ("event" in call)
        if row["person_id"] is None:
            assert row["bot"] != "none"
            assert "userId" not in call
            assert "device" not in call["context"]
        else:
            assert call.get("userId", row["person_id"])[1:] == row["person_id"][1:]


def test_app_lines_say_what_the_truth_says(world: WorldReport, records: pl.DataFrame) -> None:
    for row, line in calls(world, records, "app"):
        event = parsed(line)
        assert (event is None) == (row["violation"] == "broken")
        if event is None:
            continue
        if row["violation"] == "missing_time":
            assert "event_timestamp" not in event
        elif row["violation"] == "unreadable_time":
            assert not event["event_timestamp"].isdigit()
        else:
            assert app_time(event) == row["event_at"]
        assert event["event_name"] == row["event_name"]
        assert (event["user_pseudo_id"], event.get("user_id")) == (row["browser"], row["account"])
        assert event.get("user_id", row["person_id"])[1:] == row["person_id"][1:]


@pytest.mark.parametrize(
    ("source", "delimiter", "time_format", "zone"),
    [("shop", ";", "%d.%m.%Y %H:%M:%S", "Europe/Berlin"), ("shop_uk", ",", "%Y-%m-%d %H:%M:%S", "Europe/London")],
)
def test_till_lines_say_what_the_truth_says(
    world: WorldReport, records: pl.DataFrame, source: str, delimiter: str, time_format: str, zone: str
) -> None:
    known = by_line(records)
    header: list[str] = []
    for path, number, line in landing_lines(world, source):
        if number == 1:
            header = fields(line, delimiter)
            continue
        row, values = known[path, number], fields(line, delimiter)
        assert (len(values) == len(header)) == (row["violation"] != "broken")
        assert values[0] == row["event_id"]
        if row["violation"] is None:
            assert till_time(values[1], time_format, zone) == row["event_at"]
            assert (float(values[6].replace(",", ".")) < 0) == (row["event_name"] == "refund")
        if row["violation"] == "missing_time":
            assert values[1] == ""


def test_a_duplicate_is_a_copy_that_comes_after_its_one_original(world: WorldReport, records: pl.DataFrame) -> None:
    for source in ("web", "app", "shop", "shop_uk"):
        originals: dict[str, tuple[str, int]] = {}
        copies: dict[str, tuple[str, int]] = {}
        known = by_line(records.filter(pl.col("fate").is_in(["good", "duplicate"])))
        for path, number, line in landing_lines(world, source):
            if (path, number) not in known:
                continue
            wanted = originals if known[path, number]["fate"] == "good" else copies
            assert line not in wanted
            wanted[line] = (path, number)
        assert copies
        assert all(originals[line] < place for line, place in copies.items())


def test_a_conflict_uses_a_good_id_on_the_same_day_for_something_else(
    world: WorldReport, records: pl.DataFrame
) -> None:
    sharing: dict[str, list[tuple[dict[str, Any], str]]] = defaultdict(list)
    for row, line in calls(world, records, "web"):
        if row["fate"] in ("good", "conflict"):
            sharing[row["event_id"]].append((row, line))
    taken = [pair for pair in sharing.values() if len(pair) > 1]
    assert taken
    assert len(taken) == records.filter(pl.col("fate") == "conflict").height
    for pair in taken:
        (good, first), (bad, second) = sorted(pair, key=lambda item: item[0]["fate"] == "conflict")
        assert (good["fate"], bad["fate"]) == ("good", "conflict")
        assert good["event_at"] < bad["event_at"]
        assert good["event_at"].date() == bad["event_at"].date()
        one, other = parsed(first), parsed(second)
        assert one is not None
        assert other is not None
        assert moment(one["receivedAt"]) < moment(other["receivedAt"])
        assert (one["type"], one.get("event")) != (other["type"], other.get("event"))


def test_an_order_is_late_or_repeated_whole_and_stands_once_in_a_file(records: pl.DataFrame) -> None:
    lines = records.filter(pl.col("path").str.starts_with("shop")).with_columns(
        refund=pl.col("event_name") == "refund", is_copy=pl.col("fate") == "duplicate"
    )
    statements = lines.group_by("event_id", "is_copy").agg(
        pl.len(), pl.col("path").n_unique(), span=pl.col("line_number").max() - pl.col("line_number").min() + 1,
        bad=(pl.col("fate") == "malformed").any(), late=(pl.col("days_late") > 0).any(),
    )  # fmt: skip
    assert set(statements["path"]) == {1}
    assert (statements["span"] == statements["len"]).all()
    both = statements.filter("is_copy").join(statements.filter(~pl.col("is_copy")), on="event_id", how="left")
    assert both.height > 5
    assert (both["len"] == both["len_right"]).all()
    assert not both["bad_right"].any()
    assert not statements.filter("bad", "late").height
    places = lines.group_by("event_id").agg(pl.col("path").n_unique(), copies=pl.col("is_copy").any())
    assert (places["path"] == 1 + places["copies"].cast(pl.UInt32)).all()
    assert statements.filter("late", ~pl.col("is_copy")).height


def test_days_late_are_the_days_between_event_and_file(records: pl.DataFrame) -> None:
    for row in records.filter(pl.col("event_at").is_not_null()).iter_rows(named=True):
        name = row["path"].split("/")[1]
        digits = "".join(character for character in name if character.isdigit())
        assert (datetime.strptime(digits, "%Y%m%d").date() - row["event_at"].date()).days == row["days_late"]  # noqa: DTZ007


@pytest.mark.parametrize(
    ("what", "rate"),
    [
        ("malformed", FAULTS.malformed),
        ("duplicate", FAULTS.duplicate),
        ("late", FAULTS.late),
        ("conflict", FAULTS.conflict),
    ],
)
def test_faults_come_at_their_rates(records: pl.DataFrame, what: str, rate: float) -> None:
    online = records.filter(pl.col("path").str.contains("^(web|app)/"))
    sent = online.filter(pl.col("fate").is_in(["good", "malformed"]))
    if what == "conflict":
        sent, online = (frame.filter(pl.col("path").str.starts_with("web/")) for frame in (sent, online))
    late = (pl.col("days_late") > 0) & (pl.col("fate") == "good")
    count = online.filter(late if what == "late" else pl.col("fate") == what).height
    spread = (sent.height * rate * (1 - rate)) ** 0.5
    assert abs(count - sent.height * rate) < 4 * spread


def test_some_events_stand_before_earlier_ones(records: pl.DataFrame) -> None:
    web = records.filter(pl.col("path").str.starts_with("web/") & (pl.col("days_late") == 0)).sort(
        "path", "line_number"
    )
    back = web.filter(pl.col("event_at") < pl.col("event_at").cum_max().over("path"))
    assert 0.005 < back.height / web.height < 0.5


def test_bots_are_who_the_truth_says(world: WorldReport, records: pl.DataFrame) -> None:
    agents = defaultdict(set)
    for row, line in calls(world, records, "web"):
        call = parsed(line)
        if call and row["browser"]:
            agents[row["bot"]].add(call["context"]["userAgent"])
    assert all("bot" in agent.lower() for agent in agents["declared"])
    assert not any("bot" in agent.lower() for agent in agents["stealth"] | agents["none"])
    assert agents["stealth"] <= agents["none"]
    good = records.filter(pl.col("bot").is_in(["none", "stealth"]) & pl.col("path").str.starts_with("web/"))
    pace = (
        good.filter(pl.col("fate") == "good")
        .group_by("session_id", "bot")
        .agg(pages=pl.len(), seconds=(pl.col("event_at").max() - pl.col("event_at").min()).dt.total_seconds())
    )
    rates = pace.filter(pl.col("pages") > 5).with_columns(rate=pl.col("pages") / (pl.col("seconds") + 1))
    assert rates.filter(pl.col("bot") == "stealth")["rate"].min() > 1.0  # type: ignore[operator]
    assert rates.filter(pl.col("bot") == "none")["rate"].quantile(0.99) < 0.5  # type: ignore[operator]


def test_nothing_happens_before_the_first_day_nor_to_who_has_left(world: WorldReport, records: pl.DataFrame) -> None:
    days = records.join(truth(world, "churn"), on="person_id").join(truth(world, "persons"), on="person_id")
    happened = days.with_columns(day=pl.col("event_at").dt.date())
    assert happened.filter(pl.col("day") < pl.col("first_date")).is_empty()
    assert happened.filter(pl.col("day") >= pl.col("churn_date")).is_empty()
    assert happened["day"].min() >= START  # type: ignore[operator]
    assert isinstance(happened["day"].max(), date)
