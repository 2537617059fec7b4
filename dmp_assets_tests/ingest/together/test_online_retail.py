"""A real shop's year (UCI Online Retail), once as Parquet and once as a Latin-1 CSV with American dates.

The counts that the tables are held to are those that the data set is published with.
"""

import shutil
from datetime import date
from decimal import Decimal

import narwhals.stable.v2 as nw
import polars as pl
import pytest

from dmp_assets.events.gathering import clean_records
from dmp_assets.events.judging import judge_records
from dmp_assets.foundation.settings.settings import Source
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.values.rates import NO_RATES
from dmp_assets.foundation.warehouse.contract import to_engine
from dmp_assets.ingest.records.raw_tables import records_of_days
from dmp_assets_tests.ingest.support.landing import Landing
from dmp_assets_tests.support.places import PUBLIC_DATA

DATA = PUBLIC_DATA / "uci_online_retail"
COLUMNS = {
    "event_at": "InvoiceDate",
    "transaction_id": "InvoiceNo",
    "item_id": "StockCode",
    "item_name": "Description",
    "quantity": "Quantity",
    "price": "UnitPrice",
    "user_id": "CustomerID",
    "country": "Country",
}
PARQUET = Source(
    kind="orders",
    columns=COLUMNS,
    time_zone="Europe/London",
    refunds="^C",
    products=r"^\d{5}",
)
LATIN_1 = PARQUET.model_copy(update={"time_formats": ("%m/%d/%Y %H:%M",), "encoding": "latin-1"})
FILES = {"online_retail.parquet": PARQUET, "online_retail_latin1.csv.gz": LATIN_1}
FIRST, LAST = date(2010, 12, 1), date(2011, 12, 9)
TABLES = ("cleaned_events", "event_items", "quarantined_events", "event_ledger")

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"UCI Online Retail is not at {DATA}")


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, pl.DataFrame]]:
    """Raw and cleaned tables of both files."""
    found = []
    for name, source in FILES.items():
        landing = Landing(tmp_path_factory.mktemp("retail"))
        file = landing.put_bytes(name, b"")
        shutil.copyfile(DATA / name, file)
        reading, _ = landing.read(file, source, first_day=date(2010, 1, 1))
        assert (reading.status, reading.message) == ("ok", None)
        raw = records_of_days([reading.staged], Days(FIRST, LAST), NO_RATES, "GBP").collect()
        judged = nw.to_native(judge_records(nw.from_native(to_engine(raw.lazy())))).collect()
        cleaned = clean_records(nw.from_native(judged.lazy()))
        found.append({"raw": raw} | {table: nw.to_native(getattr(cleaned, table)).collect() for table in TABLES})
    return found


def test_both_files_give_the_same_tables(shops: list[dict[str, pl.DataFrame]]) -> None:
    parquet, csv = shops
    for table in TABLES:
        order = [name for name in ("event_date", "event_id", "line", "source") if name in parquet[table].columns]
        first, second = (shop[table].sort(order) for shop in (parquet, csv))
        assert first.equals(second), table
    assert parquet["cleaned_events"].height == 25_900


def test_every_line_is_accounted_for(shops: list[dict[str, pl.DataFrame]]) -> None:
    for shop in shops:
        account = shop["event_ledger"].select("records", "kept", "duplicates", "superseded", "quarantined")
        # 5,268 lines equal another line of their invoice. They are in one file, so each is a line of its own.
        assert account.sum().row(0) == (541_909, 541_909, 0, 0, 0)
        assert shop["event_ledger"]["alike"].sum() == 10_147
        assert shop["cleaned_events"]["records"].sum() == 541_909


def test_the_published_facts_hold(shops: list[dict[str, pl.DataFrame]]) -> None:
    raw = shops[0]["raw"]
    assert (raw["user_id"].null_count(), raw["item_name"].null_count()) == (135_080, 1_454)
    assert raw["item_revenue"].sum() == Decimal("9747747.934")
    assert (raw["event_name"] == "refund").sum() == 9_288
    assert raw["user_id"].n_unique() - 1 == 4_372
    events = shops[0]["cleaned_events"]
    assert set(events["event_id"].str.contains(":C.*:refund$").filter(events["event_name"] == "refund")) == {True}


def test_what_is_no_product_is_no_item_and_keeps_its_amount(shops: list[dict[str, pl.DataFrame]]) -> None:
    raw = shops[0]["raw"]
    others = raw.filter(pl.col("item_id").is_null())
    # 2,995 lines of postage, bank charges, samples, manual entries and gift vouchers, by their stock codes.
    given = pl.read_parquet(DATA / "online_retail.parquet").filter(~pl.col("StockCode").str.contains(r"^\d{5}"))
    assert others.height == given.height > 2_900
    assert float(others["item_revenue"].sum()) == pytest.approx((given["Quantity"] * given["UnitPrice"]).sum())


def test_impossible_values_are_flagged_and_kept(shops: list[dict[str, pl.DataFrame]]) -> None:
    flags = shops[0]["raw"].filter(pl.col("flags").is_not_null())["flags"].str.split(",").explode().value_counts()
    counts = dict(flags.iter_rows())
    assert counts["negative_quantity"] == 10_624 - 9_288
    # Bad debt written off, twice; nothing else is worth less than nothing.
    assert counts["negative_revenue"] == 2
    assert counts["price_outlier"] > 0
