"""Contracts of the ledger of audiences: each delivery, who was in and why not, what destinations hold since then."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant
from dmp_assets.foundation.values.contracts import TableContract

IN, OUT, REMOVED = "in", "out", "removed"

SUPPRESSED, DENIED, NO_CONSENT = "suppressed", "denied", "no_consent"
SHARED_WITH_SUPPRESSED, SHARED_WITHOUT_CONSENT = "shared_with_suppressed", "shared_without_consent"
UNKNOWN_PERSON, NO_IDENTIFIER, LEFT = "unknown_person", "no_identifier", "left"
REASONS = (
    SUPPRESSED,
    DENIED,
    NO_CONSENT,
    SHARED_WITH_SUPPRESSED,
    SHARED_WITHOUT_CONSENT,
    UNKNOWN_PERSON,
    NO_IDENTIFIER,
    LEFT,
)
"""Why a person is not in a file; of several the first counts."""

REASON_WORDS = (
    "suppressed: on a suppression list. denied: denied a purpose. no_consent: never granted one. "
    "shared_with_suppressed and shared_without_consent: an e-mail or phone is also somebody else's who is such. "
    "unknown_person: no person of now. no_identifier: none of its own that the format takes. left: not asked for."
)

EMAIL, PHONE, PERSON = "email", "phone", "person_id"


class Deliveries(TableContract, table="activation.deliveries", key=("delivery_id",), subject="aggregate"):
    """Which audiences went out, to whom, and when.

    One row per delivery of an audience to a destination whose list differs from the one before.
    """

    delivery_id: str = pa.Field(
        description="Made of destination, audience, content, generation and the delivery before: equal for equal ones."
    )
    previous_id: str = pa.Field(nullable=True, description="The delivery of this audience to this destination before.")
    destination: str = pa.Field(description="Name in activation.yaml, or the format.")
    audience: str = pa.Field(description="segment:<segment_id> or recipe:<name>.")
    format: str = pa.Field(description="google_customer_match, meta_customer_list, csv or parquet.")
    mode: str = pa.Field(isin=("full", "changes"), description="full: one file of all; changes: adds and removes.")
    purpose: str = pa.Field(description="Purposes that people had to grant, with commas between them.")
    when_unknown: str = pa.Field(isin=("out", "in"), description="What silence about a purpose meant.")
    files: str = pa.Field(description="Files below data/audiences, with commas between them.")
    sha256: str = pa.Field(description="SHA-256 of their bytes, in the same order.")
    content_id: str = pa.Field(description="Fingerprint of the whole list and of who is out: equal lists are one.")
    generation: pl.Int64 = pa.Field(ge=1, description="Edition of the analysts' file that named the people.")
    people_in: pl.Int64 = pa.Field(ge=0, description="People in the list.")
    people_out: pl.Int64 = pa.Field(ge=0, description="People asked for and not in it, who were not in the last one.")
    people_removed: pl.Int64 = pa.Field(ge=0, description="People of the last list who are not in this one.")
    added: pl.Int64 = pa.Field(ge=0, description="Identifiers that the destination gets new.")
    removed: pl.Int64 = pa.Field(ge=0, description="Identifiers that it is asked to remove.")
    delivered_at: Instant = pa.Field(description="When (UTC).")


class DeliveredPeople(
    TableContract, table="activation.delivered_people", key=("delivery_id", "person_id"), subject=("person_id",)
):
    """Who was in each audience that went out, who was not, and why.

    One row per delivery and person asked for or taken out.
    """

    delivery_id: str = pa.Field(description="The delivery.")
    person_id: str = pa.Field(description="The person, as called on that day.")
    status: str = pa.Field(isin=(IN, OUT, REMOVED), description="in; out; removed: out, and in the list before.")
    reason: str = pa.Field(nullable=True, isin=REASONS, description=f"Null for who is in. {REASON_WORDS}")


class HeldIdentifiers(
    TableContract,
    table="activation.held_identifiers",
    key=("destination", "audience", "kind", "identifier"),
    subject=("person_id", "identifier"),
):
    """Internal: the contacts that each destination holds, as hashes.

    One row per identifier that a destination holds by our deliveries. The analysts' file has none of the rows.
    """

    destination: str = pa.Field(description="Name in activation.yaml, or the format.")
    audience: str = pa.Field(description="segment:<segment_id> or recipe:<name>.")
    kind: str = pa.Field(isin=(EMAIL, PHONE, PERSON), description="What the identifier is.")
    identifier: str = pa.Field(description="SHA-256 as delivered, never the plain value; of csv and parquet person_id.")
    person_id: str = pa.Field(description="The person of the delivery.")
    delivery_id: str = pa.Field(description="The last delivery, which has it or had it.")
