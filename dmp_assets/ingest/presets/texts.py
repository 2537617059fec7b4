"""A file's columns of any type as text, and text as JSON; a value that has no text is null."""

import polars as pl

from dmp_assets.ingest.values.texts import all_null, read_text, trim


def text_of(frame: pl.DataFrame, name: str) -> pl.Series:
    """Return a column as trimmed text: null where the file lacks it, JSON where it is nested.

    >>> text_of(pl.DataFrame({"price": [1.0, 2.5, None]}), "price").to_list()
    ['1', '2.5', None]
    """
    if name not in frame.columns:
        return all_null(name, pl.String(), frame.height)
    values = frame[name]
    dtype = values.dtype
    if dtype == pl.String:
        return trim(values)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        return values.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    if isinstance(dtype, pl.Struct | pl.List):
        return _encoded(values).set(values.is_null(), None)
    return trim(read_text(values))


def json_strings(values: pl.Series) -> pl.Series:
    r"""Return text as JSON strings.

    >>> json_strings(pl.Series(["a", 'say "hi"', None])).to_list()
    ['"a"', '"say \\"hi\\""', None]
    """
    quoted = '"' + values + '"'
    odd = values.str.contains(r'["\\\p{Cc}]').fill_null(value=False)
    if not odd.any():
        return quoted
    return quoted.scatter(odd.arg_true(), _encoded(values.filter(odd)))


def _encoded(values: pl.Series) -> pl.Series:
    """Return values as JSON: each is encoded as an object with one key, which is then cut off."""
    wrapped = pl.DataFrame({"v": values}).select(pl.struct("v").struct.json_encode()).to_series()
    return wrapped.str.slice(len('{"v":')).str.head(-1).alias(values.name)
