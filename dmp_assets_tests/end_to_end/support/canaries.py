"""A landing folder in which every value of every record is a canary: a word that no log, console or book may repeat."""

import base64
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import polars as pl
import yaml

from dmp_assets.foundation.settings.settings import SourceKind
from dmp_assets.ingest.kinds import REQUIRED, mappable_columns

MARK = "zq7"
CANARY = re.compile(rf"{MARK}\w*|987654321\d", re.IGNORECASE)
DAYS = ("2024-05-01", "2024-05-02")

GIVEN = {
    "platform": "google_ads",
    "level": "campaign",
    "currency": "EUR",
    "reference_currency": "EUR",
    "time_zone": "UTC",
    "phone": "+49987654321",
    "properties": f'{{"note": "{MARK}_property", "planned": 3}}',
    "score": "0.5",
    "confidence": "0.5",
}
"""Values without which a record would be refused, or a column would read as null."""

NAMES = ("view_item", "purchase", f"{MARK}_purchase", f"{MARK}_order_completed")


def value(kind: str, column: str, dtype: pl.DataType, number: int) -> str:
    """Return a value that the column can read, with a canary in it where it is a text."""
    if column == "phone":
        return f"{GIVEN['phone']}{number % 10}"
    if column in GIVEN and not (column == "platform" and kind != "ad_spend"):
        return GIVEN[column]
    if column == "event_name":
        return "purchase" if kind == "orders" else NAMES[number % len(NAMES)]
    if column == "email":
        return f"{MARK}{kind}{number % 4}@shop.example"
    if column.endswith("_url"):
        return f"https://shop.example/{MARK}_path{number}?q={MARK}_query&utm_source={MARK}_utm"
    if column in ("event_id", "user_id", "transaction_id", "item_id", "campaign_id"):
        return f"{MARK}_{column}_{number if column == 'event_id' else number % 5}"
    if isinstance(dtype, pl.Datetime):
        return f"{DAYS[number % 2]}T1{number % 10}:00:00Z"
    if dtype == pl.Date:
        return DAYS[number % 2]
    if dtype == pl.String:
        return f"{MARK}_{kind}_{column}_{number % 3}"
    return "false" if dtype == pl.Boolean else str(number % 7 + 1)


def rows(kind: SourceKind) -> list[list[str]]:
    """Return the lines of a file of the kind: good ones, then one for each column in which that one is a canary."""
    columns = dict(mappable_columns(kind))
    columns.pop("bot_rule", None)
    good = [[value(kind, name, dtype, number) for name, dtype in columns.items()] for number in range(12)]
    bad = []
    for place, name in enumerate(columns):
        # Each on a line of its own, so that each column is once the one that breaks its record.
        bad.append([f"{MARK}_bad_{name}" if at == place else text for at, text in enumerate(good[place % 12])])
    missing = [["" if name in REQUIRED[kind] else text for name, text in zip(columns, good[0], strict=True)]]
    return [list(columns), *good, *bad, *missing]


def lay_out(folder: Path) -> None:
    """Write ``dmp.yaml``, a tracking plan and the landing folder.

    Of every kind: a good file, one without a header, one with other columns, one whose header names a column twice, one
    with ragged lines, one that is no Parquet; of events JSON with keys made of data and names of its own.
    """
    sources: dict[str, object] = {}
    for kind in get_args(SourceKind):
        lines = rows(kind)
        files = {
            "good.csv": lines,
            "headless.csv": lines[1:],
            "other.csv": [[f"{MARK}_{name}" for name in lines[0]], *lines[1:3]],
            "twice.csv": [[f"{MARK}_same", f"{MARK}_same", *lines[0][2:]], *lines[1:3]],
            "ragged.csv": [lines[0], lines[1][:2], [*lines[2], f"{MARK}_further"], lines[3]],
        }
        for name, content in files.items():
            file = folder / "data" / "landing" / kind / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n".join(map(line, content)) + "\n", encoding="utf-8")
        (folder / "data" / "landing" / kind / "broken.parquet").write_bytes(f"PAR1{MARK}_bytes".encode() * 20)
        sources[kind] = {"kind": kind, "columns": {name: name for name in lines[0]}}
    own_names = [rows("events")[0], *(row for row in rows("events")[1:13] if MARK in row[1])]
    names = folder / "data" / "landing" / "events" / "names.csv"
    names.write_text("\n".join(map(line, own_names)) + "\n", encoding="utf-8")
    sources["web"] = {"kind": "events", "columns": {name: name for name in rows("events")[0]}}
    events = [dict(zip(rows("events")[0], row, strict=True)) for row in rows("events")[1:9]]
    for one in events[:4]:
        one["properties"] = f'{{"{MARK}_key": 1, "planned": "{MARK}"}}'
    broken = [f'{{"{MARK}_open": ', json.dumps({**events[0], "event_at": f"{MARK}_at"})]
    text = "\n".join([*(json.dumps(one | {f"{MARK}_key_{at}": at}) for at, one in enumerate(events)), *broken])
    for name in ("first", "second"):
        web = folder / "data" / "landing" / "web" / f"{name}.ndjson"
        web.parent.mkdir(exist_ok=True)
        web.write_text(text + "\n" if name == "first" else text.replace("_key_", "_other_") + "\n", encoding="utf-8")
    unplanned = {"sources": {"web": {"unplanned_events": "quarantine"}}}
    plan = {"version": 1, "events": {"view_item": _strict_event()}} | unplanned
    (folder / "tracking_plan.yaml").write_text(yaml.safe_dump(plan), encoding="utf-8")
    stray = folder / "data" / "landing" / "nowhere" / "stray.csv"
    stray.parent.mkdir()
    stray.write_text(f"{MARK}_a,{MARK}_b\n{MARK}_c,{MARK}_d\n", encoding="utf-8")
    configuration: dict[str, object] = {"start_date": "2024-05-01", "end_date": "2024-05-02", "sources": sources}
    configuration["base_currency"] = "EUR"
    configuration["recommendations"] = {"consent_required": True, "consent_purposes": ["functional"]}
    (folder / "dmp.yaml").write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")


def _strict_event() -> dict[str, object]:
    return {"properties": {"planned": {"type": "integer"}, "note": {"type": "string"}}, "additional_properties": False}


def line(fields: list[str]) -> str:
    """Return the fields as one line of CSV."""
    return ",".join('"' + field.replace('"', '""') + '"' if '"' in field else field for field in fields)


def found_in(folder: Path) -> dict[str, set[str]]:
    """Return file -> canaries in its bytes, its name, its tables if it is SQLite, and its pictures in base64."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        texts = [path.name, path.read_bytes().decode("latin-1")]
        if path.suffix == ".db":
            # A long text is cut by the pages of the file, so rows are read too.
            texts += texts_of(path)
        seen = {canary for text in texts for canary in canaries_in(text)}
        if seen:
            found[str(path.relative_to(folder))] = seen
    return found


def canaries_in(text: str) -> set[str]:
    """Return the canaries of a text and of the pictures in it."""
    # A page of SQLite may end within a picture: whole groups of four letters are read.
    encoded = re.findall(r"base64,((?:[A-Za-z0-9+/]{4})+)", text)
    pictures = [base64.b64decode(one).decode(errors="replace") for one in encoded]
    return {match for one in (text, *pictures) for match in CANARY.findall(one)}


def texts_of(database: Path) -> Iterator[str]:
    """Yield the rows of a SQLite file as text."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield " ".join(map(str, row))
