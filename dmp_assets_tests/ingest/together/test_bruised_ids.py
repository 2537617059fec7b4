"""Ids that spreadsheets, float writers and copying rewrote."""

import io
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.kinds import CONTRACTS, ID_COLUMNS, REQUIRED, mappable_columns
from dmp_assets.ingest.values.identifiers import LOST_DIGITS
from dmp_assets_tests.ingest.support.cases import good, read_case, written
from dmp_assets_tests.ingest.support.landing import Landing, rejects

ADVICE = "has lost digits; export the column as text"
CUSTOMERS = Source(kind="customers", columns={"user_id": "no", "email": "email", "phone": "phone", "country": "land"})
ORDERS = Source(
    kind="orders", columns={"event_at": "at", "transaction_id": "order", "user_id": "who", "item_revenue": "paid"}
)


def test_ids_that_a_spreadsheet_rewrote_join_nobody_and_nothing(tmp_path: Path) -> None:
    found = read_case("spreadsheet-ids", tmp_path)
    orders, crm, meta = (found[path][1] for path in ("orders/2026-10.csv", "crm/customers.csv", "meta/day.csv"))
    lost = {line: message for line, (_, message, _) in rejects(orders).items()}
    assert sorted(lost) == [4, 5, 6, 7]
    assert "column 'order_no' (transaction_id)" in lost[4]
    assert "column 'customer_no' (user_id)" in lost[6]
    assert all(ADVICE in message for message in lost.values())
    assert not [message for message in lost.values() if "required" in message], "a lost id is not said to be missing"
    assert good(orders).select("transaction_id", "user_id", "item_id").rows() == [
        ("50001", "12345", "101"),
        ("50002", "12346", "102"),
        ("50007", "00123", "104"),
        ("50008", "00124", "104"),
        ("50009", "125", "104"),
        ("50010", "0", "104"),
    ]
    assert {line: message.partition(":")[0] for line, (_, message, _) in rejects(crm).items()} == dict.fromkeys(
        (11, 12), "column 'customer_no' (user_id)"
    )
    assert good(crm)["user_id"].is_unique().all()
    assert good(crm).height == 9
    assert sorted(rejects(meta)) == [2, 3]
    assert all(message.count(ADVICE) == 3 for _, message, _ in rejects(meta).values())


LOST = ["9.44E+17", "9,44E+17", "1.2021e+17", "9.44e17", "9E+18", '"=""9.44E+17"""', "'9.44E+17", "1.2345678E7"]


@pytest.mark.parametrize("text", [*LOST, "9440000000000000000.0", "-1.5E+16", "\u200b9.44E+17", " 9.44E+17 "])
def test_an_id_that_lost_its_digits_is_refused_with_the_advice(landing: Landing, text: str) -> None:
    text = f'"{text}"' if "," in text else text
    lines = ["at,order,who,paid", f"2024-05-02,1,{text},1", "2024-05-02,2,12345,1"]
    reading, staged = landing.read(landing.put("o.csv", lines), ORDERS)
    assert rejects(staged)[2][:2] == (
        "Datatype-Mismatch",
        f"column 'who' (user_id): {LOST_DIGITS}",
    )
    assert (reading.accepted, staged["user_id"].to_list()) == (1, [None, "12345"])


CODES = [
    "9E17",
    "12e5",
    "12E-05",
    "1e10",
    "5e8f00d1",
    "00e1",
    "E+17",
    "9.44E",
    "12.000",
    "1.2.3",
    "A1.0",
    "9007199254740991",
]


@pytest.mark.parametrize("text", [*CODES, "9440000000000000001", "12345678901234567890123", "-1", "0x1E+2", "1.5"])
def test_a_code_that_only_looks_like_a_number_stays(landing: Landing, text: str) -> None:
    reading, staged = landing.read(landing.put("o.csv", ["at,order,who,paid", f"2024-05-02,1,{text},1"]), ORDERS)
    assert (reading.rejected, staged["user_id"].to_list()) == (0, [text])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12345.0", "12345"),
        ("12345.00", "12345"),
        ('"12345,0"', "12345"),
        ("9007199254740991.0", "9007199254740991"),
        ("'00123", "00123"),
        ("'00123'", "00123"),
        ("'A-17", "A-17"),
        ('"=""00124"""', "00124"),
        ('="00124"', "00124"),
        ("\u200b00125", "00125"),
        ("00\u200d1\u00ad26\ufeff", "00126"),
        ("\u202a00127\u202c", "00127"),
        ("\u200e\u200f", None),
        ("#N/A", None),
        ("#REF!", None),
        ("#VALUE!", None),
        ("#NAME?", None),
        ("#NULL!", None),
        ("#NUM!", None),
        ("#DIV/0!", None),
        ("#BEZUG!", None),
        ("#¿NOMBRE?", None),
        ("########", None),
        ("[object Object]", None),
        ("[object Undefined]", None),
        ("undefined", None),
        ("NULL", None),
        ("NaN", None),
        ("\\N", None),
        ("<NA>", None),
        ("#1234", "#1234"),
        ("NA", "NA"),
        ("nonesuch", "nonesuch"),
        ("'s Hertog", "'s Hertog"),
    ],
)
def test_ids_are_read_as_their_source_meant_them(landing: Landing, text: str, expected: str | None) -> None:
    for name, extra in (("fast.csv", []), ("careful.csv", ['2024-05-02,2,"a""b",1', '2024-05-02,3,"a\nb",1'])):
        file = landing.put(name, ["at,order,who,paid", f"2024-05-02,1,{text},1", *extra])
        _, staged = landing.read(file, ORDERS)
        assert staged["user_id"][0] == expected
        assert staged["violation_code"][0] is None


