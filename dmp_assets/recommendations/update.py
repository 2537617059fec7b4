"""Which stored tables are made again, and which are kept."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from dmp_assets.foundation.incremental.inputs import RULES, InputState, input_table
from dmp_assets.foundation.warehouse.read import StoredTable
from dmp_assets.foundation.warehouse.table_rows import TableRows
from dmp_assets.foundation.warehouse.tables import Contract, Table, layout_id
from dmp_assets.recommendations.build import Sources, Tables, choose, relate, serve, tasks_with_enough
from dmp_assets.recommendations.choice.due import Standing, why_choose
from dmp_assets.recommendations.choice.stored import restored_choices
from dmp_assets.recommendations.inputs import NOTHING_STORED, made_on, why_relate, why_serve
from dmp_assets.recommendations.models.content import ATTRIBUTE_WEIGHTS
from dmp_assets.recommendations.observed import Observed, fingerprint_of
from dmp_assets.recommendations.ranking import boost
from dmp_assets.recommendations.schema.choice import ModelChoice
from dmp_assets.recommendations.schema.inputs import RelationInputs, ServingInputs
from dmp_assets.recommendations.schema.tasks import AS_OF, CATALOGUE, CHOICE, REFUSED
from dmp_assets.recommendations.steps import CHOOSE_MODELS, RECOMMEND_ITEMS, RELATE_ITEMS

Stored = Mapping[Contract, StoredTable]
Published = dict[Contract, TableRows]


class ChoiceMissingError(RuntimeError):
    """No stored choice of models may serve the lists of the day."""


@dataclass(frozen=True)
class Catalogue:
    """What lists are made from, besides what people did."""

    model_choice: StoredTable
    raw_items: StoredTable
    demographics: StoredTable
    items: StoredTable
    """``analytics.items``: what reasons call an item, and rules group it by."""


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


def keep_relations(
    observed: Observed, raw_items: StoredTable, stored: Stored, made_by: str, *, full_refresh: bool = False
) -> Published:
    """Return new neighbours and pairs of items where they are due, else writes that keep the stored.

    Args:
        observed: What they are made from.
        raw_items: The catalogue.
        stored: The tables of ``RELATE_ITEMS.makes``.
        made_by: Fingerprint of settings and code.
        full_refresh: Make them again, whatever is stored.
    """
    items = raw_items.frame().select("item_id", *ATTRIBUTE_WEIGHTS).sort("item_id")
    # Not its commit: a catalogue that lands again each day has other files and lines, and the same items.
    catalogue = InputState(items.height, fingerprint_of([items.write_csv()]))

    def inputs(last_date: date) -> pl.DataFrame:
        others = {
            AS_OF: InputState(0, observed.as_of_date.isoformat()),
            REFUSED: observed.refused_events(last_date),
            CATALOGUE: catalogue,
            RULES: InputState(0, _made_by(made_by, RELATE_ITEMS.makes)),
        }
        return input_table(observed.days(), others)

    def due() -> str | None:
        made_of = stored[RelationInputs].frame()
        return NOTHING_STORED if made_of.is_empty() else why_relate(made_of, inputs(made_on(made_of)))

    reason = _reason(observed, stored, due, full_refresh=full_refresh)
    if reason is None:
        return _kept(RELATE_ITEMS.makes)
    made = relate(observed.lines, observed.as_of_date, items)
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
        observed.all_lines(),
        observed.people,
        observed.stated,
        catalogue.raw_items.frame(),
        catalogue.demographics.frame(),
        catalogue.items.frame(),
    )
    made = serve(sources, restored_choices(chosen), observed.as_of_date, observed.rules)
    return _made({**made, ServingInputs: inputs}, reason)


def _serving_inputs(observed: Observed, catalogue: Catalogue, chosen: pl.DataFrame, made_by: str) -> pl.DataFrame:
    """Return the inputs of the lists (``ServingInputs``) from the books; no table is read for it."""
    of_catalogue = (catalogue.demographics, catalogue.raw_items, catalogue.items)
    whole = (observed.visitors, observed.persons, observed.consent, *of_catalogue)
    states = {
        **{table.table.name: observed.all_days(table) for table in (observed.event_items, observed.order_items)},
        **{
            table.table.name: InputState(commit.rows, f"{commit.row_hash:016x}")
            for table in whole
            for commit in observed.commits(table)
        },
        CHOICE: InputState(0, fingerprint_of(chosen.sort("task")["recipe"])),
        AS_OF: InputState(0, observed.as_of_date.isoformat()),
        RULES: InputState(0, made_by),
    }
    return input_table({}, states)


def _made_by(made_by: str, tables: Iterable[Contract]) -> str:
    """Return a fingerprint of settings, code, layout of the tables and installed extras."""
    return fingerprint_of([made_by, layout_id(tables), str(boost.is_installed())])


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
