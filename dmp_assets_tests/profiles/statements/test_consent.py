"""Consent state: the newest choice, the stricter of equals."""

from datetime import datetime, time, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.profiles.schema.statements import ConsentState
from dmp_assets.profiles.statements.consent import build_consent
from dmp_assets_tests.profiles.support.table_frames import DAY

MAY, JUNE = datetime.fromisoformat("2026-05-01"), datetime.fromisoformat("2026-06-01")
Choice = tuple[str, str, str, datetime, str]


def consents(*rows: Choice) -> pl.LazyFrame:
    columns = ["person_id", "purpose", "status", "changed_at", "source"]
    types = [pl.String, pl.String, pl.String, pl.Datetime("us"), pl.String]
    return pl.DataFrame(rows, schema=dict(zip(columns, types, strict=True)), orient="row").lazy()


def state(*rows: Choice) -> pl.DataFrame:
    table = ConsentState.validate(build_consent(consents(*rows), DAY), lazy=True)
    assert_frame_equal(build_consent(consents(*rows[::-1]), DAY), table)
    return table


@pytest.mark.parametrize(("older", "newer"), [("granted", "denied"), ("denied", "granted")])
def test_the_newest_choice_counts(older: str, newer: str) -> None:
    table = state(("ann", "marketing", older, MAY, "web"), ("ann", "marketing", newer, JUNE, "shop"))
    assert table.rows() == [("ann", "marketing", newer, JUNE, "shop")]


def test_of_one_moment_the_denial_counts_whatever_its_source() -> None:
    table = state(("ann", "marketing", "granted", MAY, "a"), ("ann", "marketing", "denied", MAY, "z"))
    assert table.rows() == [("ann", "marketing", "denied", MAY, "z")]


def test_purposes_and_people_are_told_apart_and_silence_has_no_row() -> None:
    table = state(("ann", "marketing", "granted", MAY, "web"), ("bob", "analytics", "denied", MAY, "web"))
    assert table.select("person_id", "purpose", "status").rows() == [
        ("ann", "marketing", "granted"),
        ("bob", "analytics", "denied"),
    ]


def test_the_last_moment_of_the_as_of_day_counts_and_the_next_does_not() -> None:
    last = datetime.fromisoformat("2026-06-30T23:59:59.999999")
    rows = [
        ("ann", "marketing", "denied", last, "web"),
        ("ann", "marketing", "granted", datetime.fromisoformat("2026-07-01"), "web"),
    ]
    assert state(*rows).select("status", "changed_at").rows() == [("denied", last)]


def test_a_choice_of_nobody_known_is_nobodys() -> None:
    nobody = consents(("ann", "marketing", "granted", MAY, "web")).with_columns(person_id=pl.lit(None, pl.String))
    assert build_consent(nobody, DAY).is_empty()


@pytest.mark.parametrize(
    ("zone", "status"), [("UTC", "granted"), ("Europe/Berlin", "granted"), ("America/New_York", "denied")]
)
def test_a_choice_counts_until_the_end_of_the_businesss_day(zone: str, status: str) -> None:
    after = datetime.combine(DAY + timedelta(days=1), time(3))
    rows = consents(("ann", "ads", "granted", MAY, "web"), ("ann", "ads", "denied", after, "web"))
    assert build_consent(rows, DAY, zone)["status"].to_list() == [status]
