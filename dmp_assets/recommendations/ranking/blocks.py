"""Blocks of people: how high they are, and how two are worked on at once while the order stays."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from dmp_assets.recommendations.models.graph_filter import HEIGHT
from dmp_assets.recommendations.models.recommender import THREADS

Made = TypeVar("Made")

CELLS = 6_400_000
"""Scores that one member of a blend has for a block, 26 MB: 64 people of 100,000 items, 320 of 20,000."""

MAX_PEOPLE = 1_024
"""In a small catalogue the frames are what fills a block."""


def people_of_block(items: int) -> int:
    """Return how many people make a block in a catalogue of so many items: its memory does not grow with them.

    It is a multiple of the height of dense products, which pad what is lower.

    >>> [people_of_block(items) for items in (300, 20_000, 100_000, 1_000_000)]
    [1024, 320, 64, 64]
    """
    return max(HEIGHT, min(MAX_PEOPLE, CELLS // max(1, items) // HEIGHT * HEIGHT))


def in_order(make: Callable[[int], Made], starts: Iterable[int]) -> Iterator[Made]:
    """Yield what is made of each start, in their order; few are made in advance, as they would only be held."""
    with ThreadPoolExecutor(THREADS) as threads:
        ahead: deque[Future[Made]] = deque()
        for start in starts:
            ahead.append(threads.submit(make, start))
            if len(ahead) > THREADS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
