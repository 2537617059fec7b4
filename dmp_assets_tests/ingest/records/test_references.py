"""Lines of orders in a file of their own: the newest file that names an order counts."""

from decimal import Decimal

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.records.mapping import MappingError, check_sources
from dmp_assets.ingest.records.raw_tables import rejected_records
from dmp_assets.ingest.records.references import newest_order_lines, reference_records
from dmp_assets.ingest.schema.orders import RawOrderLines
from dmp_assets_tests.ingest.support.landing import Landing

SOURCE = Source(
    kind="order_lines",
    order_space="web",
    columns={"transaction_id": "no", "item_id": "sku", "quantity": "n", "price": "price", "store_id": "store"},
)
HEADER = "no,sku,n,price,store"


def lines(landing: Landing, files: dict[str, list[str]]) -> pl.DataFrame:
    staged = [landing.read(landing.put(name, [HEADER, *rows]), SOURCE)[0].staged for name, rows in files.items()]
    found = newest_order_lines(staged).collect()
    RawOrderLines.validate(found, lazy=True)
    return found.sort("path", "line_number")


def test_all_lines_of_the_newest_file_that_names_an_order_count(landing: Landing) -> None:
    files = {
        "l-10.csv": ["1,tea,1,4.00,", "1,tea,1,4.00,"],
        "l-2.csv": ["1,mug,1,9.00,", "2,pen,3,1.50,"],
        "l-9.csv": ["1,mug,2,9.00,"],
    }
    found = lines(landing, files)
    rows = found.select("path", "transaction_id", "item_id", "item_revenue").rows()
    wanted = [("shop/l-10.csv", "1", "tea", Decimal(4))] * 2 + [("shop/l-2.csv", "2", "pen", Decimal("4.5"))]
    assert rows == wanted
    assert lines(landing, dict(reversed(files.items()))).equals(found)
    assert found["order_space"].unique().to_list() == ["web"]


def test_one_number_of_two_stores_is_two_orders(landing: Landing) -> None:
    found = lines(landing, {"a.csv": ["1,tea,1,4.00,ulm", "1,mug,1,9.00,bonn"], "b.csv": ["1,pen,1,1.00,ulm"]})
    assert found.select("store_id", "item_id").rows() == [("bonn", "mug"), ("ulm", "pen")]


def test_a_bad_line_is_rejected_and_says_nothing_of_its_order(landing: Landing) -> None:
    first = landing.read(landing.put("a.csv", [HEADER, "1,tea,1,4.00,"]), SOURCE)[0]
    second = landing.read(landing.put("b.csv", [HEADER, "1,mug,many,9.00,", ",pen,1,1.00,"]), SOURCE)[0]
    found = reference_records("order_lines", [first.staged, second.staged]).collect()
    assert found["item_id"].to_list() == ["tea"]
    rejected = rejected_records([("order_lines", second.staged)]).collect()
    assert rejected.select("line_number", "violation_code").rows() == [
        (2, "Datatype-Mismatch"),
        (3, "Required-Missing"),
    ]


def test_without_files_there_are_no_lines() -> None:
    found = reference_records("order_lines", []).collect()
    assert found.is_empty()
    RawOrderLines.validate(found, lazy=True)


def test_lines_belong_to_the_space_of_the_only_source_of_orders() -> None:
    orders = Source(kind="orders", columns={"event_at": "at", "transaction_id": "no"})
    bare = SOURCE.model_copy(update={"order_space": None})
    assert check_sources({"shop": orders, "lines": bare})["lines"].order_space == "shop"
    tills = orders.model_copy(update={"order_space": "tills"})
    assert check_sources({"shop": tills, "lines": bare})["lines"].order_space == "tills"
    for sources in (
        {"lines": bare},
        {"shop": orders, "pos": tills, "lines": bare},
        {"shop": orders, "lines": SOURCE},
    ):
        with pytest.raises(MappingError, match="source 'lines': order_space, whose orders the lines are of, is"):
            check_sources(sources)
