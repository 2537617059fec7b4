"""Demographics: every rule of survivorship from both sides."""

from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.profiles.places import build_places
from dmp_assets.profiles.profiles import CRM_COLUMNS
from dmp_assets.profiles.schema.statements import Demographics
from dmp_assets.profiles.statements.demographics import SURVIVORSHIP, build_demographics
from dmp_assets_tests.profiles.support.table_frames import DAY

MAY, JUNE, END = (
    datetime.fromisoformat("2026-05-01"),
    datetime.fromisoformat("2026-06-01"),
    datetime.fromisoformat("2026-07-01"),
)
TEXT, INSTANT = pl.String, pl.Datetime("us")


def crm(*rows: dict[str, object]) -> pl.LazyFrame:
    schema = {"person_id": TEXT, "source": TEXT, "updated_at": INSTANT, **dict.fromkeys(CRM_COLUMNS, TEXT)}
    usual = {"person_id": "ann", "source": "crm"}
    return pl.DataFrame([{**dict.fromkeys(schema), **usual, **row} for row in rows], schema=schema).lazy()


def bought(*rows: dict[str, object]) -> pl.LazyFrame:
    schema = {
        "person_id": TEXT,
        "attribute": TEXT,
        "value": TEXT,
        "confidence": pl.Float64,
        "observed_at": INSTANT,
        "expires_at": INSTANT,
        "source": TEXT,
    }
    usual = {"person_id": "ann", "attribute": "country", "source": "panel"}
    return pl.DataFrame([{**dict.fromkeys(schema), **usual, **row} for row in rows], schema=schema).lazy()


def seen(*rows: tuple[datetime, str | None, str | None], until: date = DAY) -> pl.LazyFrame:
    schema = {"event_at": INSTANT, "country": TEXT, "city": TEXT}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    events = frame.with_columns(person_id=pl.lit("ann"), source=pl.lit("web"), event_date=pl.col("event_at").dt.date())
    return build_places(events.lazy(), until)


def survivors(
    customers: pl.LazyFrame | None = None,
    third_party: pl.LazyFrame | None = None,
    events: pl.LazyFrame | None = None,
    order: dict[str, tuple[str, ...]] | None = None,
) -> list[tuple[object, ...]]:
    frames = [crm() if customers is None else customers, bought() if third_party is None else third_party]
    frames.append(seen() if events is None else events)
    rules = SURVIVORSHIP if order is None else order
    table = Demographics.validate(build_demographics(*frames, DAY, rules), lazy=True)
    assert_frame_equal(build_demographics(*(frame.reverse() for frame in frames), DAY, rules), table)
    return table.select("field", "value", "source", "observed_at").rows()


def test_the_crm_comes_before_what_was_bought_and_that_before_events_however_new() -> None:
    customers, third_party, events = (
        crm({"country": "NO"}),
        bought({"value": "SE", "observed_at": MAY}),
        seen((JUNE, "DK", None)),
    )
    assert survivors(customers, third_party, events) == [("country", "NO", "crm", None)]
    assert survivors(None, third_party, events) == [("country", "SE", "panel", MAY)]
    assert survivors(None, None, events) == [("country", "DK", "web", JUNE)]


def test_another_order_gives_another_value() -> None:
    customers, events = crm({"country": "NO", "city": "Oslo"}), seen((JUNE, "DK", None))
    order = {"country": ("events", "crm")}
    assert survivors(customers, None, events, order) == [("country", "DK", "web", JUNE)]
    assert survivors(customers, None, None, order) == [("country", "NO", "crm", None)]
    assert survivors(customers, None, events, {"country": ("third_party",)}) == []


def test_the_rule_says_kind_and_order() -> None:
    table = build_demographics(crm({"city": "Oslo"}), bought(), seen(), DAY)
    assert table["rule"].to_list() == ["newest of crm (order: crm, third_party, events)"]


@pytest.mark.parametrize(
    ("first", "second", "city"), [(MAY, JUNE, "b"), (JUNE, MAY, "a"), (None, MAY, "b"), (MAY, None, "a")]
)
def test_within_a_kind_the_newest_counts_and_no_time_is_the_oldest(
    first: datetime | None, second: datetime | None, city: str
) -> None:
    rows = crm({"city": "a", "updated_at": first}, {"city": "b", "updated_at": second})
    assert survivors(rows)[0][1] == city


def test_of_equal_times_the_surer_value_counts_and_then_the_first_by_letters() -> None:
    unsure = {"value": "a", "observed_at": MAY, "confidence": 0.4}
    assert survivors(None, bought(unsure, {"value": "b", "observed_at": MAY, "confidence": 0.6}))[0][1] == "b"
    assert survivors(None, bought(unsure, {"value": "0", "observed_at": MAY}))[0][1] == "a"
    assert survivors(None, bought({"value": "b"}, {"value": "a"}))[0][1] == "a"


def test_what_expires_within_the_as_of_day_is_not_used() -> None:
    assert survivors(None, bought({"value": "SE", "expires_at": END})) != []
    assert survivors(None, bought({"value": "SE", "expires_at": datetime.fromisoformat("2026-06-30T23:59:59")})) == []


def test_what_is_observed_after_the_as_of_day_is_not_known() -> None:
    assert survivors(crm({"city": "Oslo", "updated_at": END})) == []
    assert survivors(None, bought({"value": "SE", "observed_at": END})) == []
    assert survivors(None, None, seen((END, "DK", None))) == []
    assert survivors(None, None, seen((END, "DK", None), until=END.date())) == []
    assert survivors(None, None, seen((MAY, "DK", None), (END, "DK", None))) == [("country", "DK", "web", MAY)]


def test_empty_text_is_no_value_and_each_field_survives_by_itself() -> None:
    customers = crm({"country": "", "age_range": "25-34"})
    assert survivors(customers, None, seen((MAY, "DK", "Aarhus"), (JUNE, None, "Odense"))) == [
        ("age_range", "25-34", "crm", None),
        ("city", "Odense", "web", JUNE),
        ("country", "DK", "web", MAY),
    ]


def test_a_field_beyond_the_crm_can_be_asked_for_and_others_are_left_out() -> None:
    rows = bought({"attribute": "gender", "value": "f"}, {"attribute": "golf", "value": "yes"})
    assert survivors(None, rows, None, {"gender": ("crm", "third_party")}) == [("gender", "f", "panel", None)]
    assert survivors(None, rows) == []


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such kind of source: hearsay; allowed: crm, third_party, events"):
        build_demographics(crm(), bought(), seen(), date(2026, 6, 30), {"city": ("hearsay",)})
