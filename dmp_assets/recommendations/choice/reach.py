"""How much of what is sold the lists can name at all."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta

import polars as pl

from dmp_assets.recommendations.dataset.interaction_matrix import MAX_ITEMS


@dataclass(frozen=True)
class Reach:
    """What a catalogue of ``MAX_ITEMS`` items leaves out, and what the lists could have named lately."""

    items_left_out: int
    """Items that somebody touched, and that no model holds."""
    touches_left_out_rate: float
    """Share of the lines of the last days that name one of them."""
    nameable_people_rate: float | None
    """Share of the buyers of the last days whose list, made before, could have named something that they bought."""
    nameable_sales_rate: float | None
    """Share of the lines bought in these days that could have been named."""

    def columns(self) -> dict[str, pl.Expr]:
        """Return the figures as columns of one value each."""
        types = {name: pl.Int64 if name == "items_left_out" else pl.Float64 for name in asdict(self)}
        return {name: pl.lit(value, types[name]) for name, value in asdict(self).items()}


def reach_of(lines: pl.DataFrame, as_of_date: date, days: int, max_items: int = MAX_ITEMS) -> Reach:
    """Return how much the lists can name.

    Args:
        lines: person_id, item_id, event_date and is_bought, up to ``as_of_date``.
        as_of_date: Last day that counts.
        days: Newest days that are looked at. What could have been named is what was known before them: the person had a
            line, and the item was among the ``max_items`` that most people had touched. In data without purchases every
            line counts as a sale. Null where nothing was known, or nothing was sold.
        max_items: Items that models hold.
    """
    begin = as_of_date - timedelta(days=days)
    left_out = _left_out(lines, max_items)
    before, lately = lines.filter(pl.col("event_date") <= begin), lines.filter(pl.col("event_date") > begin)
    lost = lately.join(left_out, on="item_id", how="semi").height if left_out.height else 0
    sales = lately.filter("is_bought") if lines["is_bought"].any() else lately
    rate = lost / max(1, lately.height)
    if before.is_empty() or sales.is_empty():
        return Reach(left_out.height, rate, None, None)
    known = sales.join(before.select("person_id").unique(), on="person_id", how="semi")
    named = known.join(before.select("item_id").unique(), on="item_id", how="semi")
    nameable = named.join(_left_out(before, max_items), on="item_id", how="anti")
    people = nameable["person_id"].n_unique() / sales["person_id"].n_unique()
    return Reach(left_out.height, rate, people, nameable.height / sales.height)


def _left_out(lines: pl.DataFrame, max_items: int) -> pl.DataFrame:
    """Return item_id of the items that no model of these lines holds."""
    if lines["item_id"].n_unique() <= max_items:
        return lines.select("item_id").clear()
    pairs = lines.lazy().select("person_id", "item_id").unique()
    counts = pairs.group_by("item_id").agg(takers=pl.len()).collect(engine="streaming")
    return counts.sort("takers", "item_id", descending=[True, False]).slice(max_items).select("item_id")
