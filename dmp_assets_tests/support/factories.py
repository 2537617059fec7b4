"""A small shop: landing records in engine types, a landing folder over four days, and what its warehouse holds."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from dmp_assets.commands.runs import Platform
from dmp_assets.domains import DAILY
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.values.money import UNITS
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets_tests.support.quick_runs import quick_runs
from dmp_assets_tests.support.worlds import shared_world

DAY = date(2024, 5, 1)
FIRST_DAY, LAST_DAY = date(2024, 5, 1), date(2024, 5, 4)
MINUTE = 60_000_000
HOUR = 60 * MINUTE

DAILY_KEYS = [Table(contract).asset_key for contract in DAILY]
"""The assets that are made day by day."""

CONFIGURATION = """\
start_date: 2024-05-01
end_date: 2024-05-04
sources:
  orders:
    kind: orders
    columns: {event_at: at, transaction_id: order, user_id: person, item_id: item, quantity: n, item_revenue: paid}
  clicks:
    kind: events
    columns: {event_id: id, event_at: at, received_at: received, event_name: name, user_id: person}
  customers: {kind: customers, columns: {user_id: person, age_range: age}}
  items: {kind: items, columns: {item_id: item, item_category: category}}
contact_cost: {default: 0.5}
holdout_days: 1
"""


def engine_schema(model: type[TableContract]) -> dict[str, pl.DataType]:
    """Return the columns of a contract with instants and money as whole numbers."""
    columns = {name: column.dtype.type for name, column in model.to_schema().columns.items()}
    of_money = {name: UNITS() if isinstance(dtype, pl.Decimal) else dtype for name, dtype in columns.items()}
    return {name: pl.Int64() if isinstance(dtype, pl.Datetime) else dtype for name, dtype in of_money.items()}


def engine_frame(model: type[TableContract], rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return rows in the engine types of a contract; what a row leaves out is null."""
    schema = engine_schema(model)
    unknown = {name for row in rows for name in row} - set(schema)
    assert not unknown, unknown
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def instant(text: str) -> int:
    """Return the microseconds of a UTC time.

    >>> instant("1970-01-01 00:00:01")
    1000000
    """
    passed = datetime.fromisoformat(text).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def click(event_id: str = "e1", at: str = "2024-05-01 10:00:00", **changes: Any) -> dict[str, Any]:
    """Return one record of an event source: a bare view by p1, on line 1 of a.csv."""
    row = {
        "event_date": date.fromisoformat(at[:10]),
        "source": "clicks",
        "kind": "events",
        "path": "a.csv",
        "line_number": 1,
        "part": 0,
        "event_id": event_id,
        "fingerprint": 1,
        "event_name": "view_item",
        "event_at": instant(at),
        "user_id": "p1",
    }
    return row | changes


def order_line(order: str = "o1", item: str | None = "i1", at: str = "2024-05-01 10:00:00", **changes: Any) -> dict:
    """Return one order line by p1: one unit for 5, in whole units of money."""
    row = click(f"orders:{order}", at, source="orders", kind="orders", event_name="purchase", transaction_id=order)
    return row | {"item_id": item, "quantity": 1.0, "item_revenue": 50_000} | changes


