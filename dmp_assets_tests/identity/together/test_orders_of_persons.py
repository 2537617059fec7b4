"""What orders say of persons: one small story each."""

import polars as pl

from dmp_assets.identity.moves import Standing, find_moves
from dmp_assets_tests.identity.support.factories import (
    at,
    clusters,
    daily,
    edge,
    history,
    merges,
    order,
    resolved,
    rules_fired,
    verdict_of,
)


def test_a_guest_checkout_joins_the_web_cookie_and_the_mail_that_the_shop_wrote_to():
    found = resolved(edge("a1", 1, 20), edge("e1", 20), orders=[order("shop:1001", e1=20, a1=19)])
    assert clusters(found) == {"a1": "a1 e1"}
    row = found.edges.filter(pl.col("rule") == "order").row(0, named=True)
    assert (row["value_a"], row["value_b"], row["events"], row["event_id"]) == ("e1", "a1", 0, "shop:1001")
    assert (row["first_seen_at"], row["verdict"]) == (at(19), "kept")


def test_the_merge_of_two_buyers_names_the_order_that_showed_it():
    found = resolved(edge("a1", 1), edge("e1", 3), orders=[order("shop:1001", e1=20, a1=20)])
    assert merges(found) == [("e1", "a1", 20, "e1 a1")]
    assert found.merges.select("source", "event_id").rows() == [("shop", "shop:1001")]
    assert history(found, "e1") == [("e1", 3, 20, "created"), ("a1", 20, None, "merged")]


def test_two_accounts_on_one_order_stay_two_people_and_the_order_joins_nobody():
    found = resolved(edge("u1 e1", 1), edge("u2 e2", 2), edge("a1", 5), orders=[order("shop:1001", u1=5, u2=6, a1=5)])
    assert clusters(found) == {"u1": "e1 u1", "u2": "e2 u2", "a1": "a1"}
    assert verdict_of(found, "u1 u2") == "order_conflict"
    assert rules_fired(found) == [("u1 u2", "order_conflict", 2, 1, 1)]
    assert found.verdicts["message"].item() == "one order names 2 user_ids: it joins none of its visitors"


def test_a_clerk_who_is_on_the_orders_of_many_accounts_stays_a_person():
    orders = [order(f"till:{n}", u0=n, **{f"u{n}": n}) for n in range(1, 40)]
    found = resolved(edge("u0 d0", 0), orders=orders)
    assert clusters(found)["u0"] == "d0 u0"
    assert set(found.identifiers["verdict"]) == {"linked", "alone"}
    assert found.edges.filter(pl.col("verdict") == "order_conflict").height == 39


def test_an_order_named_by_a_browser_and_an_app_is_one_buyers():
    found = resolved(edge("a1", 1), edge("u1 d1", 3), orders=[order("web:7", d1=10, a1=12)])
    assert clusters(found) == {"a1": "a1 d1 u1"}
    assert merges(found) == [("u1", "a1", 12, "d1 a1")]


def test_a_mail_on_the_orders_of_two_accounts_is_shared_and_of_the_one_that_ordered_last():
    orders = [order("o1", u1=5, e1=5), order("o2", u2=1500, e1=1500), order("o3", u1=3000, e1=3000)]
    found = resolved(orders=orders, seen=daily())
    assert verdict_of(found, "u1 e1") == "shared"
    assert history(found, "e1") == [
        ("u1", 5, 1500, "created"),
        ("u2", 1500, 3000, "reassigned"),
        ("u1", 3000, None, "reassigned"),
    ]


def test_a_cookie_that_too_many_mails_ordered_with_is_nobodys():
    found = resolved(orders=[order(f"o{n}", e1=n, a1=n).with_columns(_mail(n)) for n in range(51)])
    assert dict(found.identifiers.select("identifier", "verdict").iter_rows())["a1"] == "super_node"


def _mail(number: int) -> pl.Expr:
    return pl.col("visitor_id").str.replace("email:e1", f"email:e{number}")


def test_a_buyer_leaves_an_account_once_the_order_names_another_one_and_the_move_says_so():
    seen = [edge("u1", 1), edge("u2", 1), edge("a1", 5)]
    before = resolved(*seen, orders=[order("o1", u1=5, a1=6)])
    after = resolved(*seen, orders=[order("o1", u1=5, u2=5, a1=6)])
    assert (clusters(before)["u1"], clusters(after)["u1"]) == ("a1 u1", "u1")
    standing = [Standing(found.identifiers, found.verdicts) for found in (before, after)]
    moves = find_moves(*standing, after.merges, at(6).date(), at(9))
    assert moves.select("identifier", "reason", "value_a", "value_b").rows() == [("a1", "split", "u1", "u2")]
