"""When two records are one: in every column of their file, however it is written."""

# ruff: noqa: DTZ001 -- instants are naive UTC throughout

import json
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from dmp_assets.foundation.settings.row_filter import Where
from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.records.fingerprints import differing_columns, is_left_out, text_fingerprints
from dmp_assets.ingest.records.mapping import MappingError, check_source
from dmp_assets_tests.ingest.support.landing import ORDERS, Landing, small

CLICKS = Source(kind="events", columns={"event_at": "at", "event_name": "what", "user_id": "who"})
ROW = {"at": "2024-05-01 10:00:00", "what": "click", "who": "7", "note": "left", "run": "1"}


def fingerprints(landing: Landing, rows: list[dict[str, Any]], source: Source = CLICKS, name: str = "a.ndjson") -> list:
    """Return fingerprints and mapped fingerprints of JSON objects."""
    file = landing.put(name, [json.dumps(row) for row in rows])
    return landing.read(file, source)[1].select("fingerprint", "mapped_fingerprint").rows()


def test_records_that_differ_beside_the_mapping_are_two(landing: Landing) -> None:
    first, second, again = fingerprints(landing, [ROW, ROW | {"note": "right"}, ROW])
    assert first == again
    assert first[0] != second[0]
    assert first[1] == second[1] is not None


def test_neither_the_order_of_keys_nor_empty_values_nor_white_space_make_a_record_another(landing: Landing) -> None:
    mixed = {name: ROW[name] for name in reversed(ROW)} | {"note": " left ", "empty": "", "nothing": None}
    first, second = fingerprints(landing, [ROW, mixed])
    assert first == second


def test_swapped_values_of_two_columns_make_another_record(landing: Landing) -> None:
    first, second = fingerprints(landing, [ROW, ROW | {"note": ROW["run"], "run": ROW["note"]}])
    assert first[0] != second[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"in": {"a": 1, "b": {"c": 2}}}, {"in": {"a": 1, "b": {"c": 3}}}),
        ({"in": {"a": 1}}, {"in": 1}),
        ({"in": [1, 2]}, {"in": [2, 1]}),
        ({"in": [{"a": 1, "b": 2}]}, {"in": [{"a": 1, "b": 3}]}),
        ({"id": 12345678901234567890123}, {"id": 12345678901234567890124}),
        ({"x": {"a": "1"}, "y": {"a": "2"}}, {"x": {"a": "2"}, "y": {"a": "1"}}),
        ({"late": "only here"}, {}),
    ],
)
def test_what_stands_deep_in_an_object_counts_too(landing: Landing, one: dict, other: dict) -> None:
    first, second = fingerprints(landing, [ROW | one, ROW | other])
    assert first[0] != second[0]


def test_objects_and_lists_are_equal_whatever_the_order_of_their_keys(landing: Landing) -> None:
    one = {"in": {"a": 1, "b": {"c": 2, "d": None}}, "list": [{"x": 1, "y": 2}]}
    other = {"list": [{"y": 2, "x": 1}], "in": {"b": {"c": 2}, "a": 1}}
    first, second = fingerprints(landing, [ROW | one, ROW | other])
    assert first == second


def test_a_key_that_is_an_object_on_some_lines_only_is_compared_alike_in_every_file(landing: Landing) -> None:
    rows = [ROW | {"in": {"a": 1}}, ROW | {"in": "text {"}, ROW | {"in": {}}]
    together = fingerprints(landing, rows)
    alone = [fingerprints(landing, [row], name=f"{place}.ndjson")[0] for place, row in enumerate(rows)]
    assert together == alone


def test_a_mapped_object_is_compared_by_what_is_in_it(landing: Landing) -> None:
    source = CLICKS.model_copy(update={"columns": CLICKS.columns | {"properties": "in"}})
    rows = [ROW | {"in": {"a": 1, "b": 2}}, ROW | {"in": {"b": 2, "a": 1}}, ROW | {"in": {"a": 1, "b": 3}}]
    first, second, third = fingerprints(landing, rows, source)
    assert first[0] == second[0] != third[0]


def test_csv_json_and_parquet_of_one_content_are_equal(landing: Landing) -> None:
    frame = pl.DataFrame(
        {
            "at": ["2024-05-01 10:00:00", "2024-05-01 10:00:00.5"],
            "what": ["click", "tap"],
            "who": [7, 8],
            "share": [1.0, 0.25],
            "seen": [True, None],
            "day": ["2024-05-01", None],
            "sent": [datetime(2024, 5, 1, 10), datetime(2024, 5, 1, 10, 0, 0, 500_000)],
        }
    )
    typed = frame.with_columns(pl.col("at").str.to_datetime(), pl.col("day").str.to_date())
    folder = landing.put("a.csv", frame.write_csv()).parent
    frame.write_ndjson(folder / "a.ndjson")
    typed.write_parquet(folder / "a.parquet")
    found = [
        landing.read(folder / name, CLICKS)[1].select("event_id", "fingerprint").rows()
        for name in ("a.csv", "a.ndjson", "a.parquet")
    ]
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == 2


def test_the_columns_of_exports_say_nothing_of_a_record(landing: Landing) -> None:
    source = CLICKS.model_copy(update={"ignore_columns": ("run",)})
    exported = {"run": "2", "_fivetran_synced": "x", "_airbyte_extracted_at": "y", "_dlt_load_id": "z"}
    first, second = fingerprints(landing, [ROW, ROW | exported], source)
    assert first == second
    assert is_left_out("dvce_sent_tstamp", ())
    assert not is_left_out("fivetran_note", ())


