"""Kill a delivery of an audience, again and again, run it again, and look at the files and the ledger.

``python -m benchmarks.delivery_kills --tries 40``
"""

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from dmp_assets.activation.delivery import Site, deliver
from dmp_assets.domains import CONTRACTS, TABLES
from dmp_assets.foundation.publishing.io_manager import WarehouseIOManager
from dmp_assets.foundation.settings.activation import Audience, Destination
from dmp_assets.foundation.warehouse.connection import Warehouse
from dmp_assets.foundation.warehouse.edition.contents import Contents
from dmp_assets.foundation.warehouse.edition.published import publish_file
from dmp_assets.foundation.warehouse.steps import MadeBy
from dmp_assets.foundation.warehouse.views import read_sql_files
from dmp_assets.orchestration.publication import SQL_DIR, WITHOUT_ROWS

STAGES = ("file aside", "ledger booked", "file in place")
DESTINATION = Destination(format="google_customer_match", purpose=("advertising",), mode="changes")
AUDIENCE = Audience(segment="rfm_champions")

# A forked server keeps the imports, so its children start in 20 ms.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["dmp_assets.activation.delivery"])

Files = dict[str, bytes]


@dataclass(frozen=True)
class Trial:
    """A folder before a delivery, and what is there after an undisturbed one."""

    base: Path
    files: Files
    booked: list[tuple[str, str]]
    """delivery_id and sha256 of every delivery."""
    seconds: float


@dataclass(frozen=True)
class Found:
    """What one kill and one rerun left."""

    moment: str
    was_in_time: bool
    is_equal: bool
    """Whether files and ledger are those of a folder that nobody killed."""


def little_world(folder: Path, people: int = 6) -> Site:
    """Return the site of a folder with people p0, p1, ... who are all champions and share no contact.

    Person n has account un, e-mail mn@example.com and phone +4915112345n; all granted advertising on 1 May 2024.
    """
    folder.mkdir(parents=True, exist_ok=True)
    site = site_in(folder)
    WarehouseIOManager(site.warehouse, CONTRACTS, folder / "run", 1000).create_tables()
    own = (("user_id", "'u'"), ("email", "'m'"), ("phone", "'+4915112345'"))
    with site.warehouse.get_connection() as connection:
        connection.execute(
            "CREATE TEMP TABLE people AS SELECT 'p' || n AS person_id, 'u' || n AS user_id, n "
            f"FROM range({people}) AS numbers (n)"
        )
        connection.execute("INSERT INTO identity.persons BY NAME SELECT person_id, user_id FROM people")
        for kind, stem in own:
            value = f"{stem} || n" + (" || '@example.com'" if kind == "email" else "")
            connection.execute(
                "INSERT INTO identity.identifiers BY NAME SELECT "
                f"'{kind}' AS identifier_type, {value} AS identifier, person_id, 'linked' AS verdict FROM people"
            )
        connection.execute(
            "INSERT INTO identity.visitors BY NAME "
            "SELECT identifier_type || ':' || identifier AS visitor_id, person_id FROM identity.identifiers"
        )
        connection.execute(
            "INSERT INTO segments.segments BY NAME SELECT 'rfm_champions' AS segment_id, 'Champions' AS segment_name"
        )
        connection.execute(
            "INSERT INTO segments.memberships BY NAME SELECT 'rfm_champions' AS segment_id, person_id FROM people"
        )
        connection.execute(
            "INSERT INTO profiles.profiles BY NAME SELECT person_id, "
            "CASE n WHEN 1 THEN '=cmd()' ELSE 'Tea' END AS top_category FROM people"
        )
        connection.execute(
            "INSERT INTO ingest.raw_consents BY NAME SELECT user_id, 'advertising' AS purpose, 'granted' AS status, "
            "TIMESTAMP '2024-05-01' AS changed_at FROM people"
        )
    publish(site)
    return site


def publish(site: Site) -> None:
    """Publish the folder's warehouse."""
    contents = Contents(TABLES, read_sql_files(SQL_DIR / "views"), without_rows=WITHOUT_ROWS)
    publish_file(site.warehouse, site.published, contents)


def change(site: Site, statement: str) -> None:
    """Change the folder's warehouse, as a run would."""
    with site.warehouse.get_connection() as connection:
        connection.execute(statement)


def deny(site: Site, account: str, at: str = "2024-06-01") -> None:
    """Let somebody deny advertising."""
    change(
        site,
        f"INSERT INTO ingest.raw_consents BY NAME SELECT '{account}' AS user_id, 'advertising' AS purpose, "
        f"'denied' AS status, TIMESTAMP '{at}' AS changed_at",
    )


