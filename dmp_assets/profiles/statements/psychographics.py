"""Traits that people gave of themselves in surveys."""

from datetime import date

import polars as pl

from dmp_assets.foundation.values.calendar import end_of


def build_psychographics(answers: pl.LazyFrame, as_of_date: date, time_zone: str = "UTC") -> pl.DataFrame:
    """Return the newest score of each person on each question (``Psychographics``).

    Args:
        answers: ``RawSurveyAnswers`` with ``person_id``: question, answer, score (0..1 or null), answered_at, source.
        as_of_date: Last day that counts.
        time_zone: Zone of the business's days.

    The trait is the question. The newest answer decides: where it has no score, an older one does not stand in for
    it and the trait is not known. Of answers of one moment a scored one counts, then the first by source, answer and
    score. An answer without a time is older than any with one.
    """
    end = end_of(as_of_date, time_zone)
    return (
        answers.filter(
            pl.col("person_id").is_not_null(), pl.col("answered_at").is_null() | (pl.col("answered_at") < end)
        )
        .with_columns(unscored=pl.col("score").is_null())
        .sort(
            "person_id",
            "question",
            "answered_at",
            "unscored",
            "source",
            "answer",
            "score",
            descending=[False, False, True, False, False, False, False],
            nulls_last=True,
        )
        .group_by("person_id", "question", maintain_order=True)
        .agg(pl.col("score", "answered_at", "source").first())
        .filter(pl.col("score").is_not_null())
        .select("person_id", pl.col("question").alias("trait"), "score", "answered_at", "source")
        .collect()
    )
