"""Rates and effects of the simulated world: the figures that an analysis of its files should find again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """Where a session comes from, and what a touch of it causes."""

    name: str
    weight: float
    added_probability: float
    """Conversion probability that one touch adds to every session of the next seven days, and to its own."""
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    click_id: str | None = None
    referrer: str | None = None
    ads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A kind of person. Only the truth says of which kind a person is."""

    name: str
    share: float
    sessions_per_day: float
    base_conversion: float
    """Conversion probability of a session without any touch that counts."""
    churn_rate: float
    """Share of the remaining persons who leave each day."""
    campaign_effect: float
    """Orders that a campaign adds per person who gets it and has not left."""


@dataclass(frozen=True)
class Faults:
    """Shares of the records that arrive spoiled, repeated or late."""

    malformed: float = 0.005
    duplicate: float = 0.01
    redelivered: float = 0.3
    """Share of the duplicates that come in a later file."""
    conflict: float = 0.002
    late: float = 0.01
    max_days_late: int = 7
    out_of_order: float = 0.02


@dataclass(frozen=True)
class Habits:
    """What shops and exports do every day and what is no fault; a share of 0 or a source left out switches one off."""

    server_purchases: float = 0.1
    """Share of the web orders of known persons that the shop's server reports: with the account, without a browser."""
    sources: tuple[str, ...] = (
        "outlet", "tickets", "clicks", "marketplace", "wholesale", "boutique", "boutique_memos", "boutique_web",
        "kiosk",
    )  # fmt: skip
    """Sources beside the main ones, whose files are exports; ``dmp_assets.simulation.habits`` says what each does."""
    bruised: float = 0.15
    """Share of the ids in those exports that a spreadsheet or a script has rewritten."""
    corrected: float = 0.4
    """Share of the orders in those exports that a later export states otherwise."""
    left_out: float = 0.05
    """Share of test traffic, which the configuration leaves out."""


PLAIN = Habits(sources=())
"""The main sources alone."""

CHANNELS = (
    Channel("direct", 0.27, 0.0),
    Channel("organic_search", 0.25, 0.0, referrer="https://www.google.com/"),
    Channel(
        "paid_search", 0.16, 0.03, "google", "cpc", "brand_search", "gclid", "https://www.google.com/",
        ("900101", "900102", "900103"),
    ),
    Channel(
        "paid_social", 0.12, 0.015, "facebook", "paid_social", "prospecting", "fbclid", "https://www.facebook.com/",
        ("620101", "620102", "620103"),
    ),
    Channel("email", 0.1, 0.05, "newsletter", "email", "weekly_news"),
    Channel("display", 0.05, 0.005, "partner_network", "display", "banners", None, "https://news.example.org/"),
    Channel("referral", 0.05, 0.0, referrer="https://blog.example.org/reviews"),
)  # fmt: skip

SEGMENTS = (
    Segment("newcomer", 0.35, 0.07, 0.02, 0.006, 0.10),
    Segment("regular", 0.45, 0.10, 0.04, 0.003, 0.05),
    Segment("loyal", 0.20, 0.20, 0.08, 0.001, 0.0),
)

TOUCH_DAYS = 7
MAX_TOUCHES = 3
"""Touches of one channel that count at most; the largest possible probability is then 0.38."""

EMAIL = next(place for place, channel in enumerate(CHANNELS) if channel.name == "email")

COUNTRIES = ("DE", "FR", "GB", "US", "AT", "NL")
COUNTRY_NAMES = ("Germany", "France", "United Kingdom", "United States", "Austria", "Netherlands")
COUNTRY_SHARES = (0.4, 0.15, 0.2, 0.1, 0.05, 0.1)
CITIES = ("Berlin", "Lyon", "Leeds", "Boston", "Vienna", "Utrecht")
ZONES = (
    "Europe/Berlin", "Europe/Paris", "Europe/London", "America/New_York", "Europe/Vienna", "Europe/Amsterdam",
)  # fmt: skip
UTC_OFFSETS = (1, 1, 0, -5, 1, 1)
"""Hours by which the day of a country runs ahead; summer time is ignored, it only moves when people are awake."""

KIOSK_SHARE = 0.005
"""Share of the sessions on the one shop kiosk: its device and cookie id belong to very many persons."""
SHARED_DEVICE_SHARE = 0.15
PLACEHOLDER_EMAIL = "noreply@shop.example"
PLACEHOLDER_SHARE = 0.02
"""Share of the CRM rows with this one address."""

LOGIN_RATE = 0.35
REFUND_RATE = 0.05
SKEWED_CLOCKS = 0.1
HOLDOUT_RATE = 0.25
AUDIENCE_RATE = 0.6
CAMPAIGN_EVERY_DAYS = 14
CAMPAIGN_DAYS = 7
DECLARED_BOT_RATE = 0.02
STEALTH_BOT_RATE = 0.02
"""Bots' records over those that humans leave on the web, as expected."""
STORE_ORDERS_PER_DAY = 0.01
GBP_PER_EUR = 0.86
BLOCK = 50_000
"""Persons that are drawn together. Part of the world's definition: another figure gives another world."""
