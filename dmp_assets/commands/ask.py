"""``dmp ask``: a question in words, answered by the recipe that fits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from dmp_assets.commands.query import MOST_ROWS, AsCsv, AsJson, Rows, asking, print_answer, refuse
from dmp_assets.commands.terminal import as_typed, aside, checked_settings, say

if TYPE_CHECKING:
    import duckdb

    from dmp_assets.commands.asking.recipes import Recipe

NEAREST = 3


def ask(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION", help="A question, or a recipe's name.")
    ] = None,
    lists: Annotated[bool, typer.Option("--list", help="Print every question that has a recipe.")] = False,
    shows_sql: Annotated[bool, typer.Option("--sql", help="Print the query instead of the answer.")] = False,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the recipe; may be repeated."),
    ] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    rows: Rows = MOST_ROWS,
) -> None:
    """Ask a question in words: the recipe that fits best answers it from the analysts' file."""
    from dmp_assets.commands.asking.finder import find
    from dmp_assets.commands.asking.recipes import read_recipes

    recipes = read_recipes()
    if lists:
        _print_questions(say, recipes)
        return
    if not words:
        refuse("expected a question, such as: dmp ask how much do we sell each week by channel; dmp ask --list has all")
    found = find(" ".join(words), recipes)
    best, next_best = found[0].recipe, [one.recipe for one in found[1:NEAREST]]
    if not found[0].is_answer:
        aside("No recipe answers this (dmp ask --list has all questions). The nearest:")
        _print_questions(aside, [best, *next_best])
        raise typer.Exit(2)
    if shows_sql:
        say(best.text.rstrip())
        return
    speak = aside if as_csv or as_json else say
    speak(f"{best.question}  [{best.name}]\n")
    with _answer(best, _variables(best, given or [])) as answer:
        if not print_answer(answer, as_csv=as_csv, as_json=as_json, rows=rows):
            aside(best.empty)
    for name, means in best.parameters.items():
        speak(f"\n--set {name}=...: {means}")
    speak("\nThe next best questions:")
    _print_questions(speak, next_best)


@contextmanager
def _answer(recipe: "Recipe", variables: dict[str, str]) -> Iterator["duckdb.DuckDBPyRelation"]:
    """Yield a recipe's answer; where there is none, what may be the matter with parameters or file is said too."""
    from dmp_assets.commands.asking.answers import QuestionError, answer_of

    with asking(checked_settings()) as settings:
        try:
            with answer_of(settings.published_path, recipe.query, variables) as answer:
                yield answer
        except QuestionError as error:
            cure = (
                f"look at --set {', '.join(variables)}" if variables else f"{as_typed('run')} publishes the file again"
            )
            refuse(f"{recipe.name}: {error}; {cure}")


def _print_questions(speak: Callable[[str], None], recipes: list["Recipe"]) -> None:
    for recipe in recipes:
        speak(f"  {recipe.question}  [{recipe.name}]")


def _variables(recipe: "Recipe", given: list[str]) -> dict[str, str]:
    """Return the parameters by name; one that the recipe does not have ends the command."""
    pairs = [one.partition("=")[::2] for one in given]
    for name, value in pairs:
        if name not in recipe.parameters or not value:
            allowed = ", ".join(f"{known}=... ({words})" for known, words in recipe.parameters.items())
            refuse(f"--set {name}: {recipe.name} takes {allowed or 'no parameters'}")
    return dict(pairs)
