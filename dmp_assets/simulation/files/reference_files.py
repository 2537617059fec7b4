"""Files about people, items and campaigns: CRM, consents, survey, catalogue, campaigns, audiences."""

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from dmp_assets.simulation.campaigns import Campaigns, campaign_id
from dmp_assets.simulation.catalogue import Catalogue
from dmp_assets.simulation.files.json_pieces import chosen, joined
from dmp_assets.simulation.parameters import (
    CAMPAIGN_DAYS,
    CHANNELS,
    CITIES,
    COUNTRIES,
    PLACEHOLDER_EMAIL,
    PLACEHOLDER_SHARE,
)
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.world import NEVER, World, emails, phone_digits

AGES = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
LOCAL_PHONES = ("0{p} {d}", "0{p} {d}", "0{p} {d}", "({p}) {d}", "0{p}/{d}", "+{c} {p}-{d}")
"""How people write a number, by country: with the national prefix, in brackets, with a slash, with the dial code."""
QUESTIONS = ("price_matters", "compares_prices", "likes_new_things", "recommends_us", "buys_on_impulse")
_PRICE_WEIGHTS = (1.2, 1.0, 0.0, 0.0, -0.6)


def user_ids(persons: pl.Expr) -> pl.Expr:
    """Return the ids of accounts, as sources write them."""
    return joined("u", persons.cast(pl.String).str.zfill(7))


def placeholder_members(world: World) -> np.ndarray:
    """Return whose CRM row has the address that very many share."""
    return world.known & (stream(world.seed, "placeholder").random(world.people) < PLACEHOLDER_SHARE)


def crm_rows(world: World, start: date, days: int) -> list[tuple[str, pl.DataFrame]]:
    """Return name and rows of two exports: all accounts by half-time, then those added or changed since."""
    rng = stream(world.seed, "crm")
    known = np.flatnonzero(world.known)
    half = days // 2
    early = world.first_day[known] <= half
    changed = early & (rng.random(len(known)) < 0.05)
    spelling, ages = rng.random(len(known)), rng.integers(0, len(AGES), len(known))
    placeholder = placeholder_members(world)[known]
    files = []
    for name, chosen_rows, stamp in (
        ("customers-1.csv", early, world.first_day[known]),
        ("customers-2.csv", ~early | changed, np.where(changed, half + 1, world.first_day[known])),
    ):
        second = changed[chosen_rows] & world.two_emails[known[chosen_rows]] & (name == "customers-2.csv")
        people = known[chosen_rows]
        phones = phone_digits(world, people)
        frame = pl.DataFrame(
            {
                "person": people,
                "spelling": spelling[chosen_rows],
                "placeholder": placeholder[chosen_rows],
                "email": emails(world, people, second),
                "age": ages[chosen_rows],
                "day": stamp[chosen_rows],
            }
        )
        rows = pl.concat([frame, phones], how="horizontal").select(
            user_ids(pl.col("person")).alias("customer_no"),
            _spelled().alias("e_mail"),
            _local_phone().alias("telephone"),
            chosen(COUNTRIES, pl.col("place")).alias("country"),
            chosen(CITIES, pl.col("place")).alias("town"),
            chosen(AGES, pl.col("age")).alias("age_band"),
            _instants(start, pl.col("day")).alias("last_modified"),
        )
        files.append((name, rows))
    return files


def _spelled() -> pl.Expr:
    """Return addresses as people type them: in upper case, with a capital, with spaces around."""
    email, spelling = pl.col("email"), pl.col("spelling")
    typed = (
        pl.when(spelling < 0.15).then(email.str.to_uppercase())
        .when(spelling < 0.35).then(email.str.slice(0, 1).str.to_uppercase() + email.str.slice(1))
        .when(spelling < 0.4).then(joined(" ", email, " "))
        .otherwise(email)
    )  # fmt: skip
    return pl.when("placeholder").then(pl.lit(PLACEHOLDER_EMAIL)).otherwise(typed)


def _local_phone() -> pl.Expr:
    result = pl.lit(None, dtype=pl.String)
    names = {"p": pl.col("prefix"), "c": pl.col("dial"), "d": pl.col("digits")}
    for place, pattern in enumerate(LOCAL_PHONES):
        pieces = [names.get(part, pl.lit(part)) for part in pattern.replace("}", "{").split("{")]
        result = pl.when(pl.col("place") == place).then(joined(*pieces)).otherwise(result)
    return result


