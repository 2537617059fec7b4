"""Records whose ids have other content too: their text is fetched from the landing files, as evidence."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.files.decompression import FileRefusedError
from dmp_assets.ingest.landing.folder import held
from dmp_assets.ingest.landing.ledger import looks_the_same
from dmp_assets.ingest.readers.raw_records import raw_records

_PLACE = ["path", "line_number"]


def with_conflicting_records(
    records: pl.DataFrame,
    landing_files: pl.DataFrame,
    landing_dir: Path,
    sources: Mapping[str, Source],
) -> pl.DataFrame:
    """Return raw events with ``raw_record`` of those whose id has other content on its day.

    Args:
        records: Whole days of ``RawEvents``.
        landing_files: ``LandingFiles`` of the files that hold them.
        landing_dir: The landing folder.
        sources: Sources with their presets filled in.

    Which of them is quarantined as a conflict is judged later. The text is not kept at reading, because one file does
    not know of another's ids. It stays null where the file is no longer the one that was read.
    """
    usable = records.filter(
        pl.col("violation_code").is_null(), pl.col("fate").is_null(), pl.col("kind") == "events", pl.col("part") <= 1
    )
    several = usable.group_by("event_date", "event_id").agg(pl.col("fingerprint").n_unique().alias("contents"))
    ids = several.filter(pl.col("contents") > 1).select("event_date", "event_id")
    if ids.is_empty():
        return records
    places = usable.join(ids, on=["event_date", "event_id"], how="semi").select("source", *_PLACE)
    of_files = {row["path"]: row for row in landing_files.iter_rows(named=True)}
    found = [
        _texts(landing_dir, path, lines["line_number"].to_list(), sources[source])
        for (source, path), lines in places.group_by("source", "path", maintain_order=True)
        if path in of_files and looks_the_same(landing_dir, of_files[path])
    ]
    texts = pl.concat(found or [_texts_frame("", {})])
    joined = records.join(texts, on=_PLACE, how="left", maintain_order="left")
    return joined.with_columns(raw_record=pl.coalesce("raw_record", "text")).drop("text")


def _texts(landing_dir: Path, path: str, lines: list[int], source: Source) -> pl.DataFrame:
    try:
        with tempfile.TemporaryDirectory() as work, held(landing_dir, path, Path(work)) as file:
            return _texts_frame(path, raw_records(file, source, lines, Limits()))
    except (FileRefusedError, OSError):
        return _texts_frame(path, {})


def _texts_frame(path: str, texts: Mapping[int, str]) -> pl.DataFrame:
    schema = {"path": pl.String, "line_number": pl.Int64, "text": pl.String}
    return pl.DataFrame([(path, line, text) for line, text in texts.items()], schema=schema, orient="row")
