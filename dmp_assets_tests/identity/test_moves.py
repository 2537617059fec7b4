"""Who moved between two runs and why; and that nobody else did."""

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.identity.moves import Standing, find_moves, withdrawn_moves
from dmp_assets.identity.resolution import Resolution
from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import IDENTIFIER, PAIR
from dmp_assets.identity.schema.resolution import Moves
from dmp_assets_tests.identity.support.factories import RULES, at, edge, namers, resolved

DAY = date(2024, 5, 1)
NOW = at(10_000)
FAMILY = [edge("u1 d1", 1), edge("u1 a1", 2), edge("d1 a2", 3), edge("a2 c1", 4)]
STRANGERS = [edge("u2 d2", 1), edge("u2 a3", 2)]


def standing(found: Resolution) -> Standing:
    return Standing(found.identifiers, found.verdicts)


def moves(before: Resolution, after: Resolution, as_of: date = DAY) -> pl.DataFrame:
    return Moves.validate(find_moves(standing(before), standing(after), after.merges, as_of, NOW), lazy=True)


def reported(
    before: Resolution, after: Resolution, as_of: date = DAY
) -> dict[str, tuple[str | None, str | None, str, str]]:
    """Return for each identifier that moved: from whom to whom (by the identifier that names them), why, the cause."""
    names = namers(before) | namers(after)
    return {
        row["identifier"]: (
            names.get(row["from_person_id"]),
            names.get(row["to_person_id"]),
            row["reason"],
            f"{row['value_a']} {row['value_b']}".strip(),
        )
        for row in moves(before, after, as_of).iter_rows(named=True)
    }


def blocking(*values: tuple[str, str]) -> IdentityRules:
    return IdentityRules(blocked=frozenset(values))


def test_a_block_moves_what_only_it_held_together_and_an_unblock_brings_it_back() -> None:
    free = resolved(*FAMILY, *STRANGERS)
    blocked = resolved(*FAMILY, *STRANGERS, rules=blocking(("device_id", "d1")))
    assert reported(free, blocked) == {
        "d1": ("u1", None, "blocked", "d1"),
        "a2": ("u1", "a2", "blocked", "d1"),
        "c1": ("u1", "a2", "blocked", "d1"),
    }
    assert reported(blocked, free) == {
        "d1": (None, "u1", "unblocked", "d1"),
        "a2": ("a2", "u1", "unblocked", "d1"),
        "c1": ("a2", "u1", "unblocked", "d1"),
    }


def test_a_block_that_takes_the_name_away_is_the_reason_of_all_who_are_called_otherwise() -> None:
    rows = [edge("e1 a1", 1), edge("e1 d1", 2), edge("d1 a1", 3)]
    after = resolved(*rows, rules=blocking(("email", "e1")))
    assert reported(resolved(*rows), after) == {
        "e1": ("e1", None, "blocked", "e1"),
        "a1": ("e1", "a1", "blocked", "e1"),
        "d1": ("e1", "a1", "blocked", "e1"),
    }


def test_a_value_that_a_new_pattern_blocks_is_blocked_too() -> None:
    rules = IdentityRules(blocked_patterns=(*RULES.blocked_patterns, "^d1$"))
    assert reported(resolved(*FAMILY), resolved(*FAMILY, rules=rules))["c1"] == ("u1", "a2", "blocked", "d1")


def test_nobody_moves_between_equal_runs_and_new_identifiers_have_not_moved() -> None:
    before = resolved(*FAMILY)
    assert reported(before, before) == {}
    assert reported(before, resolved(*FAMILY, edge("u1 e1", 9), *STRANGERS)) == {}
    assert reported(resolved(*FAMILY, *STRANGERS), before) == {}


def test_people_who_are_one_are_merged_by_the_pair_that_showed_it() -> None:
    before = resolved(edge("a1", 1), edge("e1 d1", 2))
    after = resolved(edge("a1", 1), edge("e1 d1", 2), edge("e1 a1", 9))
    assert reported(before, after) == {
        "e1": ("e1", "a1", "merged", "e1 a1"),
        "d1": ("e1", "a1", "merged", "e1 a1"),
    }


