"""The pictures of lists: what they come from and their proof, and words where there is too little."""

import polars as pl
import pytest

from dmp_assets.recommendations import charts
from dmp_assets.recommendations.charts import paths_svg, proof_svg


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    calls: list[tuple] = []
    monkeypatch.setattr(charts, "bars_svg", lambda rows, title, *_: calls.append((rows, title)) or "")
    return calls


def test_people_are_counted_once_though_they_have_a_list_of_each_task(drawn: list[tuple]) -> None:
    rows = [("discover", "blend", 8), ("discover", "popularity", 2), ("repeat", "blend", 8), ("repeat", "none", 2)]
    paths = pl.DataFrame(rows, schema=["task", "served_by", "people"], orient="row")
    paths_svg(paths)
    paths_svg(paths.clear())
    bars, title = drawn[0]
    assert title == "8 of 10 people get a list by the chosen models"
    assert [bar["name"] for bar in bars[:2]] == ["repeat: by the chosen models", "repeat: no list"]
    assert drawn[1] == ([], "No lists yet")


def test_the_proof_shows_what_is_served_beside_the_baselines(drawn: list[tuple]) -> None:
    rows = [
        ("repeat", "blend", "hit_rate", 10, 0.8, True),
        ("repeat", "personal", "hit_rate", 10, 0.75, False),
        ("repeat", "ease", "hit_rate", 10, 0.7, False),
        ("repeat", "blend", "ndcg", 10, 0.4, True),
        ("repeat", "blend", "hit_rate", 5, 0.6, True),
        ("discover", "popularity", "hit_rate", 10, None, True),
    ]
    schema = ["task", "model", "metric", "k", "value", "is_served"]
    metrics = pl.DataFrame(rows, schema=schema, orient="row")
    proof_svg(metrics)
    proof_svg(metrics.filter(pl.col("value").is_null()))
    assert drawn == [
        (
            [{"name": "repeat: blend, served", "value": 0.8}, {"name": "repeat: personal", "value": 0.75}],
            "10 places hold a bought item for: repeat 80% of the people",
        ),
        ([], "Not enough data"),
    ]
