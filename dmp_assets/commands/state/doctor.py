"""``dmp doctor``: machine, folder and settings looked at before they stop a run; each finding has its cure."""

from typing import Annotated

import typer

from dmp_assets.commands.terminal import Json, Quiet, complain, print_json, say, speak


def doctor(
    port: Annotated[int, typer.Option(help="Port that the Dagster UI would take on 127.0.0.1.")] = 3000,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Look for what would stop a run, in settings, folder and machine; each finding has its cure. Exit 1 for any."""
    from dmp_assets.commands.state.findings import examine

    speak(is_quiet=quiet, is_json=as_json)
    findings = examine(port)
    for one in findings:
        if one.cure is None:
            say(f"ok     {one.what}")
        else:
            complain(f"{'wrong' if one.is_wrong else 'mind'}  {one.what}. {one.cure}")
    is_wrong = any(one.is_wrong for one in findings)
    if as_json:
        found = [
            {"what": one.what, "ok": one.cure is None, "wrong": one.is_wrong, "cure": one.cure} for one in findings
        ]
        print_json({"ok": not is_wrong, "findings": found})
    if is_wrong:
        raise typer.Exit(1)
