"""Choices to rows of ``model_choice`` and back: a stored choice serves until the next one is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from dmp_assets.recommendations.models.families import POPULARITY, Member
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.ranking.boost import Boost
from dmp_assets.recommendations.schema.tasks import NEXT, TASKS


@dataclass(frozen=True)
class _Recipe:
    """What a choice is fitted by."""

    members: tuple[Member, ...]
    weights: tuple[float, ...]
    boost: Boost | None


_JSON = TypeAdapter(_Recipe)


def recipe_of(choice: Choice) -> str:
    """Return members, parameters, weights and re-ranking of a choice as JSON; floats keep every digit."""
    return _JSON.dump_json(_Recipe(choice.members, choice.weights, choice.boost)).decode()


def with_recipes(table: pl.DataFrame, choices: Mapping[str, Choice]) -> pl.DataFrame:
    """Return the rows with ``recipe``, null where they are not chosen.

    Args:
        table: task and is_chosen, one chosen row per task.
        choices: Task -> choice.
    """
    recipes = {task: recipe_of(choice) for task, choice in choices.items()}
    recipe = pl.col("task").replace_strict(recipes, return_dtype=pl.String)
    return table.with_columns(recipe=pl.when("is_chosen").then(recipe))


def restored_choices(model_choice: pl.DataFrame) -> dict[str, Choice]:
    """Return the choice of each task, equal to the one that was stored (``ModelChoice``).

    Raises:
        pydantic.ValidationError: A chosen row has no recipe, or one that this code cannot read.
    """
    rows = {row["task"]: row for row in model_choice.filter("is_chosen").iter_rows(named=True)}
    return {task: _restored(task, rows[task]) for task in TASKS if task in rows}


def served_choices(choices: Mapping[str, Choice]) -> dict[str, Choice]:
    """Return the choices that lists are made by: of *next* popularity is none, as it knows nothing of the sitting."""
    return {task: choice for task, choice in choices.items() if task != NEXT or not _is_popular(choice)}


def _is_popular(choice: Choice) -> bool:
    return all(member.family == POPULARITY for member in choice.members)


def _restored(task: str, row: Mapping[str, Any]) -> Choice:
    recipe = _JSON.validate_json(row["recipe"] or "")
    evidence = (row["reason"], row["ndcg_10"], row["standard_error"])
    return Choice(task, recipe.members, recipe.weights, *evidence, recipe.boost)
