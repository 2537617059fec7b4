"""Landing files that harm the process that reads them."""

import os
import signal
import time
from dataclasses import dataclass

from dmp_assets.foundation.settings.limits import Limits
from dmp_assets.ingest.landing.reading import LandingFile, Reading


@dataclass(frozen=True, kw_only=True)
class Poison(LandingFile):
    """A file that harms the process that reads it."""

    harm: str

    def read(self) -> Reading:
        """Note the try and do the harm."""
        with (self.staging_dir / "tries").open("a") as tries:
            tries.write(f"{self.harm} {os.getpid()}\n")
        if self.harm == "signal":
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.harm == "time":
            time.sleep(600)
        if self.harm == "no memory":
            raise MemoryError
        held = []
        while True:
            held.append(b"x" * 2**24)
            time.sleep(0.01)


def poison(file: LandingFile, harm: str, limits: Limits) -> Poison:
    """Return the file as one that does harm."""
    facts = {name: getattr(file, name) for name in LandingFile.__dataclass_fields__}
    return Poison(**facts | {"harm": harm, "limits": limits})


class Endless:
    """A landing file that nobody ever reads to its end."""

    def read(self) -> None:
        """Sleep."""
        time.sleep(600)
