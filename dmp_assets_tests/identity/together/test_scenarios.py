"""What becomes of identifiers: one small story each, with its persons, its merges and who was who when."""

from dataclasses import replace

from dmp_assets.identity.rules import IdentityRules
from dmp_assets_tests.identity.support.factories import (
    RULES,
    clusters,
    daily,
    edge,
    history,
    merges,
    resolved,
    rules_fired,
    verdict_of,
)

WIDE = IdentityRules(limits=dict.fromkeys(RULES.limits, 1000) | {"user_id": 1}, super_node_stronger=1000)


def test_two_identifiers_on_one_event_are_one_person_from_then_on():
    found = resolved(edge("u1 a1", 5, 9))
    assert clusters(found) == {"u1": "a1 u1"}
    assert history(found, "a1") == [("u1", 5, None, "created")]
    assert found.merges.is_empty()
    person = found.persons.row(0, named=True)
    assert (person["user_id"], person["identifiers"], person["anonymous_ids"], person["emails"]) == ("u1", 2, 1, 0)


def test_a_chain_is_one_person_named_by_its_oldest_identifier():
    found = resolved(edge("d1 a1", 1), edge("e1 d1", 2), edge("u1 e1", 3))
    assert clusters(found) == {"d1": "a1 d1 e1 u1"}
    assert [history(found, value)[0][1] for value in ("a1", "e1", "u1")] == [1, 2, 3]
    assert found.merges.is_empty()


def test_many_identifiers_that_lead_to_one_account_are_one_person():
    found = resolved(*(edge(f"u1 a{n}", n) for n in range(1, 6)))
    assert clusters(found) == {"u1": "a1 a2 a3 a4 a5 u1"}
    assert found.persons["anonymous_ids"].item() == 5


def test_one_cookie_that_leads_to_many_identifiers_is_one_person():
    found = resolved(edge("a1", 0), edge("e1 a1", 1), edge("p1 a1", 2), edge("d1 a1", 3), edge("u1 a1", 4))
    assert clusters(found) == {"a1": "a1 d1 e1 p1 u1"}
    assert history(found, "u1") == [("a1", 4, None, "created")]


def test_two_ways_between_the_same_identifiers_change_nothing():
    found = resolved(edge("u1 e1", 1), edge("u1 d1", 2), edge("e1 a1", 3), edge("d1 a1", 4))
    assert clusters(found) == {"u1": "a1 d1 e1 u1"}
    assert set(found.edges["verdict"]) == {"kept"}
    assert found.merges.is_empty()


def test_what_was_never_seen_together_stays_apart():
    found = resolved(edge("u1 a1", 1), edge("u2 a2", 1), edge("a3", 2))
    assert clusters(found) == {"u1": "a1 u1", "u2": "a2 u2", "a3": "a3"}
    assert dict(found.identifiers.select("identifier", "verdict").iter_rows())["a3"] == "alone"


def test_a_long_chain_is_one_person():
    steps = [f"e{n // 2} d{(n + 1) // 2}" for n in range(200)]
    found = resolved(*(edge(pair, n) for n, pair in enumerate(steps)), rules=WIDE)
    assert found.persons.select("identifiers", "emails", "device_ids").rows() == [(201, 100, 101)]


def test_two_persons_who_turn_out_to_be_one_keep_the_older_name():
    found = resolved(edge("a1", 1), edge("e1", 2), edge("e1 a1", 10))
    assert clusters(found) == {"a1": "a1 e1"}
    assert merges(found) == [("e1", "a1", 10, "e1 a1")]
    assert history(found, "e1") == [("e1", 2, 10, "created"), ("a1", 10, None, "merged")]
    assert history(found, "a1") == [("a1", 1, None, "created")]


def test_a_visitor_who_signs_in_moves_to_the_account_that_is_older():
    found = resolved(edge("u1", 1), edge("a1", 3), edge("u1 a1", 7))
    assert history(found, "a1") == [("a1", 3, 7, "created"), ("u1", 7, None, "merged")]
    assert merges(found) == [("a1", "u1", 7, "u1 a1")]


def test_an_event_with_many_identifiers_makes_one_person_at_once():
    found = resolved(edge("u1 e1", 4), edge("u1 d1", 4), edge("u1 a1", 4), edge("u1 c1", 4))
    assert clusters(found) == {"u1": "a1 c1 d1 e1 u1"}
    assert all(history(found, value) == [("u1", 4, None, "created")] for value in ("e1", "d1", "a1", "c1"))
    assert found.merges.is_empty()