def _instants(start: date, day: pl.Expr, seconds: int = 36_000) -> pl.Expr:
    moment = pl.lit(datetime.combine(start, time())) + pl.duration(days=day, seconds=seconds)
    return moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def consent_rows(world: World, start: date, days: int) -> pl.DataFrame:
    """Return one row per choice: what people said when they registered, and what they withdrew by the last day."""
    known = np.flatnonzero(world.known & (world.first_day < days))
    parts = []
    for purpose, given in (
        ("analytics", np.ones(len(known), dtype=bool)),
        ("advertising", world.advertising[known]),
        ("personalisation", world.personalisation[known]),
    ):
        parts.append(_choices(known, purpose, given, world.first_day[known]))
    withdrawal = world.withdrawal_day[known]
    left = world.advertising[known] & (withdrawal != NEVER) & (withdrawal < days)
    parts.append(_choices(known[left], "advertising", np.zeros(int(left.sum()), dtype=bool), withdrawal[left], 0))
    return (
        pl.concat(parts)
        .sort("day", "person", "purpose", "seconds")
        .select(
            user_ids(pl.col("person")).alias("user_id"),
            "purpose",
            pl.when("given").then(pl.lit("granted")).otherwise(pl.lit("denied")).alias("status"),
            (pl.lit(datetime.combine(start, time())) + pl.duration(days="day", seconds="seconds"))
            .dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            .alias("changed_at"),
        )
    )


def _choices(persons: np.ndarray, purpose: str, given: np.ndarray, day: np.ndarray, seconds: int = 0) -> pl.DataFrame:
    return pl.DataFrame({"person": persons, "given": given, "day": day.astype(np.int64)}).with_columns(
        purpose=pl.lit(purpose), seconds=pl.lit(seconds)
    )


def survey_rows(world: World, start: date, days: int) -> pl.DataFrame:
    """Return five answers each of three in ten known persons; the first two follow their price sensitivity."""
    rng = stream(world.seed, "survey")
    people = np.flatnonzero(world.known & (rng.random(world.people) < 0.3) & (world.first_day < days))
    latent = world.price_sensitivity[people][:, None] * np.array(_PRICE_WEIGHTS)
    answers = np.clip(np.rint(3 + latent + rng.normal(0, 0.7, latent.shape)), 1, 5).astype(np.int64)
    width = len(QUESTIONS)
    return pl.DataFrame(
        {
            "person": np.repeat(people, width),
            "answer": answers.reshape(-1),
            "day": np.repeat(world.first_day[people], width),
        }
    ).select(
        user_ids(pl.col("person")).alias("user_id"),
        chosen(QUESTIONS, pl.int_range(pl.len()) % width).alias("question"),
        "answer",
        pl.lit("1-5").alias("scale"),
        _instants(start, pl.col("day"), 43_200).alias("answered_at"),
    )


def item_rows(catalogue: Catalogue) -> pl.DataFrame:
    """Return the catalogue as its owner exports it."""
    return catalogue.frame().select(
        pl.col("item_id").alias("sku"),
        pl.col("name").alias("title"),
        "brand",
        "category",
        (pl.col("cents") / 100).round(2).alias("price"),
    )


def campaign_rows(campaigns: Campaigns, start: date, days: int) -> pl.DataFrame:
    """Return the e-mail campaigns, and the channels' own campaigns that run all the time."""
    rows = [
        (campaign_id(number), f"Mailing {number + 1}", "email", start + timedelta(days=first),
         start + timedelta(days=first + CAMPAIGN_DAYS - 1))
        for number, first in enumerate(campaigns.start_days.tolist())
    ]  # fmt: skip
    rows += [
        (channel.campaign, channel.campaign.replace("_", " ").capitalize(), channel.name, start,
         start + timedelta(days=days - 1))
        for channel in CHANNELS if channel.campaign
    ]  # fmt: skip
    return pl.DataFrame(
        rows, schema=["campaign_id", "campaign_name", "campaign_type", "start_date", "end_date"], orient="row"
    )


def audience_rows(campaigns: Campaigns) -> pl.DataFrame:
    """Return whom each campaign was sent to: the treated, not the holdout."""
    return campaigns.members.filter(pl.col("arm") == "treated").select(
        joined("CMP", (pl.col("campaign") + 1).cast(pl.String).str.zfill(3)).alias("campaign_id"),
        user_ids(pl.col("person")).alias("user_id"),
    )
