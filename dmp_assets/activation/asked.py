"""Who is asked for: the people of a segment or of a recipe, as one edition of the analysts' file names them."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dmp_assets.activation.schema import EMAIL, PHONE
from dmp_assets.foundation.settings.activation import Audience, Destination
from dmp_assets.foundation.warehouse.edition.reading import Edition, EditionError, opened_edition

OWN = (EMAIL, PHONE)
"""Columns that are filled from contacts which the person alone has, whatever the query says."""


class AudienceError(ValueError):
    """An audience cannot be delivered as it is declared; the message says why, and what is allowed."""


@dataclass(frozen=True)
class Asked:
    """The people that an audience asks for."""

    audience: str
    """``segment:<segment_id>`` or ``recipe:<name>``."""
    generation: int
    people: pl.DataFrame
    """One row per person: person_id, and the columns of the destination but for ``OWN``."""

    @property
    def name(self) -> str:
        """The part of a file's name that says who is in it."""
        return self.audience.split(":", 1)[1]


def people_asked_for(published: Path, recipes: Path, audience: Audience, destination: Destination) -> Asked:
    """Return the people of an audience, read from the edition that is published now.

    Args:
        published: The analysts' file.
        recipes: Folder of the recipes.
        audience: A segment or a recipe.
        destination: What it is asked for.

    Raises:
        AudienceError: There is no edition, or no such segment, recipe or column.
    """
    columns = [name for name in destination.columns if name not in OWN]
    try:
        with opened_edition(published) as edition:
            if audience.recipe is not None:
                name, query = f"recipe:{audience.recipe}", _recipe(recipes, audience.recipe)
            else:
                segment_id = _segment(edition, str(audience.segment))
                name, query = f"segment:{segment_id}", _of_segment(segment_id)
            _check_columns(name, edition.columns(query), columns)
            return Asked(name, edition.generation, edition.of_each_person(query, columns))
    except EditionError as error:
        raise AudienceError(str(error)) from None


def _segment(edition: Edition, named: str) -> str:
    """Return the segment_id of a segment that is named by its id or its name, in any case."""
    known = edition.rows("SELECT segment_id, segment_name FROM segments.segments ORDER BY segment_id")
    same = [
        segment_id
        for segment_id, segment_name in known.rows()
        if named.casefold() in (segment_id.casefold(), segment_name.casefold())
    ]
    if len(same) == 1:
        return str(same[0])
    allowed = ", ".join(same or known["segment_id"])
    problem = "several segments have this name" if same else "no such segment"
    raise AudienceError(f"segment {named!r}: {problem}; allowed: {allowed or 'none, there are no segments yet'}")


def _of_segment(segment_id: str) -> str:
    # The id is one of the table, where it is made of letters, digits and underscores.
    quoted = segment_id.replace("'", "''")
    return (
        "SELECT m.person_id, c.* EXCLUDE (person_id) FROM segments.memberships AS m "  # noqa: S608 - see above
        f"LEFT JOIN customer_360 AS c USING (person_id) WHERE m.segment_id = '{quoted}'"
    )


def _recipe(recipes: Path, name: str) -> str:
    file = recipes / f"{name}.sql"
    if not file.exists():
        known = ", ".join(sorted(path.stem for path in recipes.glob("*.sql")))
        raise AudienceError(f"recipe {name!r}: no such file in {recipes}; allowed: {known}")
    return file.read_text(encoding="utf-8").strip().rstrip(";")


def _check_columns(name: str, there: list[str], wanted: list[str]) -> None:
    if "person_id" not in there:
        raise AudienceError(f"{name}: no column person_id, so nobody knows whom its rows mean; add it to the query")
    if lacking := sorted(set(wanted) - set(there)):
        raise AudienceError(f"{name}: no column {', '.join(lacking)}; allowed: {', '.join(sorted(there))}")
