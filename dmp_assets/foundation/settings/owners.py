"""Whom to ask about a table: ``owners`` in ``dmp.yaml``, shown in the Dagster UI."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import AfterValidator

from dmp_assets.foundation.settings.strict_yaml import ConfigurationError

DEFAULT, NOBODY_NAMED = "default", "team:data-engineering"

_OWNER = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+|team:[\w-]+")


def _known_form(value: str) -> str:
    if not _OWNER.fullmatch(value):
        raise ValueError(f"{value!r} is no owner; allowed: an e-mail address, or a team as team:marketing")
    return value


Owners = dict[str, Annotated[str, AfterValidator(_known_form)]]
"""Domain -> owner; ``default`` stands for every domain that is not named."""


def owner_of(owners: Mapping[str, str], domain: str) -> str:
    """Return the owner of a domain's tables.

    >>> owner_of({"default": "team:data", "segments": "ana@shop.example"}, "segments")
    'ana@shop.example'
    >>> owner_of({"default": "team:data", "segments": "ana@shop.example"}, "orders")
    'team:data'
    """
    return owners.get(domain) or owners.get(DEFAULT, NOBODY_NAMED)


def check_owners(owners: Mapping[str, str], domains: Collection[str]) -> None:
    """Refuse a key that is no domain: its owner would stand nowhere.

    Raises:
        ConfigurationError: A key is neither a domain nor ``default``.
    """
    if unknown := sorted(set(owners) - {DEFAULT, *domains}):
        allowed = ", ".join([DEFAULT, *sorted(domains)])
        raise ConfigurationError(f"dmp.yaml: owners: {unknown[0]!r} is no domain; allowed: {allowed}")
