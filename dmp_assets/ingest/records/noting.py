"""What is to be said of the records of a batch besides their verdicts, and under which name of a column."""

from collections.abc import Mapping

import polars as pl

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.files.findings import Findings
from dmp_assets.ingest.kinds import CONTACT_COLUMNS, ID_COLUMNS
from dmp_assets.ingest.records.mapping import is_made_here
from dmp_assets.ingest.records.standardise import Contacts
from dmp_assets.ingest.values.identifiers import Ids, read_contact_texts, read_ids
from dmp_assets.ingest.values.lookalikes import purchase_lookalikes


def named(ours: str, source: Source) -> str:
    """Return a column as its file and the mapping have it; by our name alone where a preset makes it."""
    theirs = source.columns.get(ours)
    return ours if theirs is None or is_made_here(source, theirs) else f"column {theirs!r} ({ours})"


def identified(given: pl.Series, ours: str) -> Ids:
    """Return the values of a column that names somebody or something as its source means them; others as they are."""
    if ours in ID_COLUMNS:
        return read_ids(given)
    return read_contact_texts(given) if ours in CONTACT_COLUMNS else Ids(given)


def note(
    frame: pl.DataFrame,
    contacts: Mapping[str, Contacts],
    stripped: Mapping[str, pl.Series],
    unknown_statuses: Mapping[str, pl.Series],
    source: Source,
    findings: Findings,
) -> None:
    """Add to the findings of a file what the records of a batch hold.

    Args:
        frame: Standardised records with their ``row`` and ``line_number``.
        contacts: Column of contacts -> how it was read.
        stripped: Column, by ``named`` -> rows with invisible characters.
        unknown_statuses: Column of statuses -> its words where nobody knows them.
        source: Their source.
        findings: Of the file.
    """
    lines = frame["line_number"]
    for column, (filled, unreadable) in contacts.items():
        lost = None if unreadable is None else lines.filter(unreadable)
        findings.add_contacts(named(column, source), lines.filter(filled), lost)
    for name, rows in stripped.items():
        findings.add_stripped(name, lines.filter(rows))
    for column, words in unknown_statuses.items():
        findings.add_statuses(named(column, source), lines.filter(words.is_not_null()), words.drop_nulls())
    if source.kind == "events" and not findings.has_purchase:
        findings.add_events(*purchase_lookalikes(frame))
