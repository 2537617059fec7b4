"""The gate, against a slow model of it: nobody without consent is in any file, and no contact of such a person."""

import hashlib
import io
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dmp_assets.activation.formats import CSV, GOOGLE, META, PARQUET, file_bytes, identifiers_of, rows_of
from dmp_assets.activation.gate import People, Rules, consent_of, decide, own_contacts, suppressed_persons
from dmp_assets.activation.inputs import choices_of, contact_links
from dmp_assets.activation.schema import DENIED, NO_CONSENT, SHARED_WITH_SUPPRESSED, SHARED_WITHOUT_CONSENT, SUPPRESSED
from dmp_assets.activation.suppressions import SCHEMA

NOW = datetime(2024, 6, 1)  # noqa: DTZ001 - instants of tables are UTC without a zone
PERSONS = [f"p{number}" for number in range(6)]
EMAILS = ["a.b@gmail.com", "ab@gmail.com", "ab@x.org", "a.b@x.org"]
PHONES = ["+4915112345675", "+4915112345676"]
PURPOSES = ("advertising", "data_sharing")


@dataclass(frozen=True)
class World:
    """A few people, what they share, chose, and who is listed."""

    links: list[tuple[str, str]] = field(default_factory=list)
    """Contact, person."""
    consents: list[tuple[str, str, str, int]] = field(default_factory=list)
    """Who (person, or an e-mail), purpose, status, days before now."""
    listed: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=lambda: list(PERSONS))
    purposes: tuple[str, ...] = ("advertising",)
    silence_is_out: bool = True


def kind_of(contact: str) -> str:
    return "email" if "@" in contact else "phone"


def frames(world: World) -> tuple[People, pl.DataFrame]:
    """Return the people of a world as the tables of identity and ingest have them, and their own contacts."""
    owners: dict[str, list[str]] = {}
    for contact, person in world.links:
        owners.setdefault(contact, []).append(person)
    visitors, identifiers = [], []
    for person in PERSONS:
        visitors.append((f"user_id:{person[1:]}", person, None, None))
        identifiers.append(("user_id", person[1:], person, "linked"))
    for contact, all_of_it in owners.items():
        many = sorted(set(all_of_it))
        ends = [None, *(NOW - timedelta(days=10 * place) for place in range(len(many) - 1, 0, -1)), None]
        for place, person in enumerate(many):
            visitors.append((f"{kind_of(contact)}:{contact}", person, ends[place], ends[place + 1]))
        identifiers.append((kind_of(contact), contact, many[-1], "shared" if len(many) > 1 else "linked"))
    instants = {"effective_at": pl.Datetime("us"), "superseded_at": pl.Datetime("us")}
    visitor_frame = pl.DataFrame(
        visitors, schema={"visitor_id": pl.String, "person_id": pl.String, **instants}, orient="row"
    )
    names = ["identifier_type", "identifier", "person_id", "verdict"]
    edges = pl.DataFrame(schema=dict.fromkeys(("value_a", "type_b", "value_b"), pl.String))
    links = contact_links(visitor_frame, pl.DataFrame(identifiers, schema=names, orient="row"), edges)
    choices = [
        (None if "@" in who else who[1:], None, who if "@" in who else None, purpose, status, NOW - timedelta(days=ago))
        for who, purpose, status, ago in world.consents
    ]
    text = dict.fromkeys(("user_id", "anonymous_id", "email", "purpose", "status"), pl.String)
    consents = pl.DataFrame(choices, schema={**text, "changed_at": pl.Datetime("us")}, orient="row")
    people = People(
        persons=pl.DataFrame({"person_id": PERSONS, "user_id": [person[1:] for person in PERSONS]}),
        links=links,
        choices=choices_of(consents, visitor_frame, links),
        former_ids=pl.DataFrame(schema=dict.fromkeys(("person_id", "into_person_id"), pl.String)),
        suppressions=pl.DataFrame(world.listed, schema=SCHEMA, orient="row"),
    )
    return people, own_contacts(links)


