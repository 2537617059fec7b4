"""``tracking_plan.yaml``, read into one frozen model."""

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from dmp_assets.foundation.settings.strict_yaml import Frozen, read_yaml

PLAN_FILE = "tracking_plan.yaml"
MAX_NAME_CHARACTERS = 200

PropertyType = Literal["string", "number", "integer", "boolean", "datetime", "array", "object"]
# Control characters are left to ``contract``, which uses one to keep its own columns apart.
PlannedName = Annotated[str, Field(pattern=r"^[^\x00-\x1f]+$", max_length=MAX_NAME_CHARACTERS)]
Flag = Annotated[bool, Field(strict=True)]
Version = Annotated[int, Field(ge=1, strict=True)]
Bound = Annotated[float, Field(strict=True)]

_TYPES_WITH_ALLOWED = ("string", "number", "integer")
_TYPES_WITH_BOUNDS = ("number", "integer")


class PropertyRule(Frozen):
    """What is expected of one property of an event; null counts as missing."""

    type: PropertyType
    required: Flag = False
    allowed: tuple[Any, ...] | None = None
    min: Bound | None = None
    max: Bound | None = None
    description: str = ""

    @field_validator("allowed")
    @classmethod
    def _allowed_fits_type(cls, value: tuple[Any, ...] | None, info: ValidationInfo) -> tuple[Any, ...] | None:
        kind = info.data.get("type")
        if value is None or kind is None:
            return value
        if kind not in _TYPES_WITH_ALLOWED:
            raise ValueError(f"a {kind} has no allowed values; allowed for: {', '.join(_TYPES_WITH_ALLOWED)}")
        if not value:
            raise ValueError("expected at least one value")
        wrong = [entry for entry in value if not _fits(entry, kind)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no {kind}; quote words such as yes, no and dates to make them text")
        return value

    @field_validator("min", "max")
    @classmethod
    def _bounds_in_order(cls, value: float | None, info: ValidationInfo) -> float | None:
        kind = info.data.get("type")
        if value is None or kind is None:
            return value
        if kind not in _TYPES_WITH_BOUNDS:
            raise ValueError(f"a {kind} has no {info.field_name}; allowed for: {', '.join(_TYPES_WITH_BOUNDS)}")
        lowest = info.data.get("min")
        if info.field_name == "max" and lowest is not None and value < lowest:
            raise ValueError(f"max is below min {lowest:g}")
        return value


def _fits(entry: object, kind: str) -> bool:
    if kind == "string":
        return isinstance(entry, str)
    number = isinstance(entry, int | float) and not isinstance(entry, bool)
    return number and (kind == "number" or float(entry).is_integer())  # type: ignore[arg-type]


class EventDefinition(Frozen):
    """One event with its properties."""

    version: Version = 1
    description: str = ""
    properties: dict[PlannedName, PropertyRule] = Field(default_factory=dict)
    additional_properties: Flag = True


class SourcePolicy(Frozen):
    """What happens to the events of a source that the plan does not name.

    The default is to allow them: a plan starts with a few events, and the others must not be quarantined on its first
    day.
    """

    unplanned_events: Literal["allow", "quarantine"] = "allow"


class TrackingPlan(Frozen):
    """Every planned event by name, and what the sources do with unplanned ones."""

    version: Literal[1]
    events: dict[PlannedName, EventDefinition] = Field(default_factory=dict)
    sources: dict[str, SourcePolicy] = Field(default_factory=dict)

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, value: dict[str, SourcePolicy], info: ValidationInfo) -> dict[str, SourcePolicy]:
        if info.context is not None:
            known = sorted(info.context["sources"])
            unknown = sorted(set(value) - set(known))
            if unknown:
                raise ValueError(f"no such source: {', '.join(unknown)}; allowed: {', '.join(known) or 'none'}")
        return value

    def policy(self, source: str) -> SourcePolicy:
        """Return what the source does with unplanned events."""
        return self.sources.get(source, SourcePolicy())

    def fingerprint(self, source: str) -> str:
        """Return the SHA-256, in hex, of all that the verdict on a record of the source depends on.

        Descriptions and the order in which a file names things change nothing.
        """
        events = self.model_dump(
            mode="json", include={"events"}, exclude={"events": {"__all__": {"description", "properties"}}}
        )
        rules = {
            name: {key: rule.model_dump(mode="json", exclude={"description"}) for key, rule in event.properties.items()}
            for name, event in self.events.items()
        }
        content = [self.version, events, rules, self.policy(source).model_dump(mode="json")]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load_tracking_plan(path: Path, sources: Collection[str] | None = None) -> TrackingPlan | None:
    """Return the plan of a file; None where there is no file, and then no event is held to a plan.

    Args:
        path: ``tracking_plan.yaml``.
        sources: Names of the sources in ``dmp.yaml``; the plan may name no other. None leaves them unchecked.

    Raises:
        ConfigurationError: A key or value that is not allowed; the message names file, line, key and value.
    """
    if not path.exists():
        return None
    context = None if sources is None else {"sources": tuple(sources)}
    return read_yaml(path, TrackingPlan, "keys such as version and events", context)
