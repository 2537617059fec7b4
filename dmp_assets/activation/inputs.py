"""What a delivery knows of people: read from the warehouse at the moment of the delivery, not before."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dmp_assets.activation.contacts import same_contact
from dmp_assets.activation.gate import People, own_contacts
from dmp_assets.activation.schema import DENIED, EMAIL, PHONE
from dmp_assets.activation.suppressions import read_suppressions
from dmp_assets.foundation.values.persons import named_visitor, of_persons
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.tables import Contract, Table
from dmp_assets.identity.schema.persons import SHARED, USER, Edges, Merges, PersonIdentifiers, Persons, Visitors
from dmp_assets.identity.schema.resolution import RENAMED, SPLIT, Moves
from dmp_assets.ingest.schema.people import RawConsents
from dmp_assets.profiles.schema.statements import Demographics

CONTACTS = (EMAIL, PHONE)
NAMES = ("user_id", "anonymous_id", "email")
"""What a choice may name a person by, strongest first."""


@dataclass(frozen=True)
class Known:
    """People, and what of theirs may be written into a file."""

    people: People
    contacts: pl.DataFrame
    """Contacts that one person alone has: kind, value, person_id."""
    places: pl.DataFrame
    """person_id, city, country; null where nothing is known."""


def read_known(warehouse: Warehouse, suppressions: Path, spill_dir: Path) -> Known:
    """Return what is known now.

    Raises:
        SuppressionError: A suppression list cannot be read.
    """

    def stored(contract: Contract) -> StoredTable:
        return StoredTable(warehouse, Table(contract), spill_dir)

    visitors = stored(Visitors).frame()
    identifiers = stored(PersonIdentifiers).matching(pl.DataFrame({"identifier_type": [USER, *CONTACTS]}))
    pairs = pl.DataFrame({"type_a": [USER] * 2, "type_b": list(CONTACTS)})
    edges = stored(Edges).matching(pairs, ["value_a", "type_b", "value_b"])
    links = contact_links(visitors, identifiers, edges)
    current = identifiers.filter(pl.col("verdict") != SHARED).select(
        kind="identifier_type", value="identifier", person_id="person_id"
    )
    merges = stored(Merges).frame().select("person_id", "into_person_id")
    moved = stored(Moves).matching(pl.DataFrame({"reason": [RENAMED, SPLIT]}), ["from_person_id", "to_person_id"])
    former = pl.concat([merges, moved.rename(dict(zip(moved.columns, merges.columns, strict=True)))])
    people = People(
        persons=stored(Persons).lazy(columns=["person_id", "user_id"]).collect(),
        links=links,
        choices=choices_of(stored(RawConsents).frame(), visitors, links),
        former_ids=former.drop_nulls().unique(),
        suppressions=read_suppressions(suppressions),
    )
    own = own_contacts(links).join(current, on=["kind", "value", "person_id"], how="semi")
    return Known(people, own, _places(stored(Demographics)))


def contact_links(visitors: pl.DataFrame, identifiers: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Return each contact with each person who has or had it: kind, value, person_id.

    Args:
        visitors: ``Visitors``: whose an address is and was.
        identifiers: ``PersonIdentifiers`` of accounts, e-mails and phones.
        edges: Pairs of an account and a contact: value_a, type_b, value_b; whatever the verdict on the pair, somebody
            was seen with the contact.

    Contacts that are nobody's, such as a blocked one, link nobody.
    """
    parts = visitors.select(pl.col("visitor_id").str.splitn(":", 2).struct.unnest(), "person_id")
    seen = parts.rename({"field_0": "kind", "field_1": "value"}).filter(pl.col("kind").is_in(CONTACTS))
    owned = identifiers.filter(pl.col("person_id").is_not_null())
    accounts = owned.filter(pl.col("identifier_type") == USER).select("person_id", value_a="identifier")
    contacts = owned.select(kind="identifier_type", value="identifier").filter(pl.col("kind").is_in(CONTACTS))
    met = edges.join(accounts, on="value_a").select(kind="type_b", value="value_b", person_id="person_id")
    return pl.concat([seen, met.join(contacts, on=["kind", "value"], how="semi")]).unique()


def choices_of(consents: pl.DataFrame, visitors: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return the choices of each person: person_id, purpose, status, changed_at.

    Args:
        consents: ``RawConsents``, also those after the day that profiles describe.
        visitors: ``Visitors``.
        links: ``contact_links``.

    A grant is of the person whom its strongest name means. A denial is of everybody whom any of its names may mean:
    somebody who unsubscribed under an address must not be in because the account beside it is unknown.
    """
    wanted = ("person_id", "purpose", "status", "changed_at")
    is_denial = pl.col("status") == DENIED
    grants = consents.filter(~is_denial).with_columns(named_visitor(*NAMES)).lazy()
    parts = [of_persons(grants, visitors, "changed_at").collect().select(wanted)]
    denials = consents.filter(is_denial)
    for name in ("user_id", "anonymous_id"):
        named = denials.filter(pl.col(name).is_not_null()).with_columns(named_visitor(name)).lazy()
        parts.append(of_persons(named, visitors, "changed_at").collect().select(wanted))
    addresses = links.filter(pl.col("kind") == EMAIL).select("person_id", one=same_contact())
    by_mail = denials.filter(pl.col("email").is_not_null()).with_columns(kind=pl.lit(EMAIL))
    parts.append(by_mail.with_columns(one=same_contact(column="email")).join(addresses, on="one").select(wanted))
    return pl.concat(parts)


def _places(demographics: StoredTable) -> pl.DataFrame:
    fields = ("city", "country")
    found = demographics.matching(pl.DataFrame({"field": list(fields)}), ["person_id", "field", "value"])
    of_person = [pl.col("value").filter(pl.col("field") == name).first().alias(name) for name in fields]
    return found.group_by("person_id").agg(of_person)
