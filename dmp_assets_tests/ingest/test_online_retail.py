"""A real shop's two years (UCI Online Retail), once as Parquet and once as a Latin-1 CSV with American dates."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from dmp_assets.settings import Source
from dmp_assets_tests.ingest.landing import Landing

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "uci_online_retail"
COLUMNS = {
    "event_at": "InvoiceDate",
    "transaction_id": "InvoiceNo",
    "item_id": "StockCode",
    "quantity": "Quantity",
    "user_id": "CustomerID",
}


@pytest.mark.skipif(not DATA.is_dir(), reason=f"UCI Online Retail is not at {DATA}")
def test_parquet_and_latin_1_csv_give_the_same_orders(landing: Landing) -> None:
    sources = {
        "online_retail.parquet": Source(kind="orders", columns=COLUMNS, time_zone="Europe/London"),
        "online_retail_latin1.csv.gz": Source(
            kind="orders",
            columns=COLUMNS,
            time_zone="Europe/London",
            time_formats=("%m/%d/%Y %H:%M",),
            encoding="latin-1",
        ),
    }
    found = []
    for name, source in sources.items():
        file = landing.put_bytes(name, b"")
        shutil.copyfile(DATA / name, file)
        reading, staged = landing.read(file, source, first_day=date(2010, 1, 1))
        assert (reading.status, reading.message) == ("ok", None)
        assert (reading.accepted, staged["user_id"].null_count()) == (541_909, 135_080)
        found.append(staged)
    parquet, csv = (staged.sort("fingerprint").drop("path", "line_number") for staged in found)
    assert parquet.equals(csv)
