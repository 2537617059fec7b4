"""What a person sees while a run works: one short line per finished piece, not Dagster's event stream."""

import logging
import sys
from typing import Any

import dagster as dg

from dmp_assets.foundation.publishing.publish import UNCHANGED
from dmp_assets.operations.progress import Progress, shown_now


class _ShortLines(logging.Formatter):
    """Time and message; the step in front, so that lines of one asset stand together."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, Any] = getattr(record, "dagster_meta", {}) or {}
        message = facts.get("orig_message") or record.getMessage()
        step = facts.get("step_key") or ""
        return f"{self.formatTime(record, '%H:%M:%S')}  {step:<28} {message}"


class _ToProgress(logging.StreamHandler[Any]):
    """Hands steps and their words to what is shown to a person; prints them itself where nothing is."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self._is_idle = True

    def emit(self, record: logging.LogRecord) -> None:
        progress = shown_now()
        if progress is not None:
            self._hand_over(record, progress)
        elif record.levelno >= logging.INFO:
            super().emit(record)

    def _hand_over(self, record: logging.LogRecord, progress: Progress) -> None:
        facts: dict[str, Any] = getattr(record, "dagster_meta", {}) or {}
        event = facts.get("dagster_event")
        kind = event.event_type_value if event is not None else None
        if kind == dg.DagsterEventType.STEP_START.value:
            self._is_idle = True
            progress.begin(str(facts.get("step_key")))
        elif kind in (dg.DagsterEventType.STEP_SUCCESS.value, dg.DagsterEventType.STEP_FAILURE.value):
            progress.end(is_quiet=self._is_idle)
        elif event is None and record.levelno >= logging.INFO:
            message = str(facts.get("orig_message") or record.getMessage())
            self._is_idle = self._is_idle and message == UNCHANGED
            progress.hear(message)


def _make_logger(context: dg.InitLoggerContext) -> logging.Logger:
    del context
    # All levels: Dagster says at DEBUG which step begins.
    logger = logging.Logger("dmp", level=logging.DEBUG)
    handler = _ToProgress()
    handler.setFormatter(_ShortLines())
    logger.addHandler(handler)
    return logger


console_logger = dg.LoggerDefinition(_make_logger, description="Short lines of progress on standard error.")
"""The logger that the command line asks for; Dagster's own events below ERROR are left to the UI."""
