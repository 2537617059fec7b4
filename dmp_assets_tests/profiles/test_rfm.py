"""RFM scores and groups, against their formulas."""

from itertools import product

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.profiles.rfm import add_rfm, group_name, quintile_score
from dmp_assets.profiles.schema.profiles import RFM_GRID, RFM_GROUPS


def score(values: list[int | None], *, high_is_good: bool = True) -> list[int | None]:
    frame = pl.DataFrame({"value": values}, schema={"value": pl.Int64})
    return frame.select(quintile_score(pl.col("value"), high_is_good=high_is_good)).to_series().to_list()


def test_every_cell_is_named_and_every_group_is_reached():
    assert [len(row) for row in RFM_GRID] == [5] * 5
    reached = {group_name(r, f, m) for r, f, m in product(range(1, 6), repeat=3)}
    assert reached == set(RFM_GROUPS)
    assert len(set(RFM_GROUPS)) == 11


def test_a_half_is_rounded_up():
    assert group_name(5, 3, 3) == "Potential Loyalists"
    assert group_name(5, 3, 4) == group_name(5, 4, 3) == "Champions"


def test_five_different_values_get_five_scores():
    assert score([10, 30, 20, 50, 40]) == [1, 3, 2, 5, 4]
    assert score([10, 30, 20, 50, 40], high_is_good=False) == [5, 3, 4, 1, 2]


def test_a_value_that_all_share_is_average_and_nulls_do_not_count():
    assert score([7, None, 7, 7]) == [3, None, 3, 3]


@given(st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=1, max_size=60), st.booleans())
@settings(deadline=None)
def test_scores_follow_the_formula(values: list[int | None], high_is_good: bool):
    known = [value for value in values if value is not None]
    sign = 1 if high_is_good else -1
    for value, got in zip(values, score(values, high_is_good=high_is_good), strict=True):
        if value is None:
            assert got is None
            continue
        worse = sum(sign * other < sign * value for other in known)
        assert got == 1 + int(5 * (2 * worse + known.count(value)) // (2 * len(known)))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(-5, 50)), min_size=5, max_size=40))
@settings(deadline=None)
def test_the_frame_and_the_function_name_the_same_group(rows: list[tuple[int, int, int]]):
    people = pl.DataFrame(
        rows, schema={"recency_days": pl.Int64, "orders": pl.Int64, "revenue": pl.Int64}, orient="row"
    )
    for row in add_rfm(people).rows(named=True):
        if row["orders"] == 0:
            assert (row["rfm_group"], row["rfm_score"]) == ("No orders", None)
        elif row["rfm_score"] is None:
            assert row["rfm_group"] == "Not enough data"
            assert people.filter(pl.col("orders") > 0).height < 5
        else:
            assert row["rfm_group"] == group_name(*map(int, row["rfm_score"]))
