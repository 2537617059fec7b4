"""Persons, households, devices, cookies and consent choices."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dmp_assets.simulation.parameters import COUNTRY_SHARES, SEGMENTS, SKEWED_CLOCKS
from dmp_assets.simulation.randomness import ids, stream

DAY_US = 86_400_000_000
NEVER = 2**30
DESKTOP, PHONE, TABLET = 0, 1, 2
FIRST_NAMES = ("anna", "ben", "clara", "david", "emma", "felix", "grace", "hugo", "ines", "jonas", "lena", "mark")
LAST_NAMES = ("meyer", "smith", "dubois", "jansen", "weber", "brown", "novak", "martin", "fischer", "taylor")
DOMAINS = ("example.com", "example.org", "mail.example.net")
DIAL_CODES = ("49", "33", "44", "1", "43", "31")
MOBILE_PREFIXES = ("151", "61", "740", "212", "664", "61")


@dataclass(frozen=True)
class World:
    """Arrays by person, and by device. Days count from the first day of the simulation."""

    seed: int
    people: int
    segment: NDArray
    country: NDArray
    first_day: NDArray
    churn_day: NDArray
    known: NDArray
    """Has an account, hence a user_id."""
    has_app: NDArray
    first_name: NDArray
    last_name: NDArray
    two_emails: NDArray
    advertising: NDArray
    personalisation: NDArray
    withdrawal_day: NDArray
    """Day from which advertising is no longer allowed."""
    household: NDArray
    price_sensitivity: NDArray
    device_start: NDArray
    device_count: NDArray
    shared_device: NDArray
    device_kind: NDArray
    device_skew_us: NDArray
    device_agent: NDArray
    cookie_days: NDArray

    @property
    def kiosk(self) -> int:
        """The device that very many persons use."""
        return len(self.device_kind) - 1

    def alive(self, day: int, persons: slice | NDArray) -> NDArray:
        """Return who has come and not left yet."""
        present: NDArray = (self.first_day[persons] <= day) & (day < self.churn_day[persons])
        return present

    def cookies(self, devices: NDArray, days: NDArray) -> NDArray:
        """Return the number of the cookie on a device that day; people clear them every few weeks."""
        age = (days + devices % self.cookie_days[devices]) // self.cookie_days[devices]
        return np.where(devices == self.kiosk, 0, age) + devices.astype(np.int64) * 4096

    def anonymous_ids(self, cookies: NDArray) -> pl.Series:
        """Return the ids of cookies."""
        return ids(self.seed, "cookie", cookies)

    def device_ids(self, devices: NDArray) -> pl.Series:
        """Return the ids of devices."""
        return ids(self.seed, "device", devices)

    def app_ids(self, devices: NDArray) -> pl.Series:
        """Return the ids of the app on devices."""
        return ids(self.seed, "app", devices)

    def may_advertise(self, day: int, persons: NDArray) -> NDArray:
        """Return whether advertising is allowed that day."""
        allowed: NDArray = self.advertising[persons] & (day < self.withdrawal_day[persons])
        return allowed


def make_world(seed: int, people: int, days: int) -> World:
    """Return the persons and devices of a seed."""
    rng = stream(seed, "world")
    segment = rng.choice(len(SEGMENTS), people, p=[s.share for s in SEGMENTS]).astype(np.uint8)
    rates = np.array([s.churn_rate for s in SEGMENTS])[segment]
    first_day = np.where(rng.random(people) < 0.7, 0, rng.integers(0, max(days, 1), people)).astype(np.int32)
    lifetime = rng.geometric(rates).astype(np.int32)
    sizes = rng.choice([1, 2, 3, 4], people, p=[0.4, 0.3, 0.15, 0.15])
    household = np.searchsorted(np.cumsum(sizes), np.arange(people), side="right").astype(np.int32)
    country_of, name_of = rng.choice(len(COUNTRY_SHARES), people, p=COUNTRY_SHARES), rng.integers(0, 10, people)
    members = np.bincount(household, minlength=people)
    count = rng.integers(1, 4, people).astype(np.int32)
    own = int(count.sum())
    shares = (members >= 2) & (rng.random(people) < 0.5)
    shared = np.where(shares, own + np.cumsum(shares) - 1, -1).astype(np.int32)
    total = own + int(shares.sum()) + 1
    kind = rng.choice([DESKTOP, PHONE], total, p=[0.45, 0.55]).astype(np.uint8)
    kind[own:] = TABLET
    clock_wrong = rng.random(total) < SKEWED_CLOCKS
    skew = np.where(clock_wrong, rng.integers(-2 * DAY_US // 1000, 2 * DAY_US // 1000, total) * 1000, 0)
    withdraws = rng.random(people) < 0.05
    return World(
        seed=seed,
        people=people,
        segment=segment,
        country=country_of[household].astype(np.uint8),
        first_day=first_day,
        churn_day=first_day + lifetime,
        known=rng.random(people) < 0.75,
        has_app=rng.random(people) < 0.5,
        first_name=rng.integers(0, len(FIRST_NAMES), people).astype(np.uint8),
        last_name=name_of[household].astype(np.uint8),
        two_emails=rng.random(people) < 0.2,
        advertising=rng.random(people) < 0.7,
        personalisation=rng.random(people) < 0.8,
        withdrawal_day=np.where(withdraws, first_day + rng.integers(1, days + 1, people), NEVER),
        household=household,
        price_sensitivity=rng.normal(size=people).astype(np.float32),
        device_start=np.cumsum(count) - count,
        device_count=count,
        shared_device=shared[household],
        device_kind=kind,
        device_skew_us=skew.astype(np.int64),
        device_agent=rng.integers(0, 2, total).astype(np.uint8),
        cookie_days=rng.integers(20, 120, total).astype(np.int64),
    )


def emails(world: World, persons: NDArray, second: NDArray | bool = False) -> pl.Series:
    """Return an address of each person, in lower case; the second one where asked for."""
    frame = pl.DataFrame(
        {
            "first": pl.Series(FIRST_NAMES).gather(world.first_name[persons]),
            "last": pl.Series(LAST_NAMES).gather(world.last_name[persons]),
            "domain": pl.Series(DOMAINS).gather((persons % len(DOMAINS)).astype(np.uint32)),
            "number": persons,
            "second": np.broadcast_to(second, len(persons)).copy(),
        }
    )
    main = pl.format("{}.{}{}@{}", "first", "last", "number", "domain")
    return frame.select(pl.when("second").then(pl.format("{}{}@work.example", "first", "number")).otherwise(main))[
        :, 0
    ].alias("email")


def phone_digits(world: World, persons: NDArray) -> pl.DataFrame:
    """Return country place, dial code, mobile prefix and the seven digits of each person's number."""
    place = world.country[persons]
    # 7,919 has no factor in common with 8,000,000, so no number is given twice below eight million persons.
    digits = (persons.astype(np.int64) * 7919 + world.seed) % 8_000_000 + 2_000_000
    return pl.DataFrame(
        {
            "place": place,
            "dial": pl.Series(DIAL_CODES).gather(place),
            "prefix": pl.Series(MOBILE_PREFIXES).gather(place),
            "digits": pl.Series(digits).cast(pl.String),
        }
    )
