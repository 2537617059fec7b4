"""The gate: who of an audience may be in a file, and why not. It is asked last, and nothing is decided after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dmp_assets.activation.contacts import meta_email, meta_phone, same_contact, sha256
from dmp_assets.activation.schema import (
    DENIED,
    EMAIL,
    NO_CONSENT,
    PERSON,
    PHONE,
    SHARED_WITH_SUPPRESSED,
    SHARED_WITHOUT_CONSENT,
    SUPPRESSED,
    UNKNOWN_PERSON,
)
from dmp_assets.activation.suppressions import CUSTOMER, HASHED

GRANTED = "granted"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a destination asks of people."""

    purposes: Sequence[str]
    silence_is_out: bool = True


@dataclass(frozen=True, kw_only=True)
class People:
    """What is known of people at the moment of a delivery."""

    persons: pl.DataFrame
    """Everybody there is: person_id, user_id."""
    links: pl.DataFrame
    """Each contact of each person who has or had it: kind, value, person_id."""
    choices: pl.DataFrame
    """Each choice about a purpose: person_id, purpose, status, changed_at. A denial stands for all it may be of."""
    former_ids: pl.DataFrame
    """Each person_id that ended, with one that it became: person_id, into_person_id."""
    suppressions: pl.DataFrame
    """Entries of suppression lists: kind, value."""


def decide(asked: pl.Series, people: People, rules: Rules, now: datetime) -> pl.DataFrame:
    """Return everybody who is asked for, once: person_id, and the reason why not, null for who may be in.

    Args:
        asked: Persons.
        people: What is known.
        rules: What the destination asks of people.
        now: A grant of a later moment does not count yet. A denial counts whenever it is of.

    A person who shares a contact with somebody who is barred is out too: a file must not reach that one through it.
    """
    barred = _barred(people, rules, now)
    out = pl.DataFrame({"person_id": asked}).drop_nulls().unique().join(barred, on="person_id", how="left")
    neighbours = _neighbours(people.links).join(barred, left_on="other_id", right_on="person_id")
    shared = neighbours.group_by("person_id").agg(shares_suppressed=(pl.col("bar") == SUPPRESSED).any())
    known = people.persons.select("person_id", is_known=pl.lit(value=True))
    out = out.join(shared, on="person_id", how="left").join(known, on="person_id", how="left")
    of_others = (
        pl.when(pl.col("shares_suppressed"))
        .then(pl.lit(SHARED_WITH_SUPPRESSED))
        .when(pl.col("shares_suppressed").is_not_null())
        .then(pl.lit(SHARED_WITHOUT_CONSENT))
    )
    unknown = pl.when(pl.col("is_known").is_null()).then(pl.lit(UNKNOWN_PERSON))
    certain = pl.when(pl.col("bar") != NO_CONSENT).then("bar")
    reason = pl.coalesce(certain, unknown, "bar", of_others)
    return out.select("person_id", reason=reason).sort("person_id")


def _barred(people: People, rules: Rules, now: datetime) -> pl.DataFrame:
    """Return everybody who may be in no file, with the reason ``bar``; people that nobody knows are no part of it."""
    consent = consent_of(people.choices, rules.purposes, now)
    everybody = pl.concat([people.persons.select("person_id"), people.links.select("person_id")]).unique()
    silence = pl.lit(NO_CONSENT if rules.silence_is_out else None, dtype=pl.String)
    is_denied = pl.col("status") == DENIED
    by_consent = pl.when(is_denied).then(pl.lit(DENIED)).when(pl.col("status").is_null()).then(silence)
    suppressed = suppressed_persons(people).with_columns(is_suppressed=pl.lit(value=True))
    found = everybody.join(consent, on="person_id", how="left").join(suppressed, on="person_id", how="left")
    bar = pl.when(pl.col("is_suppressed")).then(pl.lit(SUPPRESSED)).otherwise(by_consent)
    return found.select("person_id", bar=bar).filter(pl.col("bar").is_not_null())


