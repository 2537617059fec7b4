"""Pictures of stages and interests: right numbers, and a word for nobody."""

import struct

import polars as pl
import pytest

from dmp_assets.profiles import feature_charts
from dmp_assets.profiles.feature_charts import interests_png, lifecycle_png


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """Return what is handed over to be drawn: rows, title."""
    calls: list[tuple] = []
    monkeypatch.setattr(feature_charts, "_bars_png", lambda rows, title, *_: calls.append((rows, title)) or b"")
    return calls


def test_every_stage_has_a_bar_and_prospects_are_no_customers(drawn: list[tuple]) -> None:
    stages = ["prospect"] * 5 + ["active"] * 2 + ["at_risk", "lapsed"]
    lifecycle_png(pl.DataFrame({"lifecycle_stage": stages}))
    rows, title = drawn[0]
    assert {row["name"]: row["value"] for row in rows if row["value"]} == {
        "prospect": 5,
        "active": 2,
        "at_risk": 1,
        "lapsed": 1,
    }
    assert len(rows) == 7
    assert title == "50% of the customers are late or gone"


def test_each_person_counts_the_same_and_other_attributes_do_not(drawn: list[tuple]) -> None:
    rows = [("a", "item_category", "tea", 1.0), ("b", "item_category", "tea", 0.5), ("b", "item_category", "soap", 0.5)]
    frame = pl.DataFrame(
        [*rows, ("b", "brand", "acme", 1.0)], schema=["person_id", "attribute", "value", "affinity"], orient="row"
    )
    interests_png(frame)
    assert drawn[0] == (
        [{"name": "tea", "value": 0.75}, {"name": "soap", "value": 0.25}],
        "tea gets the most attention",
    )


def test_nobody_gives_a_picture_that_says_so(drawn: list[tuple]) -> None:
    lifecycle_png(pl.DataFrame(schema={"lifecycle_stage": pl.String}))
    interests_png(
        pl.DataFrame(
            schema={"person_id": pl.String, "attribute": pl.String, "value": pl.String, "affinity": pl.Float64}
        )
    )
    assert [title for _, title in drawn] == ["No customers yet", "No interests yet"]


def test_the_picture_is_a_small_png() -> None:
    image = lifecycle_png(pl.DataFrame({"lifecycle_stage": ["new", "active"]}))
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", image[16:24])
    assert 500 < width < 1000 > height > 150
    assert len(image) < 100_000