def decided(world: World) -> dict[str, str | None]:
    people, _ = frames(world)
    rules = Rules(purposes=world.purposes, silence_is_out=world.silence_is_out)
    return dict(decide(pl.Series(world.asked, dtype=pl.String), people, rules, NOW).iter_rows())


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def mailbox(contact: str) -> str:
    """Return whose mailbox it is for Google, or the number."""
    local, _, domain = contact.partition("@")
    return f"{local.split('+')[0].replace('.', '')}@{domain}" if domain == "gmail.com" else contact


def spellings(contact: str) -> set[str]:
    return {contact, mailbox(contact), contact.removeprefix("+")}


def may_be_in(world: World) -> set[str]:
    """Return by a slow model who may be in a file."""
    has = {person: {contact for contact, one in world.links if one == person} for person in PERSONS}
    named = {person: {mailbox(contact) for contact in has[person]} for person in PERSONS}

    def is_suppressed(person: str) -> bool:
        hashes = {hashed(text) for contact in has[person] for text in spellings(contact)}
        return any(
            value in (person, person[1:]) or mailbox(value) in named[person] or value in hashes
            for _, value in world.listed
        )

    def allows(person: str, purpose: str) -> bool:
        said = []
        for who, about, status, ago in world.consents:
            is_denial = status == "denied"
            own = who == person or (is_denial and "@" in who and mailbox(who) in named[person])
            at = NOW - timedelta(days=ago)
            is_owner = who in has[person] and owner_at(who, at) == person
            if about == purpose and (own or is_owner) and (is_denial or ago >= 0):
                said.append((-ago, is_denial))
        if not said:
            return not world.silence_is_out
        return not max(said)[1]

    def owner_at(contact: str, at: datetime) -> str:
        many = sorted({person for one, person in world.links if one == contact})
        begun = [NOW - timedelta(days=10 * place) for place in range(len(many) - 1, 0, -1)]
        return many[sum(at >= begin for begin in begun)]

    fine = {
        person for person in PERSONS
        if not is_suppressed(person) and all(allows(person, purpose) for purpose in world.purposes)
    }  # fmt: skip
    return {
        person for person in fine
        if all(other in fine for other in PERSONS if other != person and named[other] & named[person])
    }  # fmt: skip


def listed_entries() -> st.SearchStrategy[tuple[str, str]]:
    plain = st.sampled_from([*EMAILS, *PHONES]).map(lambda contact: (kind_of(contact), contact))
    sealed = st.sampled_from([*EMAILS, *PHONES]).flatmap(
        lambda contact: st.sampled_from(sorted(spellings(contact))).map(
            lambda text: (f"{kind_of(contact)}_sha256", hashed(text))
        )
    )
    ids = st.sampled_from([("person_id", person) for person in PERSONS] + [("customer_id", p[1:]) for p in PERSONS])
    return st.one_of(plain, sealed, ids)


WORLDS = st.builds(
    World,
    links=st.lists(st.tuples(st.sampled_from([*EMAILS, *PHONES]), st.sampled_from(PERSONS)), min_size=2, max_size=8),
    consents=st.lists(
        st.tuples(
            st.sampled_from([*PERSONS, *EMAILS]),
            st.sampled_from(PURPOSES),
            st.sampled_from(["granted", "granted", "granted", "denied"]),
            st.integers(-2, 40),
        ),
        min_size=6,
        max_size=14,
    ),
    listed=st.lists(listed_entries(), max_size=2),
    asked=st.one_of(st.just([*PERSONS, "ghost"]), st.lists(st.sampled_from(PERSONS), max_size=4)),
    purposes=st.sampled_from([("advertising",), PURPOSES]),
    silence_is_out=st.booleans(),
)


YES = ("p0", "advertising", "granted", 5)


