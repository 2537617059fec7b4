"""What the fold of reports depends on besides the reports."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FoldRules:
    """The settings of the fold."""

    match_days: int = 7
    """Days between a web event and the shop's order of its number, at most."""
    reused_after_days: int = 30
    """A customer's order number that comes again after more days is another order."""
    time_zone: str = "UTC"
    """Zone of the business's days."""
