"""Advertising reports in the platforms' own columns and units, and exchange rates as the ECB publishes them."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from dmp_assets.simulation.parameters import CHANNELS, GBP_PER_EUR
from dmp_assets.simulation.randomness import stream
from dmp_assets.simulation.sessions import Sessions

ADS = 3
PAID = {"ads_google": ("paid_search", 0.45, "EUR"), "ads_facebook": ("paid_social", 0.32, "USD")}
"""Source -> channel, cost of a click, currency of the account."""
IDLE_SPEND = 5.0
"""What one more ad of each platform costs a day without bringing anybody."""


class AdActivity:
    """Clicks and claimed orders of each day, channel and ad."""

    def __init__(self, days: int) -> None:
        self.clicks = np.zeros((days, len(CHANNELS), ADS), dtype=np.int64)
        self.claims = np.zeros((days, len(CHANNELS), ADS), dtype=np.int64)

    def record(self, day: int, sessions: Sessions) -> None:
        """Add a block's sessions; like the platforms do, every channel claims every order that it touched."""
        ad = sessions.number % ADS
        free = sessions.campaign < 0
        np.add.at(self.clicks[day], (sessions.channel[free], ad[free]), 1)
        order, channel = np.nonzero((sessions.counted > 0) & (sessions.converts & free)[:, None])
        np.add.at(self.claims[day], (channel, ad[order]), 1)


def spend_rows(activity: AdActivity, source: str, seed: int, start: date) -> pl.DataFrame:
    """Return clicks, impressions, spend (units of the account's currency) and claimed orders per day and ad."""
    name, click_cost, currency = PAID[source]
    place = next(number for number, channel in enumerate(CHANNELS) if channel.name == name)
    rng = stream(seed, source)
    days = activity.clicks.shape[0]
    clicks, claims = activity.clicks[:, place], activity.claims[:, place]
    idle = rng.integers(5, 15, (days, 1))
    all_clicks = np.concatenate([clicks, idle], axis=1)
    cost = np.round(clicks * click_cost * rng.uniform(0.9, 1.1, clicks.shape), 2)
    ads = [*CHANNELS[place].ads, CHANNELS[place].ads[0][:-1] + "9"]
    return pl.DataFrame(
        {
            "date": np.repeat([start + timedelta(days=day) for day in range(days)], ADS + 1).tolist(),
            "ad_id": ads * days,
            "campaign": [CHANNELS[place].campaign] * (days * (ADS + 1)),
            "clicks": all_clicks.reshape(-1),
            "impressions": (all_clicks * 30 + rng.integers(0, 100, all_clicks.shape)).reshape(-1),
            "spend": np.concatenate([cost, np.full((days, 1), IDLE_SPEND)], axis=1).reshape(-1),
            "conversions": np.concatenate([claims, np.zeros((days, 1), dtype=np.int64)], axis=1).reshape(-1),
        }
    ).with_columns(currency=pl.lit(currency), spend=pl.col("spend").round(2))


def google_report(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of a Google Ads report, with cost in micros."""
    return rows.select(
        pl.lit("2121450128").alias("customer_id"),
        "date",
        pl.lit("77001").alias("ad_group_id"),
        "ad_id",
        pl.lit("9935249409").alias("campaign_id"),
        pl.col("campaign").alias("campaign_name"),
        pl.col("currency").alias("customer_currency_code"),
        "clicks",
        (pl.col("spend") * 1_000_000).round().cast(pl.Int64).alias("cost_micros"),
        "impressions",
        "conversions",
    )


def facebook_report(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of a Facebook Ads report, with spend in units."""
    return rows.select(
        "ad_id",
        "date",
        pl.lit("1700252260223815").alias("account_id"),
        pl.lit("6215304559271").alias("campaign_id"),
        pl.col("campaign").alias("campaign_name"),
        pl.col("currency").alias("account_currency"),
        "impressions",
        pl.col("clicks").alias("inline_link_clicks"),
        "spend",
    )


def exchange_rates(seed: int, start: date, days: int) -> pl.DataFrame:
    """Return units per euro on working days from ten days before the start, the newest first; some are unknown."""
    rng = stream(seed, "rates")
    calendar = [start + timedelta(days=day) for day in range(-10, days + 30)]
    working = [day for day in calendar if day.weekday() < 5]
    walk = np.cumsum(rng.normal(0, 0.003, (len(working), 3)), axis=0)
    unknown = rng.random(len(working)) < 0.02
    rates = np.exp(walk) * np.array([1.085, 158.0, GBP_PER_EUR])
    frame = pl.DataFrame({"Date": working, "USD": rates[:, 0], "JPY": rates[:, 1], "GBP": rates[:, 2]})
    return frame.with_columns(
        pl.col("USD").round(4),
        pl.col("JPY").round(2),
        GBP=pl.when(pl.Series(unknown)).then(None).otherwise(pl.col("GBP").round(4)),
    ).reverse()


def ecb_file(rates: pl.DataFrame) -> str:
    """Return the rates in the layout of the ECB's history: N/A where there is none, a comma behind each line."""
    table = rates.with_columns(pl.col("USD", "JPY", "GBP").cast(pl.String).fill_null("N/A"))
    lines = table.select(pl.format("{},{},{},{},N/A,", "Date", "USD", "JPY", "GBP"))[:, 0]
    return "\n".join(["Date,USD,JPY,GBP,RUB,", *lines, ""])
