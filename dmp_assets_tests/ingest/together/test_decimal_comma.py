"""Numbers with a decimal comma: which points part thousands."""

from decimal import Decimal
from pathlib import Path

import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets_tests.ingest.support.cases import good, read_case
from dmp_assets_tests.ingest.support.landing import Landing, rejects

ORDERS = Source(
    kind="orders", columns={"event_at": "at", "transaction_id": "order", "user_id": "who", "item_revenue": "paid"}
)


def test_a_number_that_begins_with_0_is_no_group_of_thousands(tmp_path: Path) -> None:
    ((_, staged),) = read_case("decimal-comma-groups", tmp_path).values()
    refused = {line: message for line, (code, message, _) in rejects(staged).items() if code == "Datatype-Mismatch"}
    assert sorted(refused) == [3, 4, 5, 7]
    assert "'qty' (quantity): expected a number such as 3 or 0,25" in refused[3]
    for line in (4, 5, 7):
        assert "'line_total' (item_revenue): expected an amount such as 12,50" in refused[line]
    assert all("a group of thousands does not begin with 0" in message for message in refused.values())
    kept = good(staged).select("transaction_id", "quantity", "item_revenue").rows()
    assert kept == [
        ("B1", 1.0, Decimal("1234.56")),
        ("B5", 1.0, Decimal(1250)),
        ("B7", 1.0, Decimal(-1000)),
        ("B8", 1000.0, Decimal(9)),
    ]


@pytest.mark.parametrize("text", ["0.990", "00.125", "-0.500", "+0.001", "0.990,5", "012.500", "000.000"])
def test_no_group_begins_with_0(landing: Landing, text: str) -> None:
    source = ORDERS.model_copy(update={"decimal_comma": True, "delimiter": ";"})
    _, staged = landing.read(landing.put("o.csv", ["at;order;who;paid", f"2024-05-02;1;u;{text}"]), source)
    assert "a group of thousands does not begin with 0" in rejects(staged)[2][1]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0,990", "0.99"),
        ("1.250", "1250"),
        ("-1.000", "-1000"),
        ("1.234,56", "1234.56"),
        ("10.000.000", "10000000"),
        ("0", "0"),
        ("007", "7"),
        ("-0,5", "-0.5"),
        ("100.000,25", "100000.25"),
    ],
)
def test_other_numbers_with_a_decimal_comma_stay(landing: Landing, text: str, amount: str) -> None:
    source = ORDERS.model_copy(update={"decimal_comma": True, "delimiter": ";"})
    _, staged = landing.read(landing.put("o.csv", ["at;order;who;paid", f"2024-05-02;1;u;{text}"]), source)
    assert staged["item_revenue"].to_list() == [Decimal(amount)]
