r"""Ids as their source means them: what spreadsheets, exports and copying did to the text is undone, or told.

An id that lost digits identifies nobody and nothing: a thousand customers can be ``9.44E+17``.
"""

from typing import NamedTuple

import polars as pl

from dmp_assets.ingest.values.texts import read_text, trim

LOST_DIGITS = "an id in scientific notation, or a float of 2^53 or more, has lost digits; export the column as text"

INVISIBLE = (
    r"[\x{00AD}\x{034F}\x{061C}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FE00}-\x{FE0F}\x{FEFF}"
    r"\x{FFF9}-\x{FFFB}]"
)
"""Soft hyphen, grapheme joiner, Arabic letter mark, Mongolian vowel separator, zero-width space and joiners with the
direction marks beside them, embeddings and overrides, word joiner and isolates, variation selectors, byte order mark,
annotation marks: characters that no one sees and that make two ids of one."""

NO_VALUE = (
    r"(?i)^(?:#[¡¿]?[\pL/0_]+[!?]|#n/?a|#nv|#n/d|#{3,}|\[object \w+\]|\[null\]|<null>|\(null\)|<na>|\\N|null|none|nil|"
    r"undefined|nan|n/a|\(not set\)|\(none\))$"
)
"""What software writes for no value: errors of spreadsheets in any language (``#REF!``, ``#VALUE!``, ``#¿NOMBRE?``,
``#N/A``, ``#DIV/0!``), a column too narrow to show, JavaScript's objects, and the nulls of databases and languages."""

_WRAPPED = ((r'^="([^"]*)"$', "${1}"), (r"^'([^'\s]+)'?$", "${1}"))
"""A formula that keeps a text, and a spreadsheet's mark of a text: both keep leading zeros from being cut off."""

_WHOLE = r"^([+-]?\d+)[.,](?:0|00|0{4,})$|^([+-]?\d{4,})[.,]000$"
"""A whole number as floats are written. ``12.000`` is none: it may be a group of thousands."""

_SCIENTIFIC = r"^[+-]?(?:\d+[.,]\d*[eE][+-]?\d{1,3}|\d+[eE]\+\d{1,3})$"
"""With a point or a plus: ``9E17`` and ``12e5`` may be codes of products, and ``12E-05`` too."""

_WHOLE_FLOAT = r"^[+-]?(\d{16,})[.,]0+$"
_WHOLE_FLOATS = 2**53
_WHOLE_SINGLES = 2**24

# Anchored, so that a value is left at its first other sign: 20 ns a value, a third of a search in all of it.
_SUSPECT = (
    r"^(?:['=#\[\\<(]|[+-]?\d+(?:[.,]0+$|[.,]\d*[eE]|[eE]\+)|[nN](?i:ull|one|an|il|/a)$|[uU](?i:ndefined)$)"
)  # fmt: skip


_NO_ROWS = pl.Series(dtype=pl.UInt32)

# A text of ASCII has as many bytes as characters: 5 ns a value, against 90 for a search. One select, because a file may
# hold few records, and then it is the number of calls that costs.
_PROBE = (
    pl.first().str.len_bytes().sum().ne(pl.first().str.len_chars().sum()).alias("beyond_ascii"),
    pl.first().str.contains(_SUSPECT).any().alias("suspect"),
)


class Ids(NamedTuple):
    """Ids as text; null where there is none, and where digits were lost."""

    values: pl.Series
    lost: pl.Series | None = None
    """Rows whose id has lost digits; None where no row has."""
    stripped: pl.Series | None = None
    """Rows with invisible characters, which were left out; None where no row has."""


def read_ids(values: pl.Series) -> Ids:
    """Return ids without what was done to them on the way.

    Args:
        values: Trimmed text, or a column of floats. Other types, which lose nothing, are returned as they are.

    >>> ids = read_ids(pl.Series(["12345.0", "'00123", '="00124"', "#N/A", "9.44E+17", "9E17"]))
    >>> ids.values.to_list(), ids.lost.arg_true().to_list()
    (['12345', '00123', '00124', None, None, '9E17'], [4])
    """
    if values.dtype.is_float():
        size = _WHOLE_SINGLES if values.dtype == pl.Float32 else _WHOLE_FLOATS
        lost = ((values.abs() >= size) & values.is_finite()).fill_null(value=False)
        texts = read_text(values).set(lost | ~values.is_finite(), None)
        return Ids(texts, lost if lost.any() else None)
    if values.dtype != pl.String or values.null_count() == len(values):
        return Ids(values)
    bare, rows, stripped = _bare(values)
    if rows.is_empty():
        return Ids(bare, None, stripped)
    texts = bare.gather(rows)
    lost = (texts.str.contains(_SCIENTIFIC) | _beyond_floats(texts)).fill_null(value=False)
    bare = bare.scatter(rows, texts.str.replace(_WHOLE, "${1}${2}").set(lost, None))
    return Ids(bare, _mask(rows.filter(lost), len(bare)), stripped)


def read_contact_texts(values: pl.Series) -> Ids:
    """Return e-mail addresses or phone numbers without invisible characters, wraps and what means no value.

    >>> read_contact_texts(pl.Series(["'+4915112345675", "#REF!", "a\u200b@b.org"])).values.to_list()
    ['+4915112345675', None, 'a@b.org']
    """
    if values.dtype != pl.String or values.null_count() == len(values):
        return Ids(values)
    bare, _, stripped = _bare(values)
    return Ids(bare, None, stripped)


def id_texts(values: pl.Series) -> pl.Series:
    """Return ids of any type as text in which ``read_ids`` still finds lost digits; null for what means no value.

    For a preset that looks at ids before they are read.

    >>> id_texts(pl.Series([1.2021e17, 12345.0])).to_list()
    ['1.2021e+17', '12345']
    """
    if values.dtype == pl.Float32:
        # The nearest double has more digits, none of them known: only the power of ten tells that they are lost.
        ids = read_ids(values)
        return ids.values if ids.lost is None else ids.values.set(ids.lost, "1.0e8")
    texts = read_text(values)
    return texts.set(texts.str.contains(NO_VALUE), None)


def _bare(values: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series | None]:
    """Return the texts without wraps, the rows that were looked at closely, and those with invisible characters."""
    stripped = None
    beyond_ascii, suspect = values.to_frame().select(_PROBE).row(0)
    if not beyond_ascii and not suspect:
        return values, _NO_ROWS, None
    if beyond_ascii:
        rows = values.str.contains(INVISIBLE).fill_null(value=False).arg_true()
        if rows.len():
            values = values.scatter(rows, trim(values.gather(rows).str.replace_all(INVISIBLE, "")))
            stripped = _mask(rows, len(values))
    rows = values.str.contains(_SUSPECT).fill_null(value=False).arg_true()
    if rows.len():
        texts = values.gather(rows)
        for wrapped, inner in _WRAPPED:
            texts = trim(texts.str.replace(wrapped, inner))
        values = values.scatter(rows, texts.set(texts.str.contains(NO_VALUE), None))
    return values, rows, stripped


def _beyond_floats(texts: pl.Series) -> pl.Series:
    whole = texts.str.extract(_WHOLE_FLOAT, 1).cast(pl.Float64, strict=False)
    return whole >= _WHOLE_FLOATS


def _mask(rows: pl.Series, height: int) -> pl.Series | None:
    if rows.is_empty():
        return None
    return pl.Series([False]).new_from_index(0, height).scatter(rows, values=True)
