"""The paths of the files that the package needs beside its modules: configuration and SQL.

In a checkout they stand at the top, where people read and edit them. The wheel carries a copy of them inside the
package (``hatch_build.py``). Nothing is written into an installed package.
"""

from pathlib import Path

_PACKAGE_DIR = Path(__file__).resolve().parents[2]
_COPIES_DIR = _PACKAGE_DIR / "bundled"

PROJECT_DIR = _PACKAGE_DIR.parent
"""The folder of the checkout. Of an installed package it is site-packages, which this code must not read or write."""


def is_checkout() -> bool:
    """Return whether the package runs from a checkout: only the wheel has the copies."""
    return not _COPIES_DIR.is_dir()


def bundled(name: str) -> Path:
    """Return the path of a file or folder of the package, such as ``dagster.yaml`` or ``sql``."""
    return (PROJECT_DIR if is_checkout() else _COPIES_DIR) / name
