"""``dmp report``: where the report is, and the report in the browser."""

import webbrowser
from typing import Annotated

import typer

from dmp_assets.commands.terminal import as_typed, checked_settings, complain, console
from dmp_assets.foundation.settings.report import REPORTS


def report(
    opened: Annotated[bool, typer.Option("--open", help="Open it in the browser of this machine.")] = False,
) -> None:
    """Say where the report for marketers is; every run that changes tables makes its pages again."""
    first_page = (checked_settings().data_dir / REPORTS / "index.html").resolve()
    if not first_page.is_file():
        complain(f"There is no report at {first_page} yet; `{as_typed('run')}` makes it")
        raise typer.Exit(1)
    console.print(str(first_page), soft_wrap=True)
    if opened and not webbrowser.open(first_page.as_uri()):
        complain("No browser was found on this machine; open the file yourself")
        raise typer.Exit(1)
