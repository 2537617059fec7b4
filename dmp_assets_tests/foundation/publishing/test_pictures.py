"""Pictures in metadata: a drawing that the page shows in place."""

import base64
import re

import altair as alt

from dmp_assets.foundation.drawing.charts import svg
from dmp_assets.foundation.publishing.pictures import picture


def test_a_drawing_is_handed_over_whole_and_has_the_style_of_the_house() -> None:
    bar = alt.Chart(alt.InlineData(values=[{"name": "tea & cake", "people": 3}])).mark_bar()
    drawing = svg(bar.encode(x="people:Q", y="name:N"))
    assert drawing.startswith("<svg")
    assert "tea &amp; cake" in drawing
    assert 'font-family="sans-serif"' in drawing
    assert not re.search('class="background"[^>]*stroke', drawing), "the style has no frame"
    shown = picture(drawing, "bars").value
    assert shown.startswith("![bars](data:image/svg+xml;base64,")
    assert base64.b64decode(shown.split("base64,")[1].removesuffix(")")).decode() == drawing
