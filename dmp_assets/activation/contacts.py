"""E-mail addresses and phone numbers as the platforms want them: normalised, then hashed with SHA-256.

Identity stores addresses in lower case without spaces around them, and numbers in E.164, so these are the input.
"""

import hashlib

import polars as pl

from dmp_assets.activation.schema import EMAIL, PHONE

_GOOGLE_DOMAIN = r"@(gmail|googlemail)\.com$"
_AROUND_AND_WITHIN = r"\s+"


def google_email(column: str = "value") -> pl.Expr:
    """Return an e-mail address as Google normalises it, before the hash.

    Lower case, no spaces; of gmail.com and googlemail.com also without dots and without what follows a plus. Source:
    developers.google.com/data-manager/api/devguides/concepts/formatting, with these two examples.

    >>> emails = pl.DataFrame({"value": ["cloudy.sanfrancisco+shopping@gmail.com", "user.name+NYC@Example.com"]})
    >>> emails.select(google_email())["value"].to_list()
    ['cloudysanfrancisco@gmail.com', 'user.name+nyc@example.com']
    """
    email = pl.col(column).str.replace_all(_AROUND_AND_WITHIN, "").str.to_lowercase()
    parts = email.str.splitn("@", 2).struct
    local = parts.field("field_0").str.replace(r"\+.*$", "").str.replace_all(".", "", literal=True)
    is_google = email.str.contains(_GOOGLE_DOMAIN)
    bare = pl.concat_str(local, pl.lit("@"), parts.field("field_1"))
    return pl.when(is_google).then(bare).otherwise(email).alias(column)


def meta_email(column: str = "value") -> pl.Expr:
    """Return an e-mail address as Meta normalises it: lower case, no spaces around it; dots and tags stay.

    >>> pl.DataFrame({"value": [" John_Smith@gmail.com "]}).select(meta_email()).item()
    'john_smith@gmail.com'
    """
    return pl.col(column).str.strip_chars().str.to_lowercase()


def google_phone(column: str = "value") -> pl.Expr:
    """Return a number in E.164 with its plus, as Google wants it.

    >>> pl.DataFrame({"value": ["+1 (800) 555-0100"]}).select(google_phone()).item()
    '+18005550100'
    """
    return pl.concat_str(pl.lit("+"), meta_phone(column)).alias(column)


def meta_phone(column: str = "value") -> pl.Expr:
    """Return a number with its country code as Meta wants it: digits only, no zeros before them.

    >>> pl.DataFrame({"value": ["+1 (650) 555-1212"]}).select(meta_phone()).item()
    '16505551212'
    """
    return pl.col(column).str.replace_all(r"\D", "").str.strip_chars_start("0")


def meta_place(column: str) -> pl.Expr:
    """Return a city or country code as Meta wants it: lower case, letters and digits alone.

    >>> pl.DataFrame({"city": ["New York", "St. Louis"]}).select(meta_place("city"))["city"].to_list()
    ['newyork', 'stlouis']
    """
    return pl.col(column).str.to_lowercase().str.replace_all(r"[^\pL\pM\pN]", "")


def sha256(values: pl.Series) -> pl.Series:
    """Return the SHA-256 of each text in UTF-8, as lower-case hex; null for null.

    >>> sha256(pl.Series(["", None]))[0][:8]
    'e3b0c442'
    """
    # Polars has no SHA-256; each value costs 1 us here, and an audience has people, not events.
    hashed = [None if value is None else hashlib.sha256(value.encode()).hexdigest() for value in values]
    return pl.Series(values.name, hashed, dtype=pl.String)


NORMALISED = {
    "google_customer_match": {EMAIL: google_email, PHONE: google_phone},
    "meta_customer_list": {EMAIL: meta_email, PHONE: meta_phone},
}
"""Format -> kind of contact -> how it is written before the hash."""


def same_contact(kind: str = "kind", column: str = "value") -> pl.Expr:
    """Return one spelling for all spellings that a destination takes for one contact.

    ``a.b@gmail.com`` and ``ab@gmail.com`` are one mailbox, and one hash for Google: two people who have one of them
    each share a contact, although identity keeps both apart.
    """
    return pl.when(pl.col(kind) == EMAIL).then(google_email(column)).otherwise(google_phone(column))
