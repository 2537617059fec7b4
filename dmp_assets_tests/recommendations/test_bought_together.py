"""Items of one order, against counting pair by pair."""

import itertools
import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats

from dmp_assets.recommendations import bought_together
from dmp_assets.recommendations.bought_together import MIN_TOGETHER, build_bought_together
from dmp_assets.recommendations.schema.relations import BoughtTogether

DAY = date(2026, 6, 30)


def orders(baskets: list[set[str]], day: date = DAY, prefix: str = "shop:", *, is_bought: bool = True) -> pl.DataFrame:
    rows = [(day, f"{prefix}{n}", is_bought, item) for n, basket in enumerate(baskets) for item in sorted(basket)]
    return pl.DataFrame(
        rows,
        schema={"event_date": pl.Date, "order_id": pl.String, "is_bought": pl.Boolean, "item_id": pl.String},
        orient="row",
    )


def build(frame: pl.DataFrame, per_item: int = 20) -> pl.DataFrame:
    return BoughtTogether.validate(build_bought_together(frame.lazy(), DAY, per_item), lazy=True)


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=15)
def test_pairs_equal_brute_force(seed: int):
    chance = np.random.default_rng(seed)
    kinds = (["a", "b", "c"], ["d", "e"], ["f"])
    baskets = [
        {item for item in kinds[chance.integers(3)] if chance.random() < 0.8} | {f"n{chance.integers(4)}"}
        for _ in range(80)
    ]
    table = build(orders(baskets))
    found = {(row["item_id"], row["other_item_id"]): row for row in table.rows(named=True)}
    names = sorted(set().union(*baskets))
    for one, other in itertools.permutations(names, 2):
        n_one, n_other = (sum(name in basket for basket in baskets) for name in (one, other))
        both = sum({one, other} <= basket for basket in baskets)
        cells = np.array([[both, n_one - both], [n_other - both, len(baskets) - n_one - n_other + both]])
        keep = False
        if both >= MIN_TOGETHER:
            ratio = stats.chi2_contingency(cells, correction=False, lambda_="log-likelihood").statistic
            p_value = stats.norm.sf(math.sqrt(ratio)) if both * 80 > n_one * n_other else 1.0
            keep = bool(p_value <= bought_together.MAX_P_VALUE)
        assert ((one, other) in found) is keep
        if keep:
            row = found[one, other]
            assert (row["orders_together"], row["item_orders"], row["other_item_orders"]) == (both, n_one, n_other)
            assert row["lift"] == pytest.approx(both * 80 / (n_one * n_other))
            assert row["p_value"] == pytest.approx(p_value, rel=1e-6)
            assert (row["support_rate"], row["confidence_rate"]) == pytest.approx((both / 80, both / n_one))


def pairs_of(together: int) -> list[set[str]]:
    return [{"tea", "milk"}] * together + [{"soap"}] * 60


@pytest.mark.parametrize(("together", "rows"), [(MIN_TOGETHER - 1, 0), (MIN_TOGETHER, 2)])
def test_a_pair_needs_five_orders(together: int, rows: int):
    assert build(orders(pairs_of(together))).height == rows


def test_items_that_avoid_each_other_are_no_pair():
    baskets = [{"tea"}] * 50 + [{"milk"}] * 50 + [{"tea", "milk"}] * MIN_TOGETHER
    assert build(orders(baskets)).height == 0


def test_only_bought_lines_up_to_the_day_count_and_an_order_is_one_basket():
    frame = pl.concat(
        [
            orders(pairs_of(9)),
            orders(pairs_of(9), DAY + timedelta(days=1), "later:"),
            orders(pairs_of(9), prefix="v", is_bought=False),
        ]
    )
    assert_frame_equal(build(frame), build(orders(pairs_of(9))))
    twice = pl.concat([orders(pairs_of(9)), orders(pairs_of(9), DAY - timedelta(days=1), "till:")])
    assert set(build(twice)["orders_together"]) == {18}
    one_more_line = orders([{"tea"}] * 9, DAY)
    assert_frame_equal(build(pl.concat([orders(pairs_of(9)), one_more_line])), build(orders(pairs_of(9))))


def test_orders_of_hundreds_of_items_say_nothing(monkeypatch: pytest.MonkeyPatch):
    baskets = [*pairs_of(MIN_TOGETHER - 1), {"tea", "milk", "x"}]
    monkeypatch.setattr(bought_together, "MAX_ORDER_ITEMS", 3)
    assert build(orders(baskets)).height == 2
    monkeypatch.setattr(bought_together, "MAX_ORDER_ITEMS", 2)
    assert build(orders(baskets)).height == 0


def test_the_strongest_stand_first_and_ties_go_by_item():
    strong, weak = [{"tea", "milk"}] * 20, [{"tea", "zest"}, {"tea", "honey"}] * 8
    table = build(orders([*strong, *weak, *[{"soap"}] * 300]))
    of_tea = table.filter(pl.col("item_id") == "tea").sort("rank")
    assert of_tea["other_item_id"].to_list() == ["milk", "honey", "zest"]
    assert of_tea["rank"].to_list() == [1, 2, 3]
    first = build(orders([*strong, *weak, *[{"soap"}] * 300]), per_item=1)
    assert first.filter(pl.col("item_id") == "tea")["other_item_id"].to_list() == ["milk"]


def test_blocks_and_order_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch):
    chance = np.random.default_rng(4)
    baskets = [{f"i{chance.integers(3) + 3 * kind}" for _ in range(3)} for kind in range(4) for _ in range(40)]
    frame = orders(baskets)
    table = build(frame)
    assert table.height > 10
    monkeypatch.setattr(bought_together, "BLOCK_ITEMS", 2)
    assert_frame_equal(build(frame.sample(fraction=1, shuffle=True, seed=1)), table, check_exact=True)


def test_no_orders_give_no_pairs():
    assert build(orders([])).height == 0
