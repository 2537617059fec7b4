"""The rows that a step has made for one of its tables, before they are checked and written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl


@dataclass(frozen=True)
class TableRows:
    """Rows to publish, and the metadata beside their row count."""

    rows: pl.DataFrame
    """All rows of the table; those to be inserted where some are ``replaced``."""
    replaced: pl.DataFrame | None = None
    """Keys: some columns of the table. Stored rows that agree with one of them are deleted, all others stay. None: all
    rows of the table are deleted, whatever days it has."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
