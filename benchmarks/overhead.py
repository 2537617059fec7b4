"""What the platform costs beside a plain script that runs the same readers and transforms on the same files.

``python -m benchmarks.overhead [--rounds 3]`` prints CPU and wall seconds and peak memory of both, in turn, and
the median ratio next to its bound. CPU seconds of the whole process tree are the figure to trust on a busy machine.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dmp_assets.commands.demo import stage_demo

MAX_RATIO = 1.5
MAX_GIB = 2.0


@dataclass(frozen=True)
class Cost:
    """What one process tree used."""

    cpu_seconds: float
    wall_seconds: float
    peak_gib: float


def measure(command: Sequence[str], environment: dict[str, str], log: Path) -> Cost:
    """Run a command to its end and return what it cost.

    Raises:
        RuntimeError: It failed; the message holds the end of its output.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status:
        raise RuntimeError(f"{' '.join(command)} failed:\n{log.read_text(errors='replace')[-2000:]}")
    cpu = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return Cost(cpu, wall, usage.ru_maxrss / 2**20)


def main() -> int:
    """Print the figures and return 0 where they hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    plain: list[Cost] = []
    platform: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="dmp-overhead-") as folder:
        work = Path(folder)
        stage_demo(work / "files" / "landing")
        for number in range(rounds):
            for name, costs in (("plain", plain), ("platform", platform)):
                data = work / f"{name}-{number}"
                shutil.copytree(work / "files", data)
                environment = os.environ | {"DMP_DATA_DIR": str(data), "PYTHONWARNINGS": "ignore"}
                module = ["benchmarks.plain", str(data / "plain.duckdb")] if name == "plain" else ["dmp_assets", "run"]
                costs.append(measure([sys.executable, "-m", *module], environment, work / "log.txt"))
                cost = costs[-1]
                print(
                    f"{name:<9} {cost.cpu_seconds:6.1f} s CPU {cost.wall_seconds:6.1f} s wall {cost.peak_gib:.2f} GiB",
                    flush=True,
                )
                shutil.rmtree(data)
    cpu = statistics.median(b.cpu_seconds / a.cpu_seconds for a, b in zip(plain, platform, strict=True))
    wall = statistics.median(b.wall_seconds / a.wall_seconds for a, b in zip(plain, platform, strict=True))
    peak = max(cost.peak_gib for cost in platform)
    print(f"CPU  ratio {cpu:.2f}  (bound {MAX_RATIO})\nwall ratio {wall:.2f}")
    print(f"peak memory {peak:.2f} GiB (bound {MAX_GIB})")
    return 0 if cpu <= MAX_RATIO and peak < MAX_GIB else 1


if __name__ == "__main__":
    sys.exit(main())
