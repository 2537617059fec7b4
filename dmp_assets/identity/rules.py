"""The rules of identity: limits per person, super-nodes, and blocked values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from dmp_assets.events.schema import NOBODY_PATTERNS
from dmp_assets.foundation.settings.identity import IdentitySettings
from dmp_assets.identity.schema.persons import TYPES, USER
from dmp_assets.identity.schema.resolution import BLOCKED_BY_HAND, BLOCKED_VALUE

USUAL = IdentitySettings()
"""What holds where dmp.yaml says nothing."""


@dataclass(frozen=True)
class IdentityRules:
    """Limits and blocked values. Equal edges and equal rules give equal persons.

    Raises:
        ValueError: A type is missing or unknown, a limit is below 1, a person could have two accounts, or a pattern
            is no regular expression.
    """

    limits: Mapping[str, int] = field(default_factory=lambda: {USER: 1, **USUAL.limits.model_dump()})
    """The most identifiers of each type that one person has; the account (user_id) is always 1."""
    super_node_users: int = USUAL.super_node_users
    """An identifier seen with more user_ids than this is nobody's; with 2 or more up to this it is shared."""
    super_node_stronger: int = USUAL.super_node_stronger
    """The same for identifiers of all stronger types, each of which may be a person: a click id in a forwarded link,
    the device of a kiosk."""
    blocked_patterns: tuple[str, ...] = NOBODY_PATTERNS
    """Regular expressions, letters of either case; a value of any type that matches one is nobody's."""
    blocked: frozenset[tuple[str, str]] = frozenset()
    """Type and value of identifiers blocked by hand."""

    def __post_init__(self) -> None:
        if set(self.limits) != set(TYPES):
            raise ValueError(f"limits name {sorted(self.limits)}; allowed, each once: {', '.join(TYPES)}")
        if min(*self.limits.values(), self.super_node_users, self.super_node_stronger) < 1:
            raise ValueError("limits must be 1 or more")
        if self.limits[USER] != 1:
            raise ValueError(f"limit of user_id is {self.limits[USER]}; allowed: 1, a person has one account")
        unknown = sorted({kind for kind, _ in self.blocked} - set(TYPES))
        if unknown:
            raise ValueError(f"blocked identifiers of types {unknown}; allowed: {', '.join(TYPES)}")
        try:
            pl.Series([""]).str.contains(self._pattern)
        except pl.exceptions.PolarsError as error:
            raise ValueError(f"blocked_patterns: {str(error).splitlines()[0]}") from None

    def block_rule(self, kind: pl.Expr, value: pl.Expr) -> pl.Expr:
        """Return the rule by which an identifier is blocked, by hand before by value; null where it is not."""
        by_hand = pl.any_horizontal(
            pl.lit(False),
            *((kind == name) & value.is_in([v for k, v in sorted(self.blocked) if k == name]) for name in TYPES),
        )
        return (
            pl.when(by_hand)
            .then(pl.lit(BLOCKED_BY_HAND))
            .when(value.str.contains(self._pattern))
            .then(pl.lit(BLOCKED_VALUE))
        )

    @property
    def _pattern(self) -> str:
        """All patterns as one, so that a value is matched once; without patterns, one that matches nothing."""
        return "(?i)" + "|".join(f"(?:{pattern})" for pattern in self.blocked_patterns or (r"[^\s\S]",))
