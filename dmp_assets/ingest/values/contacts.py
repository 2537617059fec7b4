"""E-mail addresses, phone numbers and keys in one spelling each, so that equal ones match."""

import re
import unicodedata

import phonenumbers
import polars as pl
from phonenumbers import PhoneNumber

from dmp_assets.ingest.values.texts import read_text, trim

# Atoms of RFC 5321 with the letters of RFC 6531; quoted local parts are refused, because they are very rare.
_ATOM = r'[^\s\pC@"(),.:;<>\[\]\\]+'
_LABEL = r"[\pL\pM\pN]([\pL\pM\pN-]*[\pL\pM\pN])?"
_EMAIL = rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+\pL[\pL\pM\pN-]*[\pL\pM\pN]$"
_MAILTO = r"^mailto:([^?]*)(\?.*)?$"
_NAMED = r"^([^<>]*)<\s*(?:mailto:)?([^<>]+?)\s*>$"
_LONG_LABEL = r"@(.*\.)?[^.]{64}"
_MAX_EMAIL_BYTES = 254
_MAX_LOCAL_BYTES = 64

_WHOLE_FLOAT = r"^(\+?\d+)[.,]0$"
_SCIENTIFIC = r"^[+-]?\d+([.,]\d*)?[eE][+-]?\d+$"

_FILLER = (
    r"(?i)^(?:n\.?\s?/?\s?a\.?|null|none|nil|nan|undefined|unknown|unbekannt|not (?:set|given|available|provided)|"
    r"\(not set\)|\(none\)|no (?:e-?mail|phone)|keine?|anonymous|guest|[\pP\pS\s0]*)$"
)
"""What people and software write where there is no address: nothing is lost when it is not read."""

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
    is of syntax only: no domain is looked up. The address of ``Jo Do <jo@a.org>`` and ``mailto:jo@a.org`` is read. Of
    two addresses none is: which one is the person's would be a guess.

    >>> normalise_email(pl.Series([" Jo.Do+x@Example.COM", "Jo <jo@a.org>", "jo@a.org; do@a.org", None])).to_list()
    ['jo.do+x@example.com', 'jo@a.org', None, None]
    """
    emails = _address(_folded(values, compatible=True))
    local = emails.str.splitn("@", 2).struct.field("field_0")
    usable = (
        emails.str.contains(_EMAIL)
        & ~emails.str.contains(_LONG_LABEL)
        & (emails.str.len_bytes() <= _MAX_EMAIL_BYTES)
        & (local.str.len_bytes() <= _MAX_LOCAL_BYTES)
    )
    return emails.set(~usable, None)


def is_filler(values: pl.Series) -> pl.Series:
    """Return which addresses or numbers say that there is none, such as ``n/a``; null for null.

    >>> is_filler(pl.Series(["n/a", "-", "a5@mail", "+49151"])).to_list()
    [True, True, False, False]
    """
    return trim(read_text(values)).str.contains(_FILLER)


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


def _address(emails: pl.Series) -> pl.Series:
    """Return the address of a name and an address, and of a link; other texts as they are."""
    odd = emails.str.contains("[<:]")
    if not odd.any():
        return emails
    rows = odd.fill_null(value=False).arg_true()
    texts = emails.gather(rows).str.replace(_MAILTO, "${1}")
    found = texts.str.extract_groups(_NAMED).struct.unnest()
    name, address = found["1"].str.strip_chars(" \t\"'"), found["2"]
    # A name that is itself an address, and another one, makes two of them.
    single = (~name.str.contains("@", literal=True) | (name == address)).fill_null(value=False)
    return emails.scatter(rows, trim(address.zip_with(single, texts)))


def _e164(value: str, country: str | None) -> str | None:
    if re.match(_SCIENTIFIC, value):
        return None
    value = re.sub(_WHOLE_FLOAT, r"\1", value)
    try:
        number = _with_own_code(phonenumbers.parse(value, country), value, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _with_own_code(number: PhoneNumber, digits: str, country: str | None) -> PhoneNumber:
    """Return the mobile number that digits are with a plus before them, where they are none without it.

    A spreadsheet cuts the plus off. ``4915112345679`` would then be a long number in Leer, whose area code is 491.
    """
    code = phonenumbers.country_code_for_region(country) if country else 0
    if not code or not digits.isdigit() or not digits.startswith(str(code)):
        return number
    whole = phonenumbers.parse(f"+{digits}")
    mobile = phonenumbers.PhoneNumberType.MOBILE
    is_meant = phonenumbers.number_type(whole) == mobile != phonenumbers.number_type(number)
    return whole if is_meant else number


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
