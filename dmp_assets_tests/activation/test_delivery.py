"""Deliveries: what is in the files, what the ledger says, what a broken list and a killed process leave."""

import hashlib
import io
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.delivery_kills import Trial, change, deny, kill_once, little_world, prepare, publish, site_in
from dmp_assets.activation.asked import AudienceError
from dmp_assets.activation.delivery import Delivered, Site, deliver
from dmp_assets.activation.suppressions import SuppressionError
from dmp_assets.domains import TABLES
from dmp_assets.foundation.settings.activation import UNDECLARED, Audience, Destination
from dmp_assets.foundation.warehouse.layout import LayoutError
from dmp_assets.orchestration.layouts import upgrade_warehouse

pytestmark = pytest.mark.xdist_group("deliveries")

GOOGLE = UNDECLARED["google_customer_match"]
CHANGES = GOOGLE.model_copy(update={"mode": "changes"})
CHAMPIONS = Audience(segment="Champions")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return little_world(tmp_path_factory.mktemp("deliveries") / "world")


@pytest.fixture
def site(world: Site, tmp_path: Path) -> Site:
    """Return a copy of the world that a test may change."""
    shutil.copytree(world.data_dir, tmp_path / "data")
    return site_in(tmp_path / "data")


def emails(persons: Sequence[int]) -> set[str]:
    return {hashlib.sha256(f"m{number}@example.com".encode()).hexdigest() for number in persons}


def in_file(path: Path, column: str = "Email") -> set[str]:
    return set(pl.read_csv(path)[column].drop_nulls())


def suppress(site: Site, text: str) -> None:
    site.suppressions.mkdir(exist_ok=True)
    (site.suppressions / "objections.csv").write_text(text, encoding="utf-8")


def reasons(done: Delivered) -> dict[str, tuple[str, str | None]]:
    return {person: (status, reason) for person, status, reason in done.people.rows()}


