"""Tables of who is who: pairs of identifiers, whose each identifier is and was, persons, merges."""

from typing import get_args

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.settings.identity import IdentifierType
from dmp_assets.foundation.values.columns import Instant
from dmp_assets.foundation.values.contracts import TableContract

TYPES: tuple[str, ...] = get_args(IdentifierType)
"""Types of identifiers, strongest first."""

USER = "user_id"
"""The unique type: a person has at most one."""

PAIR = ("type_a", "value_a", "type_b", "value_b")
IDENTIFIER = ("identifier_type", "identifier")

EVENT, CRM, ORDER = "event", "crm", "order"

KEPT, BLOCKED, SUPER_NODE, SHARED = "kept", "blocked", "super_node", "shared"
UNIQUE_IDENTIFIER, BRIDGE, CARDINALITY = "unique_identifier", "bridge", "cardinality"
ORDER_CONFLICT = "order_conflict"
"""Verdict on a pair of accounts that one order names. It connects nothing, and no other pair has two accounts."""
LINKED, ALONE = "linked", "alone"
CREATED, MERGED, REASSIGNED = "created", "merged", "reassigned"

NOBODY = (BLOCKED, SUPER_NODE)
"""Verdicts on identifiers that are no person's."""

APART = (*NOBODY, SHARED)
"""Verdicts on identifiers that connect nothing; each follows from the identifier's own edges alone."""

STRONGER_END = "Stronger identifier of the pair; of one type, the smaller value."
OTHER_END = "The other identifier; empty for an identifier that was seen alone."


class DailyEdges(
    TableContract,
    table="identity.daily_edges",
    key=("event_date", *PAIR),
    days="event_date",
    subject=("value_a", "value_b"),
):
    """Internal: identifiers that were seen together, day by day.

    One row per day and pair of identifiers seen on one event of people, or identifier seen alone.
    """

    event_date: pl.Date = pa.Field(description="Day of the event, in the business's calendar.")
    type_a: str = pa.Field(isin=TYPES, description=f"Type. {STRONGER_END}")
    value_a: str = pa.Field(description=STRONGER_END)
    type_b: str = pa.Field(isin=(*TYPES, ""), description=f"Type. {OTHER_END}")
    value_b: str = pa.Field(description=OTHER_END)
    rule: str = pa.Field(eq=EVENT, description="event: seen on one event.")
    events: pl.Int64 = pa.Field(ge=1, description="Events of the day with both.")
    first_seen_at: Instant = pa.Field(description="First of these events (UTC).")
    last_seen_at: Instant = pa.Field(description="Last of these events (UTC).")
    begins_at: Instant = pa.Field(
        description="From when a shared identifier is the account's by these events (UTC): the start of the browser's "
        "session that the first event is in, where no other account was seen in it before; else first_seen_at."
    )
    source: str = pa.Field(description="Source in dmp.yaml of the first event.")
    event_id: str = pa.Field(description="The first event; of several at one moment the smallest id.")


class Edges(
    TableContract,
    table="identity.edges",
    key=PAIR,
    subject=("value_a", "value_b"),
):
    """Why identifiers belong together.

    One row per pair of identifiers ever seen together, kept or quarantined, or identifier seen alone.
    """

    type_a: str = pa.Field(isin=TYPES, description=f"Type. {STRONGER_END}")
    value_a: str = pa.Field(description=STRONGER_END)
    type_b: str = pa.Field(isin=(*TYPES, ""), description=f"Type. {OTHER_END}")
    value_b: str = pa.Field(description=OTHER_END)
    rule: str = pa.Field(
        isin=(EVENT, CRM, ORDER),
        description="What showed the pair first: event, crm (customer record), or order (reports of one order).",
    )
    events: pl.Int64 = pa.Field(ge=0, description="Events with both; 0 where only the CRM or orders know the pair.")
    first_seen_at: Instant = pa.Field(description="When the pair was seen first (UTC).")
    last_seen_at: Instant = pa.Field(description="When the pair was seen last (UTC).")
    source: str = pa.Field(description="Source in dmp.yaml that showed the pair first.")
    event_id: str = pa.Field(description="Event that showed the pair first; path and line of a CRM record; the order.")
    verdict: str = pa.Field(
        isin=(KEPT, BLOCKED, SUPER_NODE, SHARED, UNIQUE_IDENTIFIER, BRIDGE, CARDINALITY, ORDER_CONFLICT),
        description="kept: connects its two identifiers. Otherwise quarantined, because an end is blocked, a "
        "super_node or shared; because it leads from one user_id's identifiers to another's (bridge where it alone "
        "does, else unique_identifier); because an end exceeds its type's limit per person (cardinality); or because "
        "it is of two accounts that reports of one order name (order_conflict): that order joins none of its visitors.",
    )


