"""Who comes on a day, when, on which device, through which channel, and how far into the funnel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dmp_assets.simulation.campaigns import Campaigns
from dmp_assets.simulation.catalogue import Catalogue, draw_topics
from dmp_assets.simulation.parameters import (
    BLOCK,
    CHANNELS,
    EMAIL,
    KIOSK_SHARE,
    LOGIN_RATE,
    SEGMENTS,
    SHARED_DEVICE_SHARE,
    UTC_OFFSETS,
)
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.touches import TouchHistory, conversion_probability, counted_touches
from dmp_assets.simulation.world import DAY_US, PHONE, World

APART_US = 31 * 60 * 1_000_000
"""Sessions of a person are further apart than the 30 minutes that end a session."""
MAX_VIEWS = 8
WEEKDAYS = (0.9, 0.9, 0.95, 1.0, 1.05, 1.15, 1.1)
RATES = np.array([segment.sessions_per_day for segment in SEGMENTS])


@dataclass(frozen=True)
class Sessions:
    """One row per session of a day and block, by person and start."""

    number: NDArray
    person: NDArray
    channel: NDArray
    campaign: NDArray
    """The campaign that caused the session; -1 without."""
    device: NDArray
    in_app: NDArray
    login: NDArray
    search: NDArray
    extra: NDArray
    """0 nothing, 1 sign_up (alias), 2 join_group."""
    views: NDArray
    carts: NDArray
    checkout: NDArray
    converts: NDArray
    counted: NDArray
    """sessions x channels: touches that count."""
    probability: NDArray
    start_us: NDArray
    """Microseconds since the start of the day."""

    def only(self, rows: NDArray) -> "Sessions":
        """Return the chosen sessions."""
        return Sessions(**{name: values[rows] for name, values in self.__dict__.items()})


def draw_sessions(
    world: World, campaigns: Campaigns, history: TouchHistory, day: int, weekday: int, first: int
) -> Sessions:
    """Return the sessions of the persons from ``first`` on, one block, and note their touches in the history."""
    rng = stream(world.seed, "sessions", day, first)
    last = min(first + BLOCK, world.people)
    persons = np.arange(first, last)
    visits = rng.poisson(RATES[world.segment[persons]] * WEEKDAYS[weekday]) * world.alive(day, persons)
    natural = np.repeat(persons, visits)
    caused, causes = campaigns.caused_on(day)
    inside = (caused >= first) & (caused < last)
    person = np.concatenate([natural, caused[inside]])
    campaign = np.concatenate([np.full(len(natural), -1), causes[inside]])
    start = _start(rng, world, person)
    # Sessions that a campaign causes are in the first hour, which no other session of the person is in.
    start[len(natural) :] = rng.integers(0, 3_600_000_000, len(person) - len(natural))
    kept = (campaign >= 0) | ~(np.isin(person, caused) & (start < 3 * 3_600_000_000))
    person, campaign, start = person[kept], campaign[kept], start[kept]
    sessions = _behaviour(rng, world, history, person, campaign, start, (day, first))
    order = np.lexsort((sessions.start_us, sessions.person))
    sessions = sessions.only(order)
    # A session lasts less than 40 minutes: at most 22 events with at most 80 seconds between them.
    same = np.diff(sessions.person, prepend=-1) == 0
    near = np.diff(sessions.start_us, prepend=0) < 40 * 60 * 1_000_000 + APART_US
    sessions = sessions.only(~(same & near))
    touched = sessions.campaign < 0
    history.record(day, first, last, sessions.person[touched], sessions.channel[touched])
    return sessions


def _start(rng: np.random.Generator, world: World, person: NDArray) -> NDArray:
    """Return microseconds of the UTC day: lunch and evening, in the person's own zone, over before midnight."""
    evening = rng.random(len(person)) < 0.65
    hour = np.where(evening, rng.normal(19.5, 2.0, len(person)), rng.normal(12.5, 2.5, len(person)))
    utc = (hour - np.array(UTC_OFFSETS)[world.country[person]]) % 24
    start: NDArray = np.minimum((utc * 3_600_000_000).astype(np.int64), DAY_US - 41 * 60 * 1_000_000)
    return start


def _behaviour(
    rng: np.random.Generator,
    world: World,
    history: TouchHistory,
    person: NDArray,
    campaign: NDArray,
    start: NDArray,
    place: tuple[int, int],
) -> Sessions:
    size = len(person)
    caused = campaign >= 0
    channel = rng.choice(len(CHANNELS), size, p=[channel.weight for channel in CHANNELS])
    channel = np.where(caused, EMAIL, channel)
    counted = counted_touches(history.before(person), channel)
    probability = conversion_probability(world.segment[person], counted)
    converts = (rng.random(size) < probability) | caused
    device = _device(rng, world, person)
    known = world.known[person]
    views = np.minimum(rng.geometric(0.35, size), MAX_VIEWS)
    cart = converts | (rng.random(size) < 0.15)
    carts = np.where(cart, 1 + rng.binomial(views - 1, 0.3), 0)
    extra = rng.random(size)
    login = known & (converts | (rng.random(size) < LOGIN_RATE) | (device == world.kiosk))
    number = (np.int64(place[0]) << 40) + np.int64(place[1]) * 4096 + np.arange(size)
    return Sessions(
        number=number,
        person=person,
        channel=channel,
        campaign=campaign,
        device=device,
        in_app=(world.device_kind[device] == PHONE) & world.has_app[person],
        # A guest who buys leaves an e-mail address.
        login=login | (~known & converts),
        search=rng.random(size) < 0.2,
        extra=np.where(known & login & (extra < 0.01), 1, np.where(login & (extra > 0.99), 2, 0)),
        views=views,
        carts=carts,
        checkout=converts | (cart & (rng.random(size) < 0.3)),
        converts=converts,
        counted=counted,
        probability=np.where(caused, 1.0, probability),
        start_us=start,
    )


def _device(rng: np.random.Generator, world: World, person: NDArray) -> NDArray:
    own = world.device_start[person] + (rng.random(len(person)) * world.device_count[person]).astype(np.int64)
    shared = world.shared_device[person]
    device = np.where((rng.random(len(person)) < SHARED_DEVICE_SHARE) & (shared >= 0), shared, own)
    return np.where(rng.random(len(person)) < KIOSK_SHARE, world.kiosk, device)


def viewed_items(
    sessions: Sessions, catalogue: Catalogue, tastes: NDArray, seed: int, place: tuple[int, int]
) -> NDArray:
    """Return the item of every view, session by session."""
    rng = stream(seed, "views", *place)
    person = np.repeat(sessions.person, sessions.views)
    topics = draw_topics(tastes, person, rng.random(len(person)))
    return catalogue.draw(topics, rng.random(len(person)))
