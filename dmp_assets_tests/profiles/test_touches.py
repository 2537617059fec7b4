"""First and last touch: order, ties, what is a touch."""

from datetime import datetime, time

import polars as pl
from polars.testing import assert_frame_equal

from dmp_assets.profiles.schema.activity import Touches
from dmp_assets.profiles.touches import build_touches
from dmp_assets_tests.profiles.support.table_frames import DAY, visits

MORNING, NOON = datetime.fromisoformat("2026-06-30T09:00"), datetime.fromisoformat("2026-06-30T12:00")


def visit(at: datetime, session_id: str, channel: str | None, **columns: object) -> pl.LazyFrame:
    return visits([("ann", at.date(), 1, 1)], started_at=at, session_id=session_id, channel_group=channel, **columns)


def touches(*frames: pl.LazyFrame) -> pl.DataFrame:
    return Touches.validate(build_touches(pl.concat(frames), DAY).collect(), lazy=True)


def test_first_and_last_are_taken_whole() -> None:
    row = touches(
        visit(NOON, "b", "Paid Search", mkt_source="google", mkt_medium="cpc", mkt_campaign="june"),
        visit(datetime.fromisoformat("2026-06-01"), "a", "Email", mkt_source="news", mkt_medium=None),
        visit(MORNING, "c", "Direct", mkt_source="(direct)"),
    ).row(0, named=True)
    assert row == {
        "person_id": "ann",
        "first_touch_at": datetime.fromisoformat("2026-06-01"),
        "first_touch_channel_group": "Email",
        "first_touch_source": "news",
        "first_touch_medium": None,
        "first_touch_campaign": None,
        "last_touch_at": NOON,
        "last_touch_channel_group": "Paid Search",
        "last_touch_source": "google",
        "last_touch_medium": "cpc",
        "last_touch_campaign": "june",
    }


def test_visits_of_one_moment_go_by_session_id_in_any_order_of_rows() -> None:
    frames = [visit(NOON, name, channel) for name, channel in (("b", "Social"), ("a", "Email"), ("c", "Direct"))]
    table = touches(*frames)
    assert table.select("first_touch_channel_group", "last_touch_channel_group").rows() == [("Email", "Direct")]
    assert_frame_equal(touches(*frames[::-1]), table)


def test_a_visit_without_a_channel_or_a_person_is_no_touch() -> None:
    off_the_web = visit(MORNING, "a", None)
    nobody = visits([("ann", DAY, 1, 1)], person_id=None)
    assert touches(off_the_web, nobody).is_empty()
    row = touches(off_the_web, nobody, visit(NOON, "b", "Email")).row(0, named=True)
    assert row["first_touch_at"] == row["last_touch_at"] == NOON


def test_neither_a_shop_visit_nor_what_a_server_saw_is_a_touch() -> None:
    evening = datetime.combine(DAY, time(18))
    found = touches(
        visit(MORNING, "shop", "Direct", kind="shop_visit"),
        visit(NOON, "web", "Email"),
        visit(evening, "server", "Direct", is_server_side=True),
    )
    assert found.select("first_touch_at", "last_touch_at").rows() == [(NOON, NOON)]
