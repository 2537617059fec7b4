"""Suppression lists: people who must be in no file, by e-mail, phone, person or customer id; plain or hashed.

A list that cannot be read, or a line of it, stops the delivery: nobody passes because a list was broken.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import phonenumbers
import polars as pl

from dmp_assets.activation.schema import EMAIL, PERSON, PHONE

CUSTOMER = "customer_id"
COLUMNS = (EMAIL, PHONE, PERSON, CUSTOMER)
NOTES = ("reason", "date", "note")
"""Columns that people add for themselves; they are not read."""

HASHED = "_sha256"
MAX_LIST_BYTES = 200_000_000
"""Some two million hashes."""

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")

SCHEMA = {"kind": pl.String, "value": pl.String}


class SuppressionError(ValueError):
    """A suppression list cannot be used; the message names file, line and what is allowed, and no value."""


def read_suppressions(folder: Path) -> pl.DataFrame:
    """Return kind and value of every suppressed contact or id, each once; no row where there is no such folder.

    Kinds are email, phone, person_id and customer_id, and email_sha256 and phone_sha256 for hashes.

    Args:
        folder: Its files are lists: CSV in UTF-8 whose header has one or more of ``COLUMNS``.

    Raises:
        SuppressionError: A file is no such list, or a line has a value that is none of its kind.
    """
    if not folder.exists():
        return pl.DataFrame(schema=SCHEMA)
    try:
        files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise SuppressionError(f"{folder}: cannot be read ({error.strerror})") from None
    rows = [row for file in files for row in _entries(file)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").unique(maintain_order=True)


def _entries(file: Path) -> Iterator[tuple[str, str]]:
    if not file.is_file() or file.suffix.lower() != ".csv":
        raise SuppressionError(f"{file}: not a CSV file; allowed in this folder: files that end in .csv")
    lines = csv.reader(io.StringIO(_text(file), newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        _check_header(file, header)
        for values in lines:
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(header):
                raise SuppressionError(f"{file}:{lines.line_num}: {len(values)} values; allowed: {len(header)}")
            wanted = [(kind, value.strip()) for kind, value in zip(header, values, strict=True) if kind in COLUMNS]
            if not any(value for _, value in wanted):
                raise SuppressionError(f"{file}:{lines.line_num}: no value; allowed: {_or(header)}")
            yield from (_entry(file, lines.line_num, kind, value) for kind, value in wanted if value)
    except csv.Error:
        raise SuppressionError(f"{file}:{lines.line_num}: not CSV; allowed: values with commas between them") from None


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_LIST_BYTES + 1)
    except OSError as error:
        raise SuppressionError(f"{file}: cannot be read ({error.strerror})") from None
    if len(content) > MAX_LIST_BYTES:
        raise SuppressionError(f"{file}: over {MAX_LIST_BYTES} bytes; allowed: several files of at most that")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SuppressionError(f"{file}: not UTF-8; allowed: CSV in UTF-8") from None


def _check_header(file: Path, header: list[str]) -> None:
    # A column under another name would be passed over, and its people let through.
    if not set(header) & set(COLUMNS) or set(header) - {*COLUMNS, *NOTES} or len(set(header)) < len(header):
        raise SuppressionError(
            f"{file}:1: not the header of a suppression list; allowed: {_or(COLUMNS)}, and {_or(NOTES)} for yourself"
        )


def _or(names: tuple[str, ...] | list[str]) -> str:
    return " or ".join(name for name in names if name in (*COLUMNS, *NOTES))


def _entry(file: Path, line: int, kind: str, value: str) -> tuple[str, str]:
    """Return kind and value of one entry, in the spelling in which they are compared."""
    if kind in (EMAIL, PHONE) and _HASH.fullmatch(value):
        return f"{kind}{HASHED}", value.lower()
    if kind == EMAIL:
        if not _EMAIL.fullmatch(value):
            raise SuppressionError(f"{file}:{line}: not an e-mail; allowed: an address, or 64 hex digits")
        return kind, value.lower()
    if kind == PHONE:
        return kind, _number(file, line, value)
    return kind, value


def _number(file: Path, line: int, value: str) -> str:
    """Return a number in E.164: with its country code, because a national number may be several people's."""
    try:
        number = phonenumbers.parse(re.sub(r"^'?00", "+", value).lstrip("'"), None)
    except phonenumbers.NumberParseException:
        allowed = "a number with + and country code, or 64 hex digits"
        raise SuppressionError(f"{file}:{line}: not a phone; allowed: {allowed}") from None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
