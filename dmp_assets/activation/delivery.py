"""A delivery: who is in is decided last, then the file is written aside, the ledger booked, the file put in place.

In that order, because a process may be killed anywhere: a file that is in place is always booked, and a booked file is
always aside or in place, so the next start ends what was begun. Running it again gives the same file and no second row.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from dmp_assets.activation.asked import OWN, Asked, AudienceError, people_asked_for
from dmp_assets.activation.files import finish, put_in_place, write_aside
from dmp_assets.activation.formats import META, SUFFIX, as_text, file_bytes, identifiers_of, rows_of
from dmp_assets.activation.gate import Rules, decide
from dmp_assets.activation.inputs import Known, read_known
from dmp_assets.activation.ledger import Ledger
from dmp_assets.activation.schema import IN, LEFT, NO_IDENTIFIER, OUT, REMOVED
from dmp_assets.activation.unread import unread_consents
from dmp_assets.foundation.settings.activation import Audience, Destination
from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.steps import MadeBy
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.schema.landing import LandingFiles
from dmp_assets.ingest.schema.people import RawConsents

_IDENTIFIER = ["kind", "identifier"]


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where deliveries are made from, and where to."""

    warehouse: Warehouse
    data_dir: Path
    published: Path
    recipes: Path
    made_by: MadeBy
    consent_sources: tuple[str, ...] = ()
    """Folders of the landing folder that hold consents."""

    @property
    def audiences(self) -> Path:
        """The folder with one folder of files per destination."""
        return self.data_dir / "audiences"

    @property
    def suppressions(self) -> Path:
        """The folder of the suppression lists."""
        return self.data_dir / "suppressions"

    @property
    def ledger(self) -> Ledger:
        """The ledger of all deliveries."""
        return Ledger(self.warehouse, self.made_by)


def site_of(settings: Settings, warehouse: Warehouse, made_by: MadeBy) -> Site:
    """Return where deliveries are made from and where to, by the settings."""
    return Site(
        warehouse=warehouse,
        data_dir=settings.data_dir,
        published=settings.published_path,
        recipes=bundled("sql") / "recipes",
        made_by=made_by,
        consent_sources=tuple(name for name, source in settings.sources.items() if source.kind == "consents"),
    )


@dataclass(frozen=True)
class Delivered:
    """What a delivery did, or would do."""

    audience: str
    people: pl.DataFrame
    """person_id, status, reason of everybody who was asked for or is taken out."""
    files: tuple[Path, ...]
    """Its files; those of the last delivery where nothing changed since."""
    added: int
    removed: int
    is_new: bool
    """Whether the ledger has a delivery more."""


@dataclass(frozen=True)
class _List:
    """The list of an audience as it is now, before it is compared with what the destination holds."""

    decided: pl.DataFrame
    """person_id, reason; null for who is in."""
    identifiers: pl.DataFrame
    details: pl.DataFrame
    columns: tuple[str, ...]


def deliver(
    site: Site,
    destination_name: str,
    destination: Destination,
    audience: Audience,
    *,
    is_trial: bool = False,
    reached: Callable[[str], object] = lambda _: None,
) -> Delivered:
    """Deliver an audience to a destination, and return what was done.

    Args:
        site: Where from and where to.
        destination_name: The destination's name, which is that of its folder.
        destination: What it wants.
        audience: Who is asked for.
        is_trial: Say what would be done, and write nothing.
        reached: Takes the name of each stage that is passed.

    Consent and suppressions are read with the warehouse held, so that no run can change them before the ledger has the
    delivery. A list that equals the last one is no delivery.

    Raises:
        AudienceError: No such segment, recipe or column, nothing is published yet, or consents wait to be read.
        SuppressionError: A suppression list cannot be read; nothing is delivered.
    """
    asked = people_asked_for(site.published, site.recipes, audience, destination)
    with site.warehouse.get_connection(read_only=is_trial):
        if not is_trial:
            finish_deliveries(site)
        _refuse_unread(site)
        known = read_known(site.warehouse, site.suppressions, site.data_dir / "staging" / "work")
        wanted = _list_of(asked, known, destination)
        return _compared(site, destination_name, destination, asked, wanted, is_trial=is_trial, reached=reached)


def finish_deliveries(site: Site) -> None:
    """Put files of booked deliveries in place that a killed process left aside, and delete unbooked ones.

    The warehouse must be held for writing, as each delivery holds it: files of one at work are unbooked too.
    """
    names = site.ledger.deliveries()["files"].to_list()
    finish(site.audiences, [name for files in names for name in files.split(",")])


def _refuse_unread(site: Site) -> None:
    """Refuse to deliver while a withdrawal may lie in a file that no run has read."""
    ledger = StoredTable(site.warehouse, Table(LandingFiles), site.data_dir / "staging" / "work").frame()
    with site.warehouse.get_connection(read_only=True) as connection:
        written = "SELECT max(committed_at) FROM ops.commits WHERE table_name = ? AND rows IS NOT NULL"
        made_at = connection.execute(written, [Table(RawConsents).qualified_name]).fetchall()[0][0]
    if unread := unread_consents(site.data_dir / "landing", site.consent_sources, ledger, made_at):
        listed = ", ".join(unread[:5]) + (f" and {len(unread) - 5} more" if len(unread) > 5 else "")
        raise AudienceError(f"consents that no table has yet: {listed}; `dmp run` reads them, then deliver again")


