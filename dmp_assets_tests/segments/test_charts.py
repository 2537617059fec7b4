"""The picture of sizes: people of each segment, and a word for nobody."""

import polars as pl
import pytest

from dmp_assets.segments import charts
from dmp_assets.segments.charts import sizes_svg


def test_groups_stand_before_clusters_and_the_title_is_of_groups_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple] = []
    monkeypatch.setattr(charts, "bars_svg", lambda rows, title, *_: drawn.append((rows, title)) or "")
    rows = [("a", "Few", "rfm", 1), ("b", "Many", "rfm", 3), ("c", "Big spenders", "cluster", 9), ("d", "No", "rfm", 0)]
    schema = ["segment_id", "segment_name", "kind", "people"]
    segments = pl.DataFrame(rows, schema=schema, orient="row")
    sizes_svg(segments)
    sizes_svg(segments.clear())
    assert drawn == [
        (
            [{"name": "Many", "value": 3}, {"name": "Few", "value": 1}, {"name": "Big spenders", "value": 9}],
            "Many is the largest group: 75% of 4 people",
        ),
        ([], "Nobody is in a segment yet"),
    ]
