"""What a site says of itself: its edition, what made it, the files of each page. Asked without loading what draws."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dmp_assets.foundation import pages

MANIFEST = "edition.json"
HERE = Path(__file__).parent
_SUFFIXES = {".py", ".html", ".yaml", ".css", ".js"}


@dataclass(frozen=True)
class Manifest:
    """The site's own words about it; an empty one where there is no whole site."""

    generation: int | None = None
    made_by: str = ""
    library: str = ""
    pages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name of a page -> its files, the tables that it read, and a fingerprint of what they held."""

    @property
    def files(self) -> set[str]:
        """What the report itself put into its folder."""
        named = {name for page in self.pages.values() for name in page["files"] if "/" not in name}
        return {MANIFEST, "data", "static", *named}

    def write(self, folder: Path) -> None:
        """Write the manifest into the folder of a site, as its last file."""
        (folder / MANIFEST).write_text(json.dumps(vars(self), indent=1), encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a site; an empty one where there is none that can be read."""
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Manifest()


def made_by(*settings: object) -> str:
    """Return a fingerprint of all that makes a page beside the tables: code, words, templates, settings, library."""
    made = hashlib.sha256(repr((*settings, version("vl-convert-python"))).encode())
    for path in _files():
        made.update(path.read_bytes())
    return made.hexdigest()


def _files() -> Iterator[Path]:
    """Yield the files that make pages: this room, the ground's blocks, and the modules that hold the pages."""
    for folder in (HERE, Path(pages.__file__).parent):
        yield from sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES)
    yield from sorted([*HERE.parent.glob("*/page.py"), *HERE.parent.glob("*/pages/*.py")])
