"""What every reader hands over: a piece of a file as columns, with the lines it came from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from dmp_assets.ingest.files.plain_text import MARK

_BLOCK_BYTES = 2**20


class Unreadable(NamedTuple):
    """A record that could not be taken apart."""

    line_number: int
    message: str
    raw_record: str | None


@dataclass
class Batch:
    """Some records of a file, in the file's own columns."""

    frame: pl.DataFrame
    line_numbers: pl.Series
    raw_records: Callable[[Sequence[int]], Sequence[str | None]]
    """Rows of ``frame`` (ascending) -> their text in the file; asked for rejected rows only."""
    unreadable: list[Unreadable] = field(default_factory=list)
    whole: Callable[[], Iterator[pl.DataFrame]] | None = None
    """Every column of the file, some at a time; None where ``frame`` has them all."""

    def columns(self) -> Iterator[pl.DataFrame]:
        """Yield every column of the file, some at a time."""
        return self.whole() if self.whole is not None else iter([self.frame])

    def only(self, kept: pl.Series, rejected: Sequence[Unreadable] = ()) -> "Batch":
        """Return the batch with some of its rows, and with more records that could not be taken apart."""
        rows = kept.arg_true()
        return Batch(
            self.frame.filter(kept),
            self.line_numbers.filter(kept),
            lambda wanted: self.raw_records(rows.gather(list(wanted)).to_list()),
            [*self.unreadable, *rejected],
            # Also what the frame lacks, else records that differ there alone would become one.
            None if self.whole is None else lambda: (piece.filter(kept) for piece in self.columns()),
        )


def unreadable_batch(records: list[Unreadable]) -> Batch:
    """Return a batch without any readable record."""
    return Batch(pl.DataFrame(), pl.Series(dtype=pl.Int64), lambda _: [], records)


def marked(line_number: int, text: str) -> Unreadable:
    """Return the record of a line that could not be decoded."""
    _, message, raw = text.split(MARK, 2)
    return Unreadable(line_number, message, raw)


def numbered_lines(plain: Path, after: int = 0, blank_lines: int = 1_000) -> Iterator[tuple[int, str]]:
    """Yield line number and text, without its line end, of the lines after line ``after``.

    Of a long run of blank lines only some are yielded: at least ``blank_lines`` that follow one another, so that a
    quote which may run over so many lines finds them all.
    """
    number, carry = 0, b""
    with plain.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            lines, newline, carry = (carry + block).rpartition(b"\n")
            whole = lines + newline
            breaks = whole.count(b"\n")
            # 400 million blank lines one by one would take minutes, and 0.4 MB of gzip hold them.
            are_blank = breaks + whole.count(b"\r\n") == len(whole)
            shown = min(breaks, blank_lines) if are_blank else breaks
            if number + breaks > after:
                texts = [""] * shown if are_blank else lines.decode().split("\n")
                for place, text in enumerate(texts, start=number + 1):
                    if place > after:
                        yield place, text.removesuffix("\r")
            number += breaks
    if carry and number + 1 > after:
        yield number + 1, carry.decode().removesuffix("\r")


def all_unreadable(lines: Iterator[tuple[int, str]], message: str, batch_records: int) -> Iterator[Batch]:
    """Yield every line that is not blank as unreadable, for a file whose columns make no sense."""
    records: list[Unreadable] = []
    for number, text in lines:
        if text.strip():
            records.append(marked(number, text) if text.startswith(MARK) else Unreadable(number, message, text))
        if len(records) >= batch_records:
            yield unreadable_batch(records)
            records = []
    if records:
        yield unreadable_batch(records)
