"""One landing file of any format in, one staged Parquet and the outcome of reading out."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.settings.settings import FileFormat
from dmp_assets.ingest.files.batches import Batch, all_unreadable, numbered_lines
from dmp_assets.ingest.files.decompression import (
    COMPRESSIONS,
    DamagedError,
    FileRefusedError,
    OverLimitError,
    check_lines,
    compression_of,
    plain_pieces,
)
from dmp_assets.ingest.files.findings import shown_by
from dmp_assets.ingest.files.plain_text import PlainText, to_plain_text
from dmp_assets.ingest.files.staging import StagedWriter
from dmp_assets.ingest.kinds import REQUIRED
from dmp_assets.ingest.presets import PRESETS
from dmp_assets.ingest.readers.csv_files import (
    Header,
    IrregularError,
    careful_batches,
    fast_batches,
    read_header,
)
from dmp_assets.ingest.readers.file_shapes import csv_columns, json_columns, parquet_columns
from dmp_assets.ingest.readers.json_files import json_batches
from dmp_assets.ingest.readers.page_crc import has_page_crc
from dmp_assets.ingest.readers.parquet_files import ParquetInput
from dmp_assets.ingest.records.fill_down import OrdersSeen
from dmp_assets.ingest.records.mapping import file_columns, is_compared_whole, is_made_here
from dmp_assets.ingest.records.records import Context, stage_records

_FORMATS: dict[str, FileFormat] = {
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    ".parquet": "parquet",
}


@dataclass(frozen=True)
class Outcome:
    """The outcome of reading a file: the status, what is wrong in words, and its physical lines."""

    status: str
    problems: list[str]
    physical_lines: int
    columns: tuple[str, ...] = ()
    """``name:type`` of the file's own columns."""
    page_crc: bool | None = None
    """Whether a Parquet file's pages have checksums; None of other formats."""


def format_of(file: Path, declared: FileFormat | None) -> FileFormat:
    """Return the format that the file's name says, or else the declared one.

    Raises:
        FileRefusedError: Neither says it.
    """
    name = file.with_suffix("") if file.suffix.lower() in COMPRESSIONS else file
    found = _FORMATS.get(name.suffix.lower()) or declared
    if found is None:
        known = ", ".join(_FORMATS)
        raise FileRefusedError(f"the name does not say the format; name it {known} or set format: of the source")
    return found


def stage_file(file: Path, context: Context, writer: StagedWriter, work_dir: Path, limits: Limits) -> Outcome:
    """Return the outcome of reading all records of ``file`` into ``writer``.

    Raises:
        FileRefusedError: Nothing of the file can be used.
    """
    if file.stat().st_size == 0:
        return Outcome("empty", ["0 bytes"], 0)
    file_format = format_of(file, context.source.format)
    if file_format == "parquet":
        return _stage_parquet(file, context, writer, work_dir, limits)
    plain = to_plain_text(file, context.source.encoding, work_dir, limits)
    if file_format == "ndjson":
        outcome = _stage_json(plain, context, writer, limits)
    else:
        outcome = _stage_csv(plain, context, writer, limits)
    if plain.damage is not None:
        problem = f"{plain.damage} after line {plain.whole_lines}; the readable lines are kept"
        status = "damaged" if writer.records > writer.rejected else "failed"
        return Outcome(status, [problem, *outcome.problems], plain.lines, outcome.columns)
    if not writer.records and not outcome.problems and not writer.findings.left_out:
        return Outcome("empty", ["no records"], plain.lines)
    return outcome


def _stage_json(plain: PlainText, context: Context, writer: StagedWriter, limits: Limits) -> Outcome:
    shapes = PRESETS[context.source.preset].shapes
    _write(json_batches(plain.path, file_columns(context.source), shapes, limits), context, writer)
    # JSON has no header: only its last line tells that no object has a key. An empty one is there, a missing one not.
    unseen = [one.column for one in context.source.where if one.column not in writer.findings.where_seen]
    absent = [path for path in unseen if not _has_key(plain, path)]
    if absent and (writer.records or writer.findings.left_out):
        problem = f"lacks column {absent[0]!r} (asked for by where) in every object"
        writer.restart()
        _write(all_unreadable(numbered_lines(plain.path), problem, limits.batch_records), context, writer)
        return Outcome("failed", [problem], plain.lines)
    return Outcome("ok", [], plain.lines, tuple(json_columns(plain.path, limits)))


def _has_key(plain: PlainText, path: str) -> bool:
    key = json.dumps(path.rpartition(".")[2], ensure_ascii=False)
    return any(key in text for _, text in numbered_lines(plain.path))


