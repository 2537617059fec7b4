"""Columns and keys whose names are patterns elsewhere are names here: no file fails for them, and no value is lost."""

import json

import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets_tests.ingest.support.cases import good
from dmp_assets_tests.ingest.support.landing import Landing

ORDERS = Source(kind="orders", columns={"event_at": "at", "transaction_id": "order", "user_id": "who"})
EVENTS = Source(kind="events", columns={"event_at": "at", "event_name": "what", "user_id": "who"})
NAMES = ["*", "^w.*$", "^none$", "a*", "$", "^"]


@pytest.mark.parametrize("name", NAMES)
def test_a_column_is_read_beside_one_whose_name_is_a_pattern(landing: Landing, name: str) -> None:
    lines = [f"at,order,who,{name}", "2024-05-02,1,ann,x", "2024-05-02,1,ann,y", "2024-05-02,1,ann,x"]
    reading, staged = landing.read(landing.put("o.csv", lines), ORDERS)
    assert (reading.accepted, good(staged)["user_id"].to_list()) == (3, ["ann", "ann", "ann"])
    assert good(staged)["fingerprint"].n_unique() == 2


@pytest.mark.parametrize("name", NAMES)
def test_records_that_differ_in_such_a_key_alone_are_two(landing: Landing, name: str) -> None:
    record = {"at": "2024-05-02T10:00:00Z", "what": "view_item", "who": "ann"}
    lines = [json.dumps({**record, "deep": {name: value}} | {name: value}) for value in ("x", "y", "x")]
    reading, staged = landing.read(landing.put("e.ndjson", lines), EVENTS)
    assert reading.accepted == 3
    assert good(staged)["fingerprint"].n_unique() == 2
