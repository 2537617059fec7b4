"""Where the project lies, and the data that lie beside it: tests that need those skip where they are absent."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SQL = REPOSITORY / "sql"
PUBLIC_DATA = REPOSITORY.parent / "shared" / "data"
"""Real public data with known answers."""
CASES = REPOSITORY / "dmp_assets_tests" / "support" / "cases"
"""Small exports as shops and tools write them, a folder each, with ``dmp.yaml`` and ``landing/``."""
