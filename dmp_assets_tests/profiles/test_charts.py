"""Pictures of stages and interests: right numbers, and a word for nobody."""

import polars as pl
import pytest

from dmp_assets.profiles import charts
from dmp_assets.profiles.charts import category_attention, interests_svg, lifecycle_svg


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """Return what is handed over to be drawn: rows, title."""
    calls: list[tuple] = []
    monkeypatch.setattr(charts, "bars_svg", lambda rows, title, *_: calls.append((rows, title)) or "")
    return calls


def test_every_stage_has_a_bar_and_prospects_are_no_customers(drawn: list[tuple]) -> None:
    stages = ["prospect"] * 5 + ["active"] * 2 + ["at_risk", "lapsed"]
    lifecycle_svg(pl.DataFrame({"lifecycle_stage": stages}))
    rows, title = drawn[0]
    assert {row["name"]: row["value"] for row in rows if row["value"]} == {
        "prospect": 5,
        "active": 2,
        "at_risk": 1,
        "lapsed": 1,
    }
    assert len(rows) == 7
    assert title == "50% of the customers are late or gone"


def affinities(*rows: tuple[str, str, str, float, int]) -> pl.DataFrame:
    columns = {"person_id": pl.String, "attribute": pl.String, "value": pl.String}
    return pl.DataFrame(rows, schema={**columns, "affinity": pl.Float64, "rank": pl.Int64}, orient="row")


def test_each_person_counts_the_same_and_other_attributes_do_not(drawn: list[tuple]) -> None:
    frame = affinities(
        ("a", "item_category", "tea", 1.0, 1),
        ("b", "item_category", "tea", 0.5, 2),
        ("b", "item_category", "soap", 0.5, 1),
        ("b", "brand", "acme", 1.0, 1),
    )
    interests_svg(category_attention(pl.concat([frame] * 5)))
    assert drawn[0] == (
        [{"name": "tea", "value": 0.75}, {"name": "soap", "value": 0.25}],
        "tea gets the most attention",
    )


def test_what_is_the_first_interest_of_few_people_has_no_name(drawn: list[tuple]) -> None:
    few = [(f"p{number}", "item_category", f"category {number}", 1.0, 1) for number in range(4)]
    many = [(f"q{number}", "item_category", "tea", 1.0, 1) for number in range(6)]
    interests_svg(category_attention(affinities(*few, *many)))
    assert [(row["name"], round(row["value"], 6)) for row in drawn[0][0]] == [("tea", 0.6), ("all others", 0.4)]


def test_nobody_gives_a_picture_that_says_so(drawn: list[tuple]) -> None:
    lifecycle_svg(pl.DataFrame(schema={"lifecycle_stage": pl.String}))
    interests_svg(category_attention(affinities()))
    assert [title for _, title in drawn] == ["No customers yet", "No interests yet"]


def test_the_picture_is_small() -> None:
    image = lifecycle_svg(pl.DataFrame({"lifecycle_stage": ["new", "active"]}))
    assert ">not_enough_data</text>" in image
    assert len(image) < 20_000
