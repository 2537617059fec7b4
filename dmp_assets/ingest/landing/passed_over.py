"""What lies in the landing folder and is not read, as the ledger has it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from dmp_assets.ingest.landing.clocks import Looked, Times
from dmp_assets.ingest.landing.folder import Stranger
from dmp_assets.ingest.landing.reading import Reading


def not_read(stranger: Stranger, row: Mapping[str, Any] | None, now: datetime) -> Reading:
    """Return the reading of what is passed over: a row of the ledger, without a source and without records.

    Args:
        stranger: What it is.
        row: Its row of the last ledger.
        now: What the clock says, naive UTC.
    """
    seen: datetime = now if row is None or row["status"] != stranger.status else row["first_seen_at"]
    return Reading(
        path=stranger.path,
        # No source: a placeholder such as .gitkeep is no delivery, and lateness counts from a source's first one.
        source="",
        kind="unknown",
        file_id="",
        size_bytes=0,
        modified_at=seen,
        arrived_at=seen,
        status=stranger.status,
        message=f"{stranger.path}: {stranger.reason}",
        physical_lines=0,
        columns=[],
        records=0,
        accepted=0,
        rejected=0,
        left_out=0,
        remarks=[],
        values_seen=[],
        distinguishing=[],
        days={},
        newest_event_at=None,
        future_from=None,
        middle_event_date=None,
        page_crc=None,
        reading_id="",
        staged=Path(),
        looked=Looked("", seen, Times(seen, seen, seen)),
    )
