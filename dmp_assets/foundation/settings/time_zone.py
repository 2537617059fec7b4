"""The time zone of ``dmp.yaml``: which names are allowed, and how fingerprints of settings carry it."""

from typing import Annotated

from pydantic import AfterValidator

_MARK = "zone="


def known_zone(value: str) -> str:
    """Return the name of a time zone.

    Raises:
        ValueError: There is no such zone.
    """
    from zoneinfo import available_timezones

    # Two names of the system's own: Polars does not know them, and they mean another zone on another machine.
    if value not in available_timezones() - {"localtime", "Factory"}:
        raise ValueError(f"unknown time zone {value!r}; allowed: IANA names such as UTC or Europe/Berlin")
    return value


TimeZone = Annotated[str, AfterValidator(known_zone)]
"""IANA name of a time zone."""


def with_zone(time_zone: str, fingerprint: str | None) -> str | None:
    """Return a fingerprint of settings with the business's zone in front of it.

    UTC says nothing, so that tables from before there was a zone are what they were.

    >>> with_zone("Europe/Berlin", "01ab"), with_zone("Europe/Berlin", None), with_zone("UTC", "01ab")
    ('zone=Europe/Berlin 01ab', 'zone=Europe/Berlin', '01ab')
    """
    if time_zone == "UTC":
        return fingerprint
    return " ".join([f"{_MARK}{time_zone}", *([fingerprint] if fingerprint else [])])


def zone_of(fingerprint: str | None) -> str:
    """Return the business's zone that a fingerprint names.

    >>> zone_of("zone=Europe/Berlin 01ab"), zone_of("01ab"), zone_of(None)
    ('Europe/Berlin', 'UTC', 'UTC')
    """
    first = (fingerprint or "").split(" ")[0]
    return first.removeprefix(_MARK) if first.startswith(_MARK) else "UTC"
