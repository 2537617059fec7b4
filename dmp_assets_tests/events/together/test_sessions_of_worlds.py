"""Sessions of random worlds against a slow reading of the rules, and against each other in any order of rows."""

import re
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.events.schema import NOBODY_PATTERNS, CleanedEvents
from dmp_assets.events.sessions import build_sessions
from dmp_assets_tests.events.test_sessions import TEN, event, viewed
from dmp_assets_tests.support.factories import MINUTE, canonical, engine_frame, run

GAP = 30 * MINUTE
ENDINGS = {"shop": "", "browser": "-browser", "server": "-server", "account": "-account", "anonymous": "-anonymous"}


def is_somebodys(text: str | None) -> bool:
    return text is not None and not any(re.search(pattern, text, re.IGNORECASE) for pattern in NOBODY_PATTERNS)


def owner(row: dict, rows: list[dict]) -> tuple[str, str] | None:
    """Return what kind of session a row is in, and whose."""
    account, browser = row["user_id"], row["anonymous_id"]
    if is_somebodys(browser):
        return "browser", browser
    if row["kind"] == "orders":
        return ("shop", account) if account is not None else None if browser is None else ("nobodys shop", browser)
    if is_somebodys(account):
        seen = {
            other["anonymous_id"]
            for other in rows
            if other["user_id"] == account
            and is_somebodys(other["anonymous_id"])
            and other["event_date"] == row["event_date"]
            and abs(other["event_at"] - row["event_at"]) <= GAP
        }
        return ("browser", seen.pop()) if len(seen) == 1 else ("server", account)
    if account is not None:
        return "account", account
    return None if browser is None else ("anonymous", browser)


def by_the_rules(rows: list[dict]) -> list[tuple]:
    """Return the sessions of events: ids, accounts, marks and sums, read row by row."""
    of_owners = defaultdict(list)
    for row in rows:
        if (found := owner(row, rows)) is not None:
            of_owners[row["event_date"], *found].append(row)
    sessions = []
    for (day, kind, whose), its in of_owners.items():
        runs: list[list[dict]] = []
        for row in sorted(its, key=lambda one: (one["event_at"], one["event_id"])):
            if not runs or row["event_at"] - runs[-1][-1]["event_at"] > GAP:
                runs.append([])
            runs[-1].append(row)
        sessions += [described(day, kind, whose, number, run) for number, run in enumerate(runs, start=1)]
    return sorted(sessions, key=str)


def described(day: object, kind: str, whose: str, number: int, run: list[dict]) -> tuple:
    accounts = [row["user_id"] for row in run if is_somebodys(row["user_id"])]
    buyers = [row["user_id"] for row in run if is_somebodys(row["user_id"]) and row["event_name"] == "purchase"]
    named = whose if kind in ("shop", "server", "account") else None
    user = (buyers or accounts or [named])[-1]
    is_bot = any(row["bot_rule"] for row in run if kind != "browser" or is_somebodys(row["anonymous_id"]))
    page = next((row for row in run if row["page_url"] or row["mkt_campaign"]), {})
    return (
        day,
        f"{whose}-{run[0]['event_at']}{ENDINGS.get(kind, '-shop')}",
        "shop_visit" if "shop" in kind else "session",
        kind == "server",
        None if is_bot else f"user_id:{user}" if user else f"anonymous_id:{whose}",
        user,
        accounts[0] if accounts else None,
        len(set(accounts)) > 1,
        None if named else whose,
        number,
        run[-1]["event_at"],
        len(run),
        is_bot,
        page.get("mkt_campaign"),
        next((row["page_url"] for row in run if row["page_url"]), None),
    )


COLUMNS = [
    "event_date",
    "session_id",
    "kind",
    "is_server_side",
    "visitor_id",
    "user_id",
    "first_user_id",
    "has_several_accounts",
    "anonymous_id",
    "session_number",
    "ended_at",
    "events",
    "is_bot",
    "mkt_campaign",
    "first_page_url",
]


@st.composite
def world(draw: st.DrawFn) -> list[dict]:
    """Return events whose accounts, browsers and moments meet often, over two days."""
    start = draw(st.sampled_from([TEN, TEN + 14 * 60 * MINUTE - 25 * MINUTE]))
    rows = []
    for number in range(draw(st.integers(0, 14))):
        name = draw(st.sampled_from(["page_view", "purchase", "login"]))
        at = start + draw(st.integers(0, 14)) * 10 * MINUTE + draw(st.sampled_from([0, 0, 1]))
        page = draw(st.booleans())
        rows.append(
            event(
                f"e{number}",
                at,
                event_name=name,
                kind=draw(st.sampled_from(["events"] * 4 + ["orders"])),
                user_id=draw(st.sampled_from([None, "u1", "u1", "u2", "NULL"])),
                anonymous_id=draw(st.sampled_from([None, None, "c1", "c2", "u1", "0000"])),
                bot_rule=draw(st.sampled_from([None] * 7 + ["x"])),
                page_url=f"https://a.com/{number}" if page else None,
                mkt_campaign=draw(st.sampled_from([None, "autumn"])),
            )
        )
    return rows


@settings(max_examples=120, deadline=None)
@given(world(), st.randoms(use_true_random=False))
def test_sessions_are_those_of_the_rules_in_any_order_of_rows(rows: list[dict], chance) -> None:
    found = run(build_sessions, engine_frame(CleanedEvents, rows))
    assert sorted(found.select(COLUMNS).rows(), key=str) == by_the_rules(rows)
    shuffled = run(build_sessions, engine_frame(CleanedEvents, chance.sample(rows, len(rows))))
    assert canonical(shuffled).equals(canonical(found))
    assert found.select("event_date", "session_id").is_unique().all()


@settings(max_examples=40, deadline=None)
@given(world())
def test_every_page_view_of_somebody_has_the_session_that_it_is_in(rows: list[dict]) -> None:
    views = viewed(*rows)
    assert views.height == sum(row["event_name"] == "page_view" for row in rows)
    of_views = dict(views.select("event_id", "session_id").rows())
    spans = {one[:2]: one for one in by_the_rules(rows)}
    for row in rows:
        if row["event_name"] != "page_view":
            continue
        found = owner(row, rows)
        if found is None:
            assert of_views[row["event_id"]] is None
            continue
        kind, whose = found
        ending = ENDINGS.get(kind, "-shop")
        pattern = re.compile(re.escape(whose) + r"-(\d+)" + re.escape(ending))
        matches = [
            session_id
            for (day, session_id), one in spans.items()
            if day == row["event_date"]
            and (start := pattern.fullmatch(session_id))
            and int(start[1]) <= row["event_at"] <= one[10]
        ]
        assert [of_views[row["event_id"]]] == matches
