"""What a step has to make in its run, and what the run learns of how it went."""

from collections.abc import Iterable
from typing import Protocol

from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.steps import Step
from dmp_assets.foundation.warehouse.tables import Table


class StepWork(Protocol):
    """The work of one run, asked step by step: what a step made shows what the next one has to make."""

    def days(self, step: Step, asked: Days) -> Days | None:
        """Return the days of a range that a step has to make; None for none."""

    def is_open(self, step: Step) -> bool:
        """Return whether a step without days has to make its tables."""

    def has_written(self, tables: Iterable[Table]) -> None:
        """Take note that tables were written."""

    def has_failed(self, step: Step, cause: str, run_id: str) -> None:
        """Take note that a step failed for a reason that will not pass."""

    def has_succeeded(self, step: Step) -> None:
        """Take note that a step has made its tables."""


class AllWork:
    """The work of a run that makes all that it is asked for, and that nobody keeps books of."""

    def days(self, step: Step, asked: Days) -> Days | None:  # noqa: ARG002 - as of every work
        """Return all days that are asked for."""
        return asked

    def is_open(self, step: Step) -> bool:  # noqa: ARG002 - as of every work
        """Return that there is something to do."""
        return True

    def has_written(self, tables: Iterable[Table]) -> None:
        """Do nothing."""

    def has_failed(self, step: Step, cause: str, run_id: str) -> None:
        """Do nothing."""

    def has_succeeded(self, step: Step) -> None:
        """Do nothing."""
