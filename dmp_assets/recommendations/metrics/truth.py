"""What people took, against which the lists of many models are judged one after the other."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.recommendations.metrics.accuracy import Judged


@dataclass(frozen=True)
class Truth:
    """What people took, as positions, sorted once for the lists of many models."""

    people: NDArray[np.int64]
    """Everybody with an item, ascending."""
    sizes: NDArray[np.int64]
    """Items of each."""
    cells: NDArray[np.int64]
    """Person times ``width`` plus item of each pair, ascending; a last one is higher than any."""
    width: int

    def judge(self, people: NDArray[np.int64], items: NDArray[np.int32]) -> Judged:
        """Return the right places of lists: an array of people (ascending) x places; below 0 is no item."""
        wanted = people[:, np.newaxis] * self.width + items
        place = np.searchsorted(self.cells, wanted)
        # An item beyond the width would be one of the next person.
        row, rank = np.nonzero((self.cells[place] == wanted) & (items >= 0) & (items < self.width))
        person = np.searchsorted(self.people, people[row])
        return Judged(pl.Series("person_id", self.people), self.sizes, person, rank + 1)


def truth_of(truth: pl.DataFrame) -> Truth:
    """Return the truth of person_id and item_id (positions) for lists as arrays."""
    width = int(truth["item_id"].max() or 0) + 1  # type: ignore[arg-type]
    cells = np.unique(truth["person_id"].to_numpy() * width + truth["item_id"].to_numpy())
    people, sizes = np.unique(cells // width, return_counts=True)
    return Truth(people, sizes, np.append(cells, np.iinfo(np.int64).max), width)
