"""The causal model of touch paths: each touch adds a known probability of conversion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dmp_assets.simulation.parameters import CHANNELS, MAX_TOUCHES, SEGMENTS, TOUCH_DAYS

ADDED = np.array([channel.added_probability for channel in CHANNELS])
BASE = np.array([segment.base_conversion for segment in SEGMENTS])


@dataclass
class TouchHistory:
    """How often each person was touched by each channel on each of the last days."""

    counts: NDArray
    """TOUCH_DAYS x people x channels; a day's place is the day modulo TOUCH_DAYS."""

    @classmethod
    def empty(cls, people: int) -> "TouchHistory":
        """Return a history in which nobody was touched."""
        return cls(np.zeros((TOUCH_DAYS, people, len(CHANNELS)), dtype=np.uint8))

    def before(self, persons: NDArray) -> NDArray:
        """Return persons x channels: touches of the last seven days, today not among them."""
        total: NDArray = self.counts[:, persons, :].sum(axis=0, dtype=np.int64)
        return total

    def record(self, day: int, first: int, last: int, persons: NDArray, channels: NDArray) -> None:
        """Add a day's touches of the block of persons from ``first`` up to ``last``; the oldest day is dropped."""
        width = len(CHANNELS)
        flat = np.bincount((persons - first) * width + channels, minlength=(last - first) * width)
        self.counts[day % TOUCH_DAYS, first:last] = np.minimum(flat, 255).reshape(last - first, width)


def counted_touches(before: NDArray, channels: NDArray) -> NDArray:
    """Return sessions x channels: the touches that count in a session, its own among them.

    >>> counted_touches(np.array([[0, 0, 3, 0, 0, 0, 0]]), np.array([2])).tolist()
    [[0, 0, 3, 0, 0, 0, 0]]
    """
    counted = before.copy()
    counted[np.arange(len(channels)), channels] += 1
    limited: NDArray = np.minimum(counted, MAX_TOUCHES)
    return limited


def conversion_probability(segments: NDArray, counted: NDArray) -> NDArray:
    """Return the probability that each session ends in an order: base + sum over touches of what each adds.

    A regular person (0.04) with two paid searches (0.03 each) and one e-mail (0.05):

    >>> conversion_probability(np.array([1]), np.array([[0, 0, 2, 0, 1, 0, 0]])).round(4).tolist()
    [0.15]
    """
    probability: NDArray = BASE[segments] + counted @ ADDED
    return probability