def _stage_csv(plain: PlainText, context: Context, writer: StagedWriter, limits: Limits) -> Outcome:
    delimiter = context.source.delimiter
    header = read_header(plain.path, delimiter)
    if header is None:
        return Outcome("empty", ["only blank lines"], plain.lines)
    _check_columns(len(header.names), limits, f"line {header.line_number}: the header")
    problem = _repeats(header, context) or _lacks_required(header.names, context)
    if problem is not None:
        lines = numbered_lines(plain.path, header.line_number)
        _write(all_unreadable(lines, problem, limits.batch_records), context, writer)
        writer.findings.header = header.names
        return Outcome("failed", [problem], plain.lines)
    columns = header.names if is_compared_whole(context.source) else file_columns(context.source, header.names)
    try:
        _write(fast_batches(plain, header, delimiter, columns, limits), context, writer)
    except IrregularError:
        writer.restart()
        _write(careful_batches(plain.path, header, delimiter, columns, limits), context, writer)
    shape = tuple(csv_columns(plain.path, header, delimiter))
    return Outcome("ok", _lacks_optional(header.names, context, writer), plain.lines, shape)


def _stage_parquet(file: Path, context: Context, writer: StagedWriter, work_dir: Path, limits: Limits) -> Outcome:
    parquet = ParquetInput(plain_parquet(file, work_dir, limits))
    checked = has_page_crc(parquet.path, parquet.file.metadata)
    check_lines(parquet.records, file.stat().st_size, limits)
    _check_columns(len(parquet.leaves()), limits, "the file")
    names = parquet.names()
    problem = _lacks_required(names, context)
    try:
        if problem is not None:
            _write(parquet.all_unreadable(problem, limits), context, writer)
            writer.findings.header = names
            return Outcome("failed", [problem], parquet.records)
        columns = file_columns(context.source, names)
        if is_compared_whole(context.source):
            columns = list(dict.fromkeys([*columns, *parquet.leaves()]))
        _write(parquet.batches(columns, limits), context, writer)
    except DamagedError as damage:
        status = "damaged" if writer.records > writer.rejected else "failed"
        return Outcome(status, [str(damage)], parquet.records, page_crc=checked)
    if not parquet.records:
        return Outcome("empty", ["no records"], 0)
    shape = tuple(parquet_columns(parquet.schema))
    return Outcome("ok", _lacks_optional(names, context, writer), parquet.records, shape, checked)


def plain_parquet(file: Path, work_dir: Path, limits: Limits) -> Path:
    """Return a Parquet file that is not compressed as a whole.

    Raises:
        FileRefusedError: It cannot be decompressed.
    """
    if compression_of(file) is None:
        return file
    target = work_dir / "plain.parquet"
    try:
        with target.open("wb") as out:
            out.writelines(plain_pieces(file, limits))
    except DamagedError as damage:
        raise FileRefusedError(str(damage)) from None
    return target


def _write(batches: Iterable[Batch], context: Context, writer: StagedWriter) -> None:
    seen = OrdersSeen()
    for batch in batches:
        writer.write(stage_records(batch, context, writer.findings, seen))


def _check_columns(number: int, limits: Limits, what: str) -> None:
    if number > limits.columns:
        raise OverLimitError(f"{what} has {number:,} columns, more than {limits.columns:,} (limits.columns)")


def _repeats(header: Header, context: Context) -> str | None:
    """Return in words which columns of a header have one name."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(header.names, start=1):
        places.setdefault(name, []).append(place)
    repeated = next((found for found in places.values() if len(found) > 1), None)
    if repeated is None:
        return None
    twice = f"line {header.line_number}: the header has one name for columns {', '.join(map(str, repeated[:10]))}"
    return f"{twice}; {_shown(context)}"


def _lacks_required(names: list[str], context: Context) -> str | None:
    source = context.source
    for ours in REQUIRED[source.kind]:
        theirs = source.columns.get(ours)
        if theirs is not None and theirs not in names and not is_made_here(source, theirs):
            return f"lacks column {theirs!r} (mapped to {ours}); {_has(names, [theirs], context)}"
    for condition in source.where:
        if condition.column not in names:
            return f"lacks column {condition.column!r} (asked for by where); {_has(names, [condition.column], context)}"
    return None


def _lacks_optional(names: list[str], context: Context, writer: StagedWriter) -> list[str]:
    # A preset maps all that its exports may have; a file without some of it is normal.
    preset = PRESETS[context.source.preset].columns
    absent = {
        theirs: f"{theirs!r} (mapped to {ours})"
        for ours, theirs in context.source.columns.items()
        if theirs not in names and preset.get(ours) != theirs
    }
    if not absent:
        return []
    writer.findings.header = names
    return [f"lacks column {', '.join(absent.values())}; {_has(names, list(absent), context)}"]


def _has(names: list[str], absent: list[str], context: Context) -> str:
    """Return what a file has, in words of the configuration: its own names may be values of its first record.

    A name that is the one asked for but for case, spaces and marks is shown: it says no more than that one.
    """
    forms = {_form(name): name for name in names}
    near = [forms[_form(name)] for name in absent if _form(name) in forms]
    mapped = sum(name in names for name in set(context.source.columns.values()))
    of_them = f"{mapped} of them mapped" if mapped else "none of them mapped: its first line may be no header"
    hint = f", and near to it {', '.join(map(repr, near[:10]))}" if near else ""
    return f"it has {len(names):,} columns, {of_them}{hint}; {_shown(context)}"


def _form(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _shown(context: Context) -> str:
    return f"its columns are shown by: {shown_by(context.path)}"
