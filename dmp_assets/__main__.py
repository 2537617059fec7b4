"""``python -m dmp_assets`` is ``dmp``."""

from dmp_assets.cli import app

app()
