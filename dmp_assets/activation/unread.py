"""Files of consents that lie in the landing folder and are not in the tables yet: a withdrawal may be in them."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

_NOT_READ = (".", "_")
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart")


def unread_consents(
    landing_dir: Path, sources: Collection[str], ledger: pl.DataFrame, made_at: datetime | None
) -> list[str]:
    """Return the files of some sources that the table of consents was not made from.

    They are new or changed since the ledger was written, failed, or were first seen after the table was made: a run
    reads files into the ledger first, and may end before it comes to the table.

    Args:
        landing_dir: The landing folder.
        sources: Its folders that hold consents.
        ledger: ``LandingFiles``.
        made_at: When ``ingest.raw_consents`` was written last (UTC); None for never.

    Hidden files, and uploads that are not finished, are none yet.
    """
    is_in = (pl.col("status") == "ok") & (pl.col("first_seen_at") <= pl.lit(made_at, dtype=pl.Datetime("us")))
    known = {
        path: (size, modified_at)
        for path, size, modified_at in ledger.filter(is_in).select("path", "size_bytes", "modified_at").iter_rows()
    }
    found = []
    for source in sorted(sources):
        for file in sorted((landing_dir / source).rglob("*")):
            path = file.relative_to(landing_dir)
            is_hidden = any(part.startswith(_NOT_READ) for part in path.parts)
            if is_hidden or file.name.endswith(_UNFINISHED) or file.is_symlink() or not file.is_file():
                continue
            seen = file.stat()
            stamp = (seen.st_size, datetime.fromtimestamp(seen.st_mtime, UTC).replace(tzinfo=None))
            if seen.st_size and known.get(path.as_posix()) != stamp:
                found.append(path.as_posix())
    return found
