"""Campaign ROI: credit, costs, reconciliation and edges."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.campaigns.campaign_roi import People, build_campaign_roi
from dmp_assets.campaigns.schema import CampaignRoi
from dmp_assets_tests.campaigns.support.factories import audiences, campaigns, order, people, redeemed, reversal

DAY = date(2026, 3, 31)
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
TWO = campaigns([("a", "mail", MONDAY, DAY), ("b", "post", MONDAY, DAY)])


def roi(listed, audience, did, cost=0.5, by_type=None, day=DAY) -> dict[str, dict[str, object]]:
    table = build_campaign_roi(listed, audiences(audience), did, day, cost, by_type or {})
    return {row["campaign_id"]: row for row in CampaignRoi.validate(table, lazy=True).rows(named=True)}


def test_one_campaign_by_hand():
    rows = roi(
        TWO,
        [("a", "ann"), ("a", "bob"), ("a", "cat"), ("a", "dan")],
        people(
            [redeemed(MONDAY, "ann", "a"), redeemed(MONDAY, "ann", "a"), redeemed(TUESDAY, "eve", "a")],
            [order(MONDAY, "ann", "20", coupon="2"), order(MONDAY, "bob", "99"), order(TUESDAY, "ann", "99")],
        ),
        by_type={"mail": 0.25},
    )
    a = rows["a"]
    assert (a["reached"], a["redeemed"], a["redemptions"], a["redemption_rate"]) == (4, 2, 3, 0.25)
    assert (a["orders"], a["revenue"], a["discount_cost"]) == (1, Decimal(20), Decimal(2))
    assert (a["contact_cost"], a["cost"], a["roi_rate"], a["status"]) == (Decimal(1), Decimal(3), 17 / 3, "ok")


def test_what_was_taken_back_of_an_order_was_not_earned():
    did = people(
        [redeemed(MONDAY, "ann", "a")],
        [order(MONDAY, "ann", "20", coupon="2"), order(MONDAY, "ann", "7"), order(MONDAY, "bob", "99")],
        [
            reversal(TUESDAY, "o0", "3"),
            reversal(DAY, "o0", "4"),
            reversal(TUESDAY, "o1", "7"),
            reversal(TUESDAY, "o2", "99"),
            reversal(TUESDAY, None, "5"),
        ],
    )
    a = roi(TWO, [], did)["a"]
    assert (a["orders"], a["revenue"], a["discount_cost"]) == (2, Decimal(13), Decimal(2))
    before = roi(TWO, [], did, day=DAY - timedelta(days=1))["a"]
    assert before["revenue"] == Decimal(17), "a reversal counts from its own day on"
    assert roi(TWO, [], did, day=MONDAY)["a"]["revenue"] == Decimal(27)


def test_orders_that_do_not_count_are_no_campaigns():
    did = people([redeemed(MONDAY, "ann", "a")], [order(MONDAY, "ann", counts=False), order(MONDAY, "ann", "1")])
    assert roi(TWO, [], did)["a"]["orders"] == 1


def test_more_taken_back_than_sold_is_shared_to_the_last_unit():
    did = people(
        [redeemed(MONDAY, "ann", name) for name in "abc"],
        [order(MONDAY, "ann", "1")],
        [reversal(TUESDAY, "o0", "1.0100")],
    )
    rows = roi(campaigns([(name, None, MONDAY, DAY) for name in "abc"]), [], did, cost=0.0)
    assert [str(rows[name]["revenue"]) for name in "abc"] == ["-0.0032", "-0.0034", "-0.0034"]


def test_a_campaign_without_anything_stays_with_zeros():
    b = roi(TWO, [("a", "ann")], people())["b"]
    assert (b["reached"], b["redeemed"], b["orders"], b["revenue"], b["cost"]) == (0, 0, 0, 0, 0)
    assert (b["redemption_rate"], b["roi_rate"], b["status"]) == (None, None, "no_audience")


def test_cost_without_sales_is_a_loss_of_all():
    a = roi(TWO, [("a", "ann")], people())["a"]
    assert (a["roi_rate"], a["redemption_rate"], a["status"]) == (-1.0, 0.0, "no_redemptions")


def test_a_shared_order_is_split_and_the_remainder_goes_to_the_first():
    did = people(
        [redeemed(MONDAY, "ann", name) for name in ("c", "a", "b")], [order(MONDAY, "ann", "0.0100", coupon="0.0002")]
    )
    listed = campaigns([(name, None, MONDAY, DAY) for name in "abc"])
    rows = roi(listed, [], did, cost=0.0)
    assert [str(rows[name]["revenue"]) for name in "abc"] == ["0.0034", "0.0033", "0.0033"]
    assert [str(rows[name]["discount_cost"]) for name in "abc"] == ["0.0002", "0.0000", "0.0000"]
    assert [rows[name]["orders"] for name in "abc"] == [1, 1, 1]


def test_an_unlisted_campaign_keeps_its_own_part():
    did = people([redeemed(MONDAY, "ann", name) for name in ("a", "ghost")], [order(MONDAY, "ann", "10")])
    rows = roi(TWO, [], did)
    assert rows["a"]["revenue"] == rows["ghost"]["revenue"] == Decimal(5)
    assert rows["ghost"]["status"] == "unknown_campaign"


def test_what_nobody_did_and_other_events_are_no_campaigns():
    did = people(
        [
            redeemed(MONDAY, None, "a"),
            redeemed(MONDAY, "ann", "b"),
            redeemed(MONDAY, "ann", None),
            redeemed(MONDAY, "ann", "a", name="view_item"),
        ],
        [order(MONDAY, None, "10")],
    )
    rows = roi(TWO, [], did)
    assert (rows["a"]["redemptions"], rows["b"]["redemptions"]) == (0, 1)
    assert (rows["a"]["orders"], rows["b"]["orders"]) == (0, 0)


@pytest.mark.parametrize(("day", "orders"), [(MONDAY - timedelta(days=1), 0), (MONDAY, 1)])
def test_nothing_after_the_as_of_day_counts(day: date, orders: int):
    did = people([redeemed(MONDAY, "ann", "a")], [order(MONDAY, "ann", "1")])
    a = roi(TWO, [("a", "ann")], did, day=day)["a"]
    assert (a["orders"], a["reached"], a["contact_cost"]) == (orders, orders, Decimal("0.5") * orders)
    assert a["status"] == ("ok" if orders else "not_started")


def test_a_cost_is_taken_by_its_digits():
    assert roi(TWO, [("a", "p1"), ("a", "p2"), ("a", "p3")], people(), cost=0.1)["a"]["contact_cost"] == Decimal("0.3")


def test_nothing_in_nothing_out():
    assert roi(campaigns([]), [], people()) == {}


coupons = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from("abcd")), max_size=12)
bought = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 99_999), st.integers(0, 120_000)), max_size=8
)


@given(coupons, bought, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_campaigns_add_up_to_the_credited_orders_in_any_order_of_rows(redemptions, sold, random):
    days = (MONDAY, TUESDAY)
    used = [redeemed(days[day], f"p{person}", name) for person, day, name in redemptions]
    amounts = [(str(Decimal(units) / 10_000), str(Decimal(back) / 10_000)) for _, _, units, back in sold]
    orders = [
        order(days[day], f"p{person}", sales, coupon=sales)
        for (person, day, _, _), (sales, _) in zip(sold, amounts, strict=True)
    ]
    taken_back = [reversal(DAY, f"o{place}", back) for place, (_, back) in enumerate(amounts)]
    did = people(used, orders, taken_back)
    table = build_campaign_roi(TWO, audiences([]), did, DAY, 0.0, {})
    credited = {(person, day) for person, day, _ in redemptions}
    counted = [(units, back) for person, day, units, back in sold if (person, day) in credited]
    assert table["revenue"].sum() * 10_000 == sum(units - back for units, back in counted)
    assert table["discount_cost"].sum() * 10_000 == sum(units for units, _ in counted)
    frames = [frame.collect() for frame in (did.events, did.orders, did.reversals)]
    shuffled = (frame[random.sample(range(frame.height), frame.height)].lazy() for frame in frames)
    again = build_campaign_roi(TWO.reverse(), audiences([]), People(*shuffled), DAY, 0.0, {})
    assert_frame_equal(again, table)
    assert table["campaign_id"].is_sorted()
    assert isinstance(table.schema["revenue"], pl.Decimal)