def test_a_cookie_of_two_accounts_keeps_them_apart_and_is_of_the_one_seen_last():
    found = resolved(edge("u1 a1", 1), edge("u2 a1", 5))
    assert clusters(found) == {"u1": "u1", "u2": "a1 u2"}
    assert history(found, "a1") == [("u1", 1, 5, "created"), ("u2", 5, None, "reassigned")]
    assert verdict_of(found, "u1 a1") == verdict_of(found, "u2 a1") == "shared"
    assert rules_fired(found) == [("a1", "unique_identifier", 2, 1, 2)]
    assert found.persons.select("user_id", "identifiers", "shared_identifiers").sort("user_id").rows() == [
        ("u1", 1, 1),
        ("u2", 1, 1),
    ]


def test_a_late_event_that_is_older_renames_the_person_as_if_it_had_come_in_time():
    in_time = [edge("u1 a1", 5), edge("u1 e1", 6)]
    assert clusters(resolved(*in_time)) == {"u1": "a1 e1 u1"}
    found = resolved(*in_time, edge("d1 a1", 1, 2))
    assert clusters(found) == {"d1": "a1 d1 e1 u1"}
    assert history(found, "a1") == [("d1", 1, None, "created")]


def test_later_identifiers_do_not_rename_anybody():
    before = resolved(edge("u1 a1", 5), edge("u2 a2", 6))
    after = resolved(edge("u1 a1", 5), edge("u2 a2", 6), edge("u1 e1", 7), edge("e1 d1", 8), edge("a3", 9))
    names = dict(after.identifiers.select("identifier", "person_id").iter_rows())
    assert names.items() >= dict(before.identifiers.select("identifier", "person_id").iter_rows()).items()
    assert clusters(after)["u1"] == "a1 d1 e1 u1"


def test_seeing_a_pair_again_changes_when_it_was_seen_last_only():
    once, again = resolved(edge("u1 a1", 5)), resolved(edge("u1 a1", 5, 90, events=3))
    assert once.history.equals(again.history)
    assert again.identifiers["events"].to_list() == [3, 3]
    assert again.persons["last_seen_at"].item() > once.persons["last_seen_at"].item()


def test_a_pair_within_one_person_merges_nobody():
    found = resolved(edge("u1 a1", 1), edge("u1 e1", 2), edge("e1 a1", 30))
    assert clusters(found) == {"u1": "a1 e1 u1"}
    assert found.merges.is_empty()
    assert all(len(history(found, value)) == 1 for value in ("u1", "a1", "e1"))


def test_merges_at_one_moment_leave_no_stretch_without_length():
    found = resolved(edge("d1 a1", 1), edge("e1 a2", 2), edge("p1", 3), edge("e1 d1", 10), edge("p1 a2", 10))
    assert history(found, "p1") == [("p1", 3, 10, "created"), ("d1", 10, None, "merged")]
    assert [(gone, into, when) for gone, into, when, _ in merges(found)] == [("e1", "d1", 10), ("p1", "d1", 10)]


def test_an_account_has_as_many_cookies_as_the_limit_and_no_more():
    at_limit = resolved(*(edge(f"u1 a{n:03}", n) for n in range(100)))
    assert at_limit.verdicts.is_empty()
    found = resolved(*(edge(f"u1 a{n:03}", n) for n in range(103)))
    assert rules_fired(found) == [(f"a{n}", "cardinality", 103, 100, 1) for n in (100, 101, 102)]
    assert found.persons.sort("identifiers")["anonymous_ids"].to_list() == [1, 1, 1, 100]
    assert verdict_of(found, "u1 a099") == "kept"
    assert verdict_of(found, "u1 a100") == "cardinality"


def test_a_new_identifier_can_make_one_person_of_two():
    found = resolved(edge("a1", 1), edge("e1", 2), edge("d1 a1", 5), edge("e1 d1", 5))
    assert clusters(found) == {"a1": "a1 d1 e1"}
    assert merges(found) == [("e1", "a1", 5, "d1 a1")]
    assert history(found, "d1") == [("a1", 5, None, "created")]