def test_an_older_identifier_of_a_late_file_renames_the_person() -> None:
    after = resolved(edge("u1 a1", 5), edge("e1 a1", 1))
    assert reported(resolved(edge("u1 a1", 5)), after) == {
        "u1": ("u1", "e1", "renamed", "e1"),
        "a1": ("u1", "e1", "renamed", "e1"),
    }


def test_a_device_that_turns_out_to_be_shared_lets_go_of_what_it_held() -> None:
    before = resolved(edge("u1 d1", 1), edge("d1 a1", 2))
    after = resolved(edge("u1 d1", 1), edge("d1 a1", 2), edge("u2 d1", 9))
    assert reported(before, after) == {
        "a1": ("u1", "a1", "shared", "d1"),
        "d1": ("u1", "u2", "shared", "d1"),
    }
    later = resolved(edge("u1 d1", 1, 20), edge("d1 a1", 2), edge("u2 d1", 9))
    assert reported(after, later) == {"d1": ("u2", "u1", "reassigned", "")}


def test_a_shared_device_goes_along_with_its_account() -> None:
    before = resolved(edge("u1 d1", 1), edge("u2 d1", 9), edge("a0", 0))
    after = resolved(edge("u1 d1", 1), edge("u2 d1", 9), edge("a0", 0), edge("u2 a0", 12))
    assert reported(before, after) == {
        "u2": ("u2", "a0", "merged", "u2 a0"),
        "d1": ("u2", "a0", "merged", "u2 a0"),
    }


def test_a_limit_that_is_lowered_makes_a_super_node_and_one_that_is_raised_releases_it() -> None:
    rows = [edge(f"e{n} d1", n) for n in range(1, 4)]
    strict = resolved(*rows, rules=IdentityRules(super_node_stronger=2))
    free = resolved(*rows)
    assert {row[2:] for row in reported(free, strict).values()} == {("super_node", "d1")}
    assert reported(free, strict).keys() == {"e2", "e3", "d1"}
    assert reported(strict, free) == {
        name: (None if name == "d1" else name, "e1", "released", "d1") for name in ("d1", "e2", "e3")
    }


def test_a_cut_between_two_accounts_is_told_by_the_pair_that_was_cut() -> None:
    rows = [edge("u1 e1", 1), edge("e1 a1", 2), edge("a1 d1", 3)]
    claimed = [edge("u2 d1", 4), edge("u2 a1", 5)]
    assert reported(resolved(*rows), resolved(*rows, *claimed))["d1"][2:] == ("split", "e1 a1")
    # Of two ways between the accounts neither is a bridge.
    rows = [*rows, edge("e1 d1", 3)]
    after = resolved(*rows, *claimed)
    assert set(after.verdicts["rule"]) == {"unique_identifier"}
    assert reported(resolved(*rows), after)["d1"][2:] == ("split", "e1 a1")


def test_a_cut_pair_that_never_held_a_person_together_is_no_reason() -> None:
    before = [edge("u1 d1", 5), edge("u2 a2", 5)]
    after = resolved(*before, edge("d1 a2", 9), edge("d1 c1", 1))
    assert set(after.verdicts["rule"]) == {"bridge"}
    assert reported(resolved(*before), after) == {
        "u1": ("u1", "d1", "renamed", "d1"),
        "d1": ("u1", "d1", "renamed", "d1"),
    }


def test_a_shared_device_that_is_blocked_moves_alone() -> None:
    rows = [edge("u1 d1", 1), edge("u2 d1", 9), edge("u2 a1", 9)]
    after = resolved(*rows, rules=blocking(("device_id", "d1")))
    assert reported(resolved(*rows), after) == {"d1": ("u2", None, "blocked", "d1")}


def test_a_day_before_the_last_one_is_the_reason_of_all_its_moves_and_the_same_day_of_none() -> None:
    before = resolved(edge("a1", 1), edge("e1 d1", 2), edge("e1 a1", 60 * 24))
    after = resolved(edge("a1", 1), edge("e1 d1", 2))
    assert {row[2:] for row in reported(before, after).values()} == {("earlier_day", "")}
    assert {row[2:] for row in reported(before, after, date(2024, 5, 2)).values()} == {("records_gone", "")}