def _list_of(asked: Asked, known: Known, destination: Destination) -> _List:
    """Return the list of an audience, the gate passed."""
    rules = Rules(purposes=destination.purpose, silence_is_out=destination.when_unknown == "out")
    decided = decide(asked.people["person_id"], known.people, rules, datetime.now(UTC).replace(tzinfo=None))
    passed = decided.filter(pl.col("reason").is_null()).select("person_id")
    identifiers = identifiers_of(destination.format, passed, known.contacts)
    has_none = ~pl.col("person_id").is_in(identifiers["person_id"].unique().implode())
    reason = pl.when(pl.col("reason").is_null() & has_none).then(pl.lit(NO_IDENTIFIER)).otherwise("reason")
    details = known.places if destination.format == META else asked.people
    for name in set(destination.columns) & set(OWN):
        first = known.contacts.filter(kind=name).group_by("person_id").agg(pl.col("value").min().alias(name))
        details = details.join(first, on="person_id", how="left")
    return _List(decided.with_columns(reason=reason), identifiers, details, destination.columns)


def _compared(
    site: Site,
    name: str,
    destination: Destination,
    asked: Asked,
    wanted: _List,
    *,
    is_trial: bool,
    reached: Callable[[str], object],
) -> Delivered:
    """Compare a list with what the destination holds, and deliver it where it differs."""
    last, held = site.ledger.last(name, asked.audience), site.ledger.held(name, asked.audience)
    added = wanted.identifiers.join(held, on=_IDENTIFIER, how="anti")
    removed = held.join(wanted.identifiers, on=_IDENTIFIER, how="anti").select("person_id", *_IDENTIFIER)
    people = _people(wanted.decided, held)
    content = _content_id(destination, wanted)
    if last is not None and last["content_id"] == content:
        files = tuple(site.audiences / file for file in str(last["files"]).split(","))
        if destination.mode == "full" and not is_trial and not files[0].exists():
            # Somebody took it away, or the folder was restored: the whole list is known, so the file is made again.
            write_aside(files[0].parent, _contents(destination, files[0].name.split(".")[0], wanted, added, removed))
            put_in_place(files[0].parent, [files[0].name])
        return Delivered(asked.audience, people, files, 0, 0, is_new=False)
    previous = None if last is None else str(last["delivery_id"])
    delivery_id = _id(name, asked.audience, content, asked.generation, previous)
    contents = _contents(destination, f"{asked.name}-{delivery_id[:12]}", wanted, added, removed)
    files = tuple(site.audiences / name / file for file in contents)
    if is_trial:
        return Delivered(asked.audience, people, files, added.height, removed.height, is_new=True)
    hashes = write_aside(site.audiences / name, contents)
    reached("file aside")
    counts = dict(people["status"].value_counts().iter_rows())
    row = {
        "delivery_id": delivery_id,
        "previous_id": previous,
        "destination": name,
        "audience": asked.audience,
        "format": destination.format,
        "mode": destination.mode,
        "purpose": ",".join(destination.purpose),
        "when_unknown": destination.when_unknown,
        "files": ",".join(f"{name}/{file}" for file in contents),
        "sha256": ",".join(hashes),
        "content_id": content,
        "generation": asked.generation,
        **{f"people_{status}": counts.get(status, 0) for status in (IN, OUT, REMOVED)},
        "added": added.height,
        "removed": removed.height,
        "delivered_at": datetime.now(UTC).replace(tzinfo=None),
    }
    now_held = wanted.identifiers.with_columns(
        destination=pl.lit(name), audience=pl.lit(asked.audience), delivery_id=pl.lit(delivery_id)
    )
    site.ledger.book(row, people.with_columns(delivery_id=pl.lit(delivery_id)), now_held)
    reached("ledger booked")
    put_in_place(site.audiences / name, contents)
    reached("file in place")
    return Delivered(asked.audience, people, files, added.height, removed.height, is_new=True)


def _people(decided: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Return person_id, status and reason of everybody who is asked for, or was in the list before."""
    before = held.select("person_id", was_in=pl.lit(value=True)).unique()
    everybody = decided.with_columns(is_asked=pl.lit(value=True)).join(
        before, on="person_id", how="full", coalesce=True
    )
    is_in = pl.col("is_asked") & pl.col("reason").is_null()
    status = pl.when(is_in).then(pl.lit(IN)).when("was_in").then(pl.lit(REMOVED)).otherwise(pl.lit(OUT))
    reason = pl.when(pl.col("is_asked").is_null()).then(pl.lit(LEFT)).otherwise("reason")
    return everybody.select("person_id", status=status, reason=reason).sort("person_id")


def _contents(
    destination: Destination, stem: str, wanted: _List, added: pl.DataFrame, removed: pl.DataFrame
) -> dict[str, bytes]:
    """Return the files of a delivery, by name."""

    def content(identifiers: pl.DataFrame, details: pl.DataFrame, columns: tuple[str, ...]) -> bytes:
        return file_bytes(destination.format, rows_of(destination.format, identifiers, details, columns))

    suffix = SUFFIX[destination.format]
    if destination.mode == "full":
        return {f"{stem}{suffix}": content(wanted.identifiers, wanted.details, wanted.columns)}
    return {
        f"{stem}.adds{suffix}": content(added, wanted.details, wanted.columns),
        # Of who is removed nothing but the identifier is known, and nothing more is needed.
        f"{stem}.removes{suffix}": content(removed, wanted.details.clear(), ()),
    }


def _content_id(destination: Destination, wanted: _List) -> str:
    """Return a fingerprint of a list: what the destination wants, all rows, and who is out and why."""
    rows = rows_of(destination.format, wanted.identifiers, wanted.details, wanted.columns)
    wants = json.dumps(destination.model_dump(mode="json", exclude={"audiences", "schedule"}))
    parts = [wants.encode(), as_text(rows).write_csv().encode(), wanted.decided.write_csv().encode()]
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _id(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
