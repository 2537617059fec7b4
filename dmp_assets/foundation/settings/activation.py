"""``activation.yaml``, read into one frozen model: where audiences go, for what purpose, when.

version: 1
destinations:
  google_ads:
    format: google_customer_match
    purpose: [data_sharing, personalised_advertising]
    audiences: [{segment: rfm_champions}, {recipe: win_back_list}]
    mode: changes
    schedule: {hour: 6}
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from dmp_assets.foundation.settings.scheduled_backfill import Weekday
from dmp_assets.foundation.settings.strict_yaml import Frozen, read_yaml
from dmp_assets.foundation.values.consent_purposes import known_purpose

Format = Literal["google_customer_match", "meta_customer_list", "csv", "parquet"]
Mode = Literal["full", "changes"]
WhenUnknown = Literal["out", "in"]

CUSTOMER_MATCH: tuple[Format, ...] = ("google_customer_match", "meta_customer_list")
"""Formats whose columns the platform that reads them lays down."""

TABLES = ("deliveries", "delivered_people", "held_identifiers")
"""Names that a destination must not have: the assets of the ledger have them."""


def _as_purposes(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _free_name(value: str) -> str:
    if value in TABLES:
        raise ValueError(f"a table of the ledger has this name; allowed: any other than {', '.join(TABLES)}")
    return value


Purposes = Annotated[
    tuple[Annotated[str, AfterValidator(known_purpose)], ...], BeforeValidator(_as_purposes), Field(min_length=1)
]
Column = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
DestinationName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$"), AfterValidator(_free_name)]


class Audience(Frozen):
    """Who is asked for: the people of a segment, or the rows of a recipe."""

    segment: str | None = Field(default=None, min_length=1, description="segment_id or segment_name")
    recipe: Column | None = Field(default=None, description="name of a file in sql/recipes with a column person_id")

    @model_validator(mode="after")
    def _one_of_both(self) -> "Audience":
        if (self.segment is None) == (self.recipe is None):
            raise ValueError("expected one of segment and recipe")
        return self


class Schedule(Frozen):
    """When files are made, by the business's clocks, at a quarter to the next hour."""

    hour: Annotated[int, Field(ge=0, le=23, strict=True)]
    day: Weekday | None = Field(default=None, description="day of the week; without it every day")


class Destination(Frozen):
    """One receiver of files."""

    format: Format
    purpose: Purposes = Field(description="consent that a person must have given, to all of them")
    when_unknown: WhenUnknown = Field(default="out", description="what silence means: a person without a record")
    mode: Mode = Field(default="full", description="full: a file of all people; changes: files of adds and of removes")
    columns: tuple[Column, ...] = Field(default=(), description="of csv and parquet: columns beside person_id")
    audiences: tuple[Audience, ...] = Field(default=(), description="what the asset of the destination delivers")
    schedule: Schedule | None = Field(default=None, description="when it does so by itself")

    @model_validator(mode="after")
    def _columns_of_own_formats(self) -> "Destination":
        if self.columns and self.format in CUSTOMER_MATCH:
            raise ValueError(f"columns of {self.format} are laid down by its reader; allowed: none")
        if "person_id" in self.columns or len(set(self.columns)) < len(self.columns):
            raise ValueError("columns repeats a column; person_id is always there")
        if self.schedule is not None and not self.audiences:
            raise ValueError("a schedule without audiences delivers nothing; expected audiences")
        return self


class ActivationSettings(Frozen):
    """Every destination that is declared, by name."""

    version: Literal[1]
    destinations: dict[DestinationName, Destination] = Field(default_factory=dict)


UNDECLARED: dict[str, Destination] = {
    "google_customer_match": Destination(format="google_customer_match", purpose=("advertising",)),
    "meta_customer_list": Destination(format="meta_customer_list", purpose=("advertising",)),
    "csv": Destination(format="csv", purpose=("marketing",)),
    "parquet": Destination(format="parquet", purpose=("marketing",)),
}
"""A format is a destination by its own name for whoever exports by hand. A declared one of that name wins."""


def load_destinations(path: Path) -> dict[str, Destination]:
    """Return the declared destinations of a file, by name; none where there is no such file.

    Raises:
        ConfigurationError: A key or value that is not allowed; the message names file, line, key, value seen and
            values allowed, one line per problem.
    """
    if not path.exists():
        return {}
    return read_yaml(path, ActivationSettings, "keys such as version and destinations").destinations
