"""Where Dagster keeps its own records: below the data folder, so that deleting the folder deletes everything."""

import os
from pathlib import Path


def prepare_home(data_dir: Path, config: Path) -> Path:
    """Return ``data_dir``/dagster_home, ready for use: ``config`` copied there and the environment set.

    Args:
        data_dir: The data folder of the settings.
        config: The ``dagster.yaml`` to use.
    """
    home = (data_dir / "dagster_home").resolve()
    home.mkdir(parents=True, exist_ok=True)
    wanted = config.read_bytes()
    target = home / "dagster.yaml"
    if not target.is_file() or target.read_bytes() != wanted:
        aside = home / f"dagster.yaml.{os.getpid()}"
        aside.write_bytes(wanted)
        aside.replace(target)  # another process may be reading it
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return home
