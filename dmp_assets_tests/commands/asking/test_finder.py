"""Questions in a stranger's words find the recipe that answers them, and questions about something else find none."""

import pytest

from dmp_assets.commands.asking.finder import ENOUGH, find
from dmp_assets.commands.asking.recipes import Recipe, read_recipes

RECIPES = read_recipes()

ASKED = {
    "weekly_revenue_by_channel": (
        "weekly revenue by channel",
        "how much money do we make per week from each marketing channel",
        "turnover for every week, Google against email and direct traffic",
    ),
    "repeat_rate": (
        "repeat rate",
        "what percentage of our customers come back and order a second time?",
        "how many shoppers are one-timers, and how many purchase repeatedly?",
    ),
    "retention_cohorts": (
        "cohort retention",
        "Of customers who joined in March, how many are still buying three months later?",
        "do people stick with us after their first month",
    ),
    "top_categories": (
        "top categories of Champions",
        "Which departments do our best customers spend most in?",
        "what do champions like to buy",
    ),
    "order_value_by_age": (
        "average order by age",
        "do older people spend more per purchase than younger ones?",
        "mean basket value per age group",
    ),
    "who_redeemed_a_campaign": (
        "who redeemed",
        "Give me the list of people who used the coupon from our mailing",
        "which households cashed in vouchers of campaign 18?",
    ),
    "top_buyers_share": (
        "share of the top 10 %",
        "how dependent are we on our biggest customers",
        "What fraction of turnover do the best 10 percent of clients bring in?",
    ),
    "time_between_orders": (
        "time between orders",
        "how many days until a shopper purchases again",
        "typical interval from one purchase to the next",
    ),
    "basket_pairs": (
        "basket pairs",
        "which products end up in the same cart together",
        "common combinations of goods",
    ),
    "first_purchases": (
        "what new customers buy first",
        "With which articles do people start shopping here?",
        "entry products of newcomers",
    ),
    "win_back_list": ("list of dormant good clients that we should reactivate", "how many customers are late"),
    "landing_pages": ("where do visitors enter our site, and do they bounce?",),
    "order_hours": ("at what time of day do people shop",),
    "items_out_of_sale": ("which articles are out of stock?",),
    "quarantine_reasons": ("why were rows of our files rejected",),
    "silent_sources": ("has any data feed stopped delivering?",),
    "consent_coverage": ("How many people opted in to advertising?",),
    "price_changes": ("what got more expensive",),
    "why_in_segment": ("why is customer 12 in this segment",),
}
"""Recipe -> questions: of the ten of a first week the words of a colleague, then two paraphrases; then some others."""


@pytest.mark.parametrize(
    ("recipe", "question"), [(recipe, question) for recipe, all_of in ASKED.items() for question in all_of]
)
def test_a_question_in_a_stranger_s_words_finds_its_recipe(recipe: str, question: str) -> None:
    best = find(question, RECIPES)[0]
    assert (best.recipe.name, best.is_answer) == (recipe, True)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_is_found_by_its_own_question_and_its_name(recipe: Recipe) -> None:
    for words in (recipe.question, recipe.name):
        best = find(words, RECIPES)[0]
        assert best.recipe is recipe
        assert best.score > 2 * ENOUGH - 0.1


@pytest.mark.parametrize(
    "question",
    [
        "what is the weather in Paris tomorrow",
        "who won the world cup",
        "delete all tables",
        "how many employees do we have?",
        "margin per product after shipping costs",
        "42",
        "",
        "what is the",
        "ÄÖÜ 😀 '; DROP TABLE orders",
    ],
)
def test_a_question_about_something_else_has_no_answer_but_a_nearest_recipe(question: str) -> None:
    found = find(question, RECIPES)
    assert len(found) == len(RECIPES)
    assert not found[0].is_answer


def test_the_order_of_recipes_decides_nothing() -> None:
    question = "customers by month"
    forward, backward = (find(question, recipes) for recipes in (RECIPES, RECIPES[::-1]))
    assert [one.recipe.name for one in forward] == [one.recipe.name for one in backward]