def test_a_required_id_that_means_no_value_is_missing(landing: Landing) -> None:
    rows = ["#REF!", "[object Object]", "null", "\u200b", "#N/A"]
    reading, staged = landing.read(landing.put("c.csv", ["no,email", *(f"{text},a@b.org" for text in rows)]), CUSTOMERS)
    assert {code for code, _, _ in rejects(staged).values()} == {"Required-Missing"}
    assert reading.accepted == 0


def test_every_id_column_of_every_kind_refuses_lost_digits(landing: Landing) -> None:
    examples = {"event_at": "2024-05-02", "changed_at": "2024-05-02", "date": "2024-05-02", "rate_date": "2024-05-02"}
    examples |= {"purpose": "analytics", "status": "granted", "level": "ad", "rate": "1"}
    tried = set()
    for kind in CONTRACTS:
        for column in ID_COLUMNS & {*mappable_columns(kind)}:
            constants = {name: examples.get(name, "x") for name in REQUIRED[kind] if name != column}
            source = Source(kind=kind, columns={column: "its id"}, constants=constants)
            _, staged = landing.read(landing.put(f"{kind}-{column}.csv", ["its id", "9.44E+17", "7"]), source)
            assert ADVICE in rejects(staged)[2][1], (kind, column)
            tried.add(column)
    assert tried == ID_COLUMNS
    ids = {name for kind in CONTRACTS for name in mappable_columns(kind) if name.endswith("_id")}
    assert ids <= ID_COLUMNS


@pytest.mark.parametrize("value", [9.44e17, 2.0**53, -(2.0**60), 1.2021e17])
def test_a_float_too_large_for_its_digits_is_refused_in_every_format(landing: Landing, value: float) -> None:
    rows = [{"at": "2024-05-02", "order": "1", "who": value, "paid": "1"}]
    rows += [{"at": "2024-05-02", "order": "2", "who": 12345.0, "paid": "1"}]
    for name in ("o.csv", "o.ndjson", "o.parquet"):
        _, staged = landing.read(written(rows, name, landing), ORDERS)
        assert ADVICE in rejects(staged)[min(rejects(staged))][1], name
        assert good(staged)["user_id"].to_list() == ["12345"]


def test_single_precision_loses_digits_sooner(landing: Landing) -> None:
    data = io.BytesIO()
    frame = pl.DataFrame({"no": [16_777_216.0, 16_777_215.0, float("nan")]}, schema={"no": pl.Float32})
    frame.write_parquet(data)
    _, staged = landing.read(landing.put_bytes("c.parquet", data.getvalue()), CUSTOMERS)
    assert ADVICE in rejects(staged)[1][1]
    assert staged["user_id"].to_list() == [None, "16777215", None]
    assert rejects(staged)[3][0] == "Required-Missing"


def test_ids_of_ad_reports_are_refused_in_every_format(landing: Landing) -> None:
    rows = [{"date": "2024-05-02", "campaign_id": 1.2021e17, "ad_id": 7.0, "spend": 1.5}]
    source = Source(kind="ad_spend", preset="facebook_ads")
    for name in ("a.csv", "a.parquet"):
        _, staged = landing.read(written(rows, name, landing), source)
        assert rejects(staged)[min(rejects(staged))][1] == f"campaign_id: {LOST_DIGITS}"
    _, staged = landing.read(landing.put("b.csv", ["date,campaign_id,ad_id,spend", "2024-05-02,7,#REF!,1"]), source)
    assert staged.select("level", "campaign_id", "ad_id").rows() == [("campaign", "7", None)]
