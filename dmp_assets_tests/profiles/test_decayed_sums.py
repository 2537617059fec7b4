"""Decayed sums: right, and to the last bit the same in every order of the rows."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.profiles.decayed_sums import sum_decayed, sum_of_list

ROW = st.tuples(st.integers(0, 2), st.integers(0, 10**16), st.integers(0, 4_000))


def summed(rows: list[tuple[int, int, int]], half_life_days: float, oldest_days: int | None) -> dict[int, float]:
    frame = pl.LazyFrame(rows, schema={"person": pl.Int64, "paid": pl.Int64, "age": pl.Int64}, orient="row")
    made = sum_decayed(frame, ["person"], pl.col("paid"), pl.col("age"), half_life_days, oldest_days)
    return dict(made.collect(engine="streaming").rows())


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW, max_size=12), st.sampled_from([1.0, 7.0, 90.0, 10_000.0]), st.randoms())
def test_a_sum_is_right_and_does_not_depend_on_the_order(rows: list, half_life_days: float, random: object) -> None:
    for oldest in (None, 4_000):
        found = summed(rows, half_life_days, oldest)
        turned = rows.copy()
        random.shuffle(turned)  # type: ignore[attr-defined]
        assert summed(turned, half_life_days, oldest) == found
        for person, amount in found.items():
            terms = [paid * 0.5 ** (age / half_life_days) for one, paid, age in rows if one == person]
            assert amount == pytest.approx(sum(terms), rel=1e-12, abs=1e-270)


def test_what_is_older_than_said_still_counts() -> None:
    assert summed([(1, 1 << 20, 10)], 1.0, 0) == {1: 1024.0}


def test_many_rows_in_many_threads_give_the_same_bits() -> None:
    rows = pl.DataFrame({"age": [7 * n % 400 for n in range(300_000)]}).with_columns(person=pl.col("age") % 3)
    bits = set()
    for seed in range(3):
        turned = rows.sample(fraction=1, shuffle=True, seed=seed).lazy()
        made = sum_decayed(turned, ["person"], pl.lit(3), pl.col("age"), 90.0, 400).collect(engine="streaming")
        bits.add(tuple(made.sort("person")["amount"]))
    assert len(bits) == 1


def test_a_list_is_summed_in_its_own_order() -> None:
    lists = [[0.1, 0.2, 0.3], [0.3, 0.2, 0.1], [0.2, 0.3, 0.1], []]
    assert sum_of_list(pl.LazyFrame({"n": lists}), "n").collect()["n"].to_list() == [0.1 + 0.2 + 0.3] * 3 + [0.0]
