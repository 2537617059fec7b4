"""The rows that ``where`` keeps, in every format and kind, and the account of those that it leaves out."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pydantic
import pytest

from dmp_assets.foundation.settings.row_filter import Where
from dmp_assets.foundation.settings.settings import Source, load_settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError
from dmp_assets.ingest.kinds import CONTRACTS, REQUIRED
from dmp_assets.ingest.records.where import meets
from dmp_assets_tests.ingest.support.cases import written
from dmp_assets_tests.ingest.support.landing import Landing, rejects, small

NAMES = ("e.csv", "e.ndjson", "e.parquet")
TEXTS = ["paid", "Paid", "5", "5.0", "05", "10", "9", "", None, "1,5"]


def source(*conditions: dict[str, Any], **changes: Any) -> Source:
    columns = {"event_at": "at", "event_name": "what"}
    return Source(kind="events", columns=columns, where=tuple(Where(**one) for one in conditions), **changes)


@pytest.mark.parametrize(
    ("operator", "value", "kept"),
    [
        ("=", "paid", ["paid"]),
        ("=", 5, ["5", "5.0"]),
        ("!=", "paid", ["Paid", "5", "5.0", "05", "10", "9", "", None, "1,5"]),
        ("in", ["paid", 10], ["paid", "10"]),
        ("not in", ["paid", "Paid", 5], ["05", "10", "9", "", None, "1,5"]),
        ("<", 9.5, ["5", "5.0", "05", "9", "1,5"]),
        ("<=", 5, ["5", "5.0", "05", "1,5"]),
        (">", "9", ["paid", "Paid", "10"]),
        (">=", 9, ["paid", "Paid", "10", "9"]),
        (">", "Pa", ["paid", "Paid"]),
        ("is empty", None, ["", None]),
        ("is not empty", None, ["paid", "Paid", "5", "5.0", "05", "10", "9", "1,5"]),
        ("matches", "(?i)^pa", ["paid", "Paid"]),
    ],
)
def test_what_each_operator_keeps(operator: Any, value: Any, kept: list[str | None]) -> None:
    texts = pl.Series(TEXTS).replace("", None).replace("5.0", "5")
    found = meets(texts, Where(column="c", operator=operator, value=value), decimal_comma=False)
    assert [text for text, keep in zip(TEXTS, found, strict=True) if keep] == kept


def test_numbers_are_compared_as_the_source_writes_them() -> None:
    texts = pl.Series(["1.000", "999,5", "0.9"])
    assert meets(texts, Where(column="c", operator=">", value=999.4), decimal_comma=True).to_list()[:2] == [True, True]
    assert meets(texts, Where(column="c", operator=">", value=2), decimal_comma=False).to_list() == [False, True, False]


ROWS = [
    {"at": "2024-05-02", "what": "a", "state": "live", "n": 1, "gone": None},
    {"at": "2024-05-02", "what": "b", "state": " test ", "n": 2, "gone": "x"},
    {"at": "2024-05-02", "what": "c", "state": "live", "n": 10, "gone": None},
    {"at": "soon", "what": "d", "state": "live", "n": 11, "gone": None},
    {"at": "2024-05-02", "what": "e", "state": None, "n": None, "gone": None},
]


@pytest.mark.parametrize(
    ("conditions", "kept"),
    [
        ([{"column": "state", "operator": "=", "value": "live"}], ["a", "c", "d"]),
        ([{"column": "state", "operator": "!=", "value": "test"}], ["a", "c", "d", "e"]),
        ([{"column": "n", "operator": ">", "value": 2}], ["c", "d"]),
        ([{"column": "state", "operator": "=", "value": "live"}, {"column": "n", "operator": "<", "value": 9}], ["a"]),
        ([{"column": "gone", "operator": "is empty"}], ["a", "c", "d", "e"]),
        ([{"column": "n", "operator": "in", "value": [1, 2]}], ["a", "b"]),
        ([{"column": "what", "operator": "matches", "value": "^[ab]"}], ["a", "b"]),
        ([{"column": "state", "operator": "=", "value": "nothing has it"}], []),
    ],
)
def test_equal_rows_are_kept_of_csv_json_and_parquet(landing: Landing, conditions: list[Any], kept: list[str]) -> None:
    for name in NAMES:
        reading, staged = landing.read(written(ROWS, name, landing), source(*conditions))
        assert staged["event_name"].to_list() == kept, name
        assert (reading.status, reading.records, reading.left_out) == ("ok", len(kept), 5 - len(kept))
        assert reading.rejected == len(rejects(staged)) == ("d" in kept)


def test_raw_records_and_lines_are_those_of_the_kept_rows(landing: Landing) -> None:
    lines = ["at,what,state", "2024-05-02,a,x", "soon,b,live", "2024-05-02,c,x", "later,d,live", '"2024-05-02,e', "x"]
    for size in (1, 2, 100):
        reading, staged = landing.read(
            landing.put(f"{size}.csv", lines),
            source({"column": "state", "operator": "=", "value": "live"}),
            limits=small(batch_records=size),
        )
        raw = {line: text for line, (_, _, text) in rejects(staged).items()}
        assert raw == {3: "soon,b,live", 5: "later,d,live", 6: '"2024-05-02,e', 7: "x"}
        assert (reading.left_out, reading.records, reading.physical_lines) == (2, 4, 7)


def test_the_careful_reader_counts_what_is_left_out_once(landing: Landing) -> None:
    lines = ["at,what,state", *("2024-05-02,a,x" for _ in range(9)), '2024-05-02,"two\nlines",live']
    reading, staged = landing.read(
        landing.put("e.csv", lines), source({"column": "state", "operator": "=", "value": "live"}), limits=small()
    )
    assert (reading.left_out, staged["event_name"].to_list()) == (9, ["two\nlines"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("operator", ["!=", "="])
def test_a_file_without_the_column_is_refused_whole(landing: Landing, name: str, operator: str) -> None:
    file = written(ROWS, name, landing)
    reading, staged = landing.read(file, source({"column": "status", "operator": operator, "value": "x"}))
    assert (reading.status, reading.accepted, reading.rejected, reading.left_out) == ("failed", 0, 5, 0)
    assert "lacks column 'status' (asked for by where)" in str(reading.message)
    assert {code for code, _, _ in rejects(staged).values()} == {"Unreadable"}


def test_a_key_of_json_that_is_always_empty_is_there(landing: Landing) -> None:
    lines = [json.dumps({"at": "2024-05-02", "what": "a", "user": {"deleted": None}})]
    condition = {"column": "user.deleted", "operator": "is empty"}
    reading, _ = landing.read(landing.put("e.ndjson", lines), source(condition))
    assert (reading.status, reading.accepted) == ("ok", 1)


def test_a_preset_that_takes_records_apart_gets_the_chosen_ones(landing: Landing) -> None:
    item = {"price": 2.0, "quantity": 1}
    events = [
        {"event_timestamp": 1_714_644_000_000_000 + number, "event_name": "purchase", "user_pseudo_id": "1.2"}
        | {"device": {"category": category}, "items": [{**item, "item_id": f"i{number}"}]}
        for number, category in enumerate(["desktop", "test", "desktop", "test"])
    ]
    for name in ("s.ndjson", "s.parquet"):
        chosen = Where(column="device.category", operator="!=", value="test")
        reading, staged = landing.read(
            written(events, name, landing), Source(kind="events", preset="ga4", where=(chosen,))
        )
        assert (reading.records, reading.left_out) == (2, 2)
        assert staged["item_id"].to_list() == ["i0", "i2"]
        assert staged["line_number"].to_list() == [1, 3]


def test_every_kind_can_be_chosen_from(landing: Landing) -> None:
    examples = {"event_at": "2024-05-02", "changed_at": "2024-05-02", "date": "2024-05-02", "rate_date": "2024-05-02"}
    examples |= {"purpose": "analytics", "status": "granted", "level": "ad", "rate": "1", "user_id": "u"}
    for kind in CONTRACTS:
        constants = {name: examples.get(name, "x") for name in REQUIRED[kind]} | (
            {"user_id": "u"} if kind in ("consents", "third_party") else {}
        )
        chosen = Source(kind=kind, constants=constants, where=(Where(column="c", operator="=", value="yes"),))
        reading, _ = landing.read(landing.put(f"{kind}.csv", ["c,d", "yes,1", "no,1", ",1"]), chosen)
        assert (reading.records, reading.left_out) == (1, 2), kind


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("{column: c, operator: '<>', value: 1}", ["'sources.shop.where.0.operator' has the value '<>'", "'!='"]),
        (
            "{column: c, operator: matches, value: '(a'}",
            ["sources.shop.where.0", "(a", "not a usable regular expression"],
        ),
        (
            "{column: c, operator: =}",
            ["sources.shop.where.0", "operator '=' on column 'c' has the value None", "one value"],
        ),
        ("{column: c, operator: in, value: x}", ["has the value 'x'", "allowed: a list"]),
        ("{column: c, operator: in, value: []}", ["has the value ()", "allowed: a list"]),
        ("{column: c, operator: is empty, value: x}", ["has the value 'x'", "allowed: no value"]),
        ("{column: c, operator: '>', value: [1]}", ["has the value ('1',)", "one value"]),
        ("{column: c, operator: =, value: yes}", ["sources.shop.where.0.value", "saw True", "in quotes"]),
        ("{column: '', operator: =, value: x}", ["sources.shop.where.0.column"]),
        (
            "{columns: c, operator: =, value: x}",
            ["unknown key 'sources.shop.where.0.columns'", "did you mean 'column'"],
        ),
    ],
)
def test_a_condition_that_cannot_hold_is_refused_at_load(tmp_path: Path, condition: str, words: list[str]) -> None:
    file = tmp_path / "dmp.yaml"
    file.write_text(
        "start_date: 2024-05-01\nsources:\n  shop:\n    kind: events\n"
        f"    columns: {{event_at: at, event_name: what}}\n    where:\n      - {condition}\n"
    )
    with pytest.raises(ConfigurationError) as refusal:
        load_settings(file)
    assert "dmp.yaml:7" in str(refusal.value)
    for word in words:
        assert word in str(refusal.value)


def test_values_of_yaml_become_the_texts_of_files(tmp_path: Path) -> None:
    file = tmp_path / "dmp.yaml"
    file.write_text(
        "start_date: 2024-05-01\nsources:\n  shop:\n    kind: events\n    where:\n"
        "      - {column: a, operator: =, value: 5}\n      - {column: b, operator: '>=', value: 2024-05-01}\n"
        "      - {column: c, operator: not in, value: [x, 0.5]}\n"
    )
    found = [(one.operator, one.value) for one in load_settings(file).sources["shop"].where]
    assert found == [("=", "5"), (">=", "2024-05-01"), ("not in", ("x", "0.5"))]


def test_a_truth_value_is_never_guessed() -> None:
    with pytest.raises(pydantic.ValidationError, match="in quotes"):
        Where(column="c", operator="in", value=["a", True])  # type: ignore[arg-type]
