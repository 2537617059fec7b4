"""``python -m dmp_assets`` is ``dmp``."""

from dmp_assets.commands.app import app

app()
