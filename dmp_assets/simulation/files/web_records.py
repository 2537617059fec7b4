"""Web events with the ids, addresses, clocks and consent of who did them."""

import numpy as np
import polars as pl

from dmp_assets.simulation.bots import DECLARED
from dmp_assets.simulation.events import EXTRA, LOGIN, PAGE, PURCHASE
from dmp_assets.simulation.files.json_pieces import chosen, joined
from dmp_assets.simulation.files.reference_files import user_ids
from dmp_assets.simulation.parameters import CHANNELS
from dmp_assets.simulation.randomness import ids, scrambled
from dmp_assets.simulation.world import DAY_US, World, emails, phone_digits

CALLS = ("page", "identify", "", "Products Searched", "Product Viewed", "Product Added", "Checkout Started",
         "Order Completed", "Order Refunded", "screen", "alias", "group")  # fmt: skip
"""Type of a call, or the event of a track call, by ``KINDS`` and behind them what these become at times."""
SCREEN, ALIAS, GROUP = 9, 10, 11
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:123.0) Gecko/20100101 Firefox/123.0",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/17.3 Mobile/15E148 Safari/604.1"
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 "
        "Mobile Safari/537.36"
    ),
    "Mozilla/5.0 (iPad; CPU OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Safari/537.36",
)
"""Two for each kind of device."""
CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
)


def web_records(events: pl.DataFrame, world: World) -> pl.DataFrame:
    """Return the events with ids, agent, clock, consent, and the address that a login leaves.

    Bots have no device id, and each visit has a cookie of its own. A server knows the account, and no browser.
    """
    person, device = events["person"].clip(0).to_numpy(), events["device"].clip(0).to_numpy()
    human = events["bot"].to_numpy() == 0
    sessions = events["session"].to_numpy()
    days = events["session_start"].to_numpy() // DAY_US
    cookies = np.where(human, world.cookies(device, days), -1 - sessions)
    kind, extra = events["kind"].to_numpy(), events["extra"].to_numpy()
    call = np.where((kind == PAGE) & human & (device == world.kiosk), SCREEN, kind)
    call = np.where(kind == EXTRA, np.where(extra == 1, ALIAS, GROUP), call)
    browser = pl.when(~pl.col("server"))
    frame = events.with_columns(
        call=pl.Series(call.astype(np.uint8)),
        event_id=ids(world.seed, "message", events["message"].to_numpy()),
        browser=browser.then(world.anonymous_ids(cookies)),
        account=pl.when("identified").then(user_ids(pl.col("person"))),
        lands=~pl.col("server"),
        landing_campaign=pl.when(pl.col("first")).then(campaign_text()),
        device_id=world.device_ids(device),
        agent=pl.Series(_agents(events, world, device, sessions)),
        skew_us=pl.Series(np.where(human & ~events["server"].to_numpy(), world.device_skew_us[device], 0)),
        country=pl.Series(world.country[person]),
        advertising=pl.Series(world.advertising[person] & (days < world.withdrawal_day[person])),
        personalisation=pl.Series(world.personalisation[person]),
    )
    return frame.with_columns(_addresses(events, world)).with_columns(event_name=chosen(CALLS, pl.col("call")))


def with_servers(events: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    """Return the web's events with ``server``: whether it is the shop's server that reports them, as it does orders."""
    drawn = scrambled(seed, "server", events["session"].to_numpy()) % np.uint64(10_000) < round(share * 10_000)
    return events.with_columns(server=pl.col("identified") & (pl.col("kind") == PURCHASE) & pl.Series(drawn))


def campaign_text() -> pl.Expr:
    """Return the campaign of a session: the one that caused it, or the channel's own."""
    caused = joined("CMP", (pl.col("campaign") + 1).cast(pl.String).str.zfill(3))
    return (
        pl.when(pl.col("campaign") >= 0)
        .then(caused)
        .otherwise(chosen([c.campaign for c in CHANNELS], pl.col("channel")))
    )


def _agents(events: pl.DataFrame, world: World, device: np.ndarray, sessions: np.ndarray) -> np.ndarray:
    bot = events["bot"].to_numpy()
    drawn = scrambled(world.seed, "agent", sessions)
    own = world.device_kind[device] * 2 + world.device_agent[device]
    foreign = np.where(bot == DECLARED, len(BROWSERS) + drawn % np.uint64(len(CRAWLERS)), drawn % np.uint64(2))
    return np.where(bot == 0, own, foreign).astype(np.uint8)


def _addresses(events: pl.DataFrame, world: World) -> list[pl.Series]:
    """Return e-mail and phone of logins, null elsewhere; every other login of some persons has a second address."""
    logins = events["kind"] == LOGIN
    rows = logins.arg_true()
    people = events["person"].filter(logins).to_numpy()
    second = world.two_emails[people] & (events["session"].filter(logins).to_numpy() % 2 == 1)
    phones = phone_digits(world, people).select(pl.format("+{}{}{}", "dial", "prefix", "digits"))[:, 0]
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, events.height)
    return [
        empty.scatter(rows, emails(world, people, second)).alias("email"),
        empty.clone().scatter(rows, phones).alias("phone"),
    ]