def prepare(folder: Path) -> Trial:
    """Return a trial: an audience was delivered once, then one person denied, one left and one came."""
    base = folder / "base"
    site = little_world(base)
    change(site, "DELETE FROM segments.memberships WHERE person_id = 'p5'")
    publish(site)
    deliver(site, "ads", DESTINATION, AUDIENCE)
    change(site, "DELETE FROM segments.memberships WHERE person_id = 'p0'")
    change(site, "INSERT INTO segments.memberships BY NAME SELECT 'rfm_champions' AS segment_id, 'p5' AS person_id")
    deny(site, "u1")
    site.published.unlink()
    publish(site)
    undisturbed = site_in(_copy(base, folder / "undisturbed"))
    began = time.monotonic()
    deliver(undisturbed, "ads", DESTINATION, AUDIENCE)
    return Trial(base, _files(undisturbed), _booked(undisturbed), time.monotonic() - began)


def moments(tries: int, seconds: float, seed: int) -> list[float | str]:
    """Return when to kill: in half of the tries a stage in turn, else a moment of the delivery."""
    chance = random.Random(seed)  # noqa: S311  # a seeded draw that can be repeated, not a secret
    named = tries // 2
    stages: list[float | str] = [STAGES[place % len(STAGES)] for place in range(named)]
    return stages + [chance.uniform(0, seconds) for _ in range(tries - named)]


def kill_once(trial: Trial, moment: float | str, rerun: Callable[[Site], object] | None = None) -> Found:
    """Start a delivery on a fresh copy, kill it, run it again, and compare with what nobody killed."""
    folder = _copy(trial.base, trial.base.parent / "killed")
    ours, theirs = PROCESSES.Pipe(duplex=False)
    stage = moment if isinstance(moment, str) else None
    process = PROCESSES.Process(target=_deliver_in_child, args=(folder, stage, theirs))
    process.start()
    theirs.close()
    ours.recv()
    if stage is None:
        time.sleep(float(moment))
        process.kill()
    process.join()
    was_in_time = process.exitcode == -signal.SIGKILL
    site = site_in(folder)
    (rerun or _deliver)(site)
    is_equal = _files(site) == trial.files and _booked(site) == trial.booked
    return Found(str(moment), was_in_time, is_equal)


def _deliver(site: Site) -> object:
    return deliver(site, "ads", DESTINATION, AUDIENCE)


def _deliver_in_child(folder: Path, stage: str | None, started: Connection) -> None:
    started.send("delivering")
    deliver(site_in(folder), "ads", DESTINATION, AUDIENCE, reached=partial(_kill_at, stage))


def _kill_at(wanted: str | None, stage: str) -> None:
    if stage == wanted:
        os.kill(os.getpid(), signal.SIGKILL)


def site_in(folder: Path) -> Site:
    """Return the site of a folder."""
    return Site(
        warehouse=Warehouse(database=str(folder / "warehouse.duckdb")),
        data_dir=folder,
        published=folder / "dmp.duckdb",
        recipes=SQL_DIR / "recipes",
        made_by=MadeBy("code"),
    )


def _copy(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target


def _files(site: Site) -> Files:
    """Return every file below the folder of audiences, half made ones too."""
    found = [path for path in site.audiences.rglob("*") if path.is_file()]
    return {str(path.relative_to(site.audiences)): path.read_bytes() for path in found}


def _booked(site: Site) -> list[tuple[str, str]]:
    return site.ledger.deliveries().select("delivery_id", "sha256").rows()


def report(found: list[Found]) -> str:
    """Return the figures and their bound."""
    met = Counter(one.moment if one.moment in STAGES else "a random moment" for one in found if one.was_in_time)
    different = [one.moment for one in found if not one.is_equal]
    return "\n".join(
        [
            f"{len(found)} deliveries killed, {sum(one.was_in_time for one in found)} before their end",
            f"met: {', '.join(f'{count} at {name}' for name, count in met.items())}",
            f"folders whose files or ledger differ from one that nobody killed: {len(different)} (bound 0)",
        ]
    )


def main() -> None:
    """Print the report, and end with an error where the bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trial = prepare(Path(folder))
        found = [kill_once(trial, moment) for moment in moments(arguments.tries, trial.seconds, arguments.seed)]
    print(report(found))
    raise SystemExit(not all(one.is_equal for one in found))


if __name__ == "__main__":
    main()
