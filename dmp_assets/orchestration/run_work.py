"""What a run has to make when a step comes up: all that it is asked for, or what is stale of it by then."""

from collections.abc import Iterable, Mapping

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.values.days import Days
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.failures import book_failure, forget_failure
from dmp_assets.foundation.warehouse.read import current_commits
from dmp_assets.foundation.warehouse.steps import MadeBy, Step
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.landing.ledger import ledger_changes
from dmp_assets.ingest.records.mapping import check_sources
from dmp_assets.ingest.steps import READ_LANDING
from dmp_assets.orchestration.seen import REREAD, Seen


class RunWork:
    """The work of one run, known step by step: what a step made shows which days the next one has to make.

    Args:
        settings: What tables are made by.
        warehouse: Where they are.
        made_by: Fingerprints of code and settings, by the step's name.
        only_stale: Whether what is not stale is left alone.
    """

    def __init__(
        self, settings: Settings, warehouse: Warehouse, made_by: Mapping[str, MadeBy], *, only_stale: bool
    ) -> None:
        self.settings = settings
        self.warehouse = warehouse
        self.made_by = made_by
        self.only_stale = only_stale
        self.seen: Seen | None = None

    def days(self, step: Step, asked: Days) -> Days | None:
        """Return the days of a range that the step has to make; None for none."""
        return self._now().days_between(step, asked) if self.only_stale else asked

    def is_open(self, step: Step) -> bool:
        """Return whether a step without days has to make its tables."""
        return not self.only_stale or bool(self._now().stale_tables(step))

    def has_written(self, tables: Iterable[Table]) -> None:
        """Take note that tables of this run were written."""
        names = {table.qualified_name for table in tables}
        if self.seen is None or names & REREAD:
            self.seen = None
        else:
            self.seen = self.seen.after(current_commits(self.warehouse, names))

    def has_failed(self, step: Step, cause: str, run_id: str) -> None:
        """Book that a step failed of the state that it has now, for a reason that will not pass."""
        seen = Seen.of(self.settings, self.warehouse, self.made_by)
        files = ""
        if step is READ_LANDING:
            files = ledger_changes(self.settings, check_sources(self.settings.sources), seen.files).wanted
        book_failure(self.warehouse, step.name, seen.state_of(step, files), cause, run_id)
        self.seen = None

    def has_succeeded(self, step: Step) -> None:
        """Forget an earlier failure of a step."""
        if any(failure.step == step.name for failure in self._now().failures):
            forget_failure(self.warehouse, step.name)
            self.seen = None

    def _now(self) -> Seen:
        # Read once, and then kept up with what the run writes: 0.1 s for a year of the demo, of some thirty steps.
        if self.seen is None:
            self.seen = Seen.of(self.settings, self.warehouse, self.made_by)
        return self.seen
