"""Memory that was freed goes back to the machine at once."""

import ctypes

LARGE_BYTES = 4 * 2**20

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def return_freed_memory() -> bool:
    """Make the C library return freed blocks of ``LARGE_BYTES`` or more; False where it has no such setting.

    glibc does so by itself, but with each such block that is freed it raises what it calls large, up to 32 MB. Arrays
    of some megabytes then come from its heap and leave holes there, which a smaller array keeps for good: in a run of
    the demo 0.6 GiB, most of it while models of recommendations are compared. A threshold that is set stays as it is.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES) and mallopt(_M_TRIM_THRESHOLD, LARGE_BYTES))
