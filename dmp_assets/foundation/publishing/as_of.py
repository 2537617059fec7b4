"""The day that whole-table snapshots describe: run configuration, or the newest day with events."""

from datetime import date

import dagster as dg
from pydantic import Field

from dmp_assets.foundation.warehouse.read import StoredTable


class AsOf(dg.Config):
    """Run configuration of every asset that describes people as of a day."""

    as_of_date: str = Field(
        default="", description="Last day that counts, as 2024-05-31; empty: the newest day with events."
    )

    def day(self, daily: StoredTable) -> date:
        """Return the day, taken from the newest rows of ``daily`` where the configuration gives none.

        An empty warehouse describes 1970-01-01: nobody has been seen yet.

        Raises:
            dagster.Failure: ``as_of_date`` is not a day.
        """
        if not self.as_of_date:
            return daily.last_day() or date(1970, 1, 1)
        try:
            return date.fromisoformat(self.as_of_date)
        except ValueError:
            message = f"run configuration as_of_date: {self.as_of_date!r} is not a day; expected one such as 2024-05-31"
            raise dg.Failure(message, allow_retries=False) from None


class FullRefresh(dg.Config):
    """Run configuration of assets that update what they stored before."""

    full_refresh: bool = Field(
        default=False, description="Make all rows of the tables, also where the stored ones could be updated."
    )


class AsOfOrFullRefresh(AsOf, FullRefresh):
    """Run configuration of assets that describe people, and update what they stored before."""
