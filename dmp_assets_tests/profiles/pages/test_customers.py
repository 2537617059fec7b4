"""The page of customers: its figures and sentences from few rows, and what it says where there are fewer."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dmp_assets.foundation.pages.blocks import NotEnough
from dmp_assets.profiles.pages.customers import CUSTOMERS
from dmp_assets_tests.support.editions import (
    Rows,
    built,
    chart,
    drawn,
    every,
    figures,
    headline,
    nonsense,
    table,
    texts,
)

TODAY = date(2026, 4, 1)
DAY = timedelta(days=1)


def person(number: int, revenue: int, stage: str = "active", due: int | None = 3, **profile: Any) -> dict[str, Any]:
    """Return a customer with four orders; the next one is expected so many days from today."""
    expected = None if due is None else TODAY + due * DAY
    return {
        "profile": {"person_id": f"p{number:02}", "as_of_date": TODAY, "orders": 4, "revenue": revenue}
        | {"average_order_value": revenue / 4, "rfm_group": "At Risk", "rfm_recency_score": 2, "recency_days": 9}
        | {"rfm_frequency_score": 3, "rfm_monetary_score": 4} | profile,
        "life": {"person_id": f"p{number:02}", "lifecycle_stage": stage, "orders": 4, "typical_gap_days": 2}
        | {"days_since_order": 9, "next_expected_order_date": expected},
    }  # fmt: skip


def rows_of(people: list[dict[str, Any]]) -> Rows:
    return {
        "profiles.profiles": [one["profile"] for one in people],
        "profiles.lifecycle": [one["life"] for one in people],
    }


PEOPLE = [
    *(person(number, 100) for number in range(28)),
    person(28, 500, "at_risk", due=-1),
    person(29, 700, "at_risk", due=0),
    person(30, 1000, "lapsed", due=-90),
]
"""31 customers, 5,000 in all; a tenth of them, rounded up, are four: 1000 + 700 + 500 + 100."""


@pytest.fixture(scope="module")
def page() -> list[Any]:
    return built(CUSTOMERS, rows_of(PEOPLE))


def test_the_headline_says_how_many_are_silent_and_what_they_brought(page: list[Any]) -> None:
    assert headline(page) == (
        "9.7% of the customers (3 of 31) are late or have lapsed; they brought 44% of what all known customers brought."
    )


def test_figures_are_those_of_all_customers(page: list[Any]) -> None:
    found = figures(page)
    assert found == {
        "buyers": 31, "prospects": 0, "late": 2, "lapsed": 1, "top_share": 0.46,
        "mean_revenue": Decimal("161.2903"), "median_revenue": Decimal(100),
    }  # fmt: skip
    tenths = table(page, "customers-by-tenth")
    assert [row["people"] for row in tenths] == [4, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    assert sum(row["revenue"] for row in tenths) == 5000


def test_the_next_orders_stand_in_their_weeks_without_those_who_lapsed(page: list[Any]) -> None:
    rows = table(page, "next-orders")
    assert [row["people"] for row in rows] == [1, 29, 0, 0, 0, 0, 0, 0, 0, 0]
    assert [row["name"] for row in rows[:3]] == ["Overdue", "From 1 Apr 2026", "From 8 Apr 2026"]
    assert (rows[0]["worth"], rows[1]["worth"]) == (125, 875)
    far = rows_of([person(1, 4, due=6), person(2, 4, due=7), person(3, 4, due=55), person(4, 4, due=56)])
    assert [row["people"] for row in table(built(CUSTOMERS, far), "next-orders")] == [0, 1, 1, 0, 0, 0, 0, 0, 1, 1]


def test_who_is_late_is_named_by_group_and_by_person_only_where_people_are_shown(page: list[Any]) -> None:
    assert [row["person_id"] for row in table(page, "late-people")] == ["p29", "p28"]
    hidden = built(CUSTOMERS, rows_of(PEOPLE), show_people=False)
    assert table(hidden, "late-groups")[0] | {"median_gap": 2.0} == table(page, "late-groups")[0]
    shown = [str(cell) for one in every(hidden) if hasattr(one, "rows") for row in one.rows.iter_rows() for cell in row]
    assert [cell for cell in shown if cell.startswith("p2")] == []


def test_the_grid_has_every_cell_with_its_group_and_its_people(page: list[Any]) -> None:
    cells = drawn(page, "grid")
    assert len(cells) == 25
    assert {(one["down"], one["across"], one["value"]) for one in cells if one["value"]} == {(2, 4, 31)}
    assert next(one["label"] for one in cells if (one["down"], one["across"]) == (2, 4)) == ["At Risk", "31"]
    assert chart(page, "grid").title.startswith("31 of 31 customers bought well before")


def history(*groups: tuple[str, str, str]) -> Rows:
    ends = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
    rows = [
        {"as_of_date": end, "person_id": f"p{number}", "orders": 1, "revenue": 1, "rfm_group": group}
        for number, row in enumerate(groups)
        for end, group in zip(ends, row, strict=True)
        if group
    ]
    return {**rows_of([person(1, 4)]), "profiles.profile_history": rows}


def test_moves_are_those_of_the_last_month_and_new_customers_left_no_group() -> None:
    page = built(
        CUSTOMERS,
        history(
            ("Lost", "Champions", "Champions"),
            ("Lost", "Champions", "At Risk"),
            ("", "", "Champions"),
            ("", "", "New Customers"),
        ),
    )
    net = {row["name"]: (row["before"], row["after"], row["value"]) for row in table(page, "rfm-net")}
    assert net == {"Champions": (2, 2, 0), "New Customers": (0, 1, 1), "At Risk": (0, 1, 1)}
    assert [(row["from_group"], row["to_group"], row["people"]) for row in table(page, "rfm-moves")] == [
        ("Champions", "At Risk", 1),
        ("No orders", "Champions", 1),
        ("No orders", "New Customers", 1),
    ]
    assert chart(page, "net").title == "New Customers grew most, by 1 person; no group shrank"


def test_interests_leave_out_what_is_none_and_share_the_attention_that_is_left() -> None:
    given = [("p01", "FUEL", 0.5), ("p01", "BREAD", 0.3), ("p01", "SOUP", 0.2), ("p02", "BREAD", 0.6)]
    rows = {
        **rows_of([person(1, 4), person(2, 4)]),
        "profiles.affinities": [
            {"person_id": who, "attribute": "item_category", "value": value, "affinity": affinity}
            for who, value, affinity in given
        ]
        + [{"person_id": "p01", "attribute": "brand", "value": "FUEL", "affinity": 1}],
    }
    page = built(CUSTOMERS, rows, left_out=("FUEL",))
    found = [
        (row["value"], row["people"], round(row["attention_rate"], 4)) for row in table(page, "interests-item_category")
    ]
    assert found == [("BREAD", 2, 0.8182), ("SOUP", 1, 0.1818)]
    assert table(page, "interests-brand")[0]["value"] == "FUEL"


def test_places_count_each_person_once_and_engagement_has_all_its_bands() -> None:
    places = [("p01", "NO", "shop"), ("p01", "NO", "crm"), ("p01", "SE", "crm"), ("p02", "NO", "crm")]
    rows = {
        **rows_of([person(1, 4), person(2, 4)]),
        "profiles.places": [
            {"person_id": who, "field": "country", "value": value, "source": source} for who, value, source in places
        ],
        "profiles.engagement": [
            {"person_id": f"p{number}", "engagement_score": score, "visits": 1}
            for number, score in enumerate((0.0, 0.2, 0.6, 1.0))
        ],
    }
    page = built(CUSTOMERS, rows)
    assert [(row["value"], row["people"], row["share_rate"]) for row in table(page, "places-country")] == [
        ("NO", 2, 1.0),
        ("SE", 1, 0.5),
    ]
    assert [row["value"] for row in table(page, "engagement")] == [1, 1, 0, 1, 1]


def test_without_a_rhythm_nobody_is_known_to_be_late() -> None:
    found = figures(built(CUSTOMERS, rows_of([person(1, 4, "not_enough_data", None)])))
    assert (found["late"], found["lapsed"], found["buyers"]) == (None, None, 1)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, "Nobody is known yet."),
        ({"profiles.profiles": [{"person_id": "p", "orders": 0, "revenue": 0}]}, "1 person is known, and nobody has"),
        (rows_of([person(1, 4, "not_enough_data", None)]), "1 customer has bought for $4.00."),
        (rows_of([person(1, 4, "at_risk")]), "Late or lapsed: 1 of 1 customer."),
        (rows_of([person(n, 0, "lapsed") for n in range(40)]), "Late or lapsed: 40 of 40 customers."),
        (rows_of([person(n, -1, "lapsed", None) for n in range(40)]), "Late or lapsed: 40 of 40 customers."),
        (rows_of([person(1, 4, rfm_group="Not enough data", rfm_recency_score=None)]), "Late or lapsed: 0 of 1"),
    ],
)
def test_few_people_make_sense_and_what_is_missing_is_said(rows: Rows, said: str) -> None:
    page = built(CUSTOMERS, rows)
    assert headline(page).startswith(said)
    assert nonsense(page) == []
    assert figures(page).get("top_share") is None
    assert any(isinstance(one, NotEnough) for one in every(page))
    assert "%" not in headline(page)
    assert all(texts(page))
