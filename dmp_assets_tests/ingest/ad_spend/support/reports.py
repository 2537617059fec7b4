"""Reports as typed rows of the raw table, the way the records of a landing file are read."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.ad_spend.newest import newest_report_rows
from dmp_assets.ingest.ad_spend.presets import AD_PLATFORMS
from dmp_assets.ingest.ad_spend.report import OUR_COLUMNS, prepare_report
from dmp_assets.ingest.records.mapping import read_values
from dmp_assets.ingest.schema.campaigns import REQUIRED_AD_SPEND, RawAdSpend
from dmp_assets.ingest.values.texts import trim
from dmp_assets_tests.support.places import PUBLIC_DATA

EXTRACTS = PUBLIC_DATA / "fivetran_ads"
SCHEMA = {name: column.dtype.type for name, column in RawAdSpend.to_schema().columns.items()}


def text_frame(csv: str) -> pl.DataFrame:
    """Return a CSV with every value as text."""
    return pl.read_csv(csv.encode(), infer_schema=False)


def typed(
    frame: pl.DataFrame,
    preset: str,
    *,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    path: str = "ads/report.csv",
    time_zone: str = "UTC",
) -> pl.DataFrame:
    """Return staged rows: typed values, and a violation where a value cannot be read or is missing.

    A source's own columns and constants win over what the preset makes, as in every mapping.
    """
    source = Source(kind="campaigns", time_zone=time_zone)
    prepared = prepare_report(frame, AD_PLATFORMS[preset], "=")
    assert prepared.height == frame.height
    given = {name: trim(prepared[f"={name}"]) for name in OUR_COLUMNS}
    given |= {ours: trim(frame[theirs]) for ours, theirs in (columns or {}).items()}
    given |= {ours: pl.Series([value]).new_from_index(0, frame.height) for ours, value in (constants or {}).items()}
    values = {name: read_values(given[name], SCHEMA[name], source).alias(name) for name in OUR_COLUMNS}
    bad = pl.Series([False]).new_from_index(0, frame.height)
    for name in OUR_COLUMNS:
        bad |= values[name].is_null() & (given[name].is_not_null() | (name in REQUIRED_AD_SPEND))
    return pl.DataFrame(list(values.values())).with_columns(
        source=pl.lit("ads"),
        path=pl.lit(path),
        line_number=pl.int_range(2, frame.height + 2, dtype=pl.Int64),
        violation_code=pl.when(bad).then(pl.lit("Datatype-Mismatch")),
    )


def table(folder: Path, *staged: pl.DataFrame) -> pl.DataFrame:
    """Return the table that staged files make, held to its contract."""
    files = []
    for number, frame in enumerate(staged):
        files.append(folder / f"{number}.parquet")
        frame.write_parquet(files[-1])
    rows = newest_report_rows(files).collect()
    RawAdSpend.validate(rows)
    return rows
