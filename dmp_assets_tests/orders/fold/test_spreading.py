"""An amount over lines: by worth, to the last unit."""

from random import Random

import polars as pl
import pytest

from dmp_assets.orders.fold.spreading import spread

OF_MONEY = {"worth": pl.Int128, "amount": pl.Int128}


def parts(amount: int, worth: list[int]) -> list[int]:
    lines = pl.DataFrame({"order": 1, "worth": worth, "amount": amount}, schema_overrides=OF_MONEY)
    return lines.select(spread("amount", "worth", "order")).to_series().to_list()


def test_the_last_cent_goes_to_the_largest_remainder() -> None:
    assert parts(10_000, [100, 100, 100]) == [3_400, 3_300, 3_300]
    # 0.25 cents and 0.75 cents of one cent.
    assert parts(100, [100, 300]) == [0, 100]


def test_what_is_no_whole_cent_is_spread_in_ten_thousandths() -> None:
    assert parts(7, [1, 1]) == [4, 3]


def test_a_surcharge_is_spread_like_a_discount() -> None:
    assert parts(-300, [100, 200]) == [-100, -200]


def test_lines_without_worth_share_alike() -> None:
    assert parts(200, [0, 0]) == [100, 100]


@pytest.mark.parametrize("largest", [10, 10**6, 10**13, 10**16, 10**20])
def test_parts_add_up_whatever_the_amounts(largest: int) -> None:
    chance = Random(largest)
    for _ in range(200):
        worth = [chance.randrange(-largest, largest) for _ in range(chance.randrange(1, 30))]
        amount = chance.randrange(-largest, largest)
        found = parts(amount, worth)
        assert sum(found) == amount
        assert all(abs(part) <= abs(amount) + 100 for part in found)
