"""The texts of lists, each held once: millions of rows hold the numbers that stand for them."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from dmp_assets.recommendations.dataset.interaction_matrix import Interactions
from dmp_assets.recommendations.models.content import ATTRIBUTE_WEIGHTS
from dmp_assets.recommendations.models.families import POPULARITY
from dmp_assets.recommendations.models.popularity import Fallback
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.ranking.recommend import Names
from dmp_assets.recommendations.schema.tasks import CONTENT, EXCLUSIONS, PATHS, REASON_KINDS, TASKS

FEW = {
    "task": pl.Enum(sorted(TASKS)),
    "served_by": pl.Enum(sorted(PATHS)),
    "reason_kind": pl.Enum(sorted(REASON_KINDS)),
    "excluded_by": pl.Enum(sorted(EXCLUSIONS)),
}
"""Types of columns whose texts are known beforehand, in the order of the texts."""


class Codes:
    """Numbers of people, items, categories and causes, each in the order of their texts: a lower number, a lower text.

    A person's number is its position in the interactions.
    """

    def __init__(
        self, interactions: Interactions, items: pl.DataFrame, fallback: Fallback, choices: Iterable[Choice]
    ) -> None:
        """Number everybody and everything that a list may name.

        Args:
            interactions: Whom to serve, and with what.
            items: Catalogue: item_id, item_category and, as far as there are any, ``ATTRIBUTE_WEIGHTS``.
            fallback: Its segments.
            choices: What serves.
        """
        families = {member.family for choice in choices for member in choice.members}
        self.few = {**FEW, "model": pl.Enum(sorted({*families, POPULARITY, CONTENT}))}
        values = [items[name] for name in ATTRIBUTE_WEIGHTS if name in items.columns]
        every_item = _sorted([items["item_id"], interactions.items])
        self._types = {
            "person_id": pl.Enum(interactions.people),
            "item_id": pl.Enum(every_item),
            "item_category": pl.Enum(_sorted([items["item_category"]])),
            "because": pl.Enum(_sorted([every_item, fallback.segments, *values])),
        }
        self.names = Names(
            pl.Series(np.arange(interactions.people.len(), dtype=np.uint32)),
            self.numbers(interactions.items, "item_id"),
            self.numbers(interactions.items, "because"),
            self.numbers(fallback.segments, "because"),
        )

    def numbers(self, texts: pl.Series, column: str) -> pl.Series:
        """Return the numbers of texts of a column; null for one that no list may name."""
        return texts.cast(self._types[column], strict=False).to_physical().cast(pl.UInt32)

    def numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with numbers for texts; rows of a person or an item that no list may name are left out."""
        found = frame.with_columns(self.numbers(frame[name], name) for name in frame.columns if name in self._types)
        few = [pl.col(name).cast(dtype) for name, dtype in self.few.items() if name in frame.columns]
        return found.with_columns(few).drop_nulls([name for name in ("person_id", "item_id") if name in frame.columns])

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with names for numbers, as ``Enum``: each text is held once for all rows."""
        names = [name for name in frame.columns if name in self._types]
        return frame.with_columns(
            pl.col(name).cast(_number(self._types[name])).cat.to(self._types[name]) for name in names
        )


def in_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with texts for ``Enum``."""
    return frame.with_columns(pl.col(name).cast(pl.String) for name, dtype in frame.schema.items() if dtype == pl.Enum)


def _sorted(texts: Iterable[pl.Series]) -> pl.Series:
    return pl.concat([one.cast(pl.String).rename("name") for one in texts]).drop_nulls().unique().sort()


def _number(dtype: pl.Enum) -> pl.DataType:
    """Return the type of the numbers that stand for the texts."""
    return pl.Series([], dtype=dtype).to_physical().dtype
