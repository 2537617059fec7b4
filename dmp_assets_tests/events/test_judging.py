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


def test_lines_of_one_order_share_its_id_and_equal_lines_of_another_file_are_copies() -> None:
    rows = [order_line(item="i1", fingerprint=1), order_line(item="i2", fingerprint=2)]
    assert fates(*rows) == ["kept", "kept"]
    equal = order_line(item="i1", fingerprint=1)
    assert fates(*rows, equal | {"path": "orders/b.csv"}) == ["kept", "kept", "duplicate"]


def test_an_order_has_each_equal_line_as_often_as_the_file_that_has_it_most() -> None:
    here, there = order_line(), order_line(path="orders/b.csv")
    assert fates(here, here) == ["kept", "kept"]
    assert fates(here, here, there) == ["kept", "kept", "duplicate"]
    assert sorted(fates(here, there, there)) == ["duplicate", "kept", "kept"]


def test_what_other_files_decided_is_kept_as_it_is() -> None:
    rows = [order_line(fate="superseded"), order_line(fate="duplicate"), order_line()]
    assert fates(*rows) == ["superseded", "duplicate", "kept"]


def test_two_sources_of_one_space_of_ids_tell_of_one_event_and_a_source_that_contradicts_itself_is_a_conflict() -> None:
    rows = [click(), click(source="server", fingerprint=2), click(fingerprint=3)]
    assert fates(*rows) == ["kept", "duplicate", "conflict"]


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
        "event_id: the source used it that day for a record with other content",
        "too old",
    ]
    assert refused["raw_record"].to_list() == [None, "1900-01-01"]


def test_the_account_counts_every_fate_by_day_and_source() -> None:
    rows = [click(), click(), click(fingerprint=2), bad(click("e2"))]
    rows += [order_line(), order_line(fate="superseded"), click(at="2024-05-02 10:00:00")]
    judged = run(judge_records, records(*rows))
    account = run(lambda frame: clean_records(frame).event_ledger, judged).sort("event_date", "source")
    fates_of_all = ("kept", "duplicates", "superseded", "quarantined")
    counts = account.select("source", "records", *fates_of_all).rows()
    assert counts == [("clicks", 4, 1, 1, 0, 2), ("orders", 2, 1, 0, 1, 0), ("clicks", 1, 1, 0, 0, 0)]
    assert account.select(pl.col("records") == pl.sum_horizontal(fates_of_all)).to_series().all()


def test_kept_records_that_are_alike_in_every_mapped_column_are_counted() -> None:
    rows = [
        click("e1", mapped_fingerprint=9),
        click("e2", mapped_fingerprint=9),
        click("e3", fingerprint=9),
        click("e4"),
    ]
    judged = run(judge_records, records(*rows))
    assert run(lambda frame: clean_records(frame).event_ledger, judged)["alike"].to_list() == [3]
