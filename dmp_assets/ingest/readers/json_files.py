"""Newline-delimited JSON: one object per line, its mapped paths as text."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.warehouse.json_text import JsonText, json_parser
from dmp_assets.ingest.files.batches import Batch, Unreadable, marked
from dmp_assets.ingest.files.nesting import exceeds
from dmp_assets.ingest.files.plain_text import MARK

# The parser reads JSON numbers as doubles; these are the texts that one may have rounded.
_ROUNDED_NUMBER = r"^-?\d+(\.\d+)?e[+-]?\d+$|^-?[\d.]{16,}$"
# Looking for one in a line costs a sixth of looking at each of its fifty values: an exponent, more digits than 64 bits
# hold, or so many on one side of the point that there may be sixteen signs.
_MAY_BE_ROUNDED = r"[:,\[]\s*-?(?:\d[\d.]*[eE]|\d{19}|\d{8}\d*\.|\d\.\d{8})"


def json_batches(plain: Path, paths: Sequence[str], shapes: Mapping[str, str], limits: Limits) -> Iterator[Batch]:
    """Yield batches of the objects; a line that is no object is unreadable, alone.

    Args:
        plain: UTF-8 lines.
        paths: Names of top-level keys, or dotted paths such as ``context.campaign.name``.
        shapes: Dotted path -> JSON structure of what is to be read as lists and structs instead of text.
        limits: Sizes of a batch.
    """
    with json_parser() as parser:
        for first, lines in _line_blocks(plain, limits):
            numbers = pl.int_range(first, first + len(lines), dtype=pl.Int64, eager=True)
            table = pl.DataFrame({"line": lines, "number": numbers}).filter(pl.col("line").str.contains(r"\S"))
            problems = _problems(table["line"], parser, limits)
            bad = table.with_columns(problems).filter(pl.col("problem").is_not_null())
            unreadable = [
                marked(number, text) if text.startswith(MARK) else Unreadable(number, problem, text)
                for text, number, problem in bad.iter_rows()
            ]
            kept = table.filter(problems.is_null())
            texts = kept["line"]
            frame = _with_exact_numbers(parser.extract(texts, paths, shapes), texts)
            yield Batch(frame, kept["number"], partial(_chosen, texts), unreadable, partial(_columns, parser, texts))


def _problems(lines: pl.Series, parser: JsonText, limits: Limits) -> pl.Series:
    """Return what is wrong with each line, in words; null where it is one JSON object that parsers can bear."""
    # Parsers recurse, and the stack of a process ends somewhere: they are given no line that is too deep.
    deep, wide = exceeds(lines, limits.nesting, limits.keys)
    good = parser.are_objects(lines.set(deep | wide, None)).fill_null(value=False)
    problems = pl.Series("problem", [None], dtype=pl.String).new_from_index(0, len(lines))
    problems = problems.set(~good, "not a valid JSON object")
    problems = problems.set(wide, f"more than {limits.keys:,} keys (limits.keys)")
    return problems.set(deep, f"nested deeper than {limits.nesting} levels (limits.nesting)")


def _columns(parser: JsonText, lines: pl.Series) -> Iterator[pl.DataFrame]:
    """Yield all keys of the lines: which ones there are shows only in the lines themselves."""
    return (_with_exact_numbers(piece, lines) for piece in parser.columns(lines))


def _chosen(texts: pl.Series, rows: Sequence[int]) -> list[str]:
    return texts.gather(list(rows)).to_list()


def _line_blocks(plain: Path, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the first line and the lines, in pieces of bounded size."""
    first, carry = 1, b""
    with plain.open("rb") as stream:
        while block := stream.read(limits.block_bytes):
            whole, newline, carry = (carry + block).rpartition(b"\n")
            if newline and not whole.strip(b"\r\n"):
                # Blank lines are no records; as texts they would take nine times their bytes.
                first += whole.count(b"\n") + 1
                continue
            lines = whole.decode().split("\n") if newline else []
            for start in range(0, len(lines), limits.batch_records):
                piece = lines[start : start + limits.batch_records]
                yield first, piece
                first += len(piece)
    if carry:
        yield first, [carry.decode()]


def _with_exact_numbers(frame: pl.DataFrame, lines: pl.Series) -> pl.DataFrame:
    suspects = lines.str.contains(_MAY_BE_ROUNDED).arg_true()
    if suspects.is_empty():
        return frame
    for path in frame.columns:
        text = frame[path]
        if text.dtype != pl.String:
            continue
        rows = suspects.filter(text.gather(suspects).str.contains(_ROUNDED_NUMBER))
        if len(rows):
            exact = [_exact(line, path) for line in lines.gather(rows)]
            frame = frame.with_columns(text.scatter(rows, pl.Series(exact, dtype=pl.String)))
    return frame


def _exact(text: str, path: str) -> str | None:
    """Return a number's digits as they stand in the line."""
    value: Any = json.loads(text, parse_float=str, parse_int=str)
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None
