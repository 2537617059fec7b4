"""Where a session ends, and what it sums."""

import polars as pl

from dmp_assets.events.schema import CleanedEvents
from dmp_assets.events.transform import build_sessions
from dmp_assets_tests.factories import DAY, MINUTE, engine_frame, instant, run

TEN = instant("2024-05-01 10:00:00")


def event(event_id: str, at: int, **changes: object) -> dict:
    """Return one cleaned event of p1."""
    day = pl.Series([at]).cast(pl.Datetime("us")).dt.date().item()
    amounts = {"items": 0, "quantity": 0.0, "revenue": 0, "records": 1}
    row = {"event_date": day, "event_id": event_id, "event_at": at, "event_name": "view_item", "person_id": "p1"}
    return row | amounts | changes


def sessions(*events: dict) -> pl.DataFrame:
    found = run(build_sessions, engine_frame(CleanedEvents, events))
    return found.sort("event_date", "person_id", "session_number")


def test_a_gap_of_exactly_thirty_minutes_stays_and_a_microsecond_more_splits() -> None:
    assert sessions(event("a", TEN), event("b", TEN + 30 * MINUTE))["events"].to_list() == [2]
    assert sessions(event("a", TEN), event("b", TEN + 30 * MINUTE + 1))["events"].to_list() == [1, 1]


def test_the_gap_is_from_event_to_event_not_from_the_start() -> None:
    times = [TEN + place * 20 * MINUTE for place in range(5)]
    found = sessions(*(event(str(place), at) for place, at in enumerate(times)))
    assert found.select("events", "duration_seconds").rows() == [(5, 80 * 60)]


def test_midnight_ends_a_session() -> None:
    midnight = instant("2024-05-02 00:00:00")
    found = sessions(event("a", midnight - 1), event("b", midnight))
    assert found.select("session_number", "events").rows() == [(1, 1), (1, 1)]
    assert found["session_id"].to_list() == [f"p1-{midnight - 1}", f"p1-{midnight}"]


def test_anonymous_events_make_no_session_and_do_not_stretch_one() -> None:
    between = event("b", TEN + 20 * MINUTE, person_id=None)
    found = sessions(event("a", TEN), between, event("c", TEN + 40 * MINUTE))
    assert found["events"].to_list() == [1, 1]
    assert sessions(between).is_empty()


def test_persons_do_not_share_sessions() -> None:
    found = sessions(event("a", TEN), event("b", TEN, person_id="p2"))
    assert found.select("person_id", "events").rows() == [("p1", 1), ("p2", 1)]


def test_events_of_the_same_moment_are_one_session_in_any_order() -> None:
    rows = [event(name, TEN) for name in "abc"]
    assert sessions(*rows).equals(sessions(*rows[::-1]))
    found = sessions(*rows)
    assert found.select("events", "duration_seconds").rows() == [(3, 0)]


def test_sessions_are_numbered_by_time_within_the_day() -> None:
    rows = [event("late", TEN + 120 * MINUTE), event("early", TEN), event("middle", TEN + 60 * MINUTE)]
    found = sessions(*rows)
    assert found["session_number"].to_list() == [1, 2, 3]
    assert found["started_at"].is_sorted()


def test_a_session_sums_its_purchases_and_the_revenue_of_all_its_events() -> None:
    rows = [
        event("a", TEN),
        event("b", TEN + 1, event_name="purchase", revenue=70_000),
        event("c", TEN + 2_500_000, event_name="refund", revenue=-20_000),
    ]
    found = sessions(*rows).row(0, named=True)
    assert (found["events"], found["purchases"], found["revenue"]) == (3, 1, 50_000)
    assert (found["started_at"], found["ended_at"], found["duration_seconds"]) == (TEN, TEN + 2_500_000, 2)
    assert found["event_date"] == DAY


def test_sessions_before_1970_are_like_any_other() -> None:
    before = instant("1969-12-31 23:00:00")
    found = sessions(event("a", before), event("b", before + 30 * MINUTE), event("c", before + 30 * MINUTE + 1))
    assert found.select("started_at", "events", "duration_seconds").rows() == [(before, 3, 1800)]


def test_no_events_give_no_sessions() -> None:
    assert sessions().is_empty()
