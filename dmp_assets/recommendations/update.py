"""Which stored tables are made again, and which are kept. Only this module asks the warehouse."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from dmp_assets.foundation.incremental.inputs import RULES, InputState, input_table
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.values.calendar import end_of
from dmp_assets.foundation.values.persons import of_persons
from dmp_assets.foundation.warehouse.read import Commit, StoredTable, current_commits
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table, layout_id
from dmp_assets.recommendations.build import Sources, Tables, choose, relate, serve, tasks_with_enough, usable_lines
from dmp_assets.recommendations.choice.due import Standing, why_choose
from dmp_assets.recommendations.choice.stored import restored_choices
from dmp_assets.recommendations.inputs import NOTHING_STORED, made_on, why_relate, why_serve
from dmp_assets.recommendations.models import factors
from dmp_assets.recommendations.ranking import boost
from dmp_assets.recommendations.schema import (
    AS_OF,
    CHOICE,
    REFUSED,
    ModelChoice,
    RelationInputs,
    ServingInputs,
)
from dmp_assets.recommendations.serving.rules import refused_people
from dmp_assets.recommendations.steps import CHOOSE_MODELS, RECOMMEND_ITEMS, RELATE_ITEMS

LINE_COLUMNS = ("event_date", "event_at", "event_id", "event_name", "visitor_id", "item_id")

Stored = Mapping[Contract, StoredTable]
Published = dict[Contract, TableRows]


class ChoiceMissingError(RuntimeError):
    """No stored choice of models may serve the lists of the day."""


@dataclass(frozen=True)
class Observed:
    """What every piece of work is made from: what people did, who they are, and what they allow."""

    event_items: StoredTable
    visitors: StoredTable
    persons: StoredTable
    consent: StoredTable
    as_of_date: date
    """Last day that counts."""
    rules: RecommendationSettings
    time_zone: str = "UTC"
    """Zone of the business's days."""

    @cached_property
    def people(self) -> pl.Series:
        """person_id of everybody who is known by the day."""
        begins_after = end_of(self.as_of_date, self.time_zone)
        known = self.persons.lazy(columns=("person_id", "first_seen_at")).filter(pl.col("first_seen_at") < begins_after)
        return known.collect()["person_id"]

    @cached_property
    def stated(self) -> pl.DataFrame:
        """``ConsentState``."""
        return self.consent.frame()

    @cached_property
    def refused(self) -> pl.Series:
        """The known people who refused."""
        return refused_people(self.stated, self.people, self.rules)

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The lines that count."""
        lines = of_persons(self.event_items.lazy(columns=LINE_COLUMNS), self._visitors, "event_at")
        return usable_lines(lines, self.refused, self.as_of_date)

    @cached_property
    def _commits(self) -> dict[str, list[Commit]]:
        """The newest commits of every table; the books are read once."""
        found: dict[str, list[Commit]] = {}
        for commit in current_commits(self.event_items.warehouse):
            found.setdefault(commit.table_name, []).append(commit)
        return found

    def commits(self, table: StoredTable) -> list[Commit]:
        """Return the newest commits of a table; none before its first write."""
        return self._commits.get(table.table.qualified_name, [])

    @cached_property
    def _visitors(self) -> pl.DataFrame:
        return self.visitors.frame()

    def items(self) -> int:
        """Return how many items all lines name. Whose lines they are is not asked: that would take a join."""
        lines = self.event_items.lazy(columns=("event_date", "item_id"))
        named = lines.filter(pl.col("event_date") <= self.as_of_date, pl.col("item_id") != "")
        return int(named.select(pl.col("item_id").n_unique()).collect(engine="streaming").item())

    def days(self) -> dict[date, InputState]:
        """Return rows and fingerprint of each day of lines that counts."""
        return {
            commit.day: InputState(commit.rows, f"{commit.row_hash:016x}")
            for commit in self.commits(self.event_items)
            if commit.day is not None and commit.day <= self.as_of_date
        }

    def refused_events(self, last_date: date) -> InputState:
        """Return number and fingerprint of the events with items of people who refused, up to a day.

        The fingerprint is of events and not of people. So it also changes when an identifier moves to somebody who
        refused: its events must then leave what was made from them.
        """
        theirs = self._visitors.filter(pl.col("person_id").is_in(self.refused.implode()))
        if theirs.is_empty():
            return InputState(0, "")
        columns = ("event_date", "event_at", "event_id", "visitor_id", "item_id")
        matching = theirs.select("visitor_id").unique()
        lines = of_persons(self.event_items.lazy(columns=columns, matching=matching), theirs, "event_at")
        events = lines.filter(pl.col("event_date") <= last_date, pl.col("item_id") != "")
        found = events.select(event=pl.format("{} {}", "event_date", "event_id")).unique().collect()["event"].sort()
        return InputState(found.len(), _fingerprint(found) if found.len() else "")


@dataclass(frozen=True)
class Catalogue:
    """What lists are made from, besides what people did."""

    model_choice: StoredTable
    raw_items: StoredTable
    demographics: StoredTable


def keep_choice(
    observed: Observed, stored: Stored, holdout_days: int, made_by: str, *, full_refresh: bool = False
) -> Published:
    """Return a new choice of models and its proof where one is due, else writes that keep the stored.

    Args:
        observed: What they are made from.
        stored: The tables of ``CHOOSE_MODELS.makes``.
        holdout_days: As for ``build.choose``.
        made_by: Fingerprint of settings and code.
        full_refresh: Choose again, whatever is stored.
    """
    rules = observed.rules
    now = Standing(
        observed.as_of_date, observed.items(), _made_by(made_by, CHOOSE_MODELS.makes), rules.choose_every_days
    )

    def enough() -> set[str]:
        return tasks_with_enough(observed.lines, observed.as_of_date, holdout_days, observed.time_zone)

    def due() -> str | None:
        return why_choose(stored[ModelChoice].frame(), now, enough)

    reason = _reason(observed, stored, due, full_refresh=full_refresh)
    if reason is None:
        return _kept(CHOOSE_MODELS.makes)
    tables = choose(
        observed.lines,
        observed.as_of_date,
        holdout_days,
        rerank=rules.rerank,
        items=now.items,
        made_by=now.made_by,
        time_zone=observed.time_zone,
    )
    return _made(tables, reason)


def keep_relations(observed: Observed, stored: Stored, made_by: str, *, full_refresh: bool = False) -> Published:
    """Return new neighbours and pairs of items where they are due, else writes that keep the stored.

    Args:
        observed: What they are made from.
        stored: The tables of ``RELATE_ITEMS.makes``.
        made_by: Fingerprint of settings and code.
        full_refresh: Make them again, whatever is stored.
    """

    def inputs(last_date: date) -> pl.DataFrame:
        others = {
            AS_OF: InputState(0, observed.as_of_date.isoformat()),
            REFUSED: observed.refused_events(last_date),
            RULES: InputState(0, _made_by(made_by, RELATE_ITEMS.makes)),
        }
        return input_table(observed.days(), others)

    def due() -> str | None:
        made_of = stored[RelationInputs].frame()
        return NOTHING_STORED if made_of.is_empty() else why_relate(made_of, inputs(made_on(made_of)))

    reason = _reason(observed, stored, due, full_refresh=full_refresh)
    if reason is None:
        return _kept(RELATE_ITEMS.makes)
    made = relate(observed.lines, observed.as_of_date)
    return _made({**made, RelationInputs: inputs(observed.as_of_date)}, reason)


def keep_serving(
    observed: Observed, catalogue: Catalogue, stored: Stored, made_by: str, *, full_refresh: bool = False
) -> Published:
    """Return new lists where an input of them changed, else writes that keep the stored.

    Args:
        observed: What they are made from.
        catalogue: What lists are made from besides.
        stored: The tables of ``RECOMMEND_ITEMS.makes``.
        made_by: Fingerprint of settings and code.
        full_refresh: Make them again, whatever is stored.

    Raises:
        ChoiceMissingError: No choice is stored, or it was made with days after the as-of day of the lists.
    """
    chosen = catalogue.model_choice.frame().filter("is_chosen")
    if chosen["recipe"].drop_nulls().is_empty() or (chosen["as_of_date"] > observed.as_of_date).any():
        raise ChoiceMissingError(f"no stored choice of models is of {observed.as_of_date} or before; choose first")
    inputs = _serving_inputs(observed, catalogue, chosen, _made_by(made_by, RECOMMEND_ITEMS.makes))

    def due() -> str | None:
        return why_serve(stored[ServingInputs].frame(), inputs)

    reason = _reason(observed, stored, due, full_refresh=full_refresh)
    if reason is None:
        return _kept(RECOMMEND_ITEMS.makes)
    sources = Sources(
        observed.lines.lazy(),
        observed.people,
        observed.stated,
        catalogue.raw_items.frame(),
        catalogue.demographics.frame(),
    )
    made = serve(sources, restored_choices(chosen), observed.as_of_date, observed.rules)
    return _made({**made, ServingInputs: inputs}, reason)


def _serving_inputs(observed: Observed, catalogue: Catalogue, chosen: pl.DataFrame, made_by: str) -> pl.DataFrame:
    """Return the inputs of the lists (``ServingInputs``) from the books; no table is read for it."""
    days = observed.days()
    lines = [f"{day} {state.fingerprint}" for day, state in sorted(days.items()) if state.rows]
    whole = (observed.visitors, observed.persons, observed.consent, catalogue.demographics, catalogue.raw_items)
    states = {
        "event_items": InputState(sum(state.rows for state in days.values()), _fingerprint(lines)),
        **{
            table.table.name: InputState(commit.rows, f"{commit.row_hash:016x}")
            for table in whole
            for commit in observed.commits(table)
        },
        CHOICE: InputState(0, _fingerprint(chosen.sort("task")["recipe"])),
        AS_OF: InputState(0, observed.as_of_date.isoformat()),
        RULES: InputState(0, made_by),
    }
    return input_table({}, states)


def _made_by(made_by: str, tables: Iterable[Contract]) -> str:
    """Return a fingerprint of settings, code, layout of the tables and installed extras."""
    return _fingerprint([made_by, layout_id(tables), f"{boost.is_installed()} {factors.is_installed()}"])


def _fingerprint(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _reason(observed: Observed, stored: Stored, due: Callable[[], str | None], *, full_refresh: bool) -> str | None:
    """Return why tables are to be made; None where they are kept. All are made where one has no commit."""
    if full_refresh:
        return "asked for"
    return due() if all(observed.commits(table) for table in stored.values()) else NOTHING_STORED


def _made(tables: Tables, reason: str) -> Published:
    metadata = {"mode": "made", "because": reason}
    return {contract: TableRows(rows, metadata=metadata) for contract, rows in tables.items()}


def _kept(contracts: Iterable[Contract]) -> Published:
    """Return writes of no rows in place of no keys: they change nothing, and book that all is up to date."""
    nothing = {contract: pl.DataFrame(schema=Table(contract).polars_schema) for contract in contracts}
    metadata = {"mode": "kept", "because": "nothing that they depend on has changed enough"}
    return {contract: TableRows(rows, rows.select(Table(contract).key), metadata) for contract, rows in nothing.items()}
