"""The choice for *next*, and its proof: both by what people touched next in a sitting."""

from datetime import date, timedelta

import polars as pl

from dmp_assets.recommendations.choice.proof import compared_choices, prove, unproven
from dmp_assets.recommendations.choice.selection import BEST_SELLERS, Selection, fitted, select_among, undecided
from dmp_assets.recommendations.dataset.holdout import ENOUGH_PEOPLE
from dmp_assets.recommendations.dataset.sittings import hold_out_next
from dmp_assets.recommendations.dataset.timed_lines import timed
from dmp_assets.recommendations.models.families import next_candidates
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.schema.tasks import NEXT


def choose_next(lines: pl.LazyFrame, last_date: date, time_zone: str = "UTC") -> tuple[Selection, pl.DataFrame]:
    """Return what serves *next* and its proof on other people; popularity, which is no list, where it is best.

    Args:
        lines: As for ``build_interactions``.
        last_date: Last day that counts.
        time_zone: Zone of the business's days.

    The choice is made on half of the people and proved on the other half, so that no figure in the proof has been
    chosen by. Popularity counts every touch here, as every touch is predicted.
    """
    halves = hold_out_next(timed(lines, last_date, time_zone))
    if halves is None:
        reason = f"fewer than {ENOUGH_PEOPLE} people touched two items in a sitting: no list"
        selection = undecided({NEXT: Choice(NEXT, (BEST_SELLERS,), (1.0,), reason)})
        return selection, unproven((NEXT,), last_date - timedelta(days=1), last_date)
    to_choose, to_prove = halves
    contest = fitted(to_choose, next_candidates)
    selection = select_among(contest, (NEXT,))
    return selection, prove(to_prove, compared_choices(selection), selection.choices, contest.models)
