"""Purposes and choices of consent: the words of many sources to one set."""

import polars as pl

from dmp_assets.foundation.values.consent_purposes import PURPOSES, TCF_PURPOSES
from dmp_assets.ingest.values.contacts import normalise_key

_CONSENT_MODE = {
    "security_storage": "necessary",
    "functionality_storage": "functional",
    "analytics_storage": "analytics",
    "personalization_storage": "personalisation",
    "ad_storage": "advertising",
    "ad_personalization": "personalised_advertising",
    "ad_user_data": "data_sharing",
}
"""The consent types of Google's consent mode."""

_SPELLINGS = {
    "strictly_necessary": "necessary",
    "essential": "necessary",
    "functionality": "functional",
    "preferences": "functional",
    "statistics": "analytics",
    "performance": "analytics",
    "measurement": "analytics",
    "personalization": "personalisation",
    "email_marketing": "marketing",
    "newsletter": "marketing",
    "direct_marketing": "marketing",
    "ads": "advertising",
    "targeting": "advertising",
    "personalized_advertising": "personalised_advertising",
    "personalised_ads": "personalised_advertising",
    "personalized_ads": "personalised_advertising",
    "datasharing": "data_sharing",
}

_TCF_SPELLINGS = {
    spelling: name
    for number, name in TCF_PURPOSES.items()
    for spelling in (f"{number}", f"tcf_{number}", f"purpose_{number}", f"tcf_purpose_{number}")
}

PURPOSE_WORDS = {**{name: name for name in PURPOSES}, **_TCF_SPELLINGS, **_CONSENT_MODE, **_SPELLINGS}
"""A source's word, in lower case with underscores -> purpose."""

_GRANTED = "granted grant true yes y 1 allow allowed allow_all accept accepted opt_in opted_in subscribed"
_DENIED = (
    "denied deny false no n 0 disallow deny_all reject rejected opt_out opted_out unsubscribed "
    "revoked withdrawn expired"
)

STATUS_WORDS = {**dict.fromkeys(_GRANTED.split(), "granted"), **dict.fromkeys(_DENIED.split(), "denied")}
"""A source's word, in lower case with underscores -> status."""


def normalise_purpose(values: pl.Series) -> pl.Series:
    """Return the purpose of each word of a source; null where it is unknown: consent is never guessed.

    >>> normalise_purpose(pl.Series(["4", "Analytics", "ad_storage", "fun"])).to_list()
    ['select_personalised_advertising', 'analytics', 'advertising', None]
    """
    return _words(values).replace_strict(PURPOSE_WORDS, default=None, return_dtype=pl.String).alias(values.name)


def normalise_status(values: pl.Series) -> pl.Series:
    """Return ``granted`` or ``denied``; null for what is neither, such as ``pending`` or an implied consent.

    A choice in unknown words may be a withdrawal: its record must be refused where people see it.

    >>> normalise_status(pl.Series(["Opt-in", True, "withdrawn", "pending"], strict=False)).to_list()
    ['granted', 'granted', 'denied', None]
    """
    return _words(values).replace_strict(STATUS_WORDS, default=None, return_dtype=pl.String).alias(values.name)


def _words(values: pl.Series) -> pl.Series:
    return normalise_key(values).str.replace_all(r"[\s-]+", "_")
