"""``dmp.yaml`` and the environment, read once into one frozen model.

A wrong key or value stops the load with the file, the line, the value seen and what is allowed.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PrivateAttr, ValidationInfo, field_validator

from dmp_assets.foundation.settings.blocked_identifiers import read_blocked
from dmp_assets.foundation.settings.bundled import bundled, is_checkout
from dmp_assets.foundation.settings.file_mode import FileMode
from dmp_assets.foundation.settings.identity import IdentitySettings
from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.foundation.settings.owners import Owners
from dmp_assets.foundation.settings.quality import QualityThresholds
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.settings.report import ReportSettings
from dmp_assets.foundation.settings.row_filter import Where
from dmp_assets.foundation.settings.scheduled_backfill import ScheduledBackfill
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError, Frozen, read_yaml, usable_pattern
from dmp_assets.foundation.settings.time_zone import TimeZone, with_zone

SourceKind = Literal[
    "events",
    "orders",
    "order_lines",
    "customers",
    "items",
    "campaigns",
    "campaign_audiences",
    "ad_spend",
    "consents",
    "survey",
    "third_party",
    "rates",
]
OrderStatus = Literal["paid", "pending", "cancelled", "refunded", "failed", "test"]
FileFormat = Literal["csv", "ndjson", "parquet"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


DEMO_CONFIG = Path("dmp-demo", "dmp.yaml")
"""Where ``dmp demo`` of an installed package puts the demo's configuration, seen from the current folder."""


class Source(Frozen):
    """One folder below the landing folder, and how its records are to be read."""

    kind: SourceKind
    preset: Name = "columns"
    columns: dict[str, str] = Field(default_factory=dict, description="our column -> column in the file")
    constants: dict[str, str] = Field(default_factory=dict, description="our column -> value for every record")
    format: FileFormat | None = Field(default=None, description="where the file's name does not say")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    time_zone: TimeZone = Field(default="UTC", description="of times that name none; by default the business's")
    time_formats: tuple[str, ...] = ()
    decimal_comma: bool = False
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None, description="ISO 3166 code that phone numbers without a prefix are read in"
    )
    fold_ids: bool = Field(default=False, description="ids of persons differ in case only by accident")
    refunds: str | None = Field(default=None, description="orders whose id matches this pattern are refunds")
    products: str | None = Field(default=None, description="item ids that do not match this pattern are no products")
    fill: dict[str, str] = Field(default_factory=dict, description="our column -> value where a record has none")
    ignore_columns: tuple[str, ...] = Field(
        default=(), description="columns of the file that say when or where a record was exported, not what happened"
    )
    event_id_space: Name | None = Field(
        default=None, description="sources that name the same space give one event one id; without it an id is its own"
    )
    order_files: Literal["whole", "lines"] = Field(
        default="whole", description="whole: a file states an order with all its lines; lines: a file adds lines"
    )
    equal_lines: Literal["count", "drop"] = Field(
        default="count", description="equal lines of one order in one file: each counts, or only one does"
    )
    order_space: Name | None = Field(
        default=None, description="sources that name the same space number their orders together"
    )
    statuses: dict[str, OrderStatus] = Field(
        default_factory=dict, description="the source's word for the status of an order -> ours"
    )
    fill_down: bool = Field(
        default=True, description="a line of an order takes what only an earlier line of it says: time, currency, ..."
    )
    event_names: dict[str, str] = Field(default_factory=dict, description="the source's event name -> our event name")
    where: tuple[Where, ...] = Field(default=(), description="conditions that a record must meet, all of them")

    _business_zone: str = PrivateAttr(default="UTC")

    @property
    def business_zone(self) -> str:
        """Zone of the business's calendar, in which a value without a time of day is a day."""
        return self._business_zone

    def in_business(self, time_zone: str) -> "Source":
        """Return the source of a business in this zone, which it inherits where it names none."""
        source = self.model_copy(update={} if self.has_own_zone else {"time_zone": time_zone})
        # What was filled in is not the source's own: its preset may know better.
        if not self.has_own_zone:
            source.model_fields_set.discard("time_zone")
        source._business_zone = time_zone
        return source

    @property
    def has_own_zone(self) -> bool:
        """Whether the source names its zone itself."""
        return "time_zone" in self.model_fields_set

    @field_validator("refunds", "products")
    @classmethod
    def _known_pattern(cls, value: str | None) -> str | None:
        return None if value is None else usable_pattern(value)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        import codecs

        try:
            # Codecs such as base64 are known too, and turn no bytes into text.
            "".encode(value)
            return codecs.lookup(value).name
        except (LookupError, UnicodeError):
            raise ValueError(f"unknown encoding {value!r}; allowed: names such as utf-8, latin-1, cp949") from None


class ContactCost(Frozen):
    """What it costs to reach one person with a campaign, in the base currency."""

    default: Annotated[float, Field(ge=0, strict=True)] = 0.0
    by_campaign_type: dict[str, Annotated[float, Field(ge=0, strict=True)]] = Field(default_factory=dict)


