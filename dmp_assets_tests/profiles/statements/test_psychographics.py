"""Psychographics: the newest answer decides."""

from datetime import datetime

import polars as pl
from polars.testing import assert_frame_equal

from dmp_assets.profiles.schema.statements import Psychographics
from dmp_assets.profiles.statements.psychographics import build_psychographics
from dmp_assets_tests.profiles.support.table_frames import DAY

MAY, JUNE = datetime.fromisoformat("2026-05-01"), datetime.fromisoformat("2026-06-01")
Answer = tuple[str, str, float | None, datetime | None, str]


def answers(*rows: Answer) -> pl.LazyFrame:
    columns = ["question", "answer", "score", "answered_at", "source"]
    types = [pl.String, pl.String, pl.Float64, pl.Datetime("us"), pl.String]
    frame = pl.DataFrame(rows, schema=dict(zip(columns, types, strict=True)), orient="row")
    return frame.with_columns(person_id=pl.lit("ann")).lazy()


def traits(*rows: Answer) -> list[tuple[object, ...]]:
    table = Psychographics.validate(build_psychographics(answers(*rows), DAY), lazy=True)
    assert_frame_equal(build_psychographics(answers(*rows[::-1]), DAY), table)
    return table.drop("person_id").rows()


def test_the_newest_answer_to_each_question_is_the_trait() -> None:
    rows = [("thrift", "5", 1.0, MAY, "web"), ("thrift", "1", 0.0, JUNE, "app"), ("style", "3", 0.5, MAY, "web")]
    assert traits(*rows) == [("style", 0.5, MAY, "web"), ("thrift", 0.0, JUNE, "app")]


def test_a_newer_answer_without_a_score_withdraws_the_older() -> None:
    assert traits(("thrift", "5", 1.0, MAY, "web"), ("thrift", "no comment", None, JUNE, "web")) == []
    assert len(traits(("thrift", "5", 1.0, JUNE, "web"), ("thrift", "no comment", None, MAY, "web"))) == 1


def test_an_answer_without_a_time_is_the_oldest() -> None:
    undated: Answer = ("thrift", "5", 1.0, None, "web")
    assert traits(undated) == [("thrift", 1.0, None, "web")]
    assert traits(undated, ("thrift", "1", 0.0, MAY, "web")) == [("thrift", 0.0, MAY, "web")]


def test_of_one_moment_a_scored_answer_counts_then_the_first_by_source_and_answer() -> None:
    rows: list[Answer] = [("q", "a", None, MAY, "app"), ("q", "c", 0.9, MAY, "web"), ("q", "b", 0.2, MAY, "web")]
    assert traits(*rows) == [("q", 0.2, MAY, "web")]


def test_the_last_moment_of_the_as_of_day_counts_and_the_next_does_not() -> None:
    assert traits(("q", "1", 0.1, datetime.fromisoformat("2026-06-30T23:59:59.999999"), "web")) != []
    assert traits(("q", "1", 0.1, datetime.fromisoformat("2026-07-01"), "web")) == []