class PersonIdentifiers(
    TableContract,
    table="identity.identifiers",
    key=IDENTIFIER,
    subject=("identifier", "person_id"),
):
    """Which person an e-mail address, phone, account or browser belongs to.

    One row per identifier: whose it is now, and when it was seen.
    """

    identifier_type: str = pa.Field(isin=TYPES, description="Type of the identifier.")
    identifier: str = pa.Field(description="Value of the identifier.")
    person_id: str = pa.Field(
        nullable=True, description="The person; of a shared identifier its latest owner; null: blocked or super_node."
    )
    component_id: str = pa.Field(
        nullable=True,
        description="Identifiers that edges would connect if no person were kept to one user_id and no type to its "
        "limit: the person_id they would have together. Null for blocked, super_node and shared.",
    )
    first_seen_at: Instant = pa.Field(description="When the identifier was seen first (UTC).")
    last_seen_at: Instant = pa.Field(description="When the identifier was seen last (UTC).")
    events: pl.Int64 = pa.Field(
        ge=0, description="Events over its pairs: an event with k identifiers counts k - 1 times on its strongest."
    )
    verdict: str = pa.Field(
        isin=(LINKED, ALONE, BLOCKED, SUPER_NODE, SHARED),
        description="linked: with others of its person; alone: a person of its own; shared: seen with several "
        "user_ids, belongs to the one seen last; blocked and super_node belong to nobody.",
    )


class Persons(TableContract, table="identity.persons", key=("person_id",), subject=("person_id",)):
    """The people: everybody whom we can tell apart.

    One row per person: the identifiers that only this person has, and the best address of each kind.
    """

    person_id: str = pa.Field(description="p and 16 hex digits, made of the person's oldest identifier.")
    user_id: str = pa.Field(nullable=True, description="The account; null for people without one.")
    email: str = pa.Field(nullable=True, description="E-mail seen last with the person, own or shared.")
    phone: str = pa.Field(nullable=True, description="Phone number seen last with the person, own or shared.")
    emails: pl.Int64 = pa.Field(ge=0, description="E-mail addresses of this person only.")
    phones: pl.Int64 = pa.Field(ge=0, description="Phone numbers of this person only.")
    device_ids: pl.Int64 = pa.Field(ge=0, description="Devices of this person only.")
    anonymous_ids: pl.Int64 = pa.Field(ge=0, description="Anonymous ids of this person only.")
    click_ids: pl.Int64 = pa.Field(ge=0, description="Click ids of this person only.")
    identifiers: pl.Int64 = pa.Field(ge=1, description="Identifiers of this person only, the account among them.")
    shared_identifiers: pl.Int64 = pa.Field(
        ge=0, description="Identifiers seen with the account and with other accounts too, whosever they are now."
    )
    first_seen_at: Instant = pa.Field(description="When the first of its identifiers was seen first (UTC).")
    last_seen_at: Instant = pa.Field(description="When the last of its identifiers was seen last (UTC).")


class PersonHistory(
    TableContract,
    table="identity.person_history",
    key=(*IDENTIFIER, "effective_at"),
    subject=("identifier", "person_id"),
):
    """Whose an identifier was at which time.

    One row per identifier and period: whose it was, by all edges that stand today.
    """

    identifier_type: str = pa.Field(isin=TYPES, description="Type of the identifier.")
    identifier: str = pa.Field(description="Value of the identifier.")
    person_id: str = pa.Field(description="The person it belonged to.")
    effective_at: Instant = pa.Field(description="From when (UTC).")
    superseded_at: Instant = pa.Field(nullable=True, description="Until when (UTC), exclusive; null: until now.")
    is_current: pl.Boolean = pa.Field(description="Whether it is so now.")
    change_type: str = pa.Field(
        isin=(CREATED, MERGED, REASSIGNED),
        description="created: seen first; merged: its person joined an older one; reassigned: a shared identifier "
        "was seen with another user_id.",
    )


class Merges(TableContract, table="identity.merges", key=("person_id",), subject=("person_id", "into_person_id")):
    """People who turned out to be one.

    One row per person who turned out to be an older one, with the pair that showed it.
    """

    person_id: str = pa.Field(description="The person_id that ended.")
    into_person_id: str = pa.Field(description="The older person, as of that moment.")
    merged_at: Instant = pa.Field(description="When the pair was seen first (UTC).")
    type_a: str = pa.Field(isin=TYPES, description=f"Type. {STRONGER_END}")
    value_a: str = pa.Field(description=STRONGER_END)
    type_b: str = pa.Field(isin=TYPES, description="Type of the other identifier.")
    value_b: str = pa.Field(description="The other identifier.")
    source: str = pa.Field(description="Source in dmp.yaml that showed the pair.")
    event_id: str = pa.Field(description="Event that showed the pair; path and line of a CRM record; the order.")


class Visitors(
    TableContract, table="identity.visitors", key=("visitor_id", "effective_at"), subject=("visitor_id", "person_id")
):
    """The person behind an event or an order.

    One row per identifier of a person, as events name it; of a shared one a row per period.
    """

    visitor_id: str = pa.Field(description="type:value of the identifier, as visitor_id of events has it.")
    person_id: str = pa.Field(description="Whose events of that time are, by all that is known now.")
    effective_at: Instant = pa.Field(nullable=True, description="From when (UTC); null: no beginning.")
    superseded_at: Instant = pa.Field(nullable=True, description="Until when (UTC), exclusive; null: no end.")
