"""Checks that did not pass: one line per cause, with what to do next."""

from dmp_assets.commands.outcome.checks import FailedCheck, by_cause

REPORT = "data/reports/quality.html"


def late(asset: str, newest: str = "2026-03-14") -> FailedCheck:
    facts = {"day": "2026-03-17", "rows": 0, "newest day built": newest}
    return FailedCheck(asset, "newest_day_exists", True, facts)


def test_nine_late_tables_are_one_cause_and_a_table_that_is_later_is_another() -> None:
    found = by_cause([late(f"events/t{place}") for place in range(9)] + [late("quality/c", "2026-03-01")], REPORT)
    assert [len(cause.tables) for cause in found] == [9, 1]
    assert str(found[0]) == (
        "Check not passed: newest_day_exists of 9 tables, 2026-03-17 is not there: the newest day built is 2026-03-14 "
        "(warning). Next: deliver newer files, or set end_date in dmp.yaml if no more will come"
    )


def test_errors_stand_before_warnings_and_each_has_its_next_step() -> None:
    found = by_cause(
        [
            FailedCheck("quality/quality", "volume", True, {"messages": ["web: 3 records on Monday.", "x"]}),
            FailedCheck("orders/orders", "conservation", False, {"rows that break the rule": 2}),
            FailedCheck("orders/orders", "doubtful", False, {"rows that break the rule": 1}),
        ],
        REPORT,
    )
    assert [cause.is_warning for cause in found] == [False, False, True]
    assert "sql/checks/orders/orders.conservation.sql shows the rows" in found[0].next_step
    assert "sql/checks/orders/orders.doubtful.sql" in found[1].next_step
    assert (found[2].what, found[2].next_step) == (
        "quality/quality: volume, web: 3 records on Monday (and 1 more)",
        f"open {REPORT}",
    )


def test_an_error_and_a_warning_of_one_name_are_two_causes() -> None:
    error, warning = (FailedCheck(f"a/{name}", "conservation", name == "w", {}) for name in "ew")
    assert [cause.tables for cause in by_cause([warning, error], REPORT)] == [("a.e",), ("a.w",)]
