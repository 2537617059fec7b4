"""Shapes tell the types that a JSON parser would, for any text."""

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.tracking_plan.shapes import is_instant, read_shape, shape_texts
from dmp_assets.ingest.values.times import read_instants

# Strings made of what JSON is made of: what a replacement could take for structure.
AWKWARD = st.text(alphabet='":,{}[]\\ \n01.e-+sttrufalsn\x00é', max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | AWKWARD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(AWKWARD, inner, max_size=3),
    max_leaves=8,
)
SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")])
TYPES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(AWKWARD, VALUES, max_size=4), SEPARATORS, st.booleans())
@example({":": ",", ":5": 1}, (",", ":"), False)
@example({'a":5': "x", "b": '":"'}, (",", ":"), True)
def test_types_are_those_of_a_parser(record: dict[str, Any], separators: tuple[str, str], ascii_only: bool) -> None:
    text = json.dumps(record, separators=separators, ensure_ascii=ascii_only)
    expected = {name: TYPES[type(value)] for name, value in record.items() if value is not None}
    assert read_shape(shape_texts(pl.Series([text]))[0]).types == expected


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet='":,{}[]\\ 01.e-sabtrue\n', max_size=20))
def test_what_a_parser_refuses_has_no_types(inside: str) -> None:
    text = "{" + inside + "}"
    try:
        readable = isinstance(json.loads(text), dict)
    except ValueError:
        readable = False
    assert (read_shape(shape_texts(pl.Series([text]))[0]).types is not None) == readable


def test_records_that_differ_in_values_alone_share_a_shape() -> None:
    texts = [
        '{"a":"x","b":1,"c":true,"d":["x"],"e":[{"f":1}],"g":{"h":"i"}}',
        '{"a": "\\"", "b": -2.5e3, "c": false, "d": ["y", "z", 1], "e": [{"f": 2}, {"f": 3}], "g": {"h": "j"}}',
    ]
    first = shape_texts(pl.Series([texts[0]]))[0]
    assert shape_texts(pl.Series([texts[1].replace(": false", ":false").replace(", ", ",")]))[0] == first


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01",
        "2024-02-29T00:00Z",
        "2023-02-29T00:00Z",
        "2024-05-01 12:00:00",
        "2024-05-01t12:00:00.123456z",
        "2024-05-01T12:00:00+02:00",
        "2024-05-01T12:00:00-0930",
        "2024-05-01T25:00:00Z",
        "2024-13-01",
        "yesterday",
        "",
        "1714564800",
    ],
)
def test_a_datetime_is_what_the_reader_can_read(text: str) -> None:
    values = pl.Series("text", [text])
    readable = read_instants(values, "UTC", ()).is_not_null()[0]
    assert values.to_frame().select(is_instant(pl.col("text"))).item() == readable


def test_a_day_without_leading_zeros_is_no_datetime_though_the_reader_is_lenient() -> None:
    assert not pl.DataFrame({"text": ["2024-5-1"]}).select(is_instant(pl.col("text"))).item()
