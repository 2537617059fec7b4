"""What makes each table besides its inputs: fingerprints of its step's code and settings."""

from collections.abc import Sequence

from dmp_assets.foundation.incremental.code import Function, fingerprints
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.steps import MadeBy, Step

ASSETS = {
    "describe_people": "profiles.statements.assets",
    "computed_traits": "profiles.traits.assets",
}
"""Steps whose functions do not stand in the ``assets`` of their domain itself."""


def made_by_of(steps: Sequence[Step], settings: Settings) -> dict[str, MadeBy]:
    """Return the fingerprints of each step, by its name."""
    functions = {step.name: Function(ASSETS.get(step.name, f"{step.domain}.assets"), step.name) for step in steps}
    code = fingerprints(functions, {}, settings.staging_dir / "code-of-steps.json")
    return {step.name: MadeBy(code[step.name], settings.fingerprint(step.settings)) for step in steps}
