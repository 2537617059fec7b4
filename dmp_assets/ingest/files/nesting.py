"""How deep JSON text is nested and how many keys it has, measured on its bytes: no parser has seen it yet."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

_OPENING, _CLOSING, _QUOTE, _COLON, _NEWLINE = b"[{", b"]}", 0x22, 0x3A, 0x0A
_IRRELEVANT = bytes(set(range(256)) - {*_OPENING, *_CLOSING, _QUOTE, _COLON, _NEWLINE})
_KEY_BYTES = 5
"""The shortest key with a value and its comma: ``"":1,``."""
_STEPS = np.zeros(256, dtype=np.int64)
_STEPS[list(_OPENING)], _STEPS[list(_CLOSING)] = 1, -1


_Counts = npt.NDArray[np.int64]


class Measures(NamedTuple):
    """Levels of lists and objects of each text at its deepest place, and its keys."""

    depths: pl.Series
    keys: pl.Series


def exceeds(texts: pl.Series, depth: int, keys: int | None = None) -> tuple[pl.Series, pl.Series]:
    """Return which texts are nested deeper than ``depth``, and which have more keys; null is neither.

    Args:
        texts: JSON text. Of what is no JSON the answers mean nothing.
        depth: Lists and objects that may lie inside each other.
        keys: The most keys of one text; None for any number.
    """
    lengths = texts.str.len_bytes().fill_null(0)
    nothing = pl.Series([False]).new_from_index(0, len(texts))
    # What opens must be closed, and the counting of brackets is for texts that may be deep: it costs most here.
    long = (lengths > 2 * depth).arg_true()
    some = texts.gather(long)
    openings = some.str.count_matches("[", literal=True) + some.str.count_matches("{", literal=True)
    suspects = openings > depth
    if keys is not None:
        suspects |= lengths.gather(long) > _KEY_BYTES * keys
    if not suspects.any():
        return nothing, nothing
    rows = long.filter(suspects)
    found = measure(texts.gather(rows))
    wide = found.keys > keys if keys is not None else pl.Series([False]).new_from_index(0, len(rows))
    return nothing.clone().scatter(rows, found.depths > depth), nothing.clone().scatter(rows, wide)


def measure(texts: pl.Series) -> Measures:
    r"""Return depth and keys of JSON texts; brackets and colons inside strings do not count.

    Args:
        texts: Without nulls.

    >>> found = measure(pl.Series(['{"a": [1, {"b": "]:\\"["}]}', "7"]))
    >>> found.depths.to_list(), found.keys.to_list()
    ([3, 0], [2, 0])
    """
    if not len(texts):
        return Measures(pl.Series([], dtype=pl.Int64), pl.Series([], dtype=pl.Int64))
    block = ("\n".join(texts.str.replace_all("\n", " ", literal=True).to_list()) + "\n").encode()
    # An escaped quote ends no string. Pairs of backslashes go first, because the second of a pair escapes nothing.
    plain = block.replace(b"\\\\", b"").replace(b'\\"', b"")
    # A string without brackets leaves two quotes behind: without them a tenth of the bytes is left to count.
    skeleton = np.frombuffer(plain.translate(None, _IRRELEVANT).replace(b'""', b""), dtype=np.uint8)
    ends = np.flatnonzero(skeleton == _NEWLINE)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    outside = _since_start(np.cumsum(skeleton == _QUOTE), starts, lengths) % 2 == 0
    steps = np.where(outside, _STEPS[skeleton], 0)
    levels = _since_start(np.cumsum(steps), starts, lengths)
    keys = np.add.reduceat((outside & (skeleton == _COLON)), starts, dtype=np.int64)
    return Measures(pl.Series(np.maximum.reduceat(levels, starts)), pl.Series(keys))


def _since_start(running: _Counts, starts: _Counts, lengths: _Counts) -> _Counts:
    """Return running sums that begin anew on each line: a quote left open on one says nothing of the next."""
    before = np.concatenate([[0], running[starts[1:] - 1]])
    since: _Counts = running - np.repeat(before, lengths)
    return since
