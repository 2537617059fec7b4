"""Staged records that steps read, held against their checksums first."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import polars as pl

from dmp_assets.foundation.settings.settings import Settings, Source
from dmp_assets.ingest.files.staging import forget, is_whole
from dmp_assets.ingest.landing.clocks import known_times
from dmp_assets.ingest.landing.folder import whole_hash
from dmp_assets.ingest.landing.ledger import landing_file_of, planned_events
from dmp_assets.ingest.landing.reading import staged_path
from dmp_assets.ingest.landing.reading_processes import read_together

NOT_THE_SAME = "is not what the ledger has; materialise ingest/landing_files first"


class OtherReadingError(ValueError):
    """A file is read in another way than the ledger says; the message names it."""


def staged_files(
    settings: Settings,
    sources: Mapping[str, Source],
    ledger: pl.DataFrame,
    kinds: Collection[str],
    known: set[Path] | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> list[tuple[str, Path]]:
    """Return kind and staged records of the ledger's files of some kinds; missing and damaged ones are made again.

    Args:
        settings: Where the files are and which days are partitions.
        sources: Sources with their presets filled in.
        ledger: ``LandingFiles``.
        kinds: Kinds of sources.
        known: Staged records that this step has held against their checksums before; more are added.
        tell: Takes one line per file whose staged records are made again.

    Raises:
        OtherReadingError: Records must be made again, and their file is not the one that the ledger has.
    """
    found, again, known = [], [], set() if known is None else known
    plan = planned_events(settings)
    rows = ledger.filter(pl.col("kind").is_in(list(kinds)) & (pl.col("records") > 0)).sort("path")
    for row in rows.iter_rows(named=True):
        staged = staged_path(settings.staging_dir, row["reading_id"])
        if staged not in known and not is_whole(staged):
            file_id = whole_hash(settings.landing_dir, row["path"])
            landing_file = landing_file_of(settings, sources, plan, row["path"], file_id, known_times(row))
            # Records that the ledger does not account for would be used under another fingerprint.
            if landing_file.reading_id != row["reading_id"]:
                raise OtherReadingError(f"{row['path']} {NOT_THE_SAME}")
            tell(f"{row['path']}: its staged records are missing or damaged, and are made again")
            forget(staged)
            again.append(landing_file)
        known.add(staged)
        found.append((row["kind"], staged))
    read_together(again)
    return found
