"""The page of customers: what they are worth, who grew and who shrank, who is late, and what they turn to."""

from collections.abc import Iterator
from typing import Any

from dmp_assets.foundation.pages.blocks import Block, Figure, Figures, Headline, Kind, NotEnough
from dmp_assets.foundation.pages.page import Edition, Page
from dmp_assets.profiles.pages.groups import grid_section, moves_section
from dmp_assets.profiles.pages.interests import engagement_section, interests_section, places_section
from dmp_assets.profiles.pages.rhythm import next_orders_section, stages_section
from dmp_assets.profiles.pages.value import LEAST_PEOPLE, TENTHS, value_section

SUMMARY = """SELECT count(*) AS people, count(*) FILTER (p.orders > 0) AS buyers,
    count(*) FILTER (p.orders = 0) AS prospects,
    count(*) FILTER (lifecycle_stage = 'at_risk') AS late, count(*) FILTER (lifecycle_stage = 'lapsed') AS lapsed,
    count(*) FILTER (lifecycle_stage <> 'not_enough_data' AND p.orders > 0) AS in_stages,
    coalesce(sum(revenue) FILTER (p.orders > 0), 0)::DECIMAL(38, 4) AS revenue,
    coalesce(sum(revenue) FILTER (lifecycle_stage IN ('at_risk', 'lapsed')), 0)::DECIMAL(38, 4) AS silent_revenue,
    (sum(revenue) FILTER (p.orders > 0) / nullif(buyers, 0))::DECIMAL(38, 4) AS mean_revenue,
    quantile_disc(revenue, 0.5) FILTER (p.orders > 0) AS median_revenue
FROM profiles.profiles AS p LEFT JOIN profiles.lifecycle USING (person_id)"""


def build_customers(edition: Edition) -> Iterator[Block]:
    """Yield the headline, the figures of all customers, and a section per question."""
    words = edition.words
    summary = edition.ask(SUMMARY).row(0, named=True)
    if not summary["people"]:
        yield Headline(words("customers.nobody"))
        yield NotEnough(words("customers.no_people"))
        return
    tenths = edition.ask(TENTHS)
    has_top = summary["buyers"] >= LEAST_PEOPLE and not tenths.is_empty()
    yield Headline(_headline(edition, summary))
    yield Figures(_figures(edition, summary | {"top_share": tenths["revenue_share_rate"][0] if has_top else None}))
    if summary["buyers"]:
        yield value_section(edition, tenths, summary["buyers"])
        yield grid_section(edition)
        yield moves_section(edition)
        yield stages_section(edition)
        yield next_orders_section(edition)
    yield engagement_section(edition)
    yield places_section(edition)
    yield interests_section(edition)


def _headline(edition: Edition, summary: dict[str, Any]) -> str:
    words, silent = edition.words, summary["late"] + summary["lapsed"]
    if not summary["buyers"]:
        return words("customers.no_buyers", people=summary["people"])
    if not summary["in_stages"]:
        return words("customers.bought", buyers=summary["buyers"], revenue=summary["revenue"])
    if summary["buyers"] < LEAST_PEOPLE or summary["revenue"] <= 0:
        return words("customers.silent", silent=silent, buyers=summary["buyers"])
    share, revenue_share = silent / summary["buyers"], float(summary["silent_revenue"] / summary["revenue"])
    return words(
        "customers.silent_share", silent=silent, buyers=summary["buyers"], share=share, revenue_share=revenue_share
    )


def _figures(edition: Edition, summary: dict[str, Any]) -> list[Figure]:
    """Return the figures; a stage is unknown, not 0, where nobody has a rhythm to be judged by."""
    unknown = () if summary["in_stages"] else ("late", "lapsed")
    shown: tuple[tuple[str, Kind], ...] = (
        ("buyers", "number"),
        ("prospects", "number"),
        ("late", "number"),
        ("lapsed", "number"),
        ("top_share", "percent"),
        ("mean_revenue", "money"),
        ("median_revenue", "money"),
    )
    return [
        Figure(name, edition.words(f"customers.{name}"), None if name in unknown else summary[name], kind)
        for name, kind in shown
    ]


CUSTOMERS = Page("customers", build_customers, described_by="profiles.profiles")
