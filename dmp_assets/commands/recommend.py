"""``dmp recommend``: what to offer a person, what is like an item, and why an item is not offered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from dmp_assets.commands.query import AsCsv, AsJson, asking, print_answer, refuse
from dmp_assets.commands.terminal import as_typed, aside, checked_settings, say
from dmp_assets.foundation.settings.settings import Settings

if TYPE_CHECKING:
    from dmp_assets.foundation.warehouse.edition.reading import Edition

MOST_PLACES = 100
"""No list and no item's relations are longer."""

TASK_WORDS = {
    "repeat": "what the person will buy next",
    "discover": "what the person never bought",
    "next": "what the person touches next in the sitting",
}


def recommend(
    person: Annotated[
        str | None, typer.Option(metavar="ID", help="Whom to offer something: person_id, account or any identifier.")
    ] = None,
    like: Annotated[str | None, typer.Option(metavar="ITEM", help="The item that others are like: id or name.")] = None,
    why_not: Annotated[
        str | None, typer.Option(metavar="ITEM", help="With --person: why this item is not in the lists.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="One list of the person's; all without it.")] = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """Say what to offer a person and why, what is like an item, or why a person is not offered an item."""
    from dmp_assets.recommendations.schema.tasks import TASKS

    if (person is None) == (like is None):
        refuse("expected one of --person and --like")
    if person is None and (why_not is not None or task is not None):
        refuse("--why-not and --task go with --person")
    if task is not None and task not in TASKS:
        refuse(f"--task {task!r}; allowed: {', '.join(TASKS)}")
    printed = Printed(as_csv, as_json)
    with asking(checked_settings()) as settings:
        if like is not None:
            _like(settings, like, printed)
        elif why_not is not None:
            _why_not(settings, str(person), why_not, task, printed)
        else:
            _lists(settings, str(person), task, printed)


@dataclass(frozen=True)
class Printed:
    """How answers are printed: tables with words around them, or rows alone."""

    as_csv: bool
    as_json: bool

    @property
    def is_for_programs(self) -> bool:
        """Whether standard output is the rows alone."""
        return self.as_csv or self.as_json

    def rows(self, settings: Settings, query: str, **variables: str) -> int:
        """Print what a query gives, and return how many rows that is."""
        from dmp_assets.commands.asking.answers import answer_of

        with answer_of(settings.published_path, query, variables) as answer:
            return print_answer(answer, as_csv=self.as_csv, as_json=self.as_json, rows=MOST_PLACES)


def _lists(settings: Settings, words: str, task: str | None, printed: Printed) -> None:
    from dmp_assets.commands.recommending.asked import has_refused, person_of
    from dmp_assets.commands.recommending.questions import LIST, LISTS, TASKS_SERVED

    with _edition(settings) as edition:
        person_id = person_of(edition, words)
        is_refused = has_refused(edition, person_id, settings.recommendations)
        served = [row for row in edition.rows(TASKS_SERVED, [person_id]).rows() if task in (None, row[0])]
        # Refused before a word is printed, where the tables are of another release.
        edition.columns(LISTS)
    if printed.is_for_programs:
        printed.rows(settings, LISTS, person=person_id, **({} if task is None else {"task": task}))
    if not served:
        aside(f"{person_id} refused: nothing is recommended to them" if is_refused else _without_list(person_id, task))
    for name, day in [] if printed.is_for_programs else served:
        say(f"{name}: {TASK_WORDS[name]}, for {person_id} as of {day}\n")
        printed.rows(settings, LIST, person=person_id, task=name)
        say("")


def _without_list(person_id: str, task: str | None) -> str:
    which = "list" if task is None else f"list {task}"
    unknown = "the models know nothing of the person, or the person was first seen after the lists were made"
    return f"{person_id} has no {which}: it is not served, {unknown}"


def _like(settings: Settings, words: str, printed: Printed) -> None:
    from dmp_assets.commands.recommending.asked import item_of
    from dmp_assets.commands.recommending.questions import HOW_MANY, LIKE, RELATED, TOGETHER

    with _edition(settings) as edition:
        item = item_of(edition, words)
        alike, together = edition.rows(HOW_MANY, [item.item_id]).row(0)
    if printed.is_for_programs:
        printed.rows(settings, RELATED, item=item.item_id)
    elif alike:
        say(f"Like {item}\n")
        printed.rows(settings, LIKE, item=item.item_id)
    if not alike:
        aside(f"Nothing is like {item}: nobody touched it together with another, and it shares no category with any")
    if printed.is_for_programs:
        return
    if together:
        say(f"\nBought together with {item}\n")
        printed.rows(settings, TOGETHER, item=item.item_id)
    else:
        aside(f"\nNothing stands in one order with {item} more often than chance would put it there")


def _why_not(settings: Settings, words: str, item_words: str, task: str | None, printed: Printed) -> None:
    from dmp_assets.commands.recommending.asked import item_of, person_of
    from dmp_assets.commands.recommending.questions import ANSWERS
    from dmp_assets.commands.recommending.why_not import answers_of, computed, question_of
    from dmp_assets.recommendations.ranking.boost import BoostNotInstalledError

    with _edition(settings) as edition:
        question, stored = question_of(edition, person_of(edition, words), item_of(edition, item_words), task)
    if question is None:
        refuse(f"no {task or 'list'} is served yet; {as_typed('run')} makes the lists that the data are enough for")
    if question.tasks:
        aside(f"No stored row says it of {', '.join(question.tasks)}: the served models are asked, for some seconds")
    try:
        found = computed(settings, question) if question.tasks else []
    except (ValidationError, BoostNotInstalledError):
        refuse(f"the models that made the lists are not of this release and its extras; {as_typed('run')} chooses anew")
    answers = answers_of(question, stored, found, settings.recommendations)
    if printed.is_for_programs:
        printed.rows(settings, ANSWERS, answers=answers)
        return
    say(f"{question.item} for {question.person_id} as of {question.day}\n")
    _say_answers(answers)


def _say_answers(answers: str) -> None:
    import json

    for one in json.loads(answers):
        say(f"{one['task']}: {one['answer']}")


@contextmanager
def _edition(settings: Settings) -> Iterator["Edition"]:
    """Yield the analysts' file; a question that it has no answer to ends the command with a sentence."""
    from dmp_assets.commands.recommending.asked import AskedError
    from dmp_assets.foundation.warehouse.edition.reading import EditionError, opened_edition

    with opened_edition(settings.published_path) as edition:
        try:
            yield edition
        except AskedError as error:
            refuse(str(error))
        except EditionError:
            refuse(
                f"{settings.published_path} has other tables than this release; {as_typed('run')} publishes it again"
            )