def test_a_new_identifier_can_make_one_person_of_three():
    found = resolved(edge("a1", 1), edge("a2", 2), edge("a3", 3), *(edge(f"e1 a{n}", 6 + n) for n in (3, 2, 1)))
    assert clusters(found) == {"a1": "a1 a2 a3 e1"}
    assert merges(found) == [("a2", "a1", 8, "e1 a2"), ("a3", "a1", 9, "e1 a3")]
    assert history(found, "e1") == [("a1", 7, None, "created")]


def test_a_household_address_goes_to_and_fro_with_the_account_that_uses_it():
    days = daily(edge("u1 e1", 1, 3), edge("u2 e1", 1440), edge("u1 e1", 2880), edge("u2 e1", 4320, 4400))
    pairs = [edge("u1 e1", 1, 2880), edge("u2 e1", 1440, 4400)]
    assert [who for who, *_ in history(resolved(*pairs, seen=days), "e1")] == ["u1", "u2", "u1", "u2"]
    assert history(resolved(*pairs), "e1") == [
        ("u1", 1, 1440, "created"),
        ("u2", 1440, 2880, "reassigned"),
        ("u1", 2880, 4400, "reassigned"),
        ("u2", 4400, None, "reassigned"),
    ]
    assert resolved(*pairs, seen=days).persons["email"].to_list() == ["e1", "e1"]


def test_of_two_accounts_at_one_moment_the_greater_has_the_address():
    found = resolved(edge("u1 e1", 1, 7), edge("u2 e1", 7))
    assert history(found, "e1") == [("u1", 1, 7, "created"), ("u2", 7, None, "reassigned")]


def test_a_shared_address_that_is_older_than_its_accounts_is_the_first_ones_from_its_start():
    found = resolved(edge("e1 a1", 1), edge("u1 e1", 5), edge("u2 e1", 9))
    assert history(found, "e1") == [("u1", 1, 9, "created"), ("u2", 9, None, "reassigned")]


def test_persons_with_a_long_life_of_their_own_can_still_merge():
    found = resolved(edge("u1 a1", 0), edge("a2", 100), edge("e1 a2", 200), edge("u1 e1", 90_000))
    assert merges(found) == [("a2", "u1", 90_000, "u1 e1")]
    assert history(found, "e1") == [("a2", 200, 90_000, "created"), ("u1", 90_000, None, "merged")]


def test_joining_ever_older_persons_is_told_step_by_step():
    found = resolved(
        edge("a1", 1),
        edge("e1", 2),
        edge("d1", 3),
        edge("p1", 4),
        edge("p1 d1", 10),
        edge("e1 d1", 20),
        edge("e1 a1", 30),
    )
    assert history(found, "p1") == [
        ("p1", 4, 10, "created"),
        ("d1", 10, 20, "merged"),
        ("e1", 20, 30, "merged"),
        ("a1", 30, None, "merged"),
    ]
    assert merges(found) == [("p1", "d1", 10, "p1 d1"), ("d1", "e1", 20, "e1 d1"), ("e1", "a1", 30, "e1 a1")]


def test_a_second_account_at_the_end_of_a_chain_takes_its_nearest_identifiers():
    found = resolved(edge("e1 a1", 1), edge("e1 d1", 2), edge("u1 a1", 3), edge("u2 d1", 9), edge("u2 e2", 9))
    assert clusters(found) == {"e1": "a1 e1 u1", "d1": "d1 e2 u2"}
    assert verdict_of(found, "e1 d1") == "bridge"
    assert rules_fired(found) == [("e1 d1", "bridge", 2, 1, 1)]
    assert history(found, "u1") == [("e1", 3, None, "created")]


def test_of_two_accounts_at_equal_distance_the_earlier_link_decides():
    early = resolved(edge("u1 e1", 1), edge("u2 e2", 1), edge("e1 a1", 5), edge("e2 a1", 6))
    late = resolved(edge("u1 e1", 1), edge("u2 e2", 1), edge("e1 a1", 6), edge("e2 a1", 5))
    assert clusters(early) == {"u1": "a1 e1 u1", "u2": "e2 u2"}
    assert clusters(late) == {"u1": "e1 u1", "u2": "a1 e2 u2"}
    of_two_sides = resolved(edge("u1 e1", 1), edge("u2 a1", 1), edge("e1 d1", 6), edge("d1 a1", 5))
    assert clusters(of_two_sides) == {"u1": "e1 u1", "u2": "a1 d1 u2"}


