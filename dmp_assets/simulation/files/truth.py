"""The truth as Parquet below ``truth/``, which the pipeline never reads; ``truth.md`` describes it."""

from datetime import date
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl

from dmp_assets.simulation.campaigns import Campaigns, campaign_effects
from dmp_assets.simulation.catalogue import TOPICS, Catalogue
from dmp_assets.simulation.files.delivery import person_ids
from dmp_assets.simulation.files.json_pieces import joined
from dmp_assets.simulation.files.reference_files import placeholder_members, user_ids
from dmp_assets.simulation.parameters import CHANNELS, COUNTRIES, PLACEHOLDER_EMAIL, SEGMENTS
from dmp_assets.simulation.world import World, emails, phone_digits

SHARING = ("own", "household", "super_node")


def write_truth(out: Path, tables: dict[str, pl.DataFrame]) -> None:
    """Write the tables and the page that explains them."""
    folder = out / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    page = resources.files("dmp_assets.simulation.files") / "truth.md"
    (folder / "README.md").write_bytes(page.read_bytes())
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet", compression="zstd", compression_level=1)


def people_tables(world: World, tastes: np.ndarray, start: date, days: int) -> dict[str, pl.DataFrame]:
    """Return persons, churn and tastes."""
    numbers = pl.Series("person", np.arange(world.people))
    frame = pl.DataFrame(
        {
            "person": numbers,
            "known": world.known,
            "segment": pl.Series([s.name for s in SEGMENTS]).gather(world.segment),
            "country": pl.Series(COUNTRIES).gather(world.country),
            "household_id": world.household,
            "first": world.first_day,
            "churn": world.churn_day,
            "churn_rate": np.array([s.churn_rate for s in SEGMENTS])[world.segment],
            "advertising": world.advertising,
            "personalisation": world.personalisation,
            "withdrawn": world.withdrawal_day,
            "price_sensitivity": world.price_sensitivity,
        }
    )
    person_id = person_ids(pl.col("person")).alias("person_id")
    first = pl.lit(start)
    persons = frame.select(
        person_id,
        pl.when("known").then(user_ids(pl.col("person"))).alias("user_id"),
        "segment", "country", "household_id",
        (first + pl.duration(days="first")).alias("first_date"),
        "advertising", "personalisation",
        pl.when(pl.col("withdrawn") < days)
        .then(first + pl.duration(days="withdrawn")).alias("advertising_withdrawn_date"),
        "price_sensitivity",
    )  # fmt: skip
    churn = frame.select(
        person_id, "churn_rate",
        pl.when(pl.col("churn") < days).then(first + pl.duration(days="churn")).alias("churn_date"),
        (pl.col("churn") < days).alias("left"),
    )  # fmt: skip
    shares = pl.DataFrame({topic: tastes[:, number] for number, topic in enumerate(TOPICS)})
    return {
        "persons": persons,
        "churn": churn,
        "tastes": pl.concat([frame.select(person_id), shares], how="horizontal"),
    }


def model_tables(campaigns: Campaigns, catalogue: Catalogue, world: World, start: date) -> dict[str, pl.DataFrame]:
    """Return items, campaigns and their members, segments, and the model of touches."""
    code = joined("CMP", (pl.col("campaign") + 1).cast(pl.String).str.zfill(3)).alias("campaign_id")
    factors = pl.DataFrame({topic: catalogue.factors[:, number] for number, topic in enumerate(TOPICS)})
    members = campaigns.members.select(
        code, person_ids(pl.col("person")).alias("person_id"), "arm",
        pl.when(pl.col("order_day") >= 0).then(pl.lit(start) + pl.duration(days="order_day")).alias("order_date"),
    )  # fmt: skip
    return {
        "items": pl.concat([catalogue.frame().select("item_id", "category", "cents"), factors], how="horizontal"),
        "campaigns": campaign_effects(campaigns, world).select(code, pl.exclude("campaign")),
        "campaign_members": members,
        "segments": pl.DataFrame([segment.__dict__ for segment in SEGMENTS]),
        "touch_model": pl.DataFrame(
            {
                "channel": [channel.name for channel in CHANNELS],
                "weight": [channel.weight for channel in CHANNELS],
                "added_probability": [channel.added_probability for channel in CHANNELS],
            }
        ),
    }


def identifier_table(world: World, sightings: pl.DataFrame) -> pl.DataFrame:
    """Return the identifiers of persons.

    Args:
        world: Persons and devices.
        sightings: person, device, cookie and in_app of what was used, without repetition.
    """
    people = np.arange(world.people)
    phones = phone_digits(world, people).select(pl.format("+{}{}{}", "dial", "prefix", "digits"))[:, 0]
    two, known, named = np.flatnonzero(world.two_emails), np.flatnonzero(world.known), placeholder_members(world)
    user = pl.Series(known).to_frame("p").select(user_ids(pl.col("p")))[:, 0]
    none = np.full(np.count_nonzero(named), PLACEHOLDER_EMAIL)
    device, cookie = sightings["device"].to_numpy(), sightings["cookie"].to_numpy()
    app, seen = sightings["in_app"].to_numpy(), sightings["person"].to_numpy()
    shared = np.where(device == world.kiosk, 2, device == world.shared_device[seen]).astype(np.uint32)
    parts = [
        _identifiers(known, "user_id", user, "own"),
        _identifiers(people, "email", emails(world, people), "own"),
        _identifiers(two, "email", emails(world, two, second=True), "own"),
        _identifiers(np.flatnonzero(named), "email", pl.Series(none, dtype=pl.String), "super_node"),
        _identifiers(people, "phone", phones, "own"),
        _identifiers(seen, "device_id", world.device_ids(device), shared),
        _identifiers(seen[app], "user_pseudo_id", world.app_ids(device[app]), shared[app]),
        _identifiers(seen[~app], "anonymous_id", world.anonymous_ids(cookie[~app]), shared[~app]),
    ]
    return pl.concat(parts).unique(maintain_order=True).with_columns(person_id=person_ids(pl.col("person_id")))


def _identifiers(persons: np.ndarray, kind: str, values: pl.Series, sharing: str | np.ndarray) -> pl.DataFrame:
    marks = pl.lit(sharing) if isinstance(sharing, str) else pl.Series(SHARING).gather(sharing)
    return pl.DataFrame({"person_id": persons.astype(np.int64), "value": values}).select(
        "person_id", pl.lit(kind).alias("type"), "value", marks.alias("sharing")
    )
