"""The ``identity`` part of ``dmp.yaml``: limits, super-nodes, blocked identifiers, suggestions."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from dmp_assets.foundation.settings.strict_yaml import Frozen, usable_pattern

IdentifierType = Literal["user_id", "email", "phone", "device_id", "anonymous_id", "click_id"]
Count = Annotated[int, Field(ge=1, strict=True)]


class BlockedIdentifier(Frozen):
    """An identifier that connects nobody."""

    type: IdentifierType
    value: Annotated[str, Field(min_length=1)]
    reason: str = ""


class IdentityLimits(Frozen):
    """The most identifiers of each type that one person may have; the youngest beyond that are refused."""

    email: Count = 5
    phone: Count = 5
    device_id: Count = 20
    anonymous_id: Count = 100
    click_id: Count = 200


class SuggestionSettings(Frozen):
    """How accounts that may be one person's are found in the CRM; they are suggested, never merged."""

    threshold: Annotated[float, Field(gt=0, le=1, strict=True)] = Field(
        default=0.95, description="least probability that two accounts are one person's at which they are suggested"
    )
    seed: Annotated[int, Field(ge=0, strict=True)] = Field(
        default=1, description="of the sample of pairs that shows how often strangers are alike"
    )


class IdentitySettings(Frozen):
    """How identifiers become persons."""

    limits: IdentityLimits = IdentityLimits()
    super_node_users: Count = Field(
        default=10, description="an identifier seen with more accounts is nobody's; with two or more it is shared"
    )
    super_node_stronger: Count = Field(default=50, description="the same for identifiers of all stronger types")
    blocked_patterns: tuple[Annotated[str, AfterValidator(usable_pattern)], ...] = Field(
        default=(), description="regular expressions of values that are nobody's, besides the usual ones"
    )
    blocked: tuple[BlockedIdentifier, ...] = Field(
        default=(), description="identifiers that are nobody's, besides those in blocked_identifiers.csv"
    )
    suggestions: SuggestionSettings | None = Field(
        default=None, description="pairs of accounts by likeness of CRM records; without the key there are none"
    )
