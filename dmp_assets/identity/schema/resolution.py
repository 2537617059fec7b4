"""Tables beside the persons: verdicts of the rules, moves between persons, suggested pairs, inputs."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.incremental.inputs import DAY, RULES, InputRows
from dmp_assets.foundation.values.columns import Instant
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.identity.schema.persons import (
    BLOCKED,
    BRIDGE,
    CARDINALITY,
    IDENTIFIER,
    MERGED,
    ORDER_CONFLICT,
    PAIR,
    REASSIGNED,
    SHARED,
    STRONGER_END,
    SUPER_NODE,
    TYPES,
    UNIQUE_IDENTIFIER,
    USER,
)

BLOCKED_VALUE, BLOCKED_BY_HAND = "blocked_value", "blocked_by_hand"
UNBLOCKED, RELEASED, SPLIT, RENAMED = "unblocked", "released", "split", "renamed"
EARLIER_DAY, RECORDS_GONE = "earlier_day", "records_gone"
CUSTOMERS = "customers"


class Verdicts(
    TableContract,
    table="identity.verdicts",
    key=PAIR,
    subject=("value_a", "value_b"),
):
    """Identifiers that say nothing about who somebody is, and why.

    One row per identifier or edge that a rule took out, with the measure and the limit it broke.
    """

    type_a: str = pa.Field(isin=TYPES, description="Type of the identifier, or of the edge's stronger one.")
    value_a: str = pa.Field(description="The identifier, or the edge's stronger one.")
    type_b: str = pa.Field(isin=(*TYPES, ""), description="Type of the edge's other end; empty for an identifier.")
    value_b: str = pa.Field(description="The edge's other end; empty for a verdict on an identifier.")
    rule: str = pa.Field(
        isin=(BLOCKED_VALUE, BLOCKED_BY_HAND, SUPER_NODE, UNIQUE_IDENTIFIER, BRIDGE, CARDINALITY, ORDER_CONFLICT),
        description="The rule that fired; order_conflict: reports of one order name both accounts.",
    )
    measure: pl.Int64 = pa.Field(ge=0, description="What was counted.")
    limit: pl.Int64 = pa.Field(ge=0, description="The most that is allowed of it.")
    first_seen_at: Instant = pa.Field(description="When the first edge concerned was seen first (UTC).")
    edges: pl.Int64 = pa.Field(ge=0, description="Edges quarantined by it.")
    message: str = pa.Field(description="The verdict in words.")


class Moves(
    TableContract,
    table="identity.moves",
    key=("moved_at", *IDENTIFIER),
    subject=("identifier", "from_person_id", "to_person_id"),
):
    """Identifiers that went from one person to another.

    One row per run and present identifier that became another person's, with the reason.
    """

    moved_at: Instant = pa.Field(description="When the run found it (UTC).")
    as_of_date: pl.Date = pa.Field(description="Last day that the run described.")
    identifier_type: str = pa.Field(isin=TYPES, description="Type of the identifier.")
    identifier: str = pa.Field(description="The identifier.")
    from_person_id: str = pa.Field(nullable=True, description="The person before; null: it was no person's.")
    to_person_id: str = pa.Field(nullable=True, description="The person since then; null: it is no person's.")
    reason: str = pa.Field(
        isin=(BLOCKED, UNBLOCKED, SUPER_NODE, SHARED, SPLIT, RELEASED, MERGED, RENAMED, REASSIGNED, EARLIER_DAY,
              RECORDS_GONE),
        description="Of the cause (type_a to value_b): blocked and unblocked; super_node and shared: it became so; "
        "split: a rule cut the person there, between two accounts or beyond a limit, or one of its orders names two "
        "accounts now; released: such a verdict ended; "
        "merged: it showed that the person is an older one; renamed: it is older than what named the person. Without "
        "a cause: reassigned, as another account was seen last with it; earlier_day: the run describes an earlier day; "
        "records_gone: what held the person together is no longer in the landing files.",
    )  # fmt: skip
    type_a: str = pa.Field(isin=(*TYPES, ""), description=f"Type of the cause; empty without one. {STRONGER_END}")
    value_a: str = pa.Field(description="The identifier that is the cause, or the stronger one of the pair.")
    type_b: str = pa.Field(isin=(*TYPES, ""), description="Type of the pair's other end; empty for an identifier.")
    value_b: str = pa.Field(description="The pair's other end; empty for an identifier.")


class SuggestedEdges(
    TableContract,
    table="identity.suggested_edges",
    key=PAIR,
    subject=("value_a", "value_b"),
):
    """Accounts that may belong to one person, for you to decide.

    One row per pair of accounts that may be one person's, by the CRM: a suggestion, never merged.
    """

    type_a: str = pa.Field(eq=USER, description="user_id.")
    value_a: str = pa.Field(description="The account whose id is smaller.")
    type_b: str = pa.Field(eq=USER, description="user_id.")
    value_b: str = pa.Field(description="The other account.")
    match_probability: pl.Float64 = pa.Field(ge=0, le=1, description="Probability that both are one person's, 0..1.")
    match_weight: pl.Float64 = pa.Field(description="The same as log2 of the odds.")
    evidence: str = pa.Field(description="Columns of the records that agree (equal or nearly) or differ, in words.")


class Inputs(InputRows, table="identity.inputs", key=("input", "event_date"), subject="aggregate"):
    """Internal: what persons were made of.

    One row per input of the persons: each day with pairs, the customer records, and the rules.
    """

    input: str = pa.Field(
        isin=(DAY, CUSTOMERS, RULES),
        description="day: of identity.daily_edges and orders.order_visitors; customers: ingest.raw_customers; rules: "
        "limits, blocked values, and the code and layout of the tables.",
    )
