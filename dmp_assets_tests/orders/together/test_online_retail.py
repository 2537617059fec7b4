"""A real shop's year (UCI Online Retail) as orders: equal lines kept, cancellations of their own taken back."""

import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from dmp_assets_tests.support.landed import Landed, landed
from dmp_assets_tests.support.places import PUBLIC_DATA

FILE = PUBLIC_DATA / "uci_online_retail" / "online_retail.parquet"
CONFIGURATION = """\
start_date: 2010-12-01
end_date: 2011-12-09
base_currency: GBP
time_zone: Europe/London
sources:
  retail:
    kind: orders
    refunds: ^C
    columns: {event_at: InvoiceDate, transaction_id: InvoiceNo, item_id: StockCode, item_name: Description,
      quantity: Quantity, price: UnitPrice, user_id: CustomerID, country: Country}
"""

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"UCI Online Retail is not at {FILE}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    folder: Path = tmp_path_factory.mktemp("retail")
    (folder / "data" / "landing" / "retail").mkdir(parents=True)
    shutil.copy(FILE, folder / "data" / "landing" / "retail")
    (folder / "dmp.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return landed(folder / "dmp.yaml", datetime(2026, 11, 2))  # noqa: DTZ001 -- naive UTC


def test_orders_less_reversals_are_the_published_sum(shop: Landed) -> None:
    sold, back = shop["orders"]["net_sales"].sum(), shop["reversals"]["sales_reversals"].sum()
    assert sold - back == Decimal("9747747.934")
    assert shop["order_items"]["net_sales"].sum() == sold


def test_every_invoice_is_an_order_or_a_reversal(shop: Landed) -> None:
    assert shop["order_reports"].height == 25_900
    worthless = shop["order_reports"].filter(pl.col("report_kind") != "sale", pl.col("line_sales") == 0).height
    assert shop["orders"].height + shop["reversals"].height + worthless == 25_900
    assert shop["orders"]["flags"].drop_nulls().is_empty()
    assert shop["orders"]["user_id"].n_unique() - 1 == 4_339
