"""Event parameters of GA4's export: a list of keys with a value in one of four typed fields."""

import polars as pl

from dmp_assets.ingest.presets.texts import json_strings, text_of
from dmp_assets.ingest.values.texts import all_null

VALUES = ("string_value", "int_value", "float_value", "double_value")

_NUMBER = r"^-?(0|[1-9]\d{0,17})(\.\d+)?([eE][+-]?\d{1,3})?$"


def by_event(parameters: pl.Series | None) -> pl.DataFrame:
    """Return ``row``, ``key``, ``value`` and ``number`` (whether it is one), one row per parameter.

    Of a repeated key the first counts. The value of an empty parameter is null. What is no list of parameters has no
    rows.
    """
    empty = pl.DataFrame(schema={"row": pl.UInt32, "key": pl.String, "value": pl.String, "number": pl.Boolean})
    inner = parameters.dtype.inner if parameters is not None and isinstance(parameters.dtype, pl.List) else None
    if parameters is None or not isinstance(inner, pl.Struct):
        return empty
    table = parameters.alias("parameter").to_frame().with_row_index("row")
    table = table.filter(pl.col("parameter").list.len() > 0).explode("parameter")
    fields = table["parameter"].struct.unnest()
    values = fields["value"] if "value" in fields.columns else None
    typed = values.struct.unnest() if values is not None and isinstance(values.dtype, pl.Struct) else pl.DataFrame()
    if not typed.width or "key" not in fields.columns:
        return empty
    texts = pl.DataFrame([text_of(typed, name) for name in VALUES])
    # Whole doubles are 3.0 in JSON and 3 in Parquet.
    doubles = pl.coalesce("float_value", "double_value").str.replace(r"\.0$", "")
    found = texts.select(
        row=table["row"],
        key=text_of(fields, "key"),
        value=pl.coalesce("string_value", "int_value", doubles),
        number=pl.col("string_value").is_null(),
    )
    return found.drop_nulls("key").unique(["row", "key"], keep="first", maintain_order=True)


def parameter(parameters: pl.DataFrame, key: str, height: int) -> pl.Series:
    """Return one parameter of each of ``height`` events as text."""
    found = parameters.filter(pl.col("key") == key)
    return all_null(key, pl.String(), height).scatter(found["row"], found["value"])


def parameters_as_json(parameters: pl.DataFrame, event_dates: pl.Series) -> pl.Series:
    """Return each event's ``event_date`` and parameters as one JSON object; null where it has neither."""
    dates = pl.DataFrame({"key": "event_date", "value": event_dates}).with_row_index("row")
    dates = dates.drop_nulls("value").with_columns(number=pl.lit(value=False))
    pairs = pl.concat([dates, parameters]).sort("row", maintain_order=True)
    plain = pl.col("number") & pl.col("value").str.contains(_NUMBER)
    value = pl.when(plain).then("value").otherwise(json_strings(pairs["value"])).fill_null("null")
    objects = (
        pairs.select("row", pair=pl.concat_str(json_strings(pairs["key"]), pl.lit(":"), value))
        .group_by("row", maintain_order=True)
        .agg(pl.col("pair").str.join(","))
    )
    texts = all_null("properties", pl.String(), len(event_dates))
    return texts.scatter(objects["row"], "{" + objects["pair"] + "}")
