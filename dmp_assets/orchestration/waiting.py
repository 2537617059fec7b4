"""Steps that failed, and the tables that wait for them."""

from collections.abc import Iterable
from dataclasses import dataclass

from dmp_assets.domains import STEPS
from dmp_assets.foundation.warehouse.failures import Failure
from dmp_assets.foundation.warehouse.steps import Step, with_descendants
from dmp_assets.foundation.warehouse.tables import Table


@dataclass(frozen=True)
class Waiting:
    """A step that failed, and that waits until something changes; so do all tables that are made from its own."""

    step: Step
    failure: Failure

    @property
    def tables(self) -> list[Table]:
        """The tables that stay as they are: those of the step, and those that are made from them."""
        return [table for step in with_descendants(STEPS, [self.step]) for table in step.tables]

    def __str__(self) -> str:
        others = len(self.tables) - len(self.step.tables)
        return (
            f"{self.failure.cause} (since {self.failure.failed_at:%Y-%m-%d %H:%M} UTC). The tables of {self.step.name} "
            f"and {others} that are made from them stay as they were, until files, code or settings change"
        )


def waiting_steps(failures: Iterable[Failure]) -> tuple[Waiting, ...]:
    """Return the failed steps in the order of the flow; a step that this release does not have is left out."""
    of_steps = {failure.step: failure for failure in failures}
    return tuple(Waiting(step, of_steps[step.name]) for step in STEPS if step.name in of_steps)
