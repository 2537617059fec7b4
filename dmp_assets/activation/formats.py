"""Files of audiences: which identifiers a format takes, the rows of its file, and their bytes."""

import io
from collections.abc import Mapping, Sequence

import polars as pl

from dmp_assets.activation.contacts import NORMALISED, meta_place, sha256
from dmp_assets.activation.schema import EMAIL, PERSON, PHONE

GOOGLE, META, CSV, PARQUET = "google_customer_match", "meta_customer_list", "csv", "parquet"

SUFFIX = {GOOGLE: ".csv", META: ".csv", CSV: ".csv", PARQUET: ".parquet"}

GOOGLE_COLUMNS = ("Email", "Phone", "First Name", "Last Name", "Country", "Zip")
"""Header of Google's upload file: support.google.com/google-ads/answer/7659867. An address counts only with all of its
four columns, and the platform holds neither names nor postcodes, so these are empty."""

META_COLUMNS = ("email", "phone", "ct", "country")
"""Headers of Meta's customer list: facebook.com/business/help/2082575038703844; those that there are values for."""

_FORMULA = r"^[=+\-@\t\r]"
_NUMBER = r"^[+-]?\d+([.,]\d+)?$"


def identifiers_of(kind: str, people: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Return what a format says of people, in which changes are counted: person_id, kind, identifier.

    Args:
        kind: The format.
        people: Those who may be in: person_id.
        contacts: Contacts that one person alone has: kind, value, person_id.

    A person who has nothing that the format takes has no row.
    """
    if kind not in NORMALISED:
        return people.select("person_id", kind=pl.lit(PERSON), identifier="person_id")
    own = contacts.join(people, on="person_id", how="semi")
    parts = []
    for contact, normalised in NORMALISED[kind].items():
        of_kind = own.filter(pl.col("kind") == contact).with_columns(written=normalised())
        hashed = sha256(of_kind["written"])
        parts.append(of_kind.select("person_id", "kind", identifier=hashed))
    return pl.concat(parts).unique().sort("person_id", "kind", "identifier")


def rows_of(kind: str, identifiers: pl.DataFrame, details: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return the rows of a file, in an order that says nothing of people.

    Args:
        kind: The format.
        identifiers: ``identifiers_of`` those who are in the file.
        details: One row per person: person_id, ``columns`` for csv and parquet, city and country for Meta.
        columns: Columns of csv and parquet beside person_id; none for a file of removes.
    """
    if kind not in NORMALISED:
        people = identifiers.select(person_id="identifier")
        joined = people.join(details, on="person_id", how="left") if columns else people
        return joined.select("person_id", *columns).sort("person_id")
    ranked = identifiers.with_columns(place=pl.int_range(pl.len()).over("person_id", "kind"))
    # A person with several addresses has several rows: the reader matches each row by any of its columns.
    emails, phones = (
        ranked.filter(pl.col("kind") == contact).select("person_id", "place", pl.col("identifier").alias(contact))
        for contact in (EMAIL, PHONE)
    )
    rows = emails.join(phones, on=["person_id", "place"], how="full", coalesce=True)
    if kind == GOOGLE:
        nothing = [pl.lit(None, dtype=pl.String).alias(name) for name in GOOGLE_COLUMNS[2:]]
        return rows.select(Email=EMAIL, Phone=PHONE).with_columns(nothing).sort("Email", "Phone", nulls_last=True)
    placed = rows.join(_meta_places(details), on="person_id", how="left")
    return placed.select(EMAIL, PHONE, "ct", "country").sort(EMAIL, PHONE, nulls_last=True)


def _meta_places(details: pl.DataFrame) -> pl.DataFrame:
    """Return person_id with hashed ``ct`` and ``country``; a country that is no code of two letters is left out."""
    if not {"city", "country"} <= set(details.columns):
        nothing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("ct", "country")]
        return details.select("person_id").with_columns(nothing)
    written = details.select("person_id", ct=meta_place("city"), country=meta_place("country"))
    written = written.with_columns(pl.when(pl.col("country").str.contains("^[a-z]{2}$")).then("country"))
    written = written.with_columns(pl.when(pl.col("ct") != "").then("ct"))
    return written.with_columns(sha256(written["ct"]), sha256(written["country"]))


def file_bytes(kind: str, rows: pl.DataFrame) -> bytes:
    """Return the bytes of a file; equal rows give equal bytes."""
    stream = io.BytesIO()
    if kind == PARQUET:
        rows.write_parquet(stream, compression="zstd")
    else:
        as_text(rows).write_csv(stream, line_terminator="\n")
    return stream.getvalue()


def as_text(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows that a CSV file can hold: lists as text, and no text that a spreadsheet would run.

    >>> as_text(pl.DataFrame({"a": ["=1+1", "-5", "+49151"], "b": [["x", "y"], [], None]})).rows()
    [("'=1+1", 'x, y'), ('-5', ''), ('+49151', None)]
    """
    schema: Mapping[str, pl.DataType] = rows.schema
    lists = [pl.col(name).cast(pl.List(pl.String)).list.join(", ") for name, of in schema.items() if of == pl.List]
    flat = rows.with_columns(lists)
    guarded = []
    for name in (name for name, dtype in flat.schema.items() if dtype == pl.String):
        text = pl.col(name)
        runs = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
        guarded.append(pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name))
    return flat.with_columns(guarded)
