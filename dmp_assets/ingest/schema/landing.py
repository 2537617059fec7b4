"""Tables of the landing folder: what arrived, in which file, and what could not be read."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant
from dmp_assets.foundation.values.contracts import TableContract

OTHER_FATES = ("duplicate", "superseded")
"""What becomes of a statement that is not the one that counts: it is equal to that one, or older."""

FILE_STATUSES = ("ok", "damaged", "empty", "failed", "passed_over", "refused")
RECORD_VIOLATIONS = (
    "Unreadable",
    "Required-Missing",
    "Datatype-Mismatch",
    "Out-Of-Range",
    "Rate-Missing",
    "Unplanned-Event",
    "Additional-Properties",
    "Unknown-Violation",
)


class LandingFiles(
    TableContract, table="ingest.landing_files", key=("path",), subject=("columns", "values_seen", "distinguishing")
):
    """Which files have arrived, and whether they could be read.

    One row per file under the landing folder: the ledger, written before anything is built from it.

    ``message`` and ``remarks`` are printed and kept in Dagster's books, so they hold no values of rows. The values that
    they are about stand in ``values_seen``. Names of columns are values too, where a file has no header or JSON has
    keys made of data.

    What is not read has a row too, without a source: links, unfinished uploads, hidden files.
    """

    path: str = pa.Field(
        description="Path below the landing folder; of what is not read with escapes for bytes that are not UTF-8."
    )
    source: str = pa.Field(
        description="Source in dmp.yaml that the file belongs to (its first folder); empty where it is not read."
    )
    kind: str = pa.Field(description="What the source holds: events, orders, customers, items, campaigns, ...")
    file_id: str = pa.Field(
        description="SHA-256 of the bytes, in hex: the evidence that the file is the one that was read."
    )
    size_bytes: pl.Int64 = pa.Field(ge=0, description="Size on disk in bytes.")
    modified_at: Instant = pa.Field(description="Modification time of the file when it was read (UTC).")
    sample_id: str = pa.Field(
        description="Hash of head, tail and six places between, of up to 16 KiB of all bytes: compared at each look."
    )
    verified_at: Instant = pa.Field(
        description="When all bytes were last hashed (UTC): at arrival, or by a verifying run."
    )
    first_seen_at: Instant = pa.Field(description="What the clock said when these bytes were first seen here (UTC).")
    arrived_at: Instant = pa.Field(
        description="When these bytes arrived, as is best known (UTC): first_seen_at, unless that was a wrong clock's."
    )
    judged_at: Instant = pa.Field(
        description="When it was judged which records are of the future (UTC): at arrival, or as one of them came."
    )
    future_from: pl.Date = pa.Field(
        nullable=True, description="First day of the records that were refused as of the future; null without any."
    )
    middle_event_date: pl.Date = pa.Field(
        nullable=True, description="Day up to which half of the records are, by what they state, accepted or not."
    )
    status: str = pa.Field(
        isin=FILE_STATUSES,
        description="ok; damaged (readable part kept); empty; failed (nothing could be read). Not read: passed_over "
        "(as its name asks for, or a link to a file of the folder); refused (a link that leaves the folder, no regular "
        "file, or a name that cannot be written).",
    )
    message: str = pa.Field(
        nullable=True,
        description="What is wrong with the file, or why it is not read; null where nothing is to be said.",
    )
    page_crc: pl.Boolean = pa.Field(
        nullable=True,
        description="Of Parquet, whether its pages have checksums; where not, a flipped bit may give other values in "
        "silence. Null for other formats.",
    )
    physical_lines: pl.Int64 = pa.Field(ge=0, description="Newline-terminated lines in the file (records for Parquet).")
    columns: pl.List(pl.String) = pa.Field(  # type: ignore[valid-type]
        description="Columns of the file, mapped or not, as name:type; of JSON the keys of its first objects."
    )
    records: pl.Int64 = pa.Field(ge=0, description="Records that are read: accepted + rejected.")
    accepted: pl.Int64 = pa.Field(ge=0, description="Records that were read and have a usable time.")
    rejected: pl.Int64 = pa.Field(
        ge=0, description="Records with a violation; each is kept in a quarantine table with its line."
    )
    left_out: pl.Int64 = pa.Field(
        ge=0,
        description="Records that the source's where leaves out; they are not among records. Records and left_out "
        "together are the file's lines but for headers, blank lines and the further lines of a quoted record.",
    )
    remarks: pl.List(pl.String) = pa.Field(  # type: ignore[valid-type]
        description="What a person should know of a file that is ok: addresses and numbers that cannot be read, events "
        "that look like purchases, invisible characters left out. Counts, columns and lines, per file."
    )
    values_seen: pl.List(pl.String) = pa.Field(  # type: ignore[valid-type]
        description="The values that message and remarks are about, each with its column: unknown statuses, names of "
        "events that look like purchases, the columns of a file that lacks one."
    )
    distinguishing: pl.List(pl.String) = pa.Field(  # type: ignore[valid-type]
        description="Unmapped columns in which neighbouring records differ that are equal in every mapped one."
    )
    first_event_date: pl.Date = pa.Field(
        nullable=True, description="First partition that the file touches; null for files without events."
    )
    last_event_date: pl.Date = pa.Field(
        nullable=True, description="Last partition that the file touches; null for files without events."
    )
    newest_event_at: Instant = pa.Field(
        nullable=True, description="Newest time of an accepted record (UTC), of events and orders: how new the file is."
    )
    reading_id: str = pa.Field(description="Fingerprint of bytes, mapping and reader: equal ids give equal records.")


class LandingDays(TableContract, table="ingest.landing_days", key=("path", "event_date"), subject="none"):
    """Internal: the days that a new file touches.

    Which days each landing file touches, and with how many records: what a new file makes stale.
    """

    path: str = pa.Field(description="Path below the landing folder.")
    event_date: pl.Date = pa.Field(
        description="Partition (day in the business's calendar) that records of this file belong to."
    )
    records: pl.Int64 = pa.Field(gt=0, description="Records of the file in that partition.")
    reading_id: str = pa.Field(description="Fingerprint of the reading, as in landing_files.")
    superseded_by: str = pa.Field(
        nullable=True,
        description="Final file of the day that replaces this one: GA4's, of its intraday file.",
    )
    repeated_id: str = pa.Field(
        nullable=True,
        description="Fingerprint of the file's statements of the day that do not count (repeated_statements).",
    )


class RepeatedStatements(
    TableContract, table="ingest.repeated_statements", key=("path", "event_id", "event_date"), subject="none"
):
    """Internal: orders that a second file states again.

    One row per order and day of a file that states the order, where another file's statement of it counts.
    """

    source: str = pa.Field(description="Source in dmp.yaml, of kind orders.")
    path: str = pa.Field(description="Landing file whose statement does not count.")
    event_id: str = pa.Field(description="The order, as in cleaned_events; a refund is an order of its own.")
    event_date: pl.Date = pa.Field(description="Partition of the statement's records.")
    fate: str = pa.Field(
        isin=OTHER_FATES, description="duplicate: equal to the statement that counts; superseded: older than that."
    )
    counted_path: str = pa.Field(description="Landing file whose statement counts.")
    records: pl.Int64 = pa.Field(gt=0, description="Records of the statement on that day.")


class RejectedRecords(
    TableContract, table="ingest.rejected_records", key=("path", "line_number"), unique=(), subject=("raw_record",)
):
    """Records of customers, products and the like that could not be used: what to mend at the source.

    One row per record that could not be used, of sources other than events and orders, with the reason.

    Records of events go to ``events.quarantined_events`` instead, day by day.
    """

    source: str = pa.Field(description="Source in dmp.yaml.")
    kind: str = pa.Field(description="What the source holds.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")
    violation_code: str = pa.Field(isin=RECORD_VIOLATIONS, description="Kind of violation.")
    violation_message: str = pa.Field(description="The violation in words.")
    raw_record: str = pa.Field(nullable=True, description="The record as it stands in the file.")
