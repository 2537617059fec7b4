"""Tables of what sources say about people: customers, consents, answers, bought attributes."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.columns import Instant
from dmp_assets.foundation.values.consent_purposes import PURPOSES
from dmp_assets.foundation.values.contracts import TableContract


class RawCustomers(
    TableContract, table="ingest.raw_customers", key=("user_id",), subject=("user_id", "email", "phone")
):
    """What the CRM says about each customer.

    One row per customer that a CRM source describes; the newest record of each ``user_id``.
    """

    user_id: str = pa.Field(description="Account that the source names.")
    email: str = pa.Field(nullable=True, description="E-mail address as given.")
    phone: str = pa.Field(nullable=True, description="Phone number as given.")
    country: str = pa.Field(nullable=True, description="Country as given.")
    city: str = pa.Field(nullable=True, description="City as given.")
    age_range: str = pa.Field(nullable=True, description="Age band.")
    income_range: str = pa.Field(nullable=True, description="Yearly income band.")
    home_ownership: str = pa.Field(nullable=True, description="Owner, renter, ...")
    marital_status: str = pa.Field(nullable=True, description="Marital status.")
    household_size: str = pa.Field(nullable=True, description="Persons in the household, as a band.")
    household_composition: str = pa.Field(nullable=True, description="Adults and children in words.")
    children: str = pa.Field(nullable=True, description="Children in the household, as a band.")
    updated_at: Instant = pa.Field(
        nullable=True, description="When the source last changed the record (UTC), where it says."
    )
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")


STATUSES = ("granted", "denied")


class RawConsents(
    TableContract,
    table="ingest.raw_consents",
    key=("user_id", "anonymous_id", "email", "purpose", "changed_at", "status"),
    subject=("user_id", "anonymous_id", "email"),
):
    """What people agreed to or refused, each choice as it was made.

    One row per choice that a person made about a purpose. All choices are kept, and the newest counts.

    Where one instant has both a grant and a denial, the denial counts. At least one of user_id, anonymous_id and
    email is filled.
    """

    user_id: str = pa.Field(nullable=True, description="Account that the source names.")
    anonymous_id: str = pa.Field(
        nullable=True, description="Device or cookie id, where the choice was made without an account."
    )
    email: str = pa.Field(nullable=True, description="E-mail address, trimmed and case-folded.")
    purpose: str = pa.Field(isin=PURPOSES, description="What it is about: a purpose of IAB TCF 2.2, or a broader one.")
    source_purpose: str = pa.Field(nullable=True, description="The purpose in the source's own word.")
    status: str = pa.Field(isin=STATUSES, description="granted or denied; withdrawn and expired are denied.")
    changed_at: Instant = pa.Field(description="When the choice was made (UTC).")
    legal_basis: str = pa.Field(nullable=True, description="Legal basis as the source names it: consent, contract, ...")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")


class RawSurveyAnswers(
    TableContract,
    table="ingest.raw_survey_answers",
    key=("user_id", "survey", "question", "answered_at", "answer"),
    subject=("user_id",),
):
    """What people answered in surveys.

    One row per answer that a person gave to a question; several answers are several rows.
    """

    user_id: str = pa.Field(description="Account that the source names.")
    survey: str = pa.Field(nullable=True, description="Survey that the question belongs to.")
    question: str = pa.Field(description="Question, or its id.")
    answer: str = pa.Field(description="Answer as given.")
    scale: str = pa.Field(nullable=True, description="Scale of the answer: 1-5, yes/no, ...; null for free text.")
    score: pl.Float64 = pa.Field(
        nullable=True,
        ge=0,
        le=1,
        description="(answer - low) / (high - low) on its scale, 0..1; null without a scale, or outside it.",
    )
    answered_at: Instant = pa.Field(nullable=True, description="When it was answered (UTC), where the source says.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")


class RawThirdPartyAttributes(
    TableContract,
    table="ingest.raw_third_party_attributes",
    key=("user_id", "email", "attribute", "value", "provider", "observed_at"),
    subject=("user_id", "email"),
):
    """What data providers say about people.

    One row per attribute of a person that a provider supplied, with its origin and how long it holds.

    At least one of user_id and email is filled.
    """

    user_id: str = pa.Field(nullable=True, description="Account that the source names.")
    email: str = pa.Field(nullable=True, description="E-mail address, trimmed and case-folded.")
    attribute: str = pa.Field(description="Name of the attribute.")
    value: str = pa.Field(description="Its value as given; an attribute with several values has several rows.")
    provider: str = pa.Field(description="Who supplied it.")
    confidence: pl.Float64 = pa.Field(
        nullable=True, ge=0, le=1, description="The provider's probability that it is true, 0..1, where it gives one."
    )
    observed_at: Instant = pa.Field(nullable=True, description="When it was true (UTC), where the provider says.")
    expires_at: Instant = pa.Field(nullable=True, description="Until when it may be used (UTC); null: no end is given.")
    legal_basis: str = pa.Field(nullable=True, description="Legal basis of its use, as the provider names it.")
    licence: str = pa.Field(nullable=True, description="Licence or contract under which it was supplied.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")
