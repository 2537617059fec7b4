"""Freed memory is returned: what a run holds is what it needs."""

import subprocess
import sys

import pytest

HOLES = """
import sys
import numpy as np
from dmp_assets.operations.memory import return_freed_memory

def held() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096 // 2**20

if sys.argv[1] == "told":
    assert return_freed_memory()
del (large := [np.ones(31 * 2**17)])[:]  # 31 MB, after which glibc calls nothing smaller large
before = held()
kept, freed = [], []
for _ in range(40):
    freed.append(np.ones(10 * 2**17))  # 10 MB
    kept.append(np.ones(2**13))  # 64 kB
freed.clear()
print(held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what the process holds, and tells glibc")
def test_freed_arrays_leave_no_holes() -> None:
    def held_after(word: str) -> int:
        command = [sys.executable, "-c", HOLES, word]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert held_after("told") < 40  # of 400 MB that were freed
    assert held_after("untold") > 200, "glibc returns them by itself: the module is not needed any more"
