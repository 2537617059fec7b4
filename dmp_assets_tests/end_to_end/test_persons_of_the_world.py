"""The persons that identity makes of a simulated world, held against who was who; and a block that can be undone."""

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from dmp_assets.commands.app import app
from dmp_assets.foundation.settings.settings import Settings, load_settings
from dmp_assets.identity.resolution import resolve
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import TYPES
from dmp_assets.identity.steps import RESOLVE_PERSONS
from dmp_assets.profiles.steps import DESCRIBE_PROFILES
from dmp_assets_tests.end_to_end.support.savings import make_snapshots
from dmp_assets_tests.identity.support.scoring import score_pairs, unguarded
from dmp_assets_tests.support.factories import platform

pytestmark = pytest.mark.xdist_group("simulated world")

LIMITLESS = IdentityRules(
    limits={**dict.fromkeys(TYPES, 10**9), "user_id": 1},
    super_node_users=10**9,
    super_node_stronger=10**9,
    blocked_patterns=(),
)
IDENTITY_TABLES = ("edges", "identifiers", "persons", "person_history", "merges", "verdicts", "visitors")


def table(settings: Settings, name: str) -> pl.DataFrame:
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        return connection.sql(f"FROM {name} ORDER BY ALL").pl()


def describe_anew(world: Path) -> Settings:
    """Make persons and their profiles again, which the changed block makes stale, and no other table."""
    settings = load_settings(world / "dmp.yaml")
    with platform(settings) as stack:
        assert {str(one.table.qualified_name) for one in stack.pending().stale} >= {"identity.persons"}
        make_snapshots(stack, [*RESOLVE_PERSONS.makes, *DESCRIBE_PROFILES.makes])
    return settings


def own_identifiers(world: Path) -> pl.DataFrame:
    """Return the identifiers that one person alone uses, in the words of the platform."""
    types = {"user_pseudo_id": "anonymous_id"}
    own = pl.read_parquet(world / "truth" / "identifiers*").filter(pl.col("sharing") == "own")
    return own.select(identifier_type=pl.col("type").replace(types), identifier="value", person="person_id")


def linkable(edges: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Return the identifiers that a person's own edges connect: nobody could know of more.

    A device on which its owner never said who it is, is a person of its own.
    """
    a, b = (
        own.rename({"identifier_type": f"type_{end}", "identifier": f"value_{end}", "person": f"person_{end}"})
        for end in "ab"
    )
    known = edges.join(a, on=["type_a", "value_a"]).join(b, on=["type_b", "value_b"])
    of_one = known.filter(pl.col("person_a") == pl.col("person_b")).drop("person_a", "person_b")
    connected = resolve(of_one, LIMITLESS).identifiers.select("identifier_type", "identifier", person="component_id")
    return own.drop("person").join(connected, on=["identifier_type", "identifier"])


def test_persons_are_those_of_the_world(world: Path, built: Settings) -> None:
    own, edges = own_identifiers(world), table(built, "identity.edges")
    found = table(built, "identity.identifiers").select("identifier_type", "identifier", cluster="person_id")
    truth = linkable(edges, own)
    score = score_pairs(found, truth)
    loose = score_pairs(unguarded(edges), truth)
    print(f"persons: precision {score.precision:.4f}, recall {score.recall:.4f} of {score.pairs} pairs")
    print(f"without guards: precision {loose.precision:.4f}, recall {loose.recall:.4f}")
    assert score.pairs > 1_000
    assert score.precision >= 0.999
    assert score.recall >= 0.99
    # The planted super-node and the shared devices glue strangers together where nothing guards against it.
    assert loose.precision < 0.99


def test_no_guard_fires_without_a_reason_that_the_truth_knows(world: Path, built: Settings) -> None:
    sharing = pl.read_parquet(world / "truth" / "identifiers*")
    planted = set(sharing.filter(pl.col("sharing") == "super_node")["value"])
    fired = table(built, "identity.verdicts").filter(pl.col("rule").is_in(["super_node", "blocked_value"]))
    assert fired.height > 0
    assert set(fired["value_a"]) <= planted


def test_a_block_splits_one_cluster_and_releasing_it_restores_everything(
    world: Path, built: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = shutil.copytree(world, tmp_path / "changed")
    monkeypatch.setenv("DMP_CONFIG", str(changed / "dmp.yaml"))
    before = {name: table(built, f"identity.{name}") for name in IDENTITY_TABLES}
    profiles = table(built, "profiles.profiles")
    device, person = (
        before["identifiers"]
        .filter((pl.col("identifier_type") == "device_id") & (pl.col("verdict") == "linked"))
        .select("identifier", "person_id")
        .row(0)
    )
    run = CliRunner()
    assert run.invoke(app, ["identity", "block", "device_id", device, "--reason", "kiosk"]).exit_code == 0
    after = describe_anew(changed)
    blocked = table(after, "identity.identifiers")
    assert blocked.filter(pl.col("identifier") == device).select("verdict", "person_id").row(0) == ("blocked", None)
    others = pl.col("person_id").is_not_null() & (pl.col("person_id") != person)
    untouched = before["persons"].filter(others)["person_id"]
    assert set(untouched) <= set(table(after, "identity.persons")["person_id"])
    moved = before["identifiers"].join(blocked, on=["identifier_type", "identifier"], suffix="_now")
    moved = moved.filter(pl.col("person_id").ne_missing(pl.col("person_id_now")))
    assert set(moved["person_id"]) == {person}
    told = table(after, "identity.moves")
    cause = {"reason": "blocked", "type_a": "device_id", "value_a": device, "type_b": "", "value_b": ""}
    assert told.select(*cause).unique().rows() == [tuple(cause.values())]
    assert sorted(told["identifier"]) == sorted(moved["identifier"])
    assert run.invoke(app, ["identity", "unblock", "device_id", device]).exit_code == 0
    restored = describe_anew(changed)
    for name in IDENTITY_TABLES:
        assert table(restored, f"identity.{name}").equals(before[name]), name
    assert table(restored, "profiles.profiles").equals(profiles)
    back = table(restored, "identity.moves").filter(pl.col("reason") == "unblocked")
    there = ["identifier_type", "identifier", "from_person_id", "to_person_id"]
    swapped = told.select(*there[:2], from_person_id="to_person_id", to_person_id="from_person_id")
    assert back.select(there).sort(there).equals(swapped.sort(there))
