"""Which record of an id is kept, which is a copy, and which contradicts it."""

import polars as pl

from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets_tests.support.factories import bad, click, instant, order_line, records, run


def fates(*rows: dict) -> list[str]:
    """Return the fate of each record, in the order given."""
    judged = run(judge_records, records(*rows))
    found = {(path, line): fate for path, line, fate in judged.select("path", "line_number", "fate").iter_rows()}
    assert len(found) == len(rows) == judged.height
    return [found[row["path"], row["line_number"]] for row in records(*rows).iter_rows(named=True)]


def test_a_single_record_is_kept_and_its_exact_repetition_is_a_duplicate() -> None:
    assert fates(click()) == ["kept"]
    assert fates(click(), click()) == ["kept", "duplicate"]


def test_a_repetition_in_another_file_is_a_duplicate_too() -> None:
    assert fates(click(path="b.csv"), click(path="a.csv"), click(path="c.csv")) == ["duplicate", "kept", "duplicate"]


def test_the_same_id_with_other_content_is_a_conflict() -> None:
    assert fates(click(), click(fingerprint=2), click()) == ["kept", "conflict", "duplicate"]


def test_the_same_id_on_another_day_is_another_event() -> None:
    assert fates(click(), click(at="2024-05-02 10:00:00", fingerprint=2)) == ["kept", "kept"]


def test_a_fingerprint_may_be_negative_or_zero() -> None:
    first = [click(fingerprint=-5), click(fingerprint=3), click(fingerprint=-5)]
    assert fates(*first) == ["kept", "conflict", "duplicate"]
    assert fates(click(fingerprint=0), click(fingerprint=-1)) == ["kept", "conflict"]


def test_what_was_refused_at_reading_stays_refused_and_takes_no_id() -> None:
    assert fates(bad(click()), click(), bad(click(fingerprint=2))) == ["refused", "kept", "refused"]
    assert fates(bad(click(event_id=None)), bad(click(event_id=None))) == ["refused", "refused"]


def test_the_record_that_was_received_first_is_kept_whatever_its_path() -> None:
    late, early = instant("2024-05-01 10:00:05"), instant("2024-05-01 10:00:04")
    rows = [click(path="a.csv", received_at=late), click(path="b.csv", received_at=early, fingerprint=2)]
    assert fates(*rows) == ["conflict", "kept"]


def test_a_known_time_of_reception_wins_over_an_unknown_one() -> None:
    late = instant("2099-01-01 00:00:00")
    assert fates(click(path="a.csv"), click(path="b.csv", received_at=late, fingerprint=2)) == ["conflict", "kept"]


def test_a_reception_before_1970_is_earlier_than_one_after() -> None:
    rows = [click(received_at=0), click(received_at=-1, fingerprint=2)]
    assert fates(*rows) == ["conflict", "kept"]


def test_equal_receptions_are_decided_by_path_then_by_line_as_a_number() -> None:
    assert fates(click(path="b.csv", line_number=1), click(path="a.csv", line_number=9)) == ["duplicate", "kept"]
    rows = [click(line_number=10), click(line_number=9, fingerprint=2)]
    assert fates(*rows) == ["conflict", "kept"]


def test_lines_of_one_order_share_its_id_and_only_equal_lines_are_copies() -> None:
    rows = [order_line(item="i1", fingerprint=1), order_line(item="i2", fingerprint=2)]
    assert fates(*rows) == ["kept", "kept"]
    assert fates(*rows, order_line(item="i1", fingerprint=1)) == ["kept", "kept", "duplicate"]


def test_equal_lines_of_two_orders_are_both_kept() -> None:
    assert fates(order_line("o1"), order_line("o2")) == ["kept", "kept"]


def test_records_lose_no_column_and_get_none_but_their_fate_and_order() -> None:
    frame = records(click(), click(), click(fingerprint=2), bad(click("e2")))
    judged = run(judge_records, frame)
    assert set(judged.columns) == {*frame.columns, "copy_key", "received_order", "fate"}


def test_refused_records_keep_their_reason_and_conflicts_get_one() -> None:
    judged = run(judge_records, records(click(), click(fingerprint=2), bad(click("e2"))))
    refused = run(lambda frame: clean_records(frame).quarantined_events, judged).sort("line_number")
    assert refused["violation_code"].to_list() == ["Conflicting-Id", "Out-Of-Range"]
    assert refused["violation_message"].to_list() == [
        "event_id: used earlier that day by a record with other content",
        "too old",
    ]
    assert refused["raw_record"].to_list() == [None, "1900-01-01"]


def test_the_account_counts_every_fate_by_day_and_source() -> None:
    rows = [click(), click(), click(fingerprint=2), bad(click("e2")), order_line(), click(at="2024-05-02 10:00:00")]
    judged = run(judge_records, records(*rows))
    account = run(lambda frame: clean_records(frame).event_ledger, judged).sort("event_date", "source")
    counts = account.select("source", "records", "kept", "duplicates", "quarantined").rows()
    assert counts == [("clicks", 4, 1, 1, 2), ("orders", 1, 1, 0, 0), ("clicks", 1, 1, 0, 0)]
    assert account.select(pl.col("records") == pl.sum_horizontal("kept", "duplicates", "quarantined")).to_series().all()
