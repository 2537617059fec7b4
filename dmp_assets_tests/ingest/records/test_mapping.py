"""A mapping that cannot work stops the load and says what would."""

import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.kinds import REQUIRED, mappable_columns
from dmp_assets.ingest.presets import PRESETS
from dmp_assets.ingest.records.mapping import MappingError, check_source

EVENTS = {"event_at": "at", "event_name": "what"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Source(kind="events", preset="nope"), ["unknown preset 'nope'", "allowed: columns, ga4, segment"]),
        (Source(kind="events", preset="completejourney_products"), ["is for kind 'items'", "not 'events'"]),
        (Source(kind="events", columns=EVENTS | {"prices": "p"}), ["'prices' is no column", "item_revenue"]),
        (Source(kind="events", columns=EVENTS, constants={"line_number": "1"}), ["'line_number' is no column"]),
        (Source(kind="orders", columns=EVENTS | {"event_id": "e"}), ["'event_id' is no column of kind 'orders'"]),
        (Source(kind="events", columns={"event_at": "at"}), ["'event_name' is required", "mapped: event_at"]),
        (Source(kind="events", columns=EVENTS, constants={"event_name": "x"}), ["a column and a constant"]),
        (Source(kind="events", columns=EVENTS | {"user_id": "^u.*$"}), ["'^u.*$' is a pattern"]),
        (Source(kind="events", columns=EVENTS | {"user_id": "a.*"}), ["'a.*' is a pattern"]),
        (Source(kind="events", columns=EVENTS, constants={"quantity": "many"}), ["'many'", "a number such as"]),
        (Source(kind="events", columns=EVENTS | {"refunded_amount": "r"}), ["'refunded_amount' is no column"]),
        (Source(kind="orders", columns=EVENTS | {"given_revenue": "r"}), ["'given_revenue' is no column"]),
        (
            Source(kind="orders", columns={"event_at": "a", "transaction_id": "b"}, constants={"is_test": "maybe"}),
            ["'maybe'", "yes or no"],
        ),
        (Source(kind="items", columns={"item_id": "sku"}, order_space="web"), ["order_space is for kinds orders"]),
        (Source(kind="events", columns=EVENTS, fill_down=False), ["fill_down is for kinds orders, not 'events'"]),
        (
            Source(kind="customers", columns={"user_id": "u"}, statuses={"x": "paid"}),
            ["statuses is for kinds events, orders, not 'customers'"],
        ),
        (Source(kind="events", columns=EVENTS, time_formats=("%Q",)), ["'%Q'", "epoch_ms"]),
        (Source(kind="events", columns=EVENTS, time_formats=("abc",)), ["'abc'", "strptime"]),
    ],
)
def test_what_cannot_work_is_refused(source: Source, words: list[str]) -> None:
    with pytest.raises(MappingError) as refusal:
        check_source("shop", source)
    for word in ("source 'shop'", *words):
        assert word in str(refusal.value)


def test_the_sources_own_columns_win_over_the_preset() -> None:
    own = Source(
        kind="orders",
        preset="completejourney_transactions",
        columns={"user_id": "member", "event_name": "type"},
        constants={"store_id": "7"},
    )
    source = check_source("shop", own)
    assert source.columns["user_id"] == "member"
    assert source.columns["transaction_id"] == "basket_id"
    assert "store_id" not in source.columns
    assert source.constants == {"store_id": "7"}
    assert check_source("shop", source) == source


def test_every_preset_maps_to_columns_that_exist() -> None:
    for name, preset in PRESETS.items():
        if preset.kind is not None:
            supplied = {**preset.columns, **preset.constants}
            missing = {ours: "c" for ours in REQUIRED[preset.kind] if ours not in supplied}
            source = check_source(name, Source(kind=preset.kind, preset=name, columns=missing))
            assert set(source.columns) | set(source.constants) <= set(mappable_columns(preset.kind))
