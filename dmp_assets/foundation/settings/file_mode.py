"""The mode of a file in the configuration: an octal number, as ``chmod`` takes it."""

import re
import stat
from typing import Annotated

from pydantic import BeforeValidator

_FORBIDDEN = 0o7777 & ~0o644


def parse_mode(value: object) -> int:
    """Return a mode that others may read by and only the owner writes by.

    Args:
        value: Text such as ``0640``, or the number that YAML 1.1 makes of 0640 without quotes.

    Raises:
        ValueError: It is no such mode.

    >>> [oct(parse_mode(one)) for one in ("0640", "600", 0o644)]
    ['0o640', '0o600', '0o644']
    >>> parse_mode(640)
    Traceback (most recent call last):
    ValueError: allowed: "0600", "0640" or "0644": the owner writes, and the group or everybody may read
    """
    mode = value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, str) and re.fullmatch(r"(0o?)?[0-7]{3}", value):
        mode = int(value.removeprefix("0o"), 8)
    if mode is None or mode & _FORBIDDEN or mode & 0o600 != stat.S_IRUSR | stat.S_IWUSR:
        raise ValueError('allowed: "0600", "0640" or "0644": the owner writes, and the group or everybody may read')
    return mode


FileMode = Annotated[int, BeforeValidator(parse_mode)]