def bad(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record as reading refused it."""
    return {
        **row,
        "fingerprint": None,
        "violation_code": "Out-Of-Range",
        "violation_message": "too old",
        "raw_record": "1900-01-01",
    }


def records(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """Return landing records in engine types; lines are numbered where all stand on the first."""
    numbered = [{**row, "line_number": place} for place, row in enumerate(rows, start=1)]
    same = len({(row["path"], row["line_number"]) for row in rows}) < len(rows)
    return engine_frame(RawEvents, numbered if same else rows)


def run(transform: Callable[..., Any], *frames: pl.DataFrame) -> pl.DataFrame:
    """Return what a portable transform makes of Polars frames."""
    return nw.to_native(transform(*(nw.from_native(frame.lazy()) for frame in frames))).collect()


def canonical(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with columns and rows in one order, so that equal data are equal frames."""
    columns = sorted(frame.columns)
    return frame.select(columns).sort(columns, nulls_last=True)


def shop(folder: Path, configuration: str = CONFIGURATION) -> Settings:
    """Return the settings of a shop whose ``dmp.yaml``, landing folder and warehouse lie in ``folder``."""
    (folder / "data" / "landing").mkdir(parents=True, exist_ok=True)
    (folder / "dmp.yaml").write_text(configuration, encoding="utf-8")
    return load_settings(folder / "dmp.yaml")


def shop_files() -> dict[str, str]:
    """Return path -> text of the shop's files: four days with every fate of a record, bad rows and refunds."""
    header = "at,order,person,item,n,paid"
    first = [
        "2024-05-01 10:00:00,o1,p1,i1,1,5.00",
        "2024-05-01 10:00:00,o1,p1,i2,0.1,2.25",
        "2024-05-01 10:00:00,o1,p1,i2,0.1,2.25",
        "2024-05-02 09:00:00,o2,p2,i9,3,7.50",
        "2024-05-02 09:00:00,o2,p2,i1,0.2,7.50",
        "2024-05-02 09:00:00,o2,p2,i3,0.3,not a number",
        "no time,o3,p2,i1,1,1.00",
    ]
    # The first order again as it was, and the second without what was sent back.
    second = [
        *first[:3],
        "2024-05-02 09:00:00,o2,p2,i9,3,7.50",
        "2024-05-02 11:00:00,o4,p1,i1,-1,-5.00",
        "2024-05-04 08:30:00,o5,p3,i2,1,2.25",
    ]
    clicks = [
        click_json("c1", "2024-05-01 09:59:00", "view_item", "p1"),
        click_json("c2", "2024-05-01 23:59:59.999999", "view_item", "p2"),
        click_json("c3", "2024-05-02 00:00:00", "add_to_cart", "p2", received="2024-05-02 00:00:09"),
        click_json("c4", "2024-05-04 08:00:00", "search", None),
    ]
    conflict = [click_json("c3", "2024-05-02 12:00:00", "search", "p2", received="2024-05-02 12:00:01"), "{broken"]
    return {
        "orders/a.csv": "\n".join([header, *first]) + "\n",
        "orders/b.csv": "\n".join([header, *second]) + "\n",
        "clicks/a.ndjson": "\n".join(clicks) + "\n",
        "clicks/b.ndjson": "\n".join(conflict) + "\n",
        "customers/a.csv": "person,age\np1,25-34\np2,35-44\n",
        "items/a.csv": "item,category\ni1,DAIRY\ni2,BREAD\n",
    }


def click_json(event_id: str, at: str, name: str, person: str | None, received: str | None = None) -> str:
    """Return one line of the shop's click stream."""
    return json.dumps({"id": event_id, "at": at, "received": received, "name": name, "person": person})


def land(settings: Settings, files: Mapping[str, str]) -> None:
    """Put files into the landing folder."""
    for path, text in files.items():
        file = settings.landing_dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@contextmanager
def platform(settings: Settings, tell: Callable[[str], object] = print) -> Iterator[Platform]:
    """Yield the platform for quick runs, and leave the environment as it was."""
    with quick_runs():
        yield Platform(settings, tell)


def _build_shop(folder: Path) -> None:
    settings = shop(folder)
    land(settings, shop_files())
    with platform(settings) as built:
        built.bring_up_to_date()


def built_shop(folder: Path, configuration: str = CONFIGURATION) -> Settings:
    """Return the settings of a copy of the shop with all its files, brought up to date once."""
    shutil.copytree(shared_world("shop", _build_shop), folder, dirs_exist_ok=True)
    return shop(folder, configuration)


def stored_rows(settings: Settings, table: str, exclude: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """Return a table's rows in one order."""
    left_out = f"EXCLUDE ({', '.join(exclude)})" if exclude else ""
    return query(settings, f"SELECT * {left_out} FROM {table} ORDER BY ALL")


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query on the pipeline's own file."""
    with Warehouse(database=str(settings.warehouse_path)).get_connection(read_only=True) as connection:
        return connection.sql(sql).fetchall()
