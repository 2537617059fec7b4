"""Why an item is not in the lists of a person: what is stored, else its place by the served models, in words."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from dmp_assets.commands.recommending.asked import Item
from dmp_assets.commands.recommending.questions import DAY_OF_LISTS, STORED
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.settings.settings import Settings
from dmp_assets.foundation.warehouse.edition.reading import Edition
from dmp_assets.recommendations.serving.rules import NO_CONSENT

if TYPE_CHECKING:
    from dmp_assets.foundation.warehouse.tables import Contract
    from dmp_assets.recommendations.why_not import Verdict

REASONS = {
    "no_consent": "the person refused, so nothing is recommended to them",
    "out_of_stock": "out_of_stock in dmp.yaml names it",
    "blocked_category": "its category or department is one of blocked_categories in dmp.yaml",
    "bought_recently": "the person bought it in the last {days} days (exclude_bought_days in dmp.yaml)",
    "max_per_category": "its category has all places that one may take (max_per_category in dmp.yaml)",
    "bought_before": "the person has bought it, and this list has only what they never bought",
    "touched_last": "the person touched it last, and this list has only what may come next",
    "too_few_people": "{people} people touched it, and the models know the {items} items that most people touched",
    "nobody_yet": "nobody touched it by then, and the models know only what somebody touched (new_items in dmp.yaml "
    "keeps places for such items)",
    "not_known_yet": "the person was first seen after the day of the lists",
}
"""What keeps an item out -> words."""

NO_OPINION = "the models have no opinion on it, and this list has only what they have one on"


@dataclass(frozen=True)
class Answer:
    """What is said of one list."""

    task: str
    item_id: str
    item_name: str
    rank: int | None
    """Place in the list; None: it is not in there."""
    candidate_rank: int | None
    """Place that the models gave it among the candidates; None: it was none."""
    excluded_by: str | None
    place: int | None
    """Place among all items that the models know, computed now; None where it was stored, or is unknown."""
    items: int | None
    """How many these are."""
    answer: str


@dataclass(frozen=True)
class Question:
    """Whom and what is asked about."""

    person_id: str
    item: Item
    tasks: Collection[str]
    day: date
    """Day of the lists."""


def question_of(edition: Edition, person_id: str, item: Item, task: str | None) -> tuple[Question | None, pl.DataFrame]:
    """Return the question and what is stored of it (``STORED``); no question where no list was ever made."""
    stored = edition.rows(STORED, [person_id, item.item_id])
    if task is not None:
        stored = stored.filter(task=task)
    (day,) = edition.rows(DAY_OF_LISTS)["as_of_date"]
    unknown = stored.filter(pl.all_horizontal(pl.col("rank", "candidate_rank").is_null()))["task"].to_list()
    return (None if day is None or stored.is_empty() else Question(person_id, item, unknown, day)), stored


def answers_of(
    question: Question, stored: pl.DataFrame, found: Collection["Verdict"], rules: RecommendationSettings
) -> str:
    """Return the answers for all lists as JSON, in the order of ``stored``."""
    live = {verdict.task: verdict for verdict in found}
    answers = [
        _live(question.item, live[row["task"]], rules) if row["task"] in live else _stored(question.item, row, rules)
        for row in stored.iter_rows(named=True)
    ]
    return json.dumps([asdict(answer) for answer in answers])


def computed(settings: Settings, question: Question) -> list["Verdict"]:
    """Return the verdicts of the lists that nothing is stored of, from the tables of the analysts' file."""
    from dmp_assets.analytics.schema import Items
    from dmp_assets.events.schema import EventItems
    from dmp_assets.foundation.warehouse.connection import Warehouse
    from dmp_assets.foundation.warehouse.read import StoredTable
    from dmp_assets.foundation.warehouse.tables import Table
    from dmp_assets.identity.schema.persons import Persons, Visitors
    from dmp_assets.ingest.schema.items import RawItems
    from dmp_assets.orders.schema import OrderItems
    from dmp_assets.profiles.schema.statements import ConsentState, Demographics
    from dmp_assets.recommendations.observed import Observed
    from dmp_assets.recommendations.schema.choice import ModelChoice
    from dmp_assets.recommendations.update import Catalogue
    from dmp_assets.recommendations.why_not import verdicts

    edition = Warehouse(database=str(settings.published_path))
    with TemporaryDirectory(prefix="dmp-recommend-") as spill:

        def stored(contract: "Contract") -> StoredTable:
            return StoredTable(edition, Table(contract), Path(spill))

        lines, people = (stored(EventItems), stored(OrderItems)), (stored(Visitors), stored(Persons))
        rules, time_zone = settings.recommendations, settings.time_zone
        observed = Observed(*lines, *people, stored(ConsentState), question.day, rules, time_zone)
        catalogue = Catalogue(stored(ModelChoice), stored(RawItems), stored(Demographics), stored(Items))
        return verdicts(observed, catalogue, question.person_id, question.item.item_id, question.tasks)


def _stored(item: Item, row: dict[str, int | str | None], rules: RecommendationSettings) -> Answer:
    if row["rank"] is not None:
        words = f"it is in the list, place {row['rank']}"
    elif row["excluded_by"] is not None:
        placed = f"the models gave it place {row['candidate_rank']}" if row["excluded_by"] != NO_CONSENT else ""
        words = "; ".join(filter(None, [_reason(str(row["excluded_by"]), rules), placed]))
    else:
        words = f"the models gave it place {row['candidate_rank']}, and the list was full before it"
    return Answer(**row, item_id=item.item_id, item_name=item.name, place=None, items=None, answer=words)  # type: ignore[arg-type]


def _live(item: Item, verdict: "Verdict", rules: RecommendationSettings) -> Answer:
    placed = f"the models give it place {verdict.place:,} of {verdict.items:,} items" if verdict.place else ""
    if verdict.kept_out_by is not None:
        reason = _reason(verdict.kept_out_by, rules, people=verdict.people, items=verdict.items)
        words = "; ".join(filter(None, [reason, placed]))
    else:
        words = f"{placed}, and the list was full before it" if placed else NO_OPINION
    return Answer(
        task=verdict.task,
        item_id=item.item_id,
        item_name=item.name,
        rank=None,
        candidate_rank=None,
        excluded_by=verdict.kept_out_by,
        place=verdict.place,
        items=verdict.items or None,
        answer=words,
    )


def _reason(name: str, rules: RecommendationSettings, people: int = 0, items: int = 0) -> str:
    return REASONS.get(name, name).format(days=rules.exclude_bought_days, people=f"{people:,}", items=f"{items:,}")
