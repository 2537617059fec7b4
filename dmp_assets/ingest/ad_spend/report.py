"""A platform's report with our column names; reading the values is left to the mapping."""

import re
from collections.abc import Iterable, Mapping

import polars as pl

from dmp_assets.ingest.ad_spend.micros import micros_as_units
from dmp_assets.ingest.ad_spend.platform import AdPlatform, Beside
from dmp_assets.ingest.schema.campaigns import LEVELS
from dmp_assets.ingest.values.identifiers import id_texts
from dmp_assets.ingest.values.texts import all_null, read_text, trim

OUR_COLUMNS = (
    "date", "hour_at", "platform", "account_id", "account_name", "campaign_id", "campaign_name",
    "ad_group_id", "ad_group_name", "ad_id", "ad_name", "level", "breakdown_by", "breakdown", "currency",
    "impressions", "clicks", "spend", "conversions", "conversion_value", "time_zone", "updated_at",
)  # fmt: skip
"""Columns that ``prepare_report`` makes."""

_IDS = tuple(f"{level}_id" for level in LEVELS)
_MONEY = ("spend", "conversion_value")
_ZONELESS = r"^(\d{4}-\d{2}-\d{2})(?:[ Tt](\d[\d:.]*))(?: ?UTC)?$"
_TIME_OF_DAY = r"\d[ Tt]\d{1,2}:"


def prepare_report(frame: pl.DataFrame, platform: AdPlatform, prefix: str) -> pl.DataFrame:
    """Return the frame with all of ``OUR_COLUMNS`` added, row by row the same.

    Values are chosen and renamed, and money in micros is turned into units. Nothing is judged: what cannot be read
    stays as it is, so that the typed reading finds it. What the report does not have is null.

    Args:
        frame: Columns of the file, text or typed.
        platform: The platform's mapping table.
        prefix: First sign of the added columns' names, which keeps them apart from the file's.
    """
    chosen = chosen_columns(platform, frame.columns)
    given = {ours: trim(frame[theirs]) for ours, theirs in chosen.items()}
    for ours in _MONEY:
        if ours in chosen and _plain(chosen[ours]) in platform.micros:
            given[ours] = micros_as_units(given[ours])
    given |= {ours: id_texts(given[ours]) for ours in _IDS if ours in given}
    given |= {ours: _in_utc(given[ours]) for ours in _utc_columns(platform) if ours in given}
    if "hour_at" in given:
        given["hour_at"] = _hours(given["hour_at"])
    given["platform"] = pl.Series([platform.platform]).new_from_index(0, frame.height)
    given["level"] = _levels(given, frame.height)
    dividing = _dividing(platform, frame.columns, chosen)
    if dividing:
        given["breakdown_by"] = pl.Series([", ".join(map(_plain, dividing))]).new_from_index(0, frame.height)
        given["breakdown"] = _breakdown(frame, dividing)
    absent = all_null("", pl.String(), frame.height)
    return frame.with_columns(given.get(ours, absent).alias(f"{prefix}{ours}") for ours in OUR_COLUMNS)


def chosen_columns(platform: AdPlatform, names: Iterable[str]) -> dict[str, str]:
    """Return our column -> the column of the file that supplies it, for the columns that the file has."""
    present = _by_plain_name(names)
    chosen = {}
    for ours, alternatives in platform.columns.items():
        for alternative in alternatives:
            column = alternative.column if isinstance(alternative, Beside) else alternative
            if column in present and (not isinstance(alternative, Beside) or alternative.other in present):
                chosen[ours] = present[column]
                break
    return chosen


def _plain(name: str) -> str:
    """Return a column's name as the mapping tables write it."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")


def _by_plain_name(names: Iterable[str]) -> dict[str, str]:
    present: dict[str, str] = {}
    for name in names:
        present.setdefault(_plain(name), name)
    return present


def _utc_columns(platform: AdPlatform) -> tuple[str, ...]:
    return ("updated_at", "date") if platform.utc_days else ("updated_at",)


def _levels(given: Mapping[str, pl.Series], height: int) -> pl.Series:
    """Return the finest level whose id is there; null where none is."""
    levels = all_null("", pl.String(), height)
    for level in LEVELS:
        if f"{level}_id" in given:
            levels = levels.set(given[f"{level}_id"].is_not_null(), level)
    return levels


def _dividing(platform: AdPlatform, names: Iterable[str], chosen: Mapping[str, str]) -> list[str]:
    """Return the columns that divide the file's level further, in the same order for every file."""
    present = _by_plain_name(names)
    taken = set(chosen.values())
    return [present[name] for name in sorted(platform.breakdowns) if name in present and present[name] not in taken]


def _breakdown(frame: pl.DataFrame, dividing: list[str]) -> pl.Series:
    texts = [read_text(trim(frame[name])).alias(_plain(name)) for name in dividing]
    return pl.DataFrame(texts).select(pl.struct(pl.all()).struct.json_encode()).to_series()


def _in_utc(values: pl.Series) -> pl.Series:
    """Return times without a zone as times in UTC; what names its zone, or is no time, stays as it is."""
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone is None:
        return values.dt.replace_time_zone("UTC")
    if values.dtype != pl.String:
        return values
    return values.str.replace(_ZONELESS, "${1} ${2}Z")


def _hours(values: pl.Series) -> pl.Series:
    """Return the values that have a time of day; a daily report of the same column has none."""
    if isinstance(values.dtype, pl.Datetime):
        return values
    if values.dtype != pl.String:
        return all_null("", pl.String(), len(values))
    return values.set(~values.str.contains(_TIME_OF_DAY), None)
