"""Rules that make no sense are refused; values that stand for none are known."""

import polars as pl
import pytest

from dmp_assets.identity.rules import IdentityRules

LIMITS = dict(IdentityRules().limits)


def block_rules(rules: IdentityRules, kind: str, *values: str) -> list[str | None]:
    frame = pl.DataFrame({"kind": [kind] * len(values), "value": list(values)})
    return frame.select(rules.block_rule(pl.col("kind"), pl.col("value"))).to_series().to_list()


@pytest.mark.parametrize(
    "value",
    [
        "0",
        "00000000-0000-0000-0000-000000000000",
        "+000 00",
        "-1",
        "NULL",
        "n/a",
        "(not set)",
        "Guest",
        "No-Reply@x.org",
    ],
)
def test_values_for_no_value_are_blocked(value):
    assert block_rules(IdentityRules(), "device_id", value) == ["blocked_value"]


@pytest.mark.parametrize(
    "value", ["1", "10", "0001", "-12", "nullable", "xnull", "guest7", "-1x", "norton@x.org", "a.test@x.org"]
)
def test_values_that_look_alike_are_not(value):
    assert block_rules(IdentityRules(), "anonymous_id", value) == [None]


def test_what_is_blocked_by_hand_is_of_one_type():
    rules = IdentityRules(blocked=frozenset({("user_id", "qa"), ("device_id", "d1"), ("device_id", "0")}))
    assert block_rules(rules, "user_id", "qa", "d1") == ["blocked_by_hand", None]
    assert block_rules(rules, "device_id", "qa", "d1", "0") == [None, "blocked_by_hand", "blocked_by_hand"]


def test_without_patterns_no_value_is_blocked():
    assert block_rules(IdentityRules(blocked_patterns=()), "user_id", "null", "0", "") == [None, None, None]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"limits": {"user_id": 1}}, "allowed, each once: user_id, email"),
        ({"limits": LIMITS | {"fax": 1}}, "fax"),
        ({"limits": LIMITS | {"user_id": 2}}, "limit of user_id is 2; allowed: 1"),
        ({"limits": LIMITS | {"email": 0}}, "1 or more"),
        ({"super_node_users": 0}, "1 or more"),
        ({"blocked": frozenset({("fax", "1")})}, r"types \['fax'\]"),
        ({"blocked_patterns": ("(",)}, "blocked_patterns: "),
    ],
)
def test_rules_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        IdentityRules(**changes)
