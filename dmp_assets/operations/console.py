"""What a person sees while a run works: one short line per finished piece, not Dagster's event stream."""

import logging
import sys
from typing import Any

import dagster as dg


class _ShortLines(logging.Formatter):
    """Time and message; the step in front, so that lines of one asset stand together."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, Any] = getattr(record, "dagster_meta", {}) or {}
        message = facts.get("orig_message") or record.getMessage()
        step = facts.get("step_key") or ""
        return f"{self.formatTime(record, '%H:%M:%S')}  {step:<28} {message}"


def _make_logger(context: dg.InitLoggerContext) -> logging.Logger:
    del context
    logger = logging.Logger("dmp", level=logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ShortLines())
    logger.addHandler(handler)
    return logger


console_logger = dg.LoggerDefinition(_make_logger, description="Short lines of progress on standard error.")
"""The logger that the command line asks for; Dagster's own events below ERROR are left to the UI."""
