"""Campaigns: only those that are over and large enough are compared, and nothing is called an effect."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dmp_assets.campaigns.page import CAMPAIGNS_PAGE
from dmp_assets.foundation.pages.blocks import Block, Table
from dmp_assets.foundation.pages.page import Edition
from dmp_assets_tests.support.editions import (
    LAST_DAY,
    built,
    chart,
    connected,
    edition_of,
    every,
    figures,
    headline,
    nonsense,
    table,
    texts,
)


def campaign(name: str, **changes: Any) -> dict[str, Any]:
    row = {"campaign_id": name, "campaign_name": name.title(), "campaign_type": "A", "start_date": date(2026, 1, 1)}
    counts = {"reached": 100, "redeemed": 40, "redemptions": 40, "redemption_rate": 0.4, "orders": 40}
    money = {"revenue": 400, "discount_cost": 60, "contact_cost": 40, "cost": 100, "roi_rate": 3.0, "status": "ok"}
    return row | counts | money | {"end_date": date(2026, 2, 1), "as_of_date": LAST_DAY} | changes


ROWS = [
    campaign("good"),
    campaign("last", end_date=LAST_DAY, revenue=50, roi_rate=-0.5, redemption_rate=0.1),
    campaign("open", end_date=LAST_DAY + timedelta(days=1), roi_rate=99.0, revenue=10_000, redemption_rate=0.9),
    campaign("few", orders=29, roi_rate=50.0, redemption_rate=0.2),
    campaign("tiny", reached=29, redemption_rate=1.0, orders=30, roi_rate=0.1),
    campaign("free", cost=0, discount_cost=0, contact_cost=0, roi_rate=None, reached=30, redemption_rate=0.5),
    campaign("silent", status="no_redemptions", orders=0, redeemed=0, redemption_rate=0.0, revenue=0, roi_rate=-1.0),
    campaign("later", status="not_started", start_date=date(2026, 5, 1), end_date=date(2026, 6, 1), reached=0,
             redemption_rate=None, orders=0, revenue=0, cost=0, roi_rate=None),
    campaign("lost", status="unknown_campaign", campaign_name=None, start_date=None, end_date=None),
]  # fmt: skip


@pytest.fixture(scope="module")
def edition() -> Edition:
    return edition_of(connected({"campaigns.campaign_roi": ROWS}))


@pytest.fixture(scope="module")
def page(edition: Edition) -> list[Block]:
    return list(CAMPAIGNS_PAGE.build(edition))


def test_the_headline_compares_those_that_are_over_and_have_thirty_orders(page: list[Block]) -> None:
    assert headline(page) == (
        "2 of 3 campaigns that can be judged have more credited revenue than cost. "
        "Good has most for its cost: $400.00 for $100.00."
    )


def test_what_cannot_be_judged_is_marked_with_the_reason(page: list[Block]) -> None:
    found = {row["campaign_id"]: row["reading_in_words"] for row in table(page, "campaigns")}
    assert found == {
        "good": "Can be judged",
        "last": "Can be judged",
        "tiny": "Can be judged",
        "free": "No cost known",
        "open": "Not over yet",
        "few": "Too few orders",
        "silent": "No redemptions",
        "later": "Not started",
        "lost": "Not in the list of campaigns",
    }
    assert "1 campaign is not over on 31 Mar 2026: figures will still grow." in texts(page)


def test_the_page_says_that_it_shows_no_effect(page: list[Block]) -> None:
    assert any("not the effect of the campaigns" in text and "no control group" in text for text in texts(page))


def test_break_even_is_the_share_of_revenue_that_has_to_be_profit(page: list[Block]) -> None:
    found = {row["campaign_id"]: row["break_even_rate"] for row in table(page, "campaigns")}
    assert (found["good"], found["last"], found["silent"]) == (0.25, 2.0, None)


def test_the_figures_are_those_of_the_view_to_the_cent(page: list[Block], edition: Edition) -> None:
    sums = edition.ask("SELECT sum(revenue), sum(discount_cost), sum(contact_cost), sum(cost) FROM campaign_roi").row(0)
    found = figures(page)
    assert tuple(found[name] for name in ("revenue", "discount_cost", "contact_cost", "cost")) == sums
    assert (found["campaigns"], found["judged"]) == (9, 3)
    # A campaign that nothing was paid for here may have cost something elsewhere, as ads do: its cost is not 0.
    view = edition.ask(
        "SELECT campaign_id, revenue, nullif(cost, 0), roi_rate FROM campaign_roi ORDER BY campaign_id"
    ).rows()
    shown = [
        tuple(row[name] for name in ("campaign_id", "revenue", "cost", "roi_rate")) for row in table(page, "campaigns")
    ]
    assert sorted(shown) == view


def test_redemption_rates_are_of_campaigns_that_are_over_and_reached_thirty(page: list[Block]) -> None:
    rows = [(row["name"], row["value"]) for row in table(page, "redemption-rates")]
    assert rows == [("Free", 0.5), ("Good", 0.4), ("Few", 0.2), ("Last", 0.1), ("Silent", 0.0)]
    assert chart(page, "redemption").title == "Free was redeemed most: by 50% of 30 people"


def test_campaigns_without_any_redemption_are_not_ranked() -> None:
    blocks = built(CAMPAIGNS_PAGE, {"campaigns.campaign_roi": [row for row in ROWS if row["campaign_id"] == "silent"]})
    assert (
        chart(blocks, "redemption").title
        == "Nobody is known to have redeemed a coupon of 1 campaign that reached enough people"
    )


def test_campaigns_of_one_name_are_told_apart() -> None:
    same = [campaign(name, campaign_name="Spring") for name in ("a", "b")]
    blocks = built(CAMPAIGNS_PAGE, {"campaigns.campaign_roi": same})
    assert {row["campaign_name"] for row in table(blocks, "campaigns")} == {"Spring (a)", "Spring (b)"}


def test_the_queries_behind_the_tables_run(page: list[Block], edition: Edition) -> None:
    queries = {one.query for one in every(page) if isinstance(one, Table) and one.query}
    assert queries
    assert all(not edition.ask(query).is_empty() for query in queries)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "There are no campaigns in the data."),
        (
            ROWS[3:4],
            "No campaign of 1 can be judged yet: it has to be over, have a cost, and 30 orders with its coupons.",
        ),
        (ROWS[:1], "One campaign can be judged: Good, with $400.00 of credited revenue for $100.00 of cost."),
    ],
)
def test_little_or_nothing_makes_sense(rows: list[dict[str, Any]], words: str) -> None:
    blocks = built(CAMPAIGNS_PAGE, {"campaigns.campaign_roi": rows})
    assert (headline(blocks), nonsense(blocks)) == (words, [])
    assert figures(blocks).get("cost") in (None, Decimal(100))
