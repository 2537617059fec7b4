"""Scripted visits end in the sessions that one can tell by hand."""

import polars as pl
import pytest

from dmp_assets.simulation.habits.visits import SCRIPTS, draw_visits
from dmp_assets.simulation.run import WorldReport
from dmp_assets_tests.simulation.conftest import truth

BROWSER, SERVER = "browser", "server_side"
BY_HAND: dict[str, list[tuple[str, int, int, bool, bool]]] = {
    "login_in_mid_session": [(BROWSER, 5, 1, False, True)],
    "server_sale": [(BROWSER, 5, 1, False, True)],
    "server_sale_of_nobody_seen": [(SERVER, 2, 2, False, False)],
    "server_sale_of_somebody_in_two_browsers": [
        (BROWSER, 2, 0, False, True), (BROWSER, 2, 0, False, False), (SERVER, 1, 1, False, False),
    ],
    "server_sale_long_after": [(BROWSER, 2, 0, False, True), (SERVER, 1, 1, False, False)],
    "second_account_buys": [(BROWSER, 5, 1, True, True)],
    "first_account_buys": [(BROWSER, 5, 1, True, True)],
    "second_account_looks": [(BROWSER, 3, 0, True, True)],
    "away_for_30_minutes": [(BROWSER, 3, 0, False, True)],
    "away_for_longer": [(BROWSER, 1, 0, False, True), (BROWSER, 2, 0, False, False)],
    "looks_only": [(BROWSER, 3, 0, False, True)],
    "over_midnight": [(BROWSER, 2, 0, False, True), (BROWSER, 1, 0, False, False)],
}  # fmt: skip
"""Script -> kind, events, purchases, several accounts, and a landing campaign, of each of its sessions."""


@pytest.fixture(scope="module")
def played(exports: WorldReport) -> pl.DataFrame:
    """Every kept event of the second shop with the session of its script and the session that the rules tell."""
    kept = truth(exports, "records/outlet/*").filter(pl.col("fate") == "good")
    told = kept.join(truth(exports, "session_records/*"), on=["path", "line_number"], how="left")
    scripts = truth(exports, "visits").unique("session_id").select("session_id", "script")
    return told.join(scripts, on="session_id")


def test_the_rules_tell_the_sessions_of_the_scripts(played: pl.DataFrame) -> None:
    assert played["session"].null_count() == 0
    pairs = played.select("session_id", "session").unique()
    assert pairs["session_id"].is_unique().all()
    assert pairs["session"].is_unique().all()


def test_sessions_of_every_script_are_those_told_by_hand(exports: WorldReport, played: pl.DataFrame) -> None:
    sessions = truth(exports, "sessions/*").join(
        played.select("session", "session_id", "script").unique(), on="session"
    )
    carts = played.filter(pl.col("event_name") == "addtocart").group_by("session_id").agg(carts=pl.len())
    scripted = sum(len(steps) for steps in BY_HAND.values())
    assert {*sessions["script"]} == {*BY_HAND} == {*SCRIPTS}
    seen = set()
    for row in sessions.join(carts, on="session_id", how="left").iter_rows(named=True):
        part = row["session_id"] % 4
        kind, events, purchases, several, campaign = BY_HAND[row["script"]][part]
        # A cart whose account or id is lost is no event; the scripts have no other that may be.
        lost = 1 if (row["script"], row["carts"]) in {(name, None) for name in SCRIPTS if has_cart(name)} else 0
        assert (row["kind"], row["events"] + lost, row["purchases"]) == (kind, events, purchases)
        assert row["has_several_accounts"] is several
        assert (row["landing_campaign"] is not None) is campaign
        seen.add((row["script"], part))
    assert len(seen) == scripted


def has_cart(script: str) -> bool:
    return any(what == "addtocart" for _, what, *_ in SCRIPTS[script])


def test_a_session_is_the_buyers_and_without_one_the_last_accounts(exports: WorldReport, played: pl.DataFrame) -> None:
    sessions = truth(exports, "sessions/*").select("session", whose="account")
    events = played.join(sessions, on="session").sort("event_at")
    for script, place in (("first_account_buys", 0), ("second_account_buys", -1), ("second_account_looks", -1)):
        for _, rows in events.filter(pl.col("script") == script).group_by("session"):
            accounts = rows["account"].drop_nulls().unique(maintain_order=True)
            assert len(accounts) == 2
            assert rows["whose"].unique().to_list() == [accounts[place]]


def test_nobody_comes_twice_a_day_so_no_two_visits_meet(exports: WorldReport) -> None:
    visits = draw_visits(11, 200, 14)
    spans = visits.filter(pl.col("account").is_not_null()).group_by("account", "visit").agg(
        pl.col("at_us").min().alias("first"), pl.col("at_us").max().alias("last")
    ).sort("account", "first")  # fmt: skip
    gaps = spans.select(gap=pl.col("first") - pl.col("last").shift().over("account"))["gap"].drop_nulls()
    assert gaps.min() > 5 * 3_600_000_000  # type: ignore[operator]
