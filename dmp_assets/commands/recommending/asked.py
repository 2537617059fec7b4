"""Whom and what somebody asked about: a person by any identifier, an item by its id or its name."""

from dataclasses import dataclass

import polars as pl

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.warehouse.edition.reading import Edition
from dmp_assets.recommendations.serving.rules import refused_people

_PEOPLE = """
SELECT 'person_id' AS type, person_id FROM identity.persons WHERE person_id = $1
UNION ALL
SELECT DISTINCT identifier_type, person_id FROM identity.identifiers
WHERE identifier = $1 OR (identifier_type = 'email' AND lower(identifier) = lower($1))
ORDER BY type, person_id
"""
_CONSENT = "SELECT person_id, purpose, status FROM profiles.consent WHERE person_id = $1"
_ITEMS = """
SELECT item_id, display_name, item_category, item_id = $1 AS is_id
FROM item_catalogue WHERE item_id = $1 OR lower(item_name) = lower($1) ORDER BY item_id
"""


class AskedError(ValueError):
    """Nobody and nothing is called so, or several are; the message says which, and is fit to be read."""


@dataclass(frozen=True)
class Item:
    """An item by its id, and what it is called."""

    item_id: str
    name: str

    def __str__(self) -> str:
        """Return the name with the id, once."""
        shows_id = self.name == self.item_id or self.name.endswith(f"({self.item_id})")
        return self.name if shows_id else f"{self.name} ({self.item_id})"


def person_of(edition: Edition, words: str) -> str:
    """Return the person_id of a person_id, an account or any other identifier.

    Raises:
        AskedError: Nobody has it, or several people do.
    """
    found = edition.rows(_PEOPLE, [words.strip()])
    people = found.drop_nulls("person_id")["person_id"].unique().sort()
    if people.len() == 1:
        return str(people.item())
    if people.len() > 1:
        whose = ", ".join(f"{kind} of {person}" for kind, person in found.drop_nulls("person_id").rows())
        raise AskedError(f"several people have this identifier: {whose}; ask by person_id")
    if found.is_empty():
        raise AskedError("nobody has this person_id or identifier; identity.identifiers lists them")
    raise AskedError("this identifier is nobody's: it is blocked, or too many people share it")


def item_of(edition: Edition, words: str) -> Item:
    """Return the item of an item_id, or else of a name, in letters of any case.

    Raises:
        AskedError: No item is called so, or several are.
    """
    found = edition.rows(_ITEMS, [words.strip()])
    if found["is_id"].any():
        found = found.filter("is_id")
    if found.is_empty():
        raise AskedError(f"no item has the id or the name {words!r}; item_catalogue lists them")
    if found.height > 1:
        listed = [f"  {item}  {name}, {kind or 'no category'}" for item, name, kind in found.drop("is_id").rows()]
        raise AskedError("\n".join([f"{found.height} items have this name; ask by item_id:", *listed]))
    return Item(*found.select("item_id", "display_name").row(0))


def has_refused(edition: Edition, person_id: str, rules: RecommendationSettings) -> bool:
    """Return whether the person's data may not be used for recommendations."""
    return not refused_people(edition.rows(_CONSENT, [person_id]), pl.Series([person_id]), rules).is_empty()
