"""What every command of ``dmp`` does first and how it speaks: settings checked, complaints in red."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Annotated, Any

import typer
from rich.console import Console

from dmp_assets.foundation.settings.bundled import is_checkout
from dmp_assets.foundation.settings.settings import DEMO_CONFIG, Settings, config_path, load_settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError

console = Console(highlight=False)
_complaints = Console(highlight=False)
_aside = Console(highlight=False, stderr=True)

_SAID: list[str] = []
"""Complaints of this process; an empty one stands for its object."""

EVERY_DAY, LOOK, REBUILD, FOLDER = "Every day", "Look closer", "Make again", "The folder and the machine"
"""Groups of commands in the help."""

Verbose = Annotated[bool, typer.Option("--verbose", help="Every finished piece, and the rows of every table.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Errors only.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output; all else goes to the other.")]


def speak(*, is_quiet: bool = False, is_json: bool = False) -> None:
    """Decide what this process prints: everything, errors only, or words aside of one JSON object."""
    console.quiet = _aside.quiet = is_quiet
    console.stderr = _complaints.stderr = is_json


def print_json(found: Mapping[str, Any]) -> None:
    """Print the one object of a command on standard output."""
    _SAID.append("")
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def one_object_at_least(*, is_json: bool) -> Iterator[None]:
    """Print an object with the last complaint where a command that owes one ends before it printed any."""
    try:
        yield
    except typer.Exit as end:
        if is_json and "" not in _SAID:
            print_json({"ok": False, "exit_code": end.exit_code, "error": _SAID[-1] if _SAID else ""})
        raise


class GuardedTyper(typer.Typer):
    """A command line that tells an unforeseen exception in one sentence, without values of rows, and ends with 1."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command that was typed."""
        from dmp_assets.foundation.publishing.causes import DEBUG, cause_of, kept_whole

        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            kept = kept_whole(error) or f"; with {DEBUG}=FOLDER its whole text is kept there, for you alone"
            complain(f"Unforeseen: {cause_of(error)}{kept}")
            sys.exit(1)


def checked_settings() -> Settings:
    """Return the settings, with sources, plan and extras checked; an unusable one ends the command."""
    from dmp_assets.ingest.landing.ledger import planned_events
    from dmp_assets.ingest.records.mapping import MappingError, check_sources

    try:
        settings = load_settings()
        check_sources(settings.sources)
        planned_events(settings)
        _check_extras(settings)
    except (ConfigurationError, MappingError) as error:
        complain(str(error) if isinstance(error, ConfigurationError) else f"dmp.yaml: {error}")
        raise typer.Exit(2) from None
    _say_if_demo()
    return settings


def checked_alone() -> Settings:
    """Return the settings without a look at sources and plan, which takes a second; wrong ones end the command."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    _say_if_demo()
    return settings


def as_typed(command: str) -> str:
    """Return how a person types a command of ``dmp``: by make in a checkout, where it is on nobody's path."""
    return f"{'make' if is_checkout() else 'dmp'} {command}"


def complain(text: str) -> None:
    """Print what is wrong."""
    _SAID.append(text)
    _complaints.print(text, style="red", markup=False, soft_wrap=True)


def aside(text: str, style: str | None = None) -> None:
    """Print to standard error, where standard output is an answer for another program."""
    _aside.print(text, style=style, markup=False, soft_wrap=True)


def say(line: str) -> None:
    """Print a line as it is."""
    console.print(line, markup=False, soft_wrap=True)


def _say_if_demo() -> None:
    if config_path() == DEMO_CONFIG:
        _aside.print(f"No dmp.yaml in this folder: the demo's is used, {DEMO_CONFIG}")


def _check_extras(settings: Settings) -> None:
    """Say which extra is missing before hours of work: a run without splink would fail in its middle.

    Raises:
        ConfigurationError: A setting needs an extra that is not installed.
    """
    if settings.identity.suggestions is not None and find_spec("splink") is None:
        raise ConfigurationError(f"dmp.yaml: identity.suggestions needs splink: {_install_hint('matching')}")
    if settings.recommendations.rerank and find_spec("lightgbm") is None:
        _aside.print(f"recommendations.rerank does nothing without lightgbm: {_install_hint('boost')}", soft_wrap=True)


def _install_hint(extra: str) -> str:
    """Return the sentence that says how to install an extra."""
    return "make develop installs it" if is_checkout() else f"install it with: pip install 'dmp-assets[{extra}]'"
