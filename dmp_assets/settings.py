"""``dmp.yaml`` and the environment, read once into one frozen model.

A wrong key or value stops the load with the file, the line, the value seen and what is allowed.
"""

import hashlib
import os
from collections.abc import Hashable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_CONFIG_BYTES = 1_000_000

SourceKind = Literal["events", "orders", "customers", "items", "campaigns", "campaign_audiences"]
FileFormat = Literal["csv", "ndjson", "parquet"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class ConfigurationError(ValueError):
    """The configuration cannot be used; the message names file, line, key, value seen and values allowed."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class Source(_Frozen):
    """One folder below the landing folder, and how its records are to be read."""

    kind: SourceKind
    preset: Name = "columns"
    columns: dict[str, str] = Field(default_factory=dict, description="our column -> column in the file")
    constants: dict[str, str] = Field(default_factory=dict, description="our column -> value for every record")
    format: FileFormat | None = Field(default=None, description="where the file's name does not say")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    time_zone: str = "UTC"
    time_formats: tuple[str, ...] = ()
    decimal_comma: bool = False

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import available_timezones

        if value not in available_timezones():
            raise ValueError(f"unknown time zone {value!r}; allowed: IANA names such as UTC or Europe/Berlin")
        return value

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


class ContactCost(_Frozen):
    """What it costs to reach one person with a campaign, in the base currency."""

    default: Annotated[float, Field(ge=0, strict=True)] = 0.0
    by_campaign_type: dict[str, Annotated[float, Field(ge=0, strict=True)]] = Field(default_factory=dict)


class Settings(_Frozen):
    """Everything that can be set, with its default."""

    start_date: date
    end_date: date | None = None
    base_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    sources: dict[Name, Source]
    contact_cost: ContactCost = ContactCost()
    interest_half_life_days: Annotated[float, Field(gt=0, strict=True)] = 90.0
    recommendations_per_person: Annotated[int, Field(ge=1, le=100, strict=True)] = 10
    holdout_days: Annotated[int, Field(ge=1, strict=True)] = 28
    window_records: Annotated[int, Field(ge=1000, strict=True, description="records of one window of a range")] = (
        500_000
    )
    data_dir: Path = Path("data")

    @field_validator("end_date")
    @classmethod
    def _dates_in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("start_date")
        if value is not None and start is not None and value < start:
            raise ValueError(f"end_date {value} is before start_date {start}")
        return value

    @property
    def model_settings_id(self) -> str:
        """Fingerprint of the settings that models depend on: tables made under another one are stale."""
        fields = {"contact_cost", "interest_half_life_days", "recommendations_per_person", "holdout_days"}
        return hashlib.sha256(self.model_dump_json(include=fields).encode()).hexdigest()

    @property
    def landing_dir(self) -> Path:
        """Where files come in."""
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


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML without aliases or repeated keys: both hide what a file says."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise ConfigurationError(f"{mark.name}:{mark.line + 1}: aliases (*name) are not allowed")
        return super().compose_node(parent, index)

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            # A date such as 2024-02-30 is a bare ValueError, without its place.
            if isinstance(error, ConfigurationError):
                raise
            mark = node.start_mark
            raise ConfigurationError(f"{mark.name}:{mark.line + 1}: the value {node.value!r}: {error}") from None

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[str, int] = {}
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                raise ConfigurationError(f"{key_node.start_mark.name}:{line}: a key must be a plain word")
            if key_node.value in seen:
                name = key_node.start_mark.name
                raise ConfigurationError(
                    f"{name}:{line}: key {key_node.value!r} is given twice (first on line {seen[key_node.value]})"
                )
            seen[key_node.value] = line
        return super().construct_mapping(node, deep)


def load_settings(path: Path | None = None) -> Settings:
    """Return the settings of ``dmp.yaml``.

    Args:
        path: The file; by default ``DMP_CONFIG``, else ``dmp.yaml`` in the current folder, else the project's own.

    ``DMP_DATA_DIR`` in the environment wins over ``data_dir``; a relative ``data_dir`` is taken from the
    file's own folder, so the working directory does not matter.

    Raises:
        ConfigurationError: The file is missing, too large, not YAML, or has a key or value that is not allowed.
    """
    path = Path(path or os.environ.get("DMP_CONFIG") or _default_config()).resolve()
    if not path.is_file():
        raise ConfigurationError(f"{path}: no such file; set DMP_CONFIG or run from the folder that holds dmp.yaml")
    if path.stat().st_size > MAX_CONFIG_BYTES:
        raise ConfigurationError(f"{path}: {path.stat().st_size} bytes; allowed: at most {MAX_CONFIG_BYTES}")
    try:
        with path.open(encoding="utf-8") as stream:
            loader = _StrictLoader(stream)
            loader.name = path.name
            node = loader.get_single_node()
            raw = loader.construct_document(node) if node is not None else {}
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path.name}: not readable as YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigurationError(
            f"{path.name}:1: expected keys such as start_date and sources, saw {type(raw).__name__}"
        )
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        problems = "\n".join(_explain(path.name, node, raw, detail) for detail in error.errors())
        raise ConfigurationError(problems) from None
    data_dir = Path(os.environ.get("DMP_DATA_DIR") or settings.data_dir)
    return settings.model_copy(update={"data_dir": data_dir if data_dir.is_absolute() else path.parent / data_dir})


def _default_config() -> Path:
    here = Path("dmp.yaml")
    return here if here.exists() else Path(__file__).resolve().parent.parent / "dmp.yaml"


def _explain(file: str, node: Node | None, raw: dict[str, Any], detail: ErrorDetails) -> str:
    """Return one line about one problem: file, line, key, value seen, values allowed."""
    location = [str(part) for part in detail["loc"]]
    line, value = _find(node, raw, location)
    key = ".".join(location) or "(whole file)"
    if location[-1:] == ["[key]"]:
        return f"{file}:{line}: key {'.'.join(location[:-1])!r} is not a usable name: {detail['msg']}."
    if detail["type"] == "extra_forbidden":
        allowed = _allowed_keys(location)
        close = get_close_matches(location[-1], allowed, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return f"{file}:{line}: unknown key {key!r}{hint} Allowed here: {', '.join(allowed)}."
    if detail["type"] == "missing":
        return f"{file}:{line}: key {key!r} is missing."
    return f"{file}:{line}: key {key!r} has the value {value!r}: {detail['msg']}."


def _find(node: Node | None, raw: Any, location: list[str]) -> tuple[int, Any]:
    """Return the line and the value of a key; the nearest line above where the key itself is absent."""
    line, value = 1, raw
    for part in location:
        if isinstance(node, MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == part), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
            value = value.get(part) if isinstance(value, dict) else value
        elif isinstance(node, SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node, value = node.value[int(part)], value[int(part)]
            line = node.start_mark.line + 1
    return line, value


def _allowed_keys(location: list[str]) -> list[str]:
    """Return the keys that may stand beside the last part of ``location``."""
    models: dict[str, type[BaseModel]] = {"sources": Source, "contact_cost": ContactCost}
    model = models.get(location[0], Settings) if len(location) > 1 else Settings
    return sorted(model.model_fields)
