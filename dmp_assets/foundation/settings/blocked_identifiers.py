"""The table of identifiers blocked by hand, a CSV file that people and ``dmp identity`` edit."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from dmp_assets.foundation.settings.identity import BlockedIdentifier, IdentifierType
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError, read_bounded

MAX_BLOCKED_BYTES = 20_000_000
"""Some 500,000 identifiers; the file is read at the start of every command."""

COLUMNS = ("type", "value", "reason")


def read_blocked(file: Path) -> tuple[BlockedIdentifier, ...]:
    """Return the blocked identifiers of a table, in its order; none where there is no such file.

    Raises:
        ConfigurationError: The file is no such table. The message names file, line and what is allowed, and no value:
            these are identifiers of people, and another file may have been put in this one's place.
    """
    if not file.exists():
        return ()
    content = read_bounded(file, MAX_BLOCKED_BYTES)
    try:
        with io.StringIO(content.decode("utf-8-sig"), newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{file}: cannot be read as CSV in UTF-8 ({type(error).__name__})") from None
    if not rows or tuple(rows[0]) != COLUMNS:
        # The first line of another file, or of one without a header, is somebody's record.
        raise ConfigurationError(f"{file}:1: not the header of this table; allowed: {','.join(COLUMNS)!r}")
    return tuple(_blocked(file, line, row) for line, row in enumerate(rows[1:], start=2) if row)


def _blocked(file: Path, line: int, row: list[str]) -> BlockedIdentifier:
    if len(row) != len(COLUMNS):
        raise ConfigurationError(f"{file}:{line}: {len(row)} values; allowed: {len(COLUMNS)} ({','.join(COLUMNS)})")
    kind, value, reason = (text.strip() for text in row)
    if kind not in get_args(IdentifierType):
        raise ConfigurationError(f"{file}:{line}: unknown type; allowed: {', '.join(get_args(IdentifierType))}")
    if not value:
        raise ConfigurationError(f"{file}:{line}: value is empty; allowed: an identifier")
    return BlockedIdentifier(type=kind, value=value, reason=reason)


def write_blocked(file: Path, blocked: Sequence[BlockedIdentifier]) -> None:
    """Replace the table, whole or not at all."""
    temporary = file.with_name(f".{file.name}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([one.type, one.value, one.reason] for one in blocked)
    temporary.replace(file)