def test_a_full_file_holds_who_consented_and_is_for_the_owner_alone(site: Site) -> None:
    deny(site, "u1", at="2031-01-01")
    suppress(site, "email\nm2@example.com\n")
    done = deliver(site, "google", GOOGLE, CHAMPIONS)
    (file,) = done.files
    assert file.read_text().splitlines()[0] == "Email,Phone,First Name,Last Name,Country,Zip"
    assert in_file(file) == emails([0, 3, 4, 5])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == stat.S_IMODE(site.audiences.stat().st_mode) == 0o700
    assert reasons(done)["p1"] == ("out", "denied")
    assert reasons(done)["p2"] == ("out", "suppressed")
    booked = site.ledger.deliveries().row(0, named=True)
    assert booked["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (booked["people_in"], booked["people_out"], booked["purpose"]) == (4, 2, "advertising")


def test_changes_are_adds_and_removes_and_who_objects_is_removed_with_the_hash_alone(site: Site) -> None:
    change(site, "DELETE FROM segments.memberships WHERE person_id = 'p5'")
    first = deliver(site, "google", CHANGES, CHAMPIONS)
    adds, removes = first.files
    assert (adds.name.split(".")[1:], removes.name.split(".")[1:]) == (["adds", "csv"], ["removes", "csv"])
    # The edition still has p5 in the segment: who is asked for is a matter of what is published.
    assert in_file(adds) == emails(range(6))
    site.published.unlink()
    publish(site)
    deny(site, "u0")
    suppress(site, "phone\n+49151123451\n")
    # Erased: nothing but the ledger knows what has to be removed.
    for table in ("persons", "identifiers", "visitors"):
        change(site, f"DELETE FROM identity.{table} WHERE person_id = 'p2'")
    second = deliver(site, "google", CHANGES, CHAMPIONS)
    adds, removes = second.files
    assert in_file(adds) == set()
    assert in_file(removes) == emails([0, 1, 2, 5])
    assert len(in_file(removes, "Phone")) == 4
    assert {person: why for person, why in reasons(second).items() if why[0] != "in"} == {
        "p0": ("removed", "denied"),
        "p1": ("removed", "suppressed"),
        "p2": ("removed", "unknown_person"),
        "p5": ("removed", "left"),
    }
    change(site, "DELETE FROM ingest.raw_consents WHERE status = 'denied'")
    third = deliver(site, "google", CHANGES, CHAMPIONS)
    assert in_file(third.files[0]) == emails([0])
    assert (third.added, third.removed) == (2, 0)


def test_a_list_that_equals_the_last_one_is_no_delivery_and_a_file_that_is_gone_is_made_again(site: Site) -> None:
    first = deliver(site, "google", GOOGLE, CHAMPIONS)
    content = first.files[0].read_bytes()
    publish(site)
    again = deliver(site, "google", GOOGLE, CHAMPIONS)
    assert (again.is_new, again.files, site.ledger.deliveries().height) == (False, first.files, 1)
    first.files[0].unlink()
    assert deliver(site, "google", GOOGLE, CHAMPIONS).files[0].read_bytes() == content
    assert site.ledger.deliveries().height == 1
    deny(site, "u0")
    deliver(site, "google", GOOGLE, CHAMPIONS)
    change(site, "DELETE FROM ingest.raw_consents WHERE status = 'denied'")
    # The first list once more, but after another: the destination has to get it.
    assert deliver(site, "google", GOOGLE, CHAMPIONS).is_new
    assert site.ledger.deliveries()["delivery_id"].n_unique() == 3


def test_a_trial_writes_nothing(site: Site) -> None:
    done = deliver(site, "google", GOOGLE, CHAMPIONS, is_trial=True)
    assert (done.is_new, done.added) == (True, 12)
    assert not site.audiences.exists()
    assert site.ledger.deliveries().is_empty()


def test_a_broken_list_stops_the_delivery_before_a_byte_is_written(site: Site) -> None:
    suppress(site, "email\nm1@example.com\nm2 at example.com\n")
    with pytest.raises(SuppressionError, match=r"objections\.csv:3"):
        deliver(site, "google", GOOGLE, CHAMPIONS)
    assert not site.audiences.exists()
    assert site.ledger.deliveries().is_empty()


def test_a_family_address_is_in_no_file_and_whose_relative_is_silent_is_out(site: Site) -> None:
    change(site, "UPDATE identity.identifiers SET verdict = 'shared' WHERE identifier = 'm0@example.com'")
    change(
        site,
        "INSERT INTO identity.edges BY NAME SELECT 'user_id' AS type_a, unnest(['u0', 'u1']) AS value_a, "
        "'email' AS type_b, 'm0@example.com' AS value_b, 'shared' AS verdict",
    )
    done = deliver(site, "google", GOOGLE, CHAMPIONS)
    assert in_file(done.files[0]) == emails([1, 2, 3, 4, 5])
    assert reasons(done)["p0"] == ("in", None)
    change(site, "DELETE FROM ingest.raw_consents WHERE user_id = 'u1'")
    done = deliver(site, "google", GOOGLE, CHAMPIONS)
    assert reasons(done)["p0"] == ("removed", "shared_without_consent")


def test_columns_of_a_csv_are_guarded_and_contacts_among_them_are_the_persons_own(site: Site) -> None:
    wanted = Destination(format="csv", purpose=("advertising",), columns=("top_category", "email", "top_categories"))
    (file,) = deliver(site, "mail", wanted, CHAMPIONS).files
    rows = file.read_text().splitlines()
    assert rows[:3] == [
        "person_id,top_category,email,top_categories",
        "p0,Tea,m0@example.com,",
        "p1,'=cmd(),m1@example.com,",
    ]
    (parquet,) = deliver(
        site, "bi", wanted.model_copy(update={"format": "parquet"}), Audience(segment="rfm_champions")
    ).files
    assert pl.read_parquet(io.BytesIO(parquet.read_bytes())).columns == rows[0].split(",")


def test_a_recipe_is_an_audience_where_it_names_persons(site: Site, tmp_path: Path) -> None:
    recipes = tmp_path / "recipes"
    recipes.mkdir()
    (recipes / "tea.sql").write_text(
        "-- Who likes tea?\nSELECT person_id, 7 AS n FROM profiles.profiles WHERE top_category = 'Tea';"
    )
    (recipes / "nobody.sql").write_text("-- How many?\nSELECT count(*) AS people FROM profiles.profiles")
    (recipes / "outside.sql").write_text("-- A file.\nSELECT * FROM read_csv('/etc/passwd')")
    cook = Site(**{**vars(site), "recipes": recipes})
    done = deliver(cook, "google", GOOGLE, Audience(recipe="tea"))
    assert in_file(done.files[0]) == emails([0, 2, 3, 4, 5])
    for name, words in (("nobody", "no column person_id"), ("outside", "cannot be answered"), ("gone", "allowed: ")):
        with pytest.raises(AudienceError, match=words):
            deliver(cook, "google", GOOGLE, Audience(recipe=name))
    with pytest.raises(AudienceError, match="no such segment; allowed: rfm_champions"):
        deliver(cook, "google", GOOGLE, Audience(segment="Lost"))
    wanted = Destination(format="csv", purpose=("advertising",), columns=("n", "colour"))
    with pytest.raises(AudienceError, match="no column colour; allowed: n, person_id"):
        deliver(cook, "mail", wanted, Audience(recipe="tea"))


def test_analysts_see_the_ledger_without_what_destinations_hold(site: Site) -> None:
    deliver(site, "google", GOOGLE, CHAMPIONS)
    assert site.ledger.held("google", "segment:rfm_champions").height == 12
    publish(site)
    with duckdb.connect(str(site.published), read_only=True) as connection:
        counts = [
            connection.sql(f"SELECT count(*) FROM activation.{name}").fetchall()[0][0]
            for name in ("deliveries", "delivered_people", "held_identifiers")
        ]
        columns = {name for (name,) in connection.sql("SELECT column_name FROM duckdb_columns()").fetchall()}
    assert counts == [1, 6, 0]
    assert columns > {"content_id", "person_id"}


def test_a_folder_of_before_the_ledger_is_delivered_from_and_an_upgrade_keeps_what_was_booked(site: Site) -> None:
    change(site, "DROP SCHEMA activation CASCADE")
    assert deliver(site, "google", GOOGLE, CHAMPIONS, is_trial=True).is_new
    assert deliver(site, "google", GOOGLE, CHAMPIONS).is_new
    # A release that knew no ledger would drop it; one that knows it must refuse to lose it.
    without = [table for table in TABLES if table.schema != "activation"]
    with pytest.raises(LayoutError, match=r"activation\.deliver"):
        upgrade_warehouse(site.warehouse, without, lambda _: None)
    assert not deliver(site, "google", GOOGLE, CHAMPIONS).is_new


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return prepare(tmp_path_factory.mktemp("killed"))


@pytest.mark.parametrize("stage", ["file aside", "ledger booked"])
def test_a_delivery_that_was_killed_and_run_again_is_one_delivery(trial: Trial, stage: str) -> None:
    found = kill_once(trial, stage)
    assert found.was_in_time
    assert found.is_equal


def test_the_trial_sees_a_booked_file_that_nobody_put_in_place(trial: Trial) -> None:
    assert not kill_once(trial, "ledger booked", rerun=lambda _: None).is_equal


def test_nothing_is_delivered_while_a_file_of_consents_waits_to_be_read(site: Site) -> None:
    waiting = site.data_dir / "landing" / "choices" / "today.csv"
    waiting.parent.mkdir(parents=True)
    waiting.write_text("user,choice\nu1,denied\n")
    careful = Site(**{**vars(site), "consent_sources": ("choices",)})
    with pytest.raises(AudienceError, match=r"no table has yet: choices/today\.csv; `dmp run` reads them"):
        deliver(careful, "google", GOOGLE, CHAMPIONS)
    assert not site.audiences.exists()
