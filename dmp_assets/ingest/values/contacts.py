"""E-mail addresses, phone numbers and keys in one spelling each, so that equal ones match."""

import unicodedata

import phonenumbers
import polars as pl

from dmp_assets.ingest.values.texts import read_text, trim

# Atoms of RFC 5321 with the letters of RFC 6531; quoted local parts are refused, because they are very rare.
_ATOM = r'[^\s\pC@"(),.:;<>\[\]\\]+'
_LABEL = r"[\pL\pM\pN]([\pL\pM\pN-]*[\pL\pM\pN])?"
_EMAIL = rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+\pL[\pL\pM\pN-]*[\pL\pM\pN]$"
_LONG_LABEL = r"@(.*\.)?[^.]{64}"
_MAX_EMAIL_BYTES = 254
_MAX_LOCAL_BYTES = 64

_COUNTRY_ALIASES = {"UK": "GB", "EL": "GR"}
"""Codes that the EU uses in place of ISO 3166's."""


def normalise_key(values: pl.Series) -> pl.Series:
    """Return keys trimmed and case-folded, empty ones as null, for a source whose ids ignore case.

    >>> normalise_key(pl.Series([" Ab-1 ", "STRASSE", "Straße", " "])).to_list()
    ['ab-1', 'strasse', 'strasse', None]
    """
    return _folded(values, compatible=False)


def normalise_email(values: pl.Series) -> pl.Series:
    """Return e-mail addresses trimmed, in NFKC and case-folded; what is no address becomes null.

    Dots and ``+tags`` stay: what they mean is up to each provider, and two people must not become one. The check
    is of syntax only: no domain is looked up.

    >>> normalise_email(pl.Series([" Jo.Do+x@Example.COM", "jo@example", None])).to_list()
    ['jo.do+x@example.com', None, None]
    """
    emails = _folded(values, compatible=True)
    local = emails.str.splitn("@", 2).struct.field("field_0")
    usable = (
        emails.str.contains(_EMAIL)
        & ~emails.str.contains(_LONG_LABEL)
        & (emails.str.len_bytes() <= _MAX_EMAIL_BYTES)
        & (local.str.len_bytes() <= _MAX_LOCAL_BYTES)
    )
    return emails.set(~usable, None)


def normalise_phone(values: pl.Series, country: str | pl.Series | None) -> pl.Series:
    """Return phone numbers in E.164, such as ``+442079460018``; null for what is no number of its country.

    Args:
        values: Numbers as given, text or whole numbers; an extension is left out, as E.164 has none.
        country: ISO 3166 code (two letters, any case) for numbers without ``+`` and country code: one for all, or
            one per value. Without a known country only numbers that begin with ``+`` can be read.

    Whether a number can be one is judged by the numbering plans of the installed ``phonenumbers``, so another
    release may read a few numbers that this one refuses.
    """
    given = trim(read_text(values))
    name = values.name
    codes = country if isinstance(country, pl.Series) else pl.Series([country], dtype=pl.String)
    if not isinstance(country, pl.Series):
        codes = codes.new_from_index(0, len(given))
    codes = trim(read_text(codes)).str.to_uppercase().replace(_COUNTRY_ALIASES)
    frame = pl.DataFrame([given.alias("value"), codes.alias("country")])
    pairs = frame.filter(pl.col("value").is_not_null()).unique()
    # The library reads one number at a time, about 15,000 a second, so it sees each pair once.
    read = pl.Series("phone", [_e164(value, code) for value, code in pairs.iter_rows()], dtype=pl.String)
    phones = frame.join(
        pairs.with_columns(read), on=["value", "country"], how="left", nulls_equal=True, maintain_order="left"
    )
    return phones["phone"].alias(name)


def _e164(value: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _folded(values: pl.Series, *, compatible: bool) -> pl.Series:
    """Return text trimmed and case-folded; with ``compatible`` also in NFKC, which makes wide letters narrow."""
    text = trim(read_text(values))
    # Lower case is the case folding of ASCII, which nearly all values are; Polars has none for the others.
    others = text.filter(text.str.contains(r"[^\x00-\x7F]")).unique().to_list()
    lower = text.str.to_lowercase()
    if not others:
        return lower
    form = [_fold(value, compatible) for value in others]
    return trim(text.replace_strict(others, form, default=None, return_dtype=pl.String).fill_null(lower))


def _fold(value: str, compatible: bool) -> str:
    if not compatible:
        return value.casefold()
    # Folding can take a text out of NFKC, hence twice.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
