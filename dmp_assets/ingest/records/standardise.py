"""Typed values made equal across sources: filled, folded, normalised, with amounts and web context."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl

from dmp_assets.foundation.settings.settings import Source
from dmp_assets.ingest.kinds import CONTACT_COLUMNS, EVENT_KINDS
from dmp_assets.ingest.records.amounts import with_amounts, with_line_amounts
from dmp_assets.ingest.records.mapping import read_values
from dmp_assets.ingest.records.statuses import with_status
from dmp_assets.ingest.schema.events import REFUND
from dmp_assets.ingest.values.contacts import is_filler, normalise_email, normalise_key, normalise_phone
from dmp_assets.ingest.values.surveys import score_answers
from dmp_assets.ingest.values.texts import all_null, trim
from dmp_assets.ingest.web.context import add_web_context

PERSON_IDS = ("user_id", "anonymous_id", "device_id")


class Contacts(NamedTuple):
    """Rows of one column of contacts that hold more than ``n/a``, and those of them that cannot be read."""

    filled: pl.Series
    unreadable: pl.Series | None
    """None where all can be read."""


class Standardised(NamedTuple):
    """Records with their values made equal, and what could not be read of them."""

    frame: pl.DataFrame
    contacts: dict[str, Contacts]
    unknown_statuses: Mapping[str, pl.Series]
    """Column of statuses -> its words where nobody knows them, null on all other rows."""


def standardise(frame: pl.DataFrame, source: Source) -> Standardised:
    """Return typed records with their values made equal, as the source's rules say, and how they were read.

    ``fill`` fills missing values. ``fold_ids`` folds ids. E-mail addresses and phone numbers are normalised, and null
    where they are none. Event kinds get more: refunds are separated from purchases, ids that are no products are taken
    out, the status of an order is decided, amounts are computed from price and quantity and get the signs of refunds,
    and time zone and context of the page are filled. Each value that was filled by ``fill`` leaves
    ``is_imputed_<column>`` in ``flags``, each address or number that cannot be read ``unreadable_email`` or
    ``unreadable_phone``, and each unknown word of a status ``unknown_status``.
    """
    flags = []
    unknown: Mapping[str, pl.Series] = {}
    for column, value in source.fill.items():
        absent = frame[column].is_null()
        filling = read_values(trim(pl.Series(column, [value])), frame.schema[column], source)
        frame = frame.with_columns(frame[column].zip_with(~absent, filling.new_from_index(0, frame.height)))
        flags.append(_flag(f"is_imputed_{column}", absent))
    if source.fold_ids:
        frame = frame.with_columns(normalise_key(frame[name]) for name in _filled(frame, PERSON_IDS))
    given = {name: frame[name] for name in _filled(frame, CONTACT_COLUMNS)}
    frame = frame.with_columns(normalise_email(frame[name]) for name in _filled(frame, ("email",)))
    if _filled(frame, ("phone",)):
        frame = frame.with_columns(normalise_phone(frame["phone"], _country(frame, source)))
    contacts = {name: _contacts(values, frame[name]) for name, values in given.items()}
    if source.kind == "survey" and "score" not in source.columns:
        frame = frame.with_columns(score_answers(frame["answer"], frame["scale"]).alias("score"))
    if source.kind in EVENT_KINDS:
        frame, unknown = with_status(with_amounts(_orders(frame, source), source), source)
        frame = frame.with_columns(pl.col("time_zone").fill_null(source.time_zone))
        if unknown:
            words = pl.DataFrame(list(unknown.values()))
            flags.append(_flag("unknown_status", words.select(~pl.all_horizontal(pl.all().is_null())).to_series()))
        lost = {name: rows.unreadable for name, rows in contacts.items() if rows.unreadable is not None}
        flags += [_flag(f"unreadable_{name}", rows) for name, rows in lost.items()]
        frame = add_web_context(frame).with_columns(_joined(flags, frame.height))
    if source.kind == "order_lines":
        frame = with_line_amounts(frame, source)
    return Standardised(frame, contacts, unknown)


def _contacts(given: pl.Series, read: pl.Series) -> Contacts:
    filled = given.is_not_null()
    if read.null_count() == given.null_count():
        return Contacts(filled, None)
    lost = filled & read.is_null()
    rows = lost.arg_true()
    fillers = rows.filter(is_filler(given.gather(rows)).fill_null(value=True))
    return Contacts(filled.scatter(fillers, values=False), lost.scatter(fillers, values=False))


def _filled(frame: pl.DataFrame, names: Iterable[str]) -> list[str]:
    return [name for name in names if name in frame.columns and frame[name].null_count() < frame.height]


def _country(frame: pl.DataFrame, source: Source) -> pl.Series | str | None:
    """Return the country that numbers without a prefix are of: the record's own code, else the source's."""
    own = frame["country"] if "country" in frame.columns else None
    if own is None or own.null_count() == len(own):
        return source.country
    codes = own.str.contains("^[A-Za-z]{2}$").fill_null(value=False)
    return own.zip_with(codes, pl.Series([source.country], dtype=pl.String).new_from_index(0, len(own)))


def _orders(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    if source.refunds is not None:
        is_refund = pl.col("transaction_id").str.contains(source.refunds)
        frame = frame.with_columns(event_name=pl.when(is_refund).then(pl.lit(REFUND)).otherwise("event_name"))
    if source.products is not None:
        is_product = pl.col("item_id").str.contains(source.products)
        frame = frame.with_columns(pl.when(is_product).then("item_id").alias("item_id"))
    return frame


def _flag(name: str, rows: pl.Series) -> pl.Series:
    return pl.Series(name, [name]).new_from_index(0, len(rows)).set(~rows, None)


def _joined(flags: list[pl.Series], height: int) -> pl.Series:
    raised = sorted((flag for flag in flags if flag.null_count() < height), key=lambda flag: flag.name)
    if not raised:
        return all_null("flags", pl.String(), height)
    text = pl.concat_str(*(flag.name for flag in raised), separator=",", ignore_nulls=True)
    return pl.DataFrame(raised).select(pl.when(text != "").then(text).alias("flags")).to_series()
