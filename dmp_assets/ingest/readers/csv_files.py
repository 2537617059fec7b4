"""CSV in two gears: a fast reader for files that add up, a careful one for those that do not."""

import csv
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.csv

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.ingest.files.batches import Batch, Unreadable, marked, numbered_lines
from dmp_assets.ingest.files.decompression import FileRefusedError
from dmp_assets.ingest.files.plain_text import MARK, PlainText


class IrregularError(Exception):
    """The fast reader's rows are not the file's lines: only the careful reader can number them."""


@dataclass(frozen=True)
class Header:
    """The first line that is not blank."""

    names: list[str]
    line_number: int


def read_header(plain: Path, delimiter: str) -> Header | None:
    """Return the header; None where the file has only blank lines.

    Raises:
        FileRefusedError: The header cannot be taken apart.
    """
    for number, text in numbered_lines(plain):
        if not text.strip():
            continue
        if text.startswith(MARK):
            raise FileRefusedError(f"line {number}: the header cannot be read: {marked(number, text).message}")
        if "\r" in text:
            raise FileRefusedError(f"line {number}: lines end in carriage returns; save the file with line feeds")
        fields = _one_line(text, delimiter)
        if fields is None:
            raise FileRefusedError(f"line {number}: the header has a quote that is not closed")
        # A column without a name has its place as one, so that it can be told from others: pandas writes its index so.
        return Header([name.strip() or f"column {place}" for place, name in enumerate(fields, start=1)], number)
    return None


def fast_batches(
    plain: PlainText, header: Header, delimiter: str, columns: Sequence[str], limits: Limits
) -> Iterator[Batch]:
    """Yield batches in which row numbers are line numbers.

    Raises:
        IrregularError: Any row is ragged, or the rows are not as many as the lines.
    """
    if not plain.regular or header.line_number != 1:
        raise IrregularError
    text = _TextByLine(plain.path)
    taken = header.line_number
    with plain.path.open("rb") as stream:
        stream.readline()
        try:
            for record_batch in _arrow_reader(stream, header, delimiter, columns, limits):
                whole = pl.DataFrame(pl.from_arrow(record_batch))
                for frame in whole.iter_slices(limits.batch_records):
                    numbers = pl.int_range(taken + 1, taken + frame.height + 1, eager=True)
                    first = taken + 1
                    taken += frame.height
                    yield Batch(frame, numbers, partial(text.at, first))
        except pa.ArrowException as error:
            raise IrregularError from error
    if taken != plain.lines:
        raise IrregularError


def careful_batches(
    plain: Path, header: Header, delimiter: str, columns: Sequence[str], limits: Limits
) -> Iterator[Batch]:
    """Yield batches read line by line: a record with a fault costs itself and no other."""
    places = {name: place for place, name in enumerate(header.names)}
    positions = [places[column] for column in columns]
    rows: list[_Row] = []
    unreadable: list[Unreadable] = []
    size = 0
    for record in _records(plain, header, delimiter, limits):
        if isinstance(record, Unreadable):
            unreadable.append(record)
            size += len(record.raw_record or "")
        else:
            rows.append(record)
            size += len(record.text)
        if len(rows) + len(unreadable) >= limits.batch_records or size >= limits.block_bytes:
            yield _batch(rows, unreadable, columns, positions)
            rows, unreadable, size = [], [], 0
    if rows or unreadable:
        yield _batch(rows, unreadable, columns, positions)


class _Row(NamedTuple):
    line_number: int
    fields: list[str]
    text: str


class _TextByLine:
    """Texts of lines, batch by batch: the file is read once, and a batch may be asked again."""

    def __init__(self, plain: Path) -> None:
        self.plain = plain
        self.offset, self.before = 0, 0
        """Where the batch begins that was asked last, and the lines before it."""

    def at(self, first: int, rows: Sequence[int]) -> list[str]:
        """Return the lines ``first + row``; the rows ascend, and no ``first`` is smaller than an earlier one."""
        found: list[str] = []
        with self.plain.open("rb") as stream:
            stream.seek(self.offset)
            for _ in range(first - 1 - self.before):
                self.offset += len(stream.readline())
            self.before = first - 1
            row = -1
            for wanted in rows:
                for _ in range(wanted - row - 1):
                    stream.readline()
                found.append(stream.readline().decode().removesuffix("\n").removesuffix("\r"))
                row = wanted
        return found


