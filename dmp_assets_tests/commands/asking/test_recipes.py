"""Every recipe is a question with words for its answer, short, and answers an empty folder with nothing."""

import re
from pathlib import Path

import pytest

from dmp_assets.commands.asking.answers import answer_of
from dmp_assets.commands.asking.recipes import Recipe, read_recipes
from dmp_assets.foundation.warehouse.views import SqlFileError

RECIPES = read_recipes()
WITH_PARAMETERS = [recipe for recipe in RECIPES if recipe.parameters]
HEAD = "-- How many?\n-- Also: count of things\n-- Empty: Nothing is there.\n-- n: How many.\n"


def test_there_are_forty_questions_and_no_two_are_the_same() -> None:
    assert len(RECIPES) >= 40
    assert len({recipe.question for recipe in RECIPES}) == len(RECIPES)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_of_an_empty_folder_has_the_columns_that_it_declares_and_no_row(
    recipe: Recipe, empty_edition: Path
) -> None:
    with answer_of(empty_edition, recipe.query) as answer:
        assert answer.columns == list(recipe.columns)
        assert answer.fetchall() == []


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_is_short_and_names_its_parameters(recipe: Recipe) -> None:
    assert len(recipe.query.splitlines()) <= 25, "where a question needs long SQL, the fault lies with the views"
    assert set(re.findall(r"getvariable\('(\w+)'\)", recipe.query)) == set(recipe.parameters)


@pytest.mark.parametrize("recipe", WITH_PARAMETERS, ids=lambda recipe: recipe.name)
def test_a_parameter_is_a_value_whatever_it_holds(recipe: Recipe, empty_edition: Path) -> None:
    value = "7" if "days" in recipe.parameters else "x' OR true; DROP TABLE orders.orders; --"
    with answer_of(empty_edition, recipe.query, dict.fromkeys(recipe.parameters, value)) as answer:
        assert answer.fetchall() == []


def test_a_recipe_is_read_with_its_head(tmp_path: Path) -> None:
    text = HEAD.replace("-- n:", "-- It counts.\n-- $day: The day.\n-- n:") + "SELECT 1 AS n;\n"
    (tmp_path / "things.sql").write_text(text, encoding="utf-8")
    assert read_recipes(tmp_path) == [
        Recipe(
            name="things",
            question="How many?",
            also="count of things",
            empty="Nothing is there.",
            notes="It counts.",
            parameters={"day": "The day."},
            columns={"n": "How many."},
            text=text,
            query="SELECT 1 AS n",
        )
    ]


@pytest.mark.parametrize("lost", ["?", "-- Also: count of things\n", "-- Empty: Nothing is there.\n"])
def test_a_head_without_question_other_words_or_what_no_row_means_is_refused(tmp_path: Path, lost: str) -> None:
    (tmp_path / "things.sql").write_text(HEAD.replace(lost, "", 1) + "SELECT 1 AS n;\n", encoding="utf-8")
    with pytest.raises(SqlFileError, match=re.escape("things.sql:1: expected '-- a question?'")):
        read_recipes(tmp_path)
