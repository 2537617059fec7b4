"""Checks that did not pass, put together by their cause, each group with what to do next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dmp_assets.commands.terminal import as_typed

NEWEST_DAY, CONTRACT, READABLE, CONSERVATION = "newest_day_exists", "contract", "readable", "conservation"
QUALITY_TABLE = "quality/quality"
MOST_NAMED = 3


@dataclass(frozen=True)
class FailedCheck:
    """One check that did not pass."""

    asset: str
    """The asset, as ``events/sessions``."""
    name: str
    is_warning: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The check's metadata, without values of rows."""

    @property
    def query(self) -> str:
        """File of the check's query, for a check of ``sql/checks``."""
        return f"sql/checks/{self.asset}.{self.name}.sql"


@dataclass(frozen=True)
class Cause:
    """Checks that failed for one reason."""

    what: str
    """The checks by name, and what they found."""
    next_step: str
    is_warning: bool
    tables: tuple[str, ...]

    def __str__(self) -> str:
        kind = " (warning)" if self.is_warning else ""
        return f"Check not passed: {self.what}{kind}. Next: {self.next_step}"


def by_cause(checks: Iterable[FailedCheck], report: str) -> list[Cause]:
    """Return the causes, errors before warnings.

    Args:
        checks: Checks that did not pass.
        report: Path of the quality report.
    """
    groups: dict[tuple[str, str, bool], list[FailedCheck]] = {}
    for check in sorted(checks, key=lambda one: (one.asset, one.name)):
        of = "" if check.name in (CONSERVATION, CONTRACT) else check.asset
        if check.name == NEWEST_DAY:
            of = str(check.facts.get("newest day built"))
        groups.setdefault((of, check.name, check.is_warning), []).append(check)
    causes = [_cause(found, report) for found in groups.values()]
    return sorted(causes, key=lambda one: (one.is_warning, one.what))


def _cause(found: Sequence[FailedCheck], report: str) -> Cause:
    first = found[0]
    tables = tuple(check.asset.replace("/", ".") for check in found)
    what = f"{first.asset}: {first.name}" if len(found) == 1 else f"{first.name} of {len(found)} tables"
    what += _said(first, tables)
    return Cause(what, _next(first, found, report), first.is_warning, tables)


def _said(check: FailedCheck, tables: Sequence[str]) -> str:
    facts = check.facts
    if check.name == NEWEST_DAY:
        return f", {facts.get('day')} is not there: the newest day built is {facts.get('newest day built')}"
    if messages := facts.get("messages"):
        more = f" (and {len(messages) - 1} more)" if len(messages) > 1 else ""
        return f", {str(messages[0]).rstrip('.')}{more}"
    if len(tables) > 1:
        more = f" and {len(tables) - MOST_NAMED} more" if len(tables) > MOST_NAMED else ""
        return f", {', '.join(tables[:MOST_NAMED])}{more}"
    broken = facts.get("rows that break the rule")
    return f", {broken:,} rows break the rule" if isinstance(broken, int) else ""


def _next(check: FailedCheck, found: Sequence[FailedCheck], report: str) -> str:
    if check.name == NEWEST_DAY:
        return "deliver newer files, or set end_date in dmp.yaml if no more will come"
    if check.asset == QUALITY_TABLE:
        return f"open {report}"
    if check.name == CONTRACT:
        return "SELECT table_name, message FROM ops.quality_log WHERE NOT passed names the broken rules"
    if check.name == READABLE:
        return "mend or remove the files named below (Look at)"
    if check.name == CONSERVATION:
        return f"dmp run --verify reads all files again; if it stays, {found[0].query} shows the rows"
    return f"{check.query} shows the rows; details: {as_typed('dev')}"