def test_a_record_that_is_delivered_again_arrives_later_and_is_the_same(landing: Landing) -> None:
    columns = CLICKS.columns | {"received_at": "got", "sent_at": "sent", "event_id": "id"}
    source = CLICKS.model_copy(update={"columns": columns})
    first, second = fingerprints(
        landing, [ROW | {"id": 1, "got": f"2024-05-0{day}", "sent": f"2024-05-0{day}"} for day in (2, 3)], source
    )
    assert first == second


def test_columns_without_a_name_count_by_their_place(landing: Landing) -> None:
    file = landing.put("a.csv", ["at,what,who,", "2024-05-01,click,7,1", "2024-05-01,click,7,2"])
    assert landing.read(file, CLICKS)[1]["fingerprint"].is_unique().all()


def test_batches_change_no_fingerprint(landing: Landing) -> None:
    rows = [ROW | {"note": str(place % 5), "extra": {"n": place} if place % 7 == 3 else "none"} for place in range(40)]
    file = landing.put("a.ndjson", [json.dumps(row) for row in rows])
    whole = landing.read(file, CLICKS)[1]["fingerprint"].to_list()
    for staged in (landing.root / "staging" / "readings").iterdir():
        staged.unlink()
    assert landing.read(file, CLICKS, limits=small())[1]["fingerprint"].to_list() == whole


def test_a_column_that_names_a_record_cannot_be_ignored() -> None:
    with pytest.raises(MappingError, match="ignore_columns has 'at', which is mapped to event_at"):
        check_source("web", CLICKS.model_copy(update={"ignore_columns": ("at",)}))
    with pytest.raises(MappingError, match="order_files is for kinds orders, not 'events'"):
        check_source("web", CLICKS.model_copy(update={"order_files": "lines"}))


def test_a_space_of_ids_is_shared_and_an_id_that_is_made_is_its_sources_own(landing: Landing) -> None:
    given = CLICKS.model_copy(update={"columns": CLICKS.columns | {"event_id": "id"}, "event_id_space": "site"})
    file = landing.put("a.ndjson", [json.dumps(ROW | {"id": 1}), json.dumps(ROW)])
    ids = landing.read(file, given)[1]["event_id"].to_list()
    assert ids[0] == "site:1"
    assert ids[1].startswith("shop:")


def test_rows_of_equal_value_are_compared_column_by_column() -> None:
    pieces = [pl.DataFrame({"note": ["a", "b", "c"], "same": ["x", "x", "y"]})]
    assert differing_columns(pieces, pl.Series([1, 1, 2])) == ["note"]
    assert differing_columns(pieces, pl.Series([1, 2, 3])) == []
    assert text_fingerprints([], 2).to_list() == [0, 0]


@pytest.mark.parametrize("strange", ['a": {"b', "[{", '\\"', ":", 'x": 1, "late', "\n"])
def test_texts_that_look_like_json_hide_no_key(landing: Landing, strange: str) -> None:
    rows = [ROW | {"note": strange}, ROW | {"note": strange, "late": 1}, ROW | {"note": strange, "late": {"a": 1}}]
    assert len({whole for whole, _ in fingerprints(landing, rows)}) == 3


def test_the_ledger_names_the_columns_in_which_records_differ_that_are_alike(landing: Landing) -> None:
    rows = [ROW, ROW | {"note": "right"}, ROW | {"note": "right", "deep": {"x": 1}}, ROW | {"who": "8", "run": "2"}]
    reading, _ = landing.read(landing.put("a.ndjson", [json.dumps(row) for row in rows]), CLICKS)
    assert reading.distinguishing == ["deep.x", "note"]


def test_rows_that_where_keeps_are_compared_in_every_column(landing: Landing) -> None:
    source = CLICKS.model_copy(update={"where": (Where(column="run", operator="=", value=1),)})
    rows = [ROW, ROW | {"run": "2"}, ROW | {"note": "right"}, ROW | {"run": "2", "note": "last"}, ROW]
    for name, content in (("a.ndjson", [json.dumps(row) for row in rows]), ("a.csv", pl.DataFrame(rows).write_csv())):
        reading, staged = landing.read(landing.put(name, content), source)
        first, other, again = staged["fingerprint"].to_list()
        assert first == again != other
        assert (reading.left_out, reading.distinguishing) == (2, ["note"])


def test_a_file_of_orders_that_repeats_many_lines_is_asked_about(landing: Landing) -> None:
    lines = ["at,order,item,paid,n", *["2024-05-01,1,tea,2,1"] * 2, *(f"2024-05-01,{n},tea,2,1" for n in range(2, 10))]
    remark = "1 of 10 lines equal an earlier line of their order, and each counts"
    assert [text.split(";")[0] for text in landing.read(landing.put("a.csv", lines))[0].remarks] == [remark]
    assert landing.read(landing.put("b.csv", [*lines, "2024-05-01,11,tea,2,1"]))[0].remarks == []
    dropping = ORDERS.model_copy(update={"equal_lines": "drop"})
    assert landing.read(landing.put("a.csv", lines), dropping)[0].remarks == []
