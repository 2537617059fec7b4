"""Put the files that stand at the top of a checkout into the wheel, as ``dmp_assets/bundled/``."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = ("dagster.yaml", "workspace.yaml", "dmp.yaml", "traits.yaml", "sql")
"""What ``dmp_assets.foundation.settings.bundled`` is asked for."""


class BundledFiles(BuildHookInterface):
    """Copies for the wheel; an editable install reads the files where they stand, so that no copy grows old."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files, unless the build is that of an editable install."""
        if version == "standard":
            build_data["force_include"].update({name: f"dmp_assets/bundled/{name}" for name in BUNDLED})
