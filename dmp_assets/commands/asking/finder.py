"""The recipe that answers a question: by its words, of which rare ones weigh more."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dmp_assets.commands.asking.recipes import Recipe
from dmp_assets.commands.asking.words import concepts

ENOUGH = 0.45
"""Share of a question's weight that a recipe must know. Less is another question with a few words in common."""

_OF_QUESTION, _OF_OTHER_WORDS, _OF_REST = 1.0, 0.9, 0.6
"""What a word counts in the question, in its other words, and in the recipe's name, notes and columns."""

_LENGTH = 0.15
"""How much of the score says which share of the recipe's own question was asked: it decides between equals."""


_UNKNOWN = 4
"""A word that no recipe knows weighs like one that so many know: people add words that do not matter."""


@dataclass(frozen=True)
class Found:
    """A recipe, and how well it fits: 1 where it knows every word."""

    recipe: Recipe
    score: float

    @property
    def is_answer(self) -> bool:
        """Whether it fits well enough to be run unasked."""
        return self.score >= ENOUGH


def find(question: str, recipes: Sequence[Recipe]) -> list[Found]:
    """Return the recipes from the best fit to the worst; equal ones by name.

    The score is the share of the question's concepts that a recipe knows, each weighted by ``log(1 + recipes / recipes
    that know it)``. One that no recipe knows weighs like a word of few, so a question about something else finds no
    answer; an unknown number is that of an order or a campaign, and weighs nothing. A recipe's own name finds it with
    score 1.
    """
    known = {recipe.name: _weights_of(recipe) for recipe in recipes}
    spread = Counter(concept for words in known.values() for concept in words)
    asked = {concept for concept in concepts(question) if concept in spread or not concept.isdigit()}
    weight = {concept: math.log(1 + len(recipes) / (spread[concept] or _UNKNOWN)) for concept in asked | set(spread)}
    total = sum(weight[concept] for concept in asked)

    def score(recipe: Recipe) -> float:
        if question.strip() == recipe.name:
            return 1.0
        words = known[recipe.name]
        hit = sum(weight[concept] * words.get(concept, 0.0) for concept in asked)
        own = concepts(recipe.question)
        of_own = sum(weight[c] for c in own & asked) / (sum(weight[c] for c in own) or 1.0)
        return (1 - _LENGTH) * hit / total + _LENGTH * of_own if total else 0.0

    return sorted((Found(recipe, score(recipe)) for recipe in recipes), key=lambda f: (-f.score, f.recipe.name))


def _weights_of(recipe: Recipe) -> dict[str, float]:
    rest = " ".join([recipe.name, recipe.notes, *recipe.columns, *recipe.columns.values(), *recipe.parameters.values()])
    parts = ((rest, _OF_REST), (recipe.also, _OF_OTHER_WORDS), (recipe.question, _OF_QUESTION))
    return {concept: weight for text, weight in parts for concept in concepts(text)}
