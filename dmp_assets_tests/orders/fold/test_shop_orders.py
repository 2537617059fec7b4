"""One number of a shop: one order, unless stores, customers or days part it."""

import pytest

from dmp_assets.orders.fold.rules import FoldRules
from dmp_assets_tests.orders.support.reports import Report, folded, shop


def orders(*reports: Report, rules: FoldRules | None = None) -> list[tuple[object, ...]]:
    return folded(*reports, rules=rules).amounts("order_id", "net_sales", "user_id")


def receipt(at: str, paid: float, user: str | None = None, store: str | None = None, source: str = "tills") -> Report:
    return shop("1", at, [("tea", paid)], user_id=user, store_id=store, source=source, of_customer=True)


def test_a_number_of_two_stores_is_two_orders() -> None:
    found = orders(
        receipt("2026-10-05T09:00:00", 10, "7", "berlin"), receipt("2026-10-05T09:00:01", 20, "8", "hamburg")
    )
    assert found == [("tills/berlin:1", 10.0, "7"), ("tills/hamburg:1", 20.0, "8")]


def test_a_number_of_two_spaces_is_two_orders() -> None:
    found = orders(
        receipt("2026-10-05T09:00:00", 10, "7", source="a"), receipt("2026-10-05T09:00:01", 20, "7", source="b")
    )
    assert found == [("a:1", 10.0, "7"), ("b:1", 20.0, "7")]


def test_two_customers_of_one_number_keep_their_money_and_are_marked() -> None:
    made = folded(receipt("2026-10-05T09:00:00", 10, "7"), receipt("2026-10-05T11:00:00", 20, "8"))
    assert made.amounts("order_id", "net_sales", "flags") == [
        ("tills:1|7", 10.0, "several_customers"),
        ("tills:1|8", 20.0, "several_customers"),
    ]


def test_a_line_without_a_customer_goes_with_the_only_one_of_its_day() -> None:
    assert orders(receipt("2026-10-05T09:00:00", 10, "7"), receipt("2026-10-05T09:00:01", 5)) == [
        ("tills:1", 15.0, "7")
    ]


def test_a_line_without_a_customer_beside_two_is_nobodys() -> None:
    found = orders(
        receipt("2026-10-05T09:00:00", 10, "7"),
        receipt("2026-10-05T09:00:01", 5),
        receipt("2026-10-05T09:00:02", 20, "8"),
    )
    assert found == [("tills:1|7", 10.0, "7"), ("tills:1|8", 20.0, "8"), ("tills:1||2026-10-05", 5.0, None)]


def test_tills_begin_each_day_at_1() -> None:
    found = orders(
        receipt("2026-10-05T09:00:00", 10), receipt("2026-10-06T09:00:00", 20), receipt("2026-10-07T08:00:00", 30)
    )
    assert found == [
        ("tills:1|2026-10-05", 10.0, None),
        ("tills:1|2026-10-06", 20.0, None),
        ("tills:1|2026-10-07", 30.0, None),
    ]


@pytest.mark.parametrize(
    ("days", "flag"), [(["06"], "number_used_again"), (["06", "07"], "number_used_again"), ([], None)]
)
def test_a_number_that_a_source_uses_again_on_days_near_by_is_marked(days: list[str], flag: str | None) -> None:
    again = [receipt(f"2026-10-{day}T09:00:00", 20) for day in days]
    made = folded(receipt("2026-10-05T09:00:00", 10), receipt("2026-10-05T10:00:00", 5), *again)
    assert [flags for _, flags in made.amounts("order_id", "flags")] == [flag] * (1 + len(days))


def test_a_number_that_is_used_again_after_longer_or_in_another_store_or_source_is_no_doubt() -> None:
    made = folded(
        receipt("2026-10-05T09:00:00", 10),
        receipt("2026-11-05T09:00:00", 20),
        receipt("2026-10-06T09:00:00", 10, store="berlin"),
        receipt("2026-10-07T09:00:00", 10, source="other"),
    )
    assert made.amounts("flags") == [(None,)] * 4


def test_an_anonymous_receipt_of_the_next_day_is_no_customers() -> None:
    found = orders(receipt("2026-10-05T09:00:00", 10, "7"), receipt("2026-10-06T09:00:00", 20))
    assert found == [("tills:1|2026-10-05", 10.0, "7"), ("tills:1|2026-10-06", 20.0, None)]


def test_an_order_that_runs_past_midnight_is_one() -> None:
    made = folded(receipt("2026-10-05T23:59:00", 10), receipt("2026-10-06T00:58:59", 20))
    assert made.amounts("order_id", "net_sales", "flags") == [("tills:1", 30.0, "several_days")]


@pytest.mark.parametrize(("day", "orders_of"), [("2026-11-04", 1), ("2026-11-05", 2)])
def test_a_customers_number_that_comes_again_after_more_than_30_days_is_another_order(day: str, orders_of: int) -> None:
    found = orders(receipt("2026-10-05T09:00:00", 10, "7"), receipt(f"{day}T09:00:00", 20, "7"))
    assert len(found) == orders_of


def test_days_after_which_numbers_are_used_again_can_be_set() -> None:
    rules = FoldRules(reused_after_days=0)
    found = orders(receipt("2026-10-05T09:00:00", 10, "7"), receipt("2026-10-06T09:00:00", 20, "7"), rules=rules)
    assert found == [("tills:1|2026-10-05", 10.0, "7"), ("tills:1|2026-10-06", 20.0, "7")]


def test_two_accounts_by_e_mail_alone_part_a_number_without_showing_the_address() -> None:
    one, other = (
        shop("1", f"2026-10-05T09:00:0{n}", [("tea", 5.0)], email=f"{n}@mail.org", of_customer=True) for n in (1, 2)
    )
    made = folded(one, other)
    assert made.orders["email"].sort().to_list() == ["1@mail.org", "2@mail.org"]
    assert not made.orders["order_id"].str.contains("@mail", literal=True).any()


def test_names_that_hold_what_separates_stay_apart() -> None:
    found = orders(
        shop("b:1", "2026-10-05T09:00:00", store_id="a"),
        shop("1", "2026-10-05T09:00:01", store_id="a:b"),
        shop("1|7", "2026-10-05T09:00:02"),
        shop("1", "2026-10-05T09:00:03", user_id="7", of_customer=True),
        shop("1", "2026-10-05T09:00:04", user_id="8", of_customer=True),
    )
    assert len({order for order, *_ in found}) == 5


def test_two_sources_of_one_space_that_state_an_order_state_one() -> None:
    space = {"order_space": "business"}
    shops = shop("1", "2026-10-05T09:00:00", [("tea", 10.0)], user_id="7", **space)
    books = shop("1", "2026-10-06T00:00:00", [("", 10.0)], email="7@mail.org", source="books", **space)
    made = folded(shops, books)
    assert made.amounts("order_id", "net_sales", "user_id", "flags") == [
        ("business:1", 10.0, "7", "customers_differ,several_days"),
    ]
    newer = Report(books.row | {"updated_at": books.row["reported_at"], "line_sales": 9.0}, [("", 9.0)])
    assert folded(shops, newer).revenue == 9.0