class Settings(Frozen):
    """Everything that can be set, with its default."""

    start_date: date
    end_date: date | None = None
    base_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    # Before the sources, which inherit it.
    time_zone: TimeZone = Field(default="UTC", description="zone of the business's days; sources inherit it")
    sources: dict[Name, Source]
    contact_cost: ContactCost = ContactCost()
    interest_half_life_days: Annotated[float, Field(gt=0, strict=True)] = 90.0
    affinity_window_days: Annotated[int, Field(ge=1, le=366, strict=True)] = Field(
        default=28, description="length of the windows that affinities are counted in; whole weeks keep weekdays even"
    )
    traits: Path = Field(default=Path("traits.yaml"), description="the computed traits, if there are any")
    activation: Path = Field(default=Path("activation.yaml"), description="where audiences go, if anywhere")
    recommendations: RecommendationSettings = RecommendationSettings()
    holdout_days: Annotated[int, Field(ge=1, strict=True)] = Field(
        default=28, description="newest days that prove the recommendations; as many before them choose the models"
    )
    rate_max_age_days: Annotated[int, Field(ge=0, le=31, strict=True)] = Field(
        default=7, description="days for which the last published exchange rate holds"
    )
    order_match_days: Annotated[int, Field(ge=0, le=60, strict=True)] = Field(
        default=7, description="days between a web event and the shop's order of its number, at most"
    )
    order_number_reused_after_days: Annotated[int, Field(ge=0, strict=True)] = Field(
        default=30, description="a customer's order number that comes again after more days is another order"
    )
    window_records: Annotated[int, Field(ge=1000, strict=True, description="records of one window of a range")] = (
        200_000
    )
    limits: Limits = Limits()
    identity: IdentitySettings = IdentitySettings()
    blocked_identifiers: Path = Field(
        default=Path("blocked_identifiers.csv"), description="table of identifiers blocked by hand, if there is one"
    )
    quality: QualityThresholds = QualityThresholds()
    report: ReportSettings = ReportSettings()
    scheduled_backfill: ScheduledBackfill = ScheduledBackfill()
    owners: Owners = Field(default_factory=dict, description="domain, or default -> whom the UI names for its tables")
    tracking_plan: Path = Field(default=Path("tracking_plan.yaml"), description="the tracking plan, if there is one")
    data_dir: Path = Path("data")
    published_mode: FileMode = Field(default=0o640, description="who may read the analysts' file, as in chmod")
    published_group: str | None = Field(default=None, description="the group of the analysts' file, by its name")

    @field_validator("end_date")
    @classmethod
    def _dates_in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("start_date")
        if value is not None and start is not None and value < start:
            raise ValueError(f"end_date {value} is before start_date {start}")
        return value

    @field_validator("sources")
    @classmethod
    def _in_business(cls, value: dict[str, Source], info: ValidationInfo) -> dict[str, Source]:
        zone = info.data.get("time_zone")
        return value if zone is None else {name: source.in_business(zone) for name, source in value.items()}

    def fingerprint(self, keys: Sequence[str]) -> str | None:
        """Return a fingerprint of some settings, equal for equal values; None for no keys in UTC.

        Args:
            keys: As ``quality`` or ``identity.limits``. A key that names a file stands for what the file says.

        The business's zone stands in front of it, whatever the keys: every table is one of days, or is made from one.

        Raises:
            AttributeError: There is no such key.
        """
        found = {key: _said(attrgetter(key)(self)) for key in keys}
        own = hashlib.sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest()[:16]
        return with_zone(self.time_zone, own if keys else None)

    def last_day(self) -> date:
        """Return the newest day that is a partition: ``end_date``, or the business's today where the data are live."""
        from dmp_assets.foundation.values.calendar import today

        return self.end_date or today(self.time_zone)

    @property
    def landing_dir(self) -> Path:
        """The folder that files are delivered to."""
        return self.data_dir / "landing"

    @property
    def warehouse_path(self) -> Path:
        """The pipeline's own DuckDB file; only the pipeline opens it."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def published_path(self) -> Path:
        """The analysts' DuckDB file."""
        return self.data_dir / "dmp.duckdb"

    @property
    def staging_dir(self) -> Path:
        """Readings of landing files and half-finished work; may be deleted when nothing runs."""
        return self.data_dir / "staging"


def _said(value: object) -> object:
    """Return a value as JSON has it: of a file the hash of its bytes, of a section its values."""
    if isinstance(value, Path):
        return hashlib.sha256(value.read_bytes()).hexdigest() if value.is_file() else None
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple | list):
        return [_said(one) for one in value]
    return value


def load_settings(path: Path | None = None) -> Settings:
    """Return the settings of ``dmp.yaml``.

    Args:
        path: The file; by default that of ``config_path``.

    ``DMP_DATA_DIR`` in the environment wins over ``data_dir``; a relative ``data_dir`` is taken from the
    file's own folder, so the working directory does not matter.

    Raises:
        ConfigurationError: The file is missing, too large, not YAML, or has a key or value that is not allowed.
    """
    path = Path(path or config_path()).resolve()
    if not path.exists():
        raise ConfigurationError(
            f"{path}: no such file; set DMP_CONFIG, go to the folder that holds dmp.yaml, or try `dmp demo`"
        )
    settings = read_yaml(path, Settings, "keys such as start_date and sources")
    data_dir = Path(os.environ.get("DMP_DATA_DIR") or settings.data_dir)
    # Joining with an absolute path gives the absolute path.
    places = {
        "data_dir": path.parent / data_dir,
        "tracking_plan": path.parent / settings.tracking_plan,
        "blocked_identifiers": path.parent / settings.blocked_identifiers,
        "traits": path.parent / settings.traits,
        "activation": path.parent / settings.activation,
    }
    blocked = (*settings.identity.blocked, *read_blocked(places["blocked_identifiers"]))
    identity = settings.identity.model_copy(update={"blocked": blocked})
    return settings.model_copy(update={**places, "identity": identity})


def config_path() -> Path:
    """Return the configuration in force: ``DMP_CONFIG``, else ``dmp.yaml`` here, else the demo's.

    Here is the current folder. The demo's is the project's own in a checkout, and ``DEMO_CONFIG`` for an installed
    package, whether it exists or not.
    """
    if given := os.environ.get("DMP_CONFIG"):
        return Path(given)
    here = Path("dmp.yaml")
    if here.exists():
        return here
    return bundled("dmp.yaml") if is_checkout() else DEMO_CONFIG
