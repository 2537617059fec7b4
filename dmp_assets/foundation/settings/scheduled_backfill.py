"""The backfill that runs by the clock: ``scheduled_backfill`` in ``dmp.yaml``."""

from typing import Annotated, Literal

from pydantic import Field

from dmp_assets.foundation.settings.strict_yaml import Frozen

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class ScheduledBackfill(Frozen):
    """Once a week the newest days are verified, and those that differ are made again."""

    enabled: bool = Field(default=False, description="whether it runs; it can be switched on in the UI too")
    day: Weekday = Field(default="sunday", description="day of the week, by the business's calendar")
    hour: Annotated[int, Field(ge=0, le=23, strict=True)] = Field(
        default=4, description="hour of the business's clocks; it starts at half past"
    )
    days: Annotated[int, Field(ge=1, le=3660, strict=True)] = Field(
        default=28, description="newest days whose files are verified; files without days always are"
    )
