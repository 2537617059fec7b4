"""Cases read as a run reads them, and one content written in every format."""

import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from dmp_assets.foundation.settings.settings import load_settings
from dmp_assets.ingest.landing.ledger import read_landing
from dmp_assets.ingest.landing.reading import Reading
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.ingest.schema.landing import LandingFiles
from dmp_assets_tests.ingest.support.landing import Landing
from dmp_assets_tests.support.places import CASES


def read_case(name: str, folder: Path) -> dict[str, tuple[Reading, pl.DataFrame]]:
    """Return path -> reading and staged records of a case's files, read as a run reads them."""
    shutil.copytree(CASES / name / "landing", folder / "data" / "landing")
    shutil.copy(CASES / name / "dmp.yaml", folder / "dmp.yaml")
    settings = load_settings(folder / "dmp.yaml").model_copy(update={"data_dir": folder / "data"})
    nothing = pl.DataFrame(schema={key: one.dtype.type for key, one in LandingFiles.to_schema().columns.items()})
    now = datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)
    readings = read_landing(settings, check_sources(settings.sources), nothing, now)
    return {reading.path: (reading, pl.read_parquet(reading.staged)) for reading in readings}


def good(staged: pl.DataFrame) -> pl.DataFrame:
    return staged.filter(pl.col("violation_code").is_null())


def written(rows: list[dict[str, Any]], name: str, landing: Landing) -> Path:
    """Write the same records as text or typed, by the name's ending."""
    if name.endswith(".csv"):
        return landing.put(name, pl.DataFrame(rows).write_csv())
    if name.endswith(".ndjson"):
        return landing.put(name, [json.dumps(row, ensure_ascii=False) for row in rows])
    data = io.BytesIO()
    pl.DataFrame(rows).write_parquet(data)
    return landing.put_bytes(name, data.getvalue())
