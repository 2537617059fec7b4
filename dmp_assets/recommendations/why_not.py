"""Why an item is not in a person's list where no stored row says it: its place by the models, or what bars it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.recommendations.build import Sources, groups_of_items, usable_lines
from dmp_assets.recommendations.choice.stored import restored_choices, served_choices
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.popularity import fit_fallback, no_fallback
from dmp_assets.recommendations.observed import Observed
from dmp_assets.recommendations.ranking.blend import Blend, Choice, fit_choices
from dmp_assets.recommendations.ranking.recommend import ranked_positions
from dmp_assets.recommendations.schema.tasks import DISCOVER, NEXT
from dmp_assets.recommendations.serving.rules import (
    BOUGHT_RECENTLY,
    NO_CONSENT,
    item_rules,
    recently_bought,
    refused_people,
)
from dmp_assets.recommendations.update import Catalogue

NOBODY_YET, TOO_FEW, NOT_KNOWN_YET = "nobody_yet", "too_few_people", "not_known_yet"
BOUGHT_BEFORE, TOUCHED_LAST = "bought_before", "touched_last"
"""What keeps an item from being a candidate at all, beside the rules (``EXCLUSIONS``)."""


@dataclass(frozen=True)
class Verdict:
    """Where an item stands for a person, and what keeps it out."""

    task: str
    place: int | None
    """Place among all items that the models may name, from 1, before rules; None where they cannot name it."""
    items: int
    """Items that the models know."""
    people: int
    """People who touched the item, of those whose data may be used."""
    kept_out_by: str | None
    """A rule, or one of the reasons above; None: the list was full before its place."""


def verdicts(
    observed: Observed, catalogue: Catalogue, person_id: str, item_id: str, tasks: Collection[str]
) -> list[Verdict]:
    """Return the verdict of each of these tasks that is served, from the stored tables (:func:`judge`)."""
    stored = restored_choices(catalogue.model_choice.frame().filter(pl.col("task").is_in(tasks)))
    choices = served_choices(stored)
    whole = (table.frame() for table in (catalogue.raw_items, catalogue.demographics, catalogue.items))
    sources = Sources(observed.all_lines(), observed.people, observed.stated, *whole)
    return judge(sources, choices, observed.as_of_date, observed.rules, person_id, item_id)


def judge(
    sources: Sources,
    choices: Mapping[str, Choice],
    as_of_date: date,
    rules: RecommendationSettings,
    person_id: str,
    item_id: str,
) -> list[Verdict]:
    """Return where an item stands for a person by the choices, fitted on all lines as ``build.serve`` does.

    Args:
        sources: As for ``build.serve``.
        choices: Task -> what serves it.
        as_of_date: Last day that counts.
        rules: What may be shown to whom.
        person_id: The person.
        item_id: The item.

    Of several reasons that keep it out, the one that no setting can lift is named first.
    """
    refused = refused_people(sources.consent, sources.people, rules)
    lines = usable_lines(sources.lines, refused, as_of_date)
    people = lines.filter(item_id=item_id)["person_id"].n_unique()
    unplaced = [Verdict(task, None, 0, people, None) for task in choices]
    if person_id in refused:
        return [replace(one, kept_out_by=NO_CONSENT) for one in unplaced]
    interactions = build_interactions(lines.lazy(), people=sources.people.unique())
    unplaced = [replace(one, items=interactions.items.len()) for one in unplaced]
    person, item = interactions.people.index_of(person_id), interactions.items.index_of(item_id)
    if person is None:
        return [replace(one, kept_out_by=NOT_KNOWN_YET) for one in unplaced]
    if item is None:
        return [replace(one, kept_out_by=TOO_FEW if people else NOBODY_YET) for one in unplaced]
    rule = _rule(groups_of_items(sources, interactions.items), lines, as_of_date, rules, person_id, item_id)
    history = interactions.rows(np.array([person]))
    barred = {DISCOVER: (history.bought(), BOUGHT_BEFORE), NEXT: (history.last_touched(), TOUCHED_LAST)}
    segments = sources.demographics.filter(pl.col("field") == rules.segment_field).select("person_id", segment="value")
    fallbacks = {NEXT: no_fallback(interactions)}
    popular = fit_fallback(interactions, segments)
    blends = dict(zip(choices, fit_choices(interactions, choices.values()), strict=True))

    def place(task: str, blend: Blend) -> int | None:
        listed = ranked_positions(
            blend,
            interactions,
            np.array([person]),
            fallbacks.get(task, popular),
            task=task,
            per_person=interactions.items.len(),
        )
        found = listed.filter(item_id=item)["rank"]
        return None if found.is_empty() else int(found.item())

    found = [replace(one, place=place(one.task, blends[one.task]), kept_out_by=rule) for one in unplaced]
    return [_barred(one, *barred[one.task], item) if one.task in barred else one for one in found]


def _barred(verdict: Verdict, cells: Any, reason: str, item: int) -> Verdict:
    """Return the verdict with the reason that bars the item from the task's lists, where its cell is one of those."""
    return replace(verdict, kept_out_by=reason) if cells[0, item] else verdict


def _rule(
    groups: pl.DataFrame,
    lines: pl.DataFrame,
    as_of_date: date,
    rules: RecommendationSettings,
    person_id: str,
    item_id: str,
) -> str | None:
    """Return the rule that keeps the item out of the person's lists; ``max_per_category`` hangs on the other places."""
    (of_item,) = item_rules(groups.filter(item_id=item_id), rules)["item_rule"]
    bought = recently_bought(lines.lazy(), as_of_date, rules).filter(person_id=person_id, item_id=item_id)
    return of_item or (None if bought.is_empty() else BOUGHT_RECENTLY)
