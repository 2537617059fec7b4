"""What every command of ``dmp`` does first and how it speaks: settings checked, complaints in red."""

import typer
from rich.console import Console

from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError

console = Console(highlight=False)


def checked_settings() -> Settings:
    """Return the settings, with sources and tracking plan checked; a command ends here where they cannot be used."""
    from dmp_assets.ingest.landing.ledger import planned_events
    from dmp_assets.ingest.records.mapping import MappingError, check_sources

    try:
        settings = load_settings()
        check_sources(settings.sources)
        planned_events(settings)
    except (ConfigurationError, MappingError) as error:
        complain(str(error) if isinstance(error, ConfigurationError) else f"dmp.yaml: {error}")
        raise typer.Exit(2) from None
    return settings


def complain(text: str) -> None:
    """Print what is wrong."""
    console.print(text, style="red", markup=False, soft_wrap=True)
