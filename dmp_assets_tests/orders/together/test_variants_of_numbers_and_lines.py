"""Numbers that shops share, and lines that are equal, as tills and shops write them."""

from pathlib import Path

import pytest

from dmp_assets_tests.orders.support.landing import SHOP_HEADER, csv, found, made, orders, shop

DAY = "2026-10-05"


def of_lines(folder: Path, *lines: str, more: str = "", mapped: str = "") -> list[tuple[object, ...]]:
    tables = made(folder, [shop(more=more, mapped=mapped)], {"shop/o.csv": csv(SHOP_HEADER, *lines)})
    return orders(tables, "user_id", "store_id", "net_sales", "flags")


def test_stores_that_each_count_from_1_for_one_customer_have_an_order_each(tmp_path: Path) -> None:
    found_orders = of_lines(tmp_path, f"{DAY} 09:30,1,7,berlin,tea,10,,", f"{DAY} 11:30,1,7,hamburg,mug,20,,")
    assert found_orders == [("7", "berlin", 10.0, None), ("7", "hamburg", 20.0, None)]


def test_a_store_on_the_first_line_alone_holds_for_its_receipt(tmp_path: Path) -> None:
    lines = (f"{DAY} 09:30,1,7,berlin,tea,10,,", ",1,,,mug,1,,", f"{DAY} 11:30,1,8,hamburg,mug,20,,", ",1,,,tea,2,,")
    assert of_lines(tmp_path, *lines) == [("7", "berlin", 11.0, None), ("8", "hamburg", 22.0, None)]


def test_customers_on_some_receipts_part_the_number_and_are_marked(tmp_path: Path) -> None:
    lines = (f"{DAY} 09:30,1,7,,tea,10,,", f"{DAY} 11:30,1,8,,mug,20,,", "2026-10-06 09:30,1,,,tea,30,,")
    mark = "number_used_again,several_customers"
    assert of_lines(tmp_path, *lines) == [("7", None, 10.0, mark), ("8", None, 20.0, mark), (None, None, 30.0, mark)]


def test_a_till_that_begins_each_day_at_1_has_an_order_a_day(tmp_path: Path) -> None:
    lines = (f"2026-10-0{day} 09:30,1,,berlin,tea,{day}0,," for day in (5, 6, 7))
    assert [sales for _, _, sales, _ in of_lines(tmp_path, *lines)] == [50.0, 60.0, 70.0]


def test_numbers_that_begin_each_year_at_1_are_orders_of_their_year(tmp_path: Path) -> None:
    lines = ("2026-01-02 09:30,1,7,,tea,10,,", "2026-10-06 09:30,1,7,,mug,20,,")
    assert of_lines(tmp_path, *lines) == [("7", None, 10.0, None), ("7", None, 20.0, None)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (f"{DAY} 09:30,1,7,,tea,10,,", f"{DAY} 11:30,1,8,,mug,20,,"),
        (f"{DAY} 09:30,1,,,tea,10,,", f"{DAY} 11:30,1,,,mug,20,,"),
        (f"{DAY} 09:30,1,7,berlin,tea,10,,", "2026-10-06 09:30,1,9,berlin,mug,20,,"),
        (f"{DAY} 09:30,1,,berlin,tea,10,,", "2026-10-06 09:30,1,,berlin,mug,20,,"),
    ],
    ids=["file per shop", "file per shop, no customer", "file per day", "file per day, no customer"],
)
def test_a_receipt_of_another_file_of_one_number_is_counted_or_marked(tmp_path: Path, first: str, second: str) -> None:
    tables = made(tmp_path, [shop()], {"shop/a.csv": csv(SHOP_HEADER, first), "shop/b.csv": csv(SHOP_HEADER, second)})
    marks = {flag for (flags,) in orders(tables, "flags") for flag in str(flags).split(",")}
    counted = float(tables["orders"]["net_sales"].sum())
    assert counted == 30.0 or "replaces_another" in marks
    assert counted == 30.0 or "replaces_another" in [row[0] for row in found(tables, "orders.orders.doubtful")]


def test_a_correction_of_an_amount_replaces_no_other_order(tmp_path: Path) -> None:
    files = {f"shop/{n}.csv": csv(SHOP_HEADER, f"{DAY} 09:30,1,7,,tea,{n}0,,") for n in (1, 2)}
    assert orders(made(tmp_path, [shop()], files), "net_sales", "flags") == [(20.0, None)]


TEE, CAP = f"{DAY} 09:30,1001,7,,TEE,30,,", f"{DAY} 09:30,1001,7,,CAP,10,,"
LATER = "2026-10-07 09:30,1002,8,,CAP,10,,"


@pytest.mark.parametrize(
    ("files", "more", "sales"),
    [
        ([[TEE, TEE, CAP]], "", 70.0),
        ([[TEE, TEE, CAP], [TEE, TEE, CAP]], "", 70.0),
        ([[TEE, TEE, CAP], [CAP, TEE, TEE, TEE]], "", 100.0),
        ([[TEE, TEE, CAP, LATER], [LATER, TEE, CAP, TEE]], "", 80.0),
        ([[TEE, TEE, CAP]], ", equal_lines: drop", 40.0),
        ([[TEE, TEE, CAP], [TEE, CAP, TEE]], ", equal_lines: drop", 40.0),
        ([[TEE, TEE], [TEE, TEE, CAP]], ", order_files: lines", 70.0),
    ],
    ids=["one file", "again", "a third", "overlapping windows", "drop", "drop, again", "files of lines"],
)
def test_equal_lines_count_as_often_as_their_file_has_them(
    tmp_path: Path, files: list[list[str]], more: str, sales: float
) -> None:
    landing = {f"shop/{place}.csv": csv(SHOP_HEADER, *lines) for place, lines in enumerate(files)}
    assert float(made(tmp_path, [shop(more=more)], landing)["orders"]["net_sales"].sum()) == sales


def test_a_line_that_comes_again_with_its_id_is_a_repetition_and_with_another_id_a_line(tmp_path: Path) -> None:
    mapped = ", line_id: line"
    ids = (f"{TEE}1", f"{TEE}2", f"{CAP}3")
    assert of_lines(tmp_path / "others", *ids, mapped=mapped) == [("7", None, 70.0, None)]
    assert of_lines(tmp_path / "same", *ids, ids[0], mapped=mapped) == [("7", None, 70.0, None)]
