"""``dmp identity``: identifiers that connect nobody, blocked and released."""

from typing import Annotated, get_args

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from dmp_assets.commands.at_work import at_work
from dmp_assets.commands.terminal import checked_settings, complain, console
from dmp_assets.foundation.settings.blocked_identifiers import read_blocked, write_blocked
from dmp_assets.foundation.settings.identity import BlockedIdentifier, IdentifierType

Kind = Annotated[str, typer.Argument(metavar="TYPE", help=", ".join(get_args(IdentifierType)))]
Value = Annotated[str, typer.Argument(metavar="VALUE", help="The identifier, as identity.identifiers has it.")]

identity_app = typer.Typer(no_args_is_help=True, help="Who is who: identifiers that connect nobody.")


@identity_app.command("block")
def block(
    kind: Kind, value: Value, reason: Annotated[str, typer.Option(help="Why, for those who read the table.")] = ""
) -> None:
    """Block an identifier: the next run splits what only it held together; nobody else moves."""
    wanted = _identifier(kind, value, reason)
    settings = checked_settings()
    file = settings.blocked_identifiers
    blocked = read_blocked(file)
    if any((one.type, one.value) == (kind, value) for one in blocked):
        console.print(f"{escape(f'{kind} {value}')} is blocked already", soft_wrap=True)
        return
    with at_work(settings):
        write_blocked(file, [*blocked, wanted])
    console.print(f"blocked {escape(f'{kind} {value}')} in {file}; the next run splits its cluster", soft_wrap=True)


@identity_app.command("unblock")
def unblock(kind: Kind, value: Value) -> None:
    """Release an identifier: the next run brings back what it held together."""
    _identifier(kind, value)
    settings = checked_settings()
    file = settings.blocked_identifiers
    blocked = read_blocked(file)
    kept = [one for one in blocked if (one.type, one.value) != (kind, value)]
    if len(kept) == len(blocked):
        complain(f"{kind} {value!r} is not in {file}; allowed: what `dmp identity blocked` lists from that file")
        raise typer.Exit(2)
    with at_work(settings):
        write_blocked(file, kept)
    console.print(f"released {escape(f'{kind} {value}')}; the next run joins its cluster again", soft_wrap=True)


@identity_app.command("blocked")
def blocked_identifiers() -> None:
    """List the blocked identifiers of dmp.yaml and of the table beside it."""
    table = RichTable("type", "value", "reason")
    for one in checked_settings().identity.blocked:
        table.add_row(one.type, escape(one.value), escape(one.reason))
    console.print(table)


def _identifier(kind: str, value: str, reason: str = "") -> BlockedIdentifier:
    if kind not in get_args(IdentifierType):
        complain(f"TYPE {kind!r}; allowed: {', '.join(get_args(IdentifierType))}")
        raise typer.Exit(2)
    if not value.strip() or value != value.strip() or "\n" in value:
        complain(f"VALUE {value!r}; allowed: text without spaces around it")
        raise typer.Exit(2)
    return BlockedIdentifier(type=kind, value=value, reason=reason)
