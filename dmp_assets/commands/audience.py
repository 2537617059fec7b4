"""``dmp audience``: an audience out of the platform as a file, and what was delivered so far."""

from typing import TYPE_CHECKING, Annotated

import typer

from dmp_assets.commands.at_work import at_work
from dmp_assets.commands.terminal import checked_settings, complain, say
from dmp_assets.foundation.settings.activation import UNDECLARED, Audience, Destination, load_destinations
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError
from dmp_assets.foundation.values.consent_purposes import PURPOSES

if TYPE_CHECKING:
    from dmp_assets.activation.delivery import Delivered, Site

audience_app = typer.Typer(no_args_is_help=True, help="Audiences out: files for ad platforms and mailing tools.")

To = Annotated[str, typer.Option("--to", metavar="DESTINATION", help="A name in activation.yaml, or a format.")]


@audience_app.command("export")
def export(
    to: To,
    segment: Annotated[str | None, typer.Argument(metavar="[SEGMENT]", help="segment_id or name.")] = None,
    recipe: Annotated[str | None, typer.Option(help="A recipe with a column person_id, instead of a segment.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Consent that people must have given, for this time.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print who would be in and out; write nothing.")] = False,
) -> None:
    """Write the people of a segment or recipe, who consented and are not suppressed, to a file for a destination."""
    from dmp_assets.activation.asked import AudienceError
    from dmp_assets.activation.delivery import deliver
    from dmp_assets.activation.suppressions import SuppressionError

    settings = checked_settings()
    audience, destination = _wanted(settings, to, segment, recipe, purpose)
    with at_work(settings):
        try:
            delivered = deliver(_site(settings), to, destination, audience, is_trial=dry_run)
        except (AudienceError, SuppressionError) as error:
            complain(str(error))
            raise typer.Exit(2) from None
        _report(delivered, destination, is_trial=dry_run)
        if delivered.is_new and not dry_run:
            _publish(settings)


@audience_app.command("list")
def list_deliveries() -> None:
    """List the deliveries so far, the newest last."""
    settings = checked_settings()
    with at_work(settings):
        deliveries = _site(settings).ledger.deliveries()
    for row in deliveries.iter_rows(named=True):
        counts = ", ".join(f"{row[f'people_{status}']:,} {status}" for status in ("in", "out", "removed"))
        say(f"{row['delivered_at']:%Y-%m-%d %H:%M} UTC  {row['audience']} to {row['destination']}: {counts}")
        say(f"  {row['files']}")
    if deliveries.is_empty():
        say("Nothing was delivered yet")


def _wanted(
    settings: Settings, to: str, segment: str | None, recipe: str | None, purpose: str | None
) -> tuple[Audience, Destination]:
    """Return the audience and its destination as they were typed; a wrong word ends the command."""
    try:
        known = UNDECLARED | load_destinations(settings.activation)
    except ConfigurationError as error:
        complain(str(error))
        raise typer.Exit(2) from None
    if to not in known:
        complain(f"--to {to!r}; allowed: {', '.join(sorted(known))}")
        raise typer.Exit(2)
    if (segment is None) == (recipe is None):
        complain("expected one of SEGMENT and --recipe")
        raise typer.Exit(2)
    if purpose is not None and purpose not in PURPOSES:
        complain(f"--purpose {purpose!r}; allowed: {', '.join(PURPOSES)}")
        raise typer.Exit(2)
    destination = known[to] if purpose is None else known[to].model_copy(update={"purpose": (purpose,)})
    # Not validated: a recipe of any name may be asked for, and one that is not there is told as such.
    return Audience.model_construct(segment=segment, recipe=recipe), destination


def _site(settings: Settings) -> "Site":
    from dmp_assets.activation.delivery import site_of
    from dmp_assets.activation.steps import KEEP_LEDGER
    from dmp_assets.domains import STEPS, TABLES
    from dmp_assets.foundation.warehouse.connection import Warehouse
    from dmp_assets.orchestration.fingerprints import made_by_of
    from dmp_assets.orchestration.layouts import upgrade_warehouse

    warehouse = Warehouse(database=str(settings.warehouse_path))
    if not warehouse.path.exists():
        complain(f"{warehouse.path}: no such file; `dmp run` makes it")
        raise typer.Exit(2)
    upgrade_warehouse(warehouse, TABLES, say)
    return site_of(settings, warehouse, made_by_of(STEPS, settings)[KEEP_LEDGER.name])


def _report(delivered: "Delivered", destination: Destination, *, is_trial: bool) -> None:
    """Print how many people are in, how many are out and why, and where the files are."""
    counts = delivered.people.group_by("status", "reason").len().sort("status", "reason")
    purposes = " and ".join(destination.purpose)
    say(f"{delivered.audience}: {sum(delivered.people['status'] == 'in'):,} people in, with consent to {purposes}")
    for status, reason, people in counts.rows():
        if reason is not None:
            say(f"  {people:,} {status}: {reason}")
    if not delivered.is_new:
        say("Nothing changed since the last delivery:")
    elif is_trial:
        say(f"{delivered.added:,} identifiers would be added, {delivered.removed:,} removed; nothing was written")
        return
    else:
        say(f"{delivered.added:,} identifiers added, {delivered.removed:,} removed since the last delivery:")
    for file in delivered.files:
        say(f"  {file}{'' if file.exists() else ' (not there any more)'}")


def _publish(settings: Settings) -> None:
    """Let analysts see the ledger, unless a run has work that is open: it publishes when it ends."""
    from dmp_assets.foundation.warehouse.connection import Warehouse
    from dmp_assets.orchestration.publication import publish_settled

    publish_settled(settings, Warehouse(database=str(settings.warehouse_path)))