@given(WORLDS)
@example(World(consents=[YES], purposes=PURPOSES))
@example(World(links=[("a.b@gmail.com", "p0"), ("ab@gmail.com", "p1")], consents=[YES]))
@example(World(links=[("a.b@gmail.com", "p0")], consents=[YES], listed=[("email_sha256", hashed("ab@gmail.com"))]))
@example(World(links=[(PHONES[0], "p0")], consents=[YES], listed=[("phone_sha256", hashed(PHONES[0][1:]))]))
@example(World(links=[("a.b@gmail.com", "p0")], consents=[YES, ("ab@gmail.com", "advertising", "denied", 3)]))
@example(World(consents=[YES], listed=[("customer_id", "0")]))
@settings(max_examples=120, deadline=None)
def test_whoever_is_in_may_be_in_and_whoever_may_be_in_is(world: World) -> None:
    """Consent is asked of a model that goes person by person, with everybody who shares a contact."""
    people, contacts = frames(world)
    assert {person for person, reason in decided(world).items() if reason is None} == may_be_in(world) & set(
        world.asked
    )
    allowed = may_be_in(world)
    rules = Rules(purposes=world.purposes, silence_is_out=world.silence_is_out)
    out = decide(pl.Series(world.asked, dtype=pl.String), people, rules, NOW)
    passed = out.filter(pl.col("reason").is_null()).select("person_id")
    for kind in (GOOGLE, META, CSV, PARQUET):
        identifiers = identifiers_of(kind, passed, contacts)
        details = passed.with_columns(city=pl.lit("Bonn"), country=pl.lit("DE"))
        said = texts_of(kind, file_bytes(kind, rows_of(kind, identifiers, details, ())))
        others = [person for person in PERSONS if person not in allowed]
        theirs = [contact for contact, person in world.links if person in others]
        barred = {*others, "ghost", *(hashed(text) for contact in theirs for text in spellings(contact))}
        assert not said & barred


def texts_of(kind: str, content: bytes) -> set[str]:
    read = pl.read_parquet if kind == PARQUET else pl.read_csv
    rows = read(io.BytesIO(content))
    return {str(value) for row in rows.rows() for value in row if value is not None}


def test_reasons_are_named_and_the_stronger_one_counts() -> None:
    world = World(
        links=[("c@x.org", "p3"), ("c@x.org", "p4"), (PHONES[0], "p5"), (PHONES[0], "p1")],
        consents=[(person, "advertising", "granted", 5) for person in ("p0", "p1", "p3", "p5")]
        + [("p2", "advertising", "denied", 4)],
        listed=[("customer_id", "1")],
        asked=[*PERSONS, "ghost", "p0"],
    )
    assert decided(world) == {
        "p0": None,
        "p1": SUPPRESSED,
        "p2": DENIED,
        "p3": SHARED_WITHOUT_CONSENT,
        "p4": NO_CONSENT,
        "p5": SHARED_WITH_SUPPRESSED,
        "ghost": "unknown_person",
    }
    lenient = decided(World(links=world.links, consents=world.consents, asked=world.asked, silence_is_out=False))
    assert {person for person, reason in lenient.items() if reason is None} == {"p0", "p1", "p3", "p4", "p5"}


def test_a_grant_of_tomorrow_does_not_count_yet_and_a_denial_does() -> None:
    rows = [("p0", "advertising", "granted", NOW + timedelta(days=1)), ("p1", "advertising", "granted", NOW)]
    rows += [("p2", "advertising", "granted", NOW), ("p2", "advertising", "denied", NOW + timedelta(days=1))]
    rows += [("p3", "advertising", "granted", NOW), ("p3", "advertising", "denied", NOW)]
    choices = pl.DataFrame(rows, schema=["person_id", "purpose", "status", "changed_at"], orient="row")
    found = dict(consent_of(choices, ["advertising"], NOW).iter_rows())
    assert found == {"p1": "granted", "p2": "denied", "p3": "denied"}


@pytest.mark.parametrize("path", list(itertools.permutations([("q1", "q2"), ("q2", "p0")])))
def test_a_suppressed_person_stays_so_under_the_ids_that_it_gets_later(path: Iterable[tuple[str, str]]) -> None:
    people, _ = frames(World(listed=[("person_id", "q1")]))
    former = pl.DataFrame(list(path), schema=["person_id", "into_person_id"], orient="row")
    later = People(**{**vars(people), "former_ids": former})
    assert "p0" in suppressed_persons(later)["person_id"].to_list()
