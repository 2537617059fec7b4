"""Campaign ROI: credit, costs, reconciliation and edges."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.campaigns.campaign_roi import build_campaign_roi
from dmp_assets.campaigns.schema import CampaignRoi
from dmp_assets_tests.campaigns.support.factories import audiences, campaigns, event, events

DAY = date(2026, 3, 31)
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
TWO = campaigns([("a", "mail", MONDAY, DAY), ("b", "post", MONDAY, DAY)])


def roi(listed, people, happened, cost=0.5, by_type=None, day=DAY) -> dict[str, dict[str, object]]:
    table = build_campaign_roi(listed, audiences(people), events(happened).lazy(), day, cost, by_type or {})
    return {row["campaign_id"]: row for row in CampaignRoi.validate(table, lazy=True).rows(named=True)}


def test_one_campaign_by_hand():
    rows = roi(
        TWO,
        [("a", "ann"), ("a", "bob"), ("a", "cat"), ("a", "dan")],
        [
            event(MONDAY, "coupon_redemption", "ann", "a"),
            event(MONDAY, "coupon_redemption", "ann", "a"),
            event(MONDAY, "purchase", "ann", revenue="20", coupon="1.5", match="0.5"),
            event(MONDAY, "purchase", "bob", revenue="99"),
            event(TUESDAY, "purchase", "ann", revenue="99"),
            event(TUESDAY, "coupon_redemption", "eve", "a"),
        ],
        by_type={"mail": 0.25},
    )
    a = rows["a"]
    assert (a["reached"], a["redeemed"], a["redemptions"], a["redemption_rate"]) == (4, 2, 3, 0.25)
    assert (a["orders"], a["revenue"], a["discount_cost"]) == (1, Decimal(20), Decimal(2))
    assert (a["contact_cost"], a["cost"], a["roi_rate"], a["status"]) == (Decimal(1), Decimal(3), 17 / 3, "ok")


def test_a_campaign_without_anything_stays_with_zeros():
    b = roi(TWO, [("a", "ann")], [])["b"]
    assert (b["reached"], b["redeemed"], b["orders"], b["revenue"], b["cost"]) == (0, 0, 0, 0, 0)
    assert (b["redemption_rate"], b["roi_rate"], b["status"]) == (None, None, "no_audience")


def test_cost_without_sales_is_a_loss_of_all():
    a = roi(TWO, [("a", "ann")], [])["a"]
    assert (a["roi_rate"], a["redemption_rate"], a["status"]) == (-1.0, 0.0, "no_redemptions")


def test_a_shared_order_is_split_and_the_remainder_goes_to_the_first():
    happened = [event(MONDAY, "coupon_redemption", "ann", name) for name in ("c", "a", "b")]
    happened.append(event(MONDAY, "purchase", "ann", revenue="0.0100", coupon="0.0002"))
    listed = campaigns([(name, None, MONDAY, DAY) for name in "abc"])
    rows = roi(listed, [], happened, cost=0.0)
    assert [str(rows[name]["revenue"]) for name in "abc"] == ["0.0034", "0.0033", "0.0033"]
    assert [str(rows[name]["discount_cost"]) for name in "abc"] == ["0.0002", "0.0000", "0.0000"]
    assert [rows[name]["orders"] for name in "abc"] == [1, 1, 1]


def test_an_unlisted_campaign_keeps_its_own_part():
    happened = [event(MONDAY, "coupon_redemption", "ann", name) for name in ("a", "ghost")]
    rows = roi(TWO, [], [*happened, event(MONDAY, "purchase", "ann", revenue="10")])
    assert rows["a"]["revenue"] == rows["ghost"]["revenue"] == Decimal(5)
    assert rows["ghost"]["status"] == "unknown_campaign"


def test_anonymous_events_and_other_events_are_nobodys():
    rows = roi(
        TWO,
        [],
        [
            event(MONDAY, "coupon_redemption", None, "a"),
            event(MONDAY, "purchase", None, revenue="10"),
            event(MONDAY, "coupon_redemption", "ann", "b"),
            event(MONDAY, "refund", "ann", revenue="-10"),
            event(MONDAY, "coupon_redemption", "ann", None),
        ],
    )
    assert (rows["a"]["redemptions"], rows["b"]["redemptions"]) == (0, 1)
    assert (rows["a"]["orders"], rows["b"]["orders"]) == (0, 0)


@pytest.mark.parametrize(("day", "orders"), [(MONDAY - timedelta(days=1), 0), (MONDAY, 1)])
def test_nothing_after_the_as_of_day_counts(day: date, orders: int):
    happened = [event(MONDAY, "coupon_redemption", "ann", "a"), event(MONDAY, "purchase", "ann", revenue="1")]
    a = roi(TWO, [("a", "ann")], happened, day=day)["a"]
    assert (a["orders"], a["reached"], a["contact_cost"]) == (orders, orders, Decimal("0.5") * orders)
    assert a["status"] == ("ok" if orders else "not_started")


def test_a_cost_is_taken_by_its_digits():
    assert roi(TWO, [("a", "p1"), ("a", "p2"), ("a", "p3")], [], cost=0.1)["a"]["contact_cost"] == Decimal("0.3")


def test_nothing_in_nothing_out():
    assert roi(campaigns([]), [], []) == {}


redeemed = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from("abcd")), max_size=12)
bought = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 99_999)), max_size=8)


@given(redeemed, bought, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_campaigns_add_up_to_the_credited_orders_in_any_order_of_rows(redemptions, purchases, random):
    days = (MONDAY, TUESDAY)
    happened = [event(days[day], "coupon_redemption", f"p{person}", name) for person, day, name in redemptions]
    for person, day, units in purchases:
        amount = str(Decimal(units) / 10_000)
        happened.append(event(days[day], "purchase", f"p{person}", revenue=amount, coupon=amount))
    frame = events(happened)
    table = build_campaign_roi(TWO, audiences([]), frame.lazy(), DAY, 0.0, {})
    credited = {(person, day) for person, day, _ in redemptions}
    want = sum(units for person, day, units in purchases if (person, day) in credited)
    assert table["revenue"].sum() * 10_000 == want
    assert table["discount_cost"].sum() * 10_000 == want
    places = list(range(frame.height))
    random.shuffle(places)
    again = build_campaign_roi(TWO.reverse(), audiences([]), frame[places].lazy(), DAY, 0.0, {})
    assert_frame_equal(again, table)
    assert table["campaign_id"].is_sorted()
    assert isinstance(table.schema["revenue"], pl.Decimal)
