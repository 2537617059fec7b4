"""Scores of survey answers on their scales."""

import polars as pl

from dmp_assets.ingest.values.contacts import normalise_key

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_RANGE = rf"^({_NUMBER})\s*(?:-|–|\.\.|to)\s*({_NUMBER})$"  # noqa: RUF001 -- people write the dash too
_ANSWER = rf"^({_NUMBER})(?:[\s/:)].*)?$"

_WORD_SCALES = {
    "yes/no": {"yes": 1.0, "no": 0.0, "y": 1.0, "n": 0.0, "true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0},
    "agreement": {
        "strongly disagree": 0.0,
        "disagree": 0.25,
        "neither agree nor disagree": 0.5,
        "neutral": 0.5,
        "agree": 0.75,
        "strongly agree": 1.0,
    },
}
"""Scales in words: ``agreement`` is Likert's, five steps of equal width."""


def score_answers(answers: pl.Series, scales: pl.Series) -> pl.Series:
    """Return the score of each answer on its scale, 0 (lowest) to 1 (highest); null where there is none.

    Args:
        answers: Answers as given: a number, with words after it if need be (``5 - very satisfied``), or a word.
        scales: Scale of each answer: two numbers such as ``1-5``, ``0..10`` or ``-2 to 2``; ``yes/no``; or
            ``agreement``. With ``5-1`` the low number is the good end, so 1 scores 1.

    ``score = (answer - low) / (high - low)``. An answer outside its scale has no score: it is more likely to be of
    another scale than extreme.

    >>> score_answers(pl.Series(["4", "no", "11"]), pl.Series(["1-5", "yes/no", "0-10"])).to_list()
    [0.75, 0.0, None]
    """
    frame = pl.DataFrame([normalise_key(answers).alias("answer"), normalise_key(scales).alias("scale")])
    low = pl.col("scale").str.extract(_RANGE, 1).cast(pl.Float64, strict=False)
    high = pl.col("scale").str.extract(_RANGE, 2).cast(pl.Float64, strict=False)
    number = pl.col("answer").str.extract(_ANSWER, 1).cast(pl.Float64, strict=False)
    inside = (low != high) & number.is_between(pl.min_horizontal(low, high), pl.max_horizontal(low, high))
    words = [
        pl.when(pl.col("scale") == name).then(
            pl.col("answer").replace_strict(scores, default=None, return_dtype=pl.Float64)
        )
        for name, scores in _WORD_SCALES.items()
    ]
    measured = pl.when(inside).then((number - low) / (high - low))
    return frame.select(pl.coalesce(measured, *words).alias(answers.name)).to_series()
