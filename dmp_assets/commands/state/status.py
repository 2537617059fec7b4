"""``dmp status``: what is there, up to which day, what is open, what waits and why, what runs."""

from typing import Any

import typer

from dmp_assets.commands.terminal import (
    Json,
    Quiet,
    checked_alone,
    complain,
    one_object_at_least,
    print_json,
    say,
    speak,
)


def status(quiet: Quiet = False, as_json: Json = False) -> None:
    """Say what is there and up to which day, what waits and why, and what runs; exit 1 if something is wrong."""
    from dmp_assets.commands.at_work import in_plain_words
    from dmp_assets.commands.state.folder_state import problems_of, state_of

    speak(is_quiet=quiet, is_json=as_json)
    with one_object_at_least(is_json=as_json):
        settings = checked_alone()
        with in_plain_words(settings):
            state = state_of(settings)
        problems = problems_of(state)
        for line in _lines(state):
            say(line)
        for problem in problems:
            complain(f"Wrong: {problem}")
        if as_json:
            print_json(_object(state, problems))
        else:
            say("" if problems else "Nothing is wrong")
        if problems:
            raise typer.Exit(1)


def _lines(state: Any) -> list[str]:
    edition, run = state.edition, state.last_run
    lines = [f"Folder         {state.folder}"]
    if edition is not None:
        lines += [
            f"Edition        {edition.generation}, published {edition.published_at:%Y-%m-%d %H:%M} UTC",
            f"Holds          {edition.events:,} events, {edition.orders:,} orders, {edition.persons:,} people",
            f"Up to          {edition.newest_day or 'no day yet'}",
        ]
        checks = ", ".join(f"{number} {name}" for name, number in sorted(edition.quality.items()))
        lines.append(f"Data quality   {checks or 'not judged yet'}")
        lines += [f"Files wait     {words}" for words in edition.waiting_files]
    lines.append(f"Open           {_open(state)}")
    lines.append(f"Runs now       {', '.join(state.at_work) or 'nothing'}")
    if run is not None:
        began = f", began {run.began_at:%Y-%m-%d %H:%M} UTC" if run.began_at else ""
        took = f", took {run.seconds:.0f} s" if run.seconds is not None else ""
        lines.append(f"Last run       {run.what}: {run.status.lower()}{began}{took}")
    return lines


def _open(state: Any) -> str:
    files = ", ".join(f"{number:,} {word}" for word, number in state.landed.items() if number)
    parts = [f"files: {files}"] if files else []
    if state.newer:
        parts.append(f"{', '.join(state.newer)} changed since the edition")
    return f"{'; '.join(parts)}: dmp run" if parts else "nothing"


def _object(state: Any, problems: list[str]) -> dict[str, Any]:
    edition, run = state.edition, state.last_run
    return {
        "ok": not problems,
        "wrong": problems,
        "folder": str(state.folder),
        "edition": None
        if edition is None
        else {
            "generation": edition.generation,
            "published_at": f"{edition.published_at.isoformat(timespec='seconds')}Z",
            "newest_day": edition.newest_day and edition.newest_day.isoformat(),
            "events": edition.events,
            "orders": edition.orders,
            "people": edition.persons,
            "quality": edition.quality,
        },
        "open": {"files": state.landed, "changed_since": list(state.newer)},
        "runs_now": list(state.at_work),
        "last_run": None
        if run is None
        else {"what": run.what, "status": run.status, "began_at": run.began_at and run.began_at.isoformat()},
    }