def consent_of(choices: pl.DataFrame, purposes: Sequence[str], now: datetime) -> pl.DataFrame:
    """Return who has granted all purposes and who has denied one, as ``status``; others have no row.

    The newest choice about a purpose counts, and a denial where one moment has both.
    """
    counts = pl.col("purpose").is_in(list(purposes)) & ((pl.col("status") == DENIED) | (pl.col("changed_at") <= now))
    newest = (
        choices.filter(counts)
        .sort("changed_at", pl.col("status") == DENIED, descending=[True, True])
        .unique(["person_id", "purpose"], keep="first", maintain_order=True)
    )
    verdict = newest.group_by("person_id").agg(
        denied=(pl.col("status") == DENIED).any(), granted=(pl.col("status") == GRANTED).sum()
    )
    is_granted = pl.col("granted") == len(set(purposes))
    status = pl.when(pl.col("denied")).then(pl.lit(DENIED)).when(is_granted).then(pl.lit(GRANTED))
    return verdict.select("person_id", status=status).drop_nulls()


def suppressed_persons(people: People) -> pl.DataFrame:
    """Return the persons whom an entry of a suppression list means: ``person_id``, each once.

    An id that ended means who it became, and a contact means everybody who has or had it.
    """
    listed = people.suppressions
    ids = listed.filter(pl.col("kind") == PERSON).select(person_id="value")
    while True:
        later = ids.join(people.former_ids, on="person_id").select(person_id="into_person_id")
        grown = pl.concat([ids, later]).unique()
        if grown.height == ids.unique().height:
            break
        ids = grown
    accounts = listed.filter(pl.col("kind") == CUSTOMER).select(user_id="value")
    of_accounts = people.persons.join(accounts, on="user_id", how="semi").select("person_id")
    found = people.links.join(_suppressed_contacts(people), on=["kind", "value"], how="semi").select("person_id")
    return pl.concat([ids, of_accounts, found]).unique()


def _suppressed_contacts(people: People) -> pl.DataFrame:
    """Return the contacts of people (kind, value) that a list names, plain or hashed, in any spelling."""
    listed = people.suppressions
    contacts = people.links.select("kind", "value").unique().with_columns(one=same_contact())
    plain = listed.filter(pl.col("kind").is_in([EMAIL, PHONE])).select("kind", one=same_contact())
    found = [contacts.join(plain, on=["kind", "one"], how="semi")]
    hashes = listed.filter(pl.col("kind").str.ends_with(HASHED)).select(
        pl.col("kind").str.strip_suffix(HASHED), hashed="value"
    )
    if hashes.height:
        # Whoever hashed the list may have written the value as it stands here, or as one of the platforms wants it.
        as_meta = pl.when(pl.col("kind") == EMAIL).then(meta_email()).otherwise(meta_phone())
        spelt = contacts.with_columns(meta=as_meta)
        for column in ("value", "one", "meta"):
            tried = spelt.with_columns(hashed=sha256(spelt[column]))
            found.append(tried.join(hashes, on=["kind", "hashed"], how="semi").select(contacts.columns))
    return pl.concat(found).select("kind", "value").unique()


def _neighbours(links: pl.DataFrame) -> pl.DataFrame:
    """Return each person with every other who has or had the same contact: person_id, other_id."""
    shared = _shared(links)
    pairs = shared.join(shared.rename({"person_id": "other_id"}), on=["kind", "one"])
    return pairs.filter(pl.col("person_id") != pl.col("other_id")).select("person_id", "other_id").unique()


def _shared(links: pl.DataFrame) -> pl.DataFrame:
    """Return the contacts of several people, in the spelling that destinations take for one: kind, one, person_id."""
    spelt = links.select("kind", "person_id", one=same_contact()).unique()
    return spelt.filter(pl.col("person_id").n_unique().over("kind", "one") > 1)


def own_contacts(links: pl.DataFrame) -> pl.DataFrame:
    """Return the contacts that one person alone has or had: kind, value, person_id."""
    shared = _shared(links).select("kind", "one").unique()
    spelt = links.with_columns(one=same_contact())
    return spelt.join(shared, on=["kind", "one"], how="anti").select("kind", "value", "person_id").unique()
