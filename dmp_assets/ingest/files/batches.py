"""What every reader hands over: a piece of a file as columns, with the lines it came from."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from dmp_assets.ingest.files.plain_text import MARK


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
    """Rows of ``frame`` (ascending) -> their text in the file; called once, and only for rejected rows."""
    unreadable: list[Unreadable] = field(default_factory=list)
    whole: Callable[[], Iterator[pl.DataFrame]] | None = None
    """Every column of the file, some at a time; None where ``frame`` has them all."""

    def columns(self) -> Iterator[pl.DataFrame]:
        """Yield every column of the file, some at a time."""
        return self.whole() if self.whole is not None else iter([self.frame])


def unreadable_batch(records: list[Unreadable]) -> Batch:
    """Return a batch without any readable record."""
    return Batch(pl.DataFrame(), pl.Series(dtype=pl.Int64), lambda _: [], records)


def marked(line_number: int, text: str) -> Unreadable:
    """Return the record of a line that could not be decoded."""
    _, message, raw = text.split(MARK, 2)
    return Unreadable(line_number, message, raw)


def numbered_lines(plain: Path, after: int = 0) -> Iterator[tuple[int, str]]:
    """Yield line number and text, without its line end, of the lines after line ``after``."""
    with plain.open(encoding="utf-8", newline="\n") as stream:
        for number, line in enumerate(stream, start=1):
            if number > after:
                yield number, line.removesuffix("\n").removesuffix("\r")


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
