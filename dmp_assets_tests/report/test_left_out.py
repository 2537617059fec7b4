"""What no page calls an interest: named categories, and those of which every item is of a named department."""

from dmp_assets.report.left_out import left_out_of
from dmp_assets_tests.support.editions import connected

ITEMS = [("1", "PETROL", "FUEL"), ("2", "OIL", "FUEL"), ("3", "OIL", "FOOD"), ("4", "GUM", None), ("5", None, "FUEL")]


def test_a_department_takes_those_categories_along_that_have_no_item_elsewhere() -> None:
    names = ("item_id", "item_category", "item_department")
    connection = connected({"ingest.raw_items": [dict(zip(names, item, strict=True)) for item in ITEMS]})
    assert left_out_of(connection, ("FUEL", "COUPON")) == ("COUPON", "FUEL", "PETROL")
    assert left_out_of(connection, ()) == ()
