"""The thresholds of the quality report's warnings and errors: ``quality`` in ``dmp.yaml``."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Positive = Annotated[float, Field(gt=0, strict=True)]
Count = Annotated[int, Field(ge=1, strict=True)]
Verdict = Literal["ok", "warn", "error"]


class QualityThresholds(BaseModel):
    """Windows and thresholds of ``quality.quality``. A threshold is the last value that still passes."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False, validate_default=True
    )

    recent_days: Count = Field(default=7, description="newest days that are judged; whole weeks keep weekdays even")
    reference_days: Count = Field(default=28, description="days before them that they are compared with")
    min_rows: Count = Field(default=100, description="rows below which a share is not judged")

    completeness_drop_warn: Share = Field(
        default=0.05, description="part of the reference's filled share that may be lost: 0.05 lets 80 % fall to 76 %"
    )
    completeness_drop_error: Share = Field(default=0.5, description="the same, for an error")
    completeness_min: dict[str, Share] = Field(
        default_factory=dict,
        description="column, or source.column -> least filled share; a lower one is an error, whatever it was before",
    )

    duplicates_warn: Share = Field(default=0.05, description="share of a source's records that are exact duplicates")
    duplicates_error: Share = Field(default=0.25, description="the same, for an error")

    quarantined_warn: Share = Field(default=0.01, description="share of a source's records that are quarantined")
    quarantined_error: Share = Field(default=0.1, description="the same, for an error")

    late_hours: Annotated[int, Field(ge=0, le=720, strict=True)] = Field(
        default=24, description="hours from event to reception that are still in time, where received_at is known"
    )
    late_days: Annotated[int, Field(ge=0, strict=True)] = Field(
        default=1, description="days that a file may arrive after the event's day, where there is no received_at"
    )
    late_warn: Share = Field(default=0.05, description="share of a source's records that are late")
    late_error: Share = Field(default=0.25, description="the same, for an error")

    volume_days: Count = Field(default=1, description="newest days whose records are counted against their weekday")
    volume_weeks: Count = Field(default=8, description="earlier weeks that give the usual count of a weekday")
    volume_min_weeks: Count = Field(default=4, description="weeks below which there is no usual count")
    volume_min_records: Count = Field(default=20, description="usual records a day below which a day is not judged")
    volume_warn: Positive = Field(default=3.5, description="distance from the usual count, in robust deviations")
    volume_error: Positive = Field(
        default=7.0, description="the same, for an error; a source that stops is about 10 away"
    )

    new_columns: Verdict = Field(default="warn", description="verdict when files have a new column")
    vanished_columns: Verdict = Field(default="error", description="verdict when files lack a column")
    changed_types: Verdict = Field(default="error", description="verdict when a column changes its type")

    psi_bins: Annotated[int, Field(ge=2, le=50, strict=True)] = Field(
        default=10, description="bins of the population stability index: quantiles of numbers, values of categories"
    )
    psi_min_rows: Count = Field(
        default=500, description="rows of either window below which drift is not judged; at 200 noise alone passes 0.1"
    )
    psi_warn: Positive = Field(
        default=0.1, description="population stability index; noise that is larger counts instead"
    )
    psi_error: Positive = Field(default=0.25, description="the same, for an error")

    @field_validator(
        "completeness_drop_error",
        "duplicates_error",
        "quarantined_error",
        "late_error",
        "volume_error",
        "psi_error",
    )
    @classmethod
    def _not_before_the_warning(cls, value: float, info: ValidationInfo) -> float:
        name = f"{str(info.field_name).removesuffix('_error')}_warn"
        warn = info.data.get(name)
        if warn is not None and value < warn:
            raise ValueError(f"must not be below {name}, which is {warn}")
        return value

    @field_validator("volume_min_weeks")
    @classmethod
    def _weeks_that_exist(cls, value: int, info: ValidationInfo) -> int:
        weeks = info.data.get("volume_weeks")
        if weeks is not None and value > weeks:
            raise ValueError(f"must not be above volume_weeks, which is {weeks}")
        return value
