"""The order of landing files by their names, which says what of two files is newer."""

import re

_DIGITS = re.compile(r"\d+")
_LONGEST_NUMBER = 20


def name_order(path: str) -> str:
    """Return a text by which paths are sorted as people number files: ``orders-2`` comes before ``orders-10``.

    >>> sorted(["o-10.csv", "o-2.csv", "o-1.csv"], key=name_order)
    ['o-1.csv', 'o-2.csv', 'o-10.csv']
    """
    # The path itself breaks ties between 2 and 02.
    return _DIGITS.sub(lambda digits: digits[0].zfill(_LONGEST_NUMBER), path) + "\0" + path
