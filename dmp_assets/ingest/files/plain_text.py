"""A landing file as plain UTF-8 lines, with the lines that cannot be decoded marked in their place."""

import codecs
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.ingest.files.decompression import (
    DamagedError,
    FileRefusedError,
    check_lines,
    compression_of,
    plain_pieces,
)

MARK = "\0"
"""Starts a line that cannot be used: ``MARK message MARK raw text``. No good line holds a NUL."""

_MARK = MARK.encode()
_WIDE_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass
class PlainText:
    """Where the plain lines are, and what was found while they were made."""

    path: Path
    lines: int = 0
    regular: bool = True
    """No blank, marked or carriage-return-only line: row numbers of a fast reader are line numbers."""
    damage: str | None = None
    whole_lines: int = 0
    """Lines before the damage."""


class _NeedsCopyError(Exception):
    """The file on disk is not plain enough to be read as it is."""


def to_plain_text(file: Path, encoding: str, work_dir: Path, limits: Limits) -> PlainText:
    """Return the file's lines as UTF-8 on disk; the file itself where its lines are plain UTF-8 already.

    Raises:
        FileRefusedError: Another encoding than declared, or more data than ``limits`` allow.
    """
    encoding = codecs.lookup(encoding).name
    if compression_of(file) is None and encoding in ("utf-8", "ascii"):
        with suppress(_NeedsCopyError):
            return _Pass(file, encoding, None, limits).run()
    target = work_dir / "plain.txt"
    with target.open("wb") as out:
        result = _Pass(file, encoding, out, limits).run()
    result.path = target
    return result


class _Pass:
    """One pass over the bytes; ``out`` is None where the file is only checked."""

    def __init__(self, file: Path, encoding: str, out: BinaryIO | None, limits: Limits) -> None:
        self.file, self.encoding, self.out, self.limits = file, encoding, out, limits
        self.result = PlainText(path=file)
        wide = encoding.startswith(("utf-16", "utf-32", "utf-8"))
        self.line_encoding = "utf-8" if wide else encoding

    def run(self) -> PlainText:
        carry, skipping = b"", False
        size = self.file.stat().st_size
        for block in self._utf8_like_blocks():
            lines, newline, carry = (carry + block).rpartition(b"\n")
            whole = lines + newline
            if skipping and whole:
                whole, skipping = whole.partition(b"\n")[2], False
            if whole:
                self._block(whole)
                check_lines(self.result.lines, size, self.limits)
            if len(carry) > self.limits.line_bytes:
                if not skipping:
                    self._mark(carry, f"longer than {self.limits.line_bytes:,} bytes")
                carry, skipping = b"", True
        if carry and not skipping:
            self._last(carry)
        elif self.result.damage is not None:
            self.result.whole_lines = self.result.lines
        return self.result

    def _last(self, line: bytes) -> None:
        if self.result.damage is not None:
            self.result.whole_lines = self.result.lines
            self._mark(line, "cut off by the damage to the file")
            return
        self._block(line)

    def _utf8_like_blocks(self) -> Iterator[bytes]:
        """Yield blocks of about ``block_bytes`` whose newline is one byte; set ``damage`` where the data breaks."""
        wide = codecs.getincrementaldecoder(self.encoding)() if self.encoding.startswith(("utf-16", "utf-32")) else None
        block, first = bytearray(), True
        try:
            for piece in plain_pieces(self.file, self.limits):
                block += piece
                if len(block) >= min(self.limits.block_bytes, 2**20):
                    yield self._decode_wide(wide, self._without_bom(bytes(block), first))
                    block, first = bytearray(), False
        except DamagedError as damage:
            self.result.damage = str(damage)
        yield self._decode_wide(wide, self._without_bom(bytes(block), first), final=True)

    def _decode_wide(self, decoder: codecs.IncrementalDecoder | None, block: bytes, final: bool = False) -> bytes:
        if decoder is None:
            return block
        try:
            text = decoder.decode(block, final=final and self.result.damage is None)
        except UnicodeDecodeError as error:
            raise FileRefusedError(f"is not {self.encoding}: {error.reason}; set encoding: of the source") from None
        return text.encode().removeprefix(codecs.BOM_UTF8)

    def _without_bom(self, block: bytes, first: bool) -> bytes:
        if not first:
            return block
        seen = next((name for bom, name in _WIDE_BOMS.items() if block.startswith(bom)), None)
        if seen and not self.encoding.startswith(seen[:6]):
            raise FileRefusedError(f"starts with the mark of {seen}, not {self.encoding}: set encoding: {seen}")
        if block.startswith(codecs.BOM_UTF8):
            if self.encoding not in ("utf-8", "utf-8-sig"):
                raise FileRefusedError(f"starts with the mark of utf-8, not {self.encoding}: set encoding: utf-8")
            self._needs_copy()
            return block.removeprefix(codecs.BOM_UTF8)
        return block

    def _block(self, block: bytes) -> None:
        """Check and write whole lines: together where all are good, else one by one."""
        try:
            text = block.decode(self.line_encoding).encode() if self.line_encoding != "utf-8" else _checked(block)
        except UnicodeDecodeError:
            text = None
        if text is None or _MARK in text or b"\r" in text.replace(b"\r\n", b""):
            self._lines(block)
            return
        padded = text.replace(b"\r\n", b"\n") if b"\r" in text else text
        if padded.startswith(b"\n") or b"\n\n" in padded:
            self.result.regular = False
        self.result.lines += text.count(b"\n") + (not text.endswith(b"\n"))
        if self.out is not None:
            self.out.write(text)

    def _lines(self, block: bytes) -> None:
        self._needs_copy()
        self.result.regular = False
        for line in block.removesuffix(b"\n").split(b"\n"):
            try:
                text = line.decode(self.line_encoding)
            except UnicodeDecodeError as error:
                byte = line[error.start]
                self._mark(
                    line, f"byte 0x{byte:02X} is not {self.encoding}; set encoding: of the source if it is another"
                )
                continue
            if MARK in text:
                self._mark(line, "byte 0x00 (NUL) in the line; set encoding: of the source if it is utf-16")
                continue
            self._write(text.encode())

    def _mark(self, line: bytes, message: str) -> None:
        self._needs_copy()
        self.result.regular = False
        kept = line[: self.limits.raw_characters * 4].decode(self.line_encoding, "backslashreplace")
        kept = kept.replace(MARK, "\\x00").rstrip("\r")[: self.limits.raw_characters]
        self._write(f"{MARK}{message}{MARK}{kept}".encode())

    def _write(self, line: bytes) -> None:
        self.result.lines += 1
        if self.out is not None:
            self.out.write(line + b"\n")

    def _needs_copy(self) -> None:
        if self.out is None:
            raise _NeedsCopyError


def _checked(block: bytes) -> bytes:
    block.decode()
    return block
