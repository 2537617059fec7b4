"""One run over files made to do harm and files with random faults: nothing of it may stop the run or a good record.

``python -m benchmarks.fuzz_run [--files 600] [--seed 1]`` reads them with the processes of a run, takes them on to
cleaned events, prints each figure beside its bound, and returns 1 where a bound is broken.
"""

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.fuzz import LostError, check_account, put_mutated, put_seed, run_on
from benchmarks.fuzz_hostile import HOSTILE, LIMITS, MAX_PEAK_BYTES, PLANTED, Hostile, watched
from benchmarks.fuzz_seeds import SEEDS, Seed
from dmp_assets.ingest.landing.reading import LandingFile, Reading
from dmp_assets.ingest.landing.reading_processes import read_together


@dataclass
class Harm:
    """What hostile files did to a run."""

    files: int = 0
    hostile: int = 0
    deaths: int = 0
    planted: int = 0
    lost: list[str] = field(default_factory=list)
    """Files whose good records are not all there, or that do not add up."""
    over: int = 0
    unnamed: list[str] = field(default_factory=list)
    """Files over a limit whose message does not say which."""
    peak_bytes: int = 0
    seconds: float = 0.0
    seconds_allowed: float = 0.0

    def figures(self) -> list[tuple[str, str, str, bool]]:
        """Return each figure with its bound, and whether it is kept."""
        return [
            ("deaths of the run", f"{self.deaths}", "0", not self.deaths),
            ("files with good records lost", f"{len(self.lost)}", "0", not self.lost),
            ("files over a limit not named", f"{len(self.unnamed)} of {self.over}", "0", not self.unnamed),
            (
                "peak memory, all processes",
                f"{self.peak_bytes / 2**30:.2f} GiB",
                f"{MAX_PEAK_BYTES / 2**30:.2f} GiB",
                self.peak_bytes <= MAX_PEAK_BYTES,
            ),
            (
                "time against the sum of limits",
                f"{self.seconds:.0f} s",
                f"{self.seconds_allowed:,.0f} s",
                self.seconds <= self.seconds_allowed,
            ),
        ]


def run(files: int, seed: int, kinds: tuple[Hostile, ...] = HOSTILE) -> Harm:
    """Return what the files did to one run that reads them all."""
    chance = random.Random(seed)  # noqa: S311 -- faults, not secrets
    with tempfile.TemporaryDirectory(prefix="dmp-fuzz-") as folder:
        root, harm = Path(folder), Harm()
        written = [*_hostile(files // 2, chance, root, kinds), *_mutated(files - files // 2, chance, root)]
        chance.shuffle(written)
        harm.files = len(written)
        harm.seconds_allowed = sum(LIMITS.seconds_for(file.file.stat().st_size) for _, _, file, _ in written)
        started = time.monotonic()
        with watched() as peak:
            try:
                readings = read_together([file for _, _, file, _ in written])
                run_on([(one, reading) for (_, one, _, _), reading in zip(written, readings, strict=True)])
            except Exception as error:
                harm.deaths += 1
                harm.lost.append(f"{type(error).__name__}: {error}")
                readings = []
        harm.seconds, harm.peak_bytes = time.monotonic() - started, peak.bytes
        for (kind, one, _, data), reading in zip(written, readings, strict=False):
            judge(harm, kind, one, reading, data)
    return harm


_Written = tuple[Hostile | None, Seed, LandingFile, bytes]


def _hostile(files: int, chance: random.Random, root: Path, kinds: tuple[Hostile, ...]) -> list[_Written]:
    written: list[_Written] = []
    turn = 0
    while len(written) < files:
        kind = kinds[turn % len(kinds)]
        turn += 1
        if (turn // len(kinds)) % 10 < kind.share:
            seed = kind.seed(chance)
            name = f"{turn}{kind.suffix}"
            file = put_seed(seed, name, seed.data, root, LIMITS)
            # The bytes are on disk; here they would count as memory of the run.
            written.append((kind, replace(seed, data=b""), file, b""))
    return written


def _mutated(files: int, chance: random.Random, root: Path) -> list[_Written]:
    written: list[_Written] = []
    for number in range(files):
        seed = SEEDS[number % len(SEEDS)]
        written.append((None, seed, *put_mutated(seed, number, chance, root, LIMITS)))
    return written


def judge(harm: Harm, kind: Hostile | None, seed: Seed, reading: Reading, data: bytes) -> None:
    """Add to ``harm`` what became of one file."""
    if kind is None:
        try:
            check_account(seed, reading, data)
        except LostError as error:
            harm.lost.append(str(error))
        return
    harm.hostile += 1
    message = str(reading.message)
    if kind.refused:
        harm.over += 1
        if reading.status != "failed" or kind.refused not in message or reading.path not in message:
            harm.unnamed.append(f"{reading.path} ({reading.status}): {message}")
        return
    harm.planted += PLANTED
    if reading.accepted < PLANTED:
        harm.lost.append(f"{reading.path} ({reading.status}): {reading.accepted} of {PLANTED}: {message}")


def main() -> int:
    """Print the figures beside their bounds, and return 0 where all are kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    harm = run(options.files, options.seed)
    print(f"{harm.files} files in one run, {harm.hostile} made to do harm, {harm.planted} good records planted in them")
    for what, found, bound, holds in harm.figures():
        print(f"{what:<32} {found:>12}   bound {bound:>10}{'' if holds else '   BROKEN'}")
    for problem in [*harm.lost, *harm.unnamed][:20]:
        print(problem[:300])
    return 0 if all(holds for *_, holds in harm.figures()) else 1


if __name__ == "__main__":
    sys.exit(main())