def _arrow_reader(
    stream: object, header: Header, delimiter: str, columns: Sequence[str], limits: Limits
) -> Iterator[pa.RecordBatch]:
    try:
        yield from pyarrow.csv.open_csv(
            stream,
            read_options=pyarrow.csv.ReadOptions(
                column_names=header.names, block_size=limits.block_bytes, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=False),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.large_string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except (ValueError, OverflowError) as error:
        # No data at all, or a delimiter that is not one ASCII character.
        raise IrregularError from error


def _batch(rows: list[_Row], unreadable: list[Unreadable], columns: Sequence[str], positions: list[int]) -> Batch:
    fields = {name: [row.fields[at] for row in rows] for name, at in zip(columns, positions, strict=True)}
    frame = pl.DataFrame(fields, schema=dict.fromkeys(columns, pl.String()))
    numbers = pl.Series([row.line_number for row in rows], dtype=pl.Int64)
    return Batch(frame, numbers, lambda wanted: [rows[row].text for row in wanted], unreadable)


def _records(plain: Path, header: Header, delimiter: str, limits: Limits) -> Iterator[_Row | Unreadable]:
    width = len(header.names)
    csv.field_size_limit(sys.maxsize)
    lines = _Lines(plain, header.line_number, limits.quoted_lines)
    while (line := lines.next()) is not None:
        number, text = line
        if not text:
            continue
        if text.startswith(MARK):
            yield marked(number, text)
            continue
        if '"' in text or "\r" in text:
            fields, text = _quoted(text, lines, width, delimiter, limits)
        else:
            fields = text.split(delimiter)
        if fields is None:
            yield Unreadable(number, "a quote is not closed, or text follows it", text)
        elif len(fields) != width:
            noun = "field" if len(fields) == 1 else "fields"
            yield Unreadable(number, f"{len(fields)} {noun}, header has {width}", text)
        else:
            yield _Row(number, fields, text)


class _Lines:
    """Numbered lines that can be looked at before they are taken."""

    def __init__(self, plain: Path, after: int, blank_lines: int) -> None:
        self.source = numbered_lines(plain, after, blank_lines)
        self.ahead: deque[tuple[int, str]] = deque()

    def next(self) -> tuple[int, str] | None:
        return self.ahead.popleft() if self.ahead else next(self.source, None)

    def peek(self, position: int) -> str | None:
        while len(self.ahead) <= position:
            line = next(self.source, None)
            if line is None:
                return None
            self.ahead.append(line)
        return self.ahead[position][1]


def _quoted(text: str, lines: _Lines, width: int, delimiter: str, limits: Limits) -> tuple[list[str] | None, str]:
    """Return fields and text of the record that starts with ``text``; takes the lines that it runs over."""
    fields = _one_line(text, delimiter)
    if fields is not None:
        return fields, text
    taken = [text]

    def following() -> Iterator[str]:
        yield text + "\n"
        size = len(text)
        for position in range(limits.quoted_lines - 1):
            ahead = lines.peek(position)
            if ahead is None or ahead.startswith(MARK) or (size := size + len(ahead)) > limits.quoted_bytes:
                return
            taken.append(ahead)
            yield ahead + "\n"

    try:
        fields = next(csv.reader(following(), delimiter=delimiter, strict=True))
    except csv.Error:
        return None, text
    if len(fields) != width:
        return None, text
    for _ in taken[1:]:
        lines.next()
    return fields, "\n".join(taken)


def _one_line(text: str, delimiter: str) -> list[str] | None:
    """Return the fields of a record on one line; None where a quote stays open.

    A closed quote that more text follows is kept as the fast reader keeps it: ``"a"b`` is ``ab``.
    """
    try:
        # A field put behind the line is swallowed where a quote is open.
        fields = next(csv.reader([f"{text}{delimiter}{MARK}"], delimiter=delimiter, strict=False))
    except csv.Error:
        return None
    return fields[:-1] if fields[-1] == MARK else None