def test_links_between_accounts_that_are_no_bridge_are_cut_too():
    found = resolved(
        edge("u1 e1", 1), edge("u1 d1", 1), edge("u2 e2", 1), edge("u2 d2", 1), edge("e1 d2", 5), edge("e2 d1", 6)
    )
    assert clusters(found) == {"u1": "d1 e1 u1", "u2": "d2 e2 u2"}
    assert rules_fired(found) == [("e1 d2", "unique_identifier", 2, 1, 1), ("e2 d1", "unique_identifier", 2, 1, 1)]


def test_merges_of_two_persons_in_turns_do_not_mix():
    found = resolved(
        edge("a1", 1), edge("a2", 2), edge("d1", 3), edge("d2", 4), edge("d2 a2", 10), edge("d1 a1", 11),
        edge("e1 d1", 12), edge("e2 d2", 12), edge("e1 a2", 50),
    )  # fmt: skip
    assert clusters(found) == {"a1": "a1 a2 d1 d2 e1 e2"}
    assert merges(found) == [("d2", "a2", 10, "d2 a2"), ("d1", "a1", 11, "d1 a1"), ("a2", "a1", 50, "e1 a2")]
    assert history(found, "d2") == [("d2", 4, 10, "created"), ("a2", 10, 50, "merged"), ("a1", 50, None, "merged")]


def test_persons_many_merges_deep_are_told_whole():
    joins = [edge(f"e{n} d{n}", 100 - n) for n in range(40)] + [edge(f"e{n} d{n + 1}", 200 + n) for n in range(39)]
    found = resolved(*joins, rules=WIDE)
    assert found.persons["identifiers"].to_list() == [80]
    # d0 and e0 are the youngest: every join at minutes 200 to 238 is with an older pair.
    assert [row[0] for row in history(found, "d0")] == [f"e{n}" for n in range(40)]
    assert found.merges.height == 39


def test_the_account_of_a_shared_identifier_may_itself_be_merged():
    found = resolved(edge("a9", 0), edge("u1 d1", 1), edge("u2 d1", 2), edge("u2 a9", 5))
    assert history(found, "d1") == [("u1", 1, 2, "created"), ("u2", 2, 5, "reassigned"), ("a9", 5, None, "merged")]
    assert merges(found) == [("u2", "a9", 5, "u2 a9")]


def test_a_value_that_stands_for_none_connects_nothing():
    rules = replace(RULES, blocked=frozenset({("device_id", "d7")}))
    found = resolved(
        edge("u1 a1", 1), edge("u2 a2", 1), edge("u1 e1", 1, value_b="none@x.org"),
        edge("u2 e1", 1, value_b="none@x.org"), edge("u1 d7", 2), edge("u2 d7", 2), rules=rules,
    )  # fmt: skip
    assert clusters(found) == {"u1": "a1 u1", "u2": "a2 u2"}
    assert found.history.filter(found.history["identifier"].is_in(["d7", "none@x.org"])).is_empty()
    assert rules_fired(found) == [("d7", "blocked_by_hand", 2, 0, 2), ("none@x.org", "blocked_value", 2, 0, 2)]


def test_a_device_of_many_accounts_is_nobodys_from_the_limit_on():
    shared = resolved(*(edge(f"u{n} d1", n) for n in range(10)))
    assert rules_fired(shared) == [("d1", "unique_identifier", 10, 1, 10)]
    found = resolved(*(edge(f"u{n} d1", n) for n in range(11)), edge("d1 a1", 20))
    assert rules_fired(found) == [("d1", "super_node", 11, 10, 12)]
    assert verdict_of(found, "d1 a1") == "super_node"
    assert dict(found.identifiers.select("identifier", "person_id").iter_rows())["d1"] is None


def test_a_click_id_that_was_passed_on_is_nobodys_from_the_limit_on():
    one = resolved(*(edge(f"a{n} c1", n) for n in range(50)))
    assert clusters(one).keys() == {"a0"}
    found = resolved(*(edge(f"a{n} c1", n) for n in range(51)))
    assert rules_fired(found) == [("c1", "super_node", 51, 50, 51)]
    assert len(clusters(found)) == 51


def test_a_blocked_neighbour_does_not_make_an_identifier_shared():
    found = resolved(edge("u1 a1", 1), edge("u2 a1", 2, value_a="null"))
    assert clusters(found) == {"u1": "a1 u1"}
    assert verdict_of(found, "u1 a1") == "kept"