def add(reported: pl.DataFrame, found: pl.DataFrame, now: Resolution) -> pl.DataFrame:
    """Return what is reported after a run."""
    withdrawn = withdrawn_moves(reported, found, now.identifiers)
    return Moves.validate(pl.concat([reported.join(withdrawn, on=withdrawn.columns, how="anti"), found]), lazy=True)


def test_a_move_that_was_told_but_not_made_is_told_once() -> None:
    free, blocked = resolved(*FAMILY), resolved(*FAMILY, rules=blocking(("device_id", "d1")))
    first = moves(free, blocked)
    later = [pl.lit(at(minute), pl.Datetime("us")).alias("moved_at") for minute in (20_000, 30_000)]
    assert add(first, first.with_columns(later[0]), blocked).equals(first.with_columns(later[0]))
    both = add(first, moves(blocked, free).with_columns(later[0]), free)
    assert both.height == 6
    # The same block again, later: three moves more, each of them made.
    assert add(both, first.with_columns(later[1]), blocked).height == 9


def test_nothing_is_told_of_identifiers_that_are_gone() -> None:
    free, blocked = resolved(*FAMILY), resolved(*FAMILY, rules=blocking(("device_id", "d1")))
    without = resolved(*FAMILY[:-1], rules=blocking(("device_id", "d1")))
    told_before = moves(free, blocked)
    assert add(told_before, told_before.clear(), blocked)["identifier"].to_list() == ["a2", "c1", "d1"]
    assert add(told_before, told_before.clear(), without)["identifier"].to_list() == ["a2", "d1"]


PAIRS = st.lists(
    st.tuples(
        st.sampled_from(
            ["u1 d1", "u2 d1", "u1 a1", "u2 a2", "d1 a1", "d1 a2", "e1 a1", "u1 e1", "u2 e1", "a3", "e1 a3"]
        ),
        st.integers(0, 30),
    ),
    min_size=1,
    unique_by=lambda pair: pair[0],
)
BLOCKS = st.sampled_from([(), (("device_id", "d1"),), (("email", "e1"),), (("anonymous_id", "a1"), ("email", "e1"))])


@settings(max_examples=40, deadline=None)
@given(PAIRS, PAIRS, BLOCKS, BLOCKS)
def test_moves_turn_one_run_into_the_other_and_name_a_cause_that_is_there(
    first: list, second: list, blocked: tuple, released: tuple
) -> None:
    before = resolved(*(edge(*pair) for pair in first), rules=blocking(*blocked))
    after = resolved(*(edge(*pair) for pair in second), rules=blocking(*released))
    found = moves(before, after)
    both = before.identifiers.join(after.identifiers, on=IDENTIFIER, suffix="_now")
    turned = both.join(found, on=IDENTIFIER, how="left").with_columns(
        person_id=pl.when(pl.col("reason").is_not_null()).then("to_person_id").otherwise("person_id")
    )
    assert turned["person_id"].equals(turned["person_id_now"])
    assert found.filter(pl.col("from_person_id").eq_missing(pl.col("to_person_id"))).is_empty()
    caused = found.filter(pl.col("type_a") != "").select(PAIR)
    ends = caused.select("type_a", "value_a").rename(dict(zip(PAIR[:2], IDENTIFIER, strict=True)))
    known = pl.concat([before.identifiers, after.identifiers]).select(IDENTIFIER)
    assert ends.join(known, on=IDENTIFIER, how="anti").is_empty()


def test_an_earlier_day_is_one_of_the_businesss_calendar() -> None:
    """What was seen at 23:00 was seen on the next day in Berlin: describing the day before goes back."""
    late = resolved(edge("u1 d1", 23 * 60), edge("u1 a1", 23 * 60))
    parted = resolved(edge("u1 d1", 23 * 60), edge("d2 a1", 23 * 60))
    day = at(23 * 60).date()
    for zone, is_earlier in (("UTC", False), ("Europe/Berlin", True)):
        found = find_moves(standing(late), standing(parted), parted.merges, day, NOW, zone)
        assert (set(found["reason"]) == {"earlier_day"}) == is_earlier
