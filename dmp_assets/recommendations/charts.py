"""Charts of recommendations, drawn without a browser or a network."""

import polars as pl

from dmp_assets.foundation.drawing.charts import bars_svg
from dmp_assets.recommendations.schema.tasks import BLEND, REPEAT, TASKS

BASELINES = ("popularity", "personal")
METRIC, CUTOFF = "hit_rate", 10
"""Share of people with a right place: of all metrics the one that needs no explanation."""

WORDS = {
    "blend": "by the chosen models",
    "segment_popularity": "by what is popular in their segment",
    "popularity": "by what is popular",
    "content": "by what they like, new items",
    "none": "no list",
}


def paths_svg(serving_paths: pl.DataFrame) -> str:
    """Return a drawing of how many people get their list by which path, by task (``ServingPaths``)."""
    filled = serving_paths.filter(pl.col("people") > 0)
    filled = filled.sort(pl.col("task") != REPEAT, "people", "served_by", descending=[False, True, False])
    rows = [
        {"name": f"{task}: {WORDS[path]}", "value": people}
        for task, path, people in filled.select("task", "served_by", "people").iter_rows()
    ]
    of_task = {task: filled.filter(task=task) for task in TASKS}
    own, people = max(
        (int(one.filter(served_by=BLEND)["people"].sum()), int(one["people"].sum())) for one in of_task.values()
    )
    title = f"{own:,} of {people:,} people get a list by the chosen models" if people else "No lists yet"
    return bars_svg(rows, title, "People by task, and by what the first place of their list comes from", "People", ",d")


def proof_svg(metrics: pl.DataFrame) -> str:
    """Return a drawing of how often served lists and baselines named something that was bought, by task.

    Args:
        metrics: ``RecommendationMetrics``.
    """
    shown = metrics.filter(
        (pl.col("metric") == METRIC)
        & (pl.col("k") == CUTOFF)
        & pl.col("value").is_not_null()
        & (pl.col("is_served") | pl.col("model").is_in(BASELINES))
    ).sort(pl.col("task") != REPEAT, "is_served", "model", descending=[False, True, False])
    rows = [
        {"name": f"{task}: {model}{', served' if served else ''}", "value": value}
        for task, model, served, value in shown.select("task", "model", "is_served", "value").iter_rows()
    ]
    served = {task: shown.filter(pl.col("is_served"), task=task)["value"] for task in TASKS}
    found = [f"{task} {values[0]:.0%}" for task, values in served.items() if values.len()]
    title = f"{CUTOFF} places hold a bought item for: {', '.join(found)} of the people" if found else "Not enough data"
    words = "Share of people whose list, made before the holdout, names something that they then bought"
    return bars_svg(rows, title, words, "Share of people", ".1%")
