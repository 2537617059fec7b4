"""Events that look like purchases and refunds under another name: such a log would have visitors and no buyers."""

import polars as pl

from dmp_assets.ingest.schema.events import PURCHASE, REFUND
from dmp_assets.ingest.values.event_names import known_names, snake_case

_PURCHASES = (
    "purchase purchased purchases purchase_completed completed_purchase make_purchase ecommerce_purchase "
    "in_app_purchase transaction transactions order ordered orders order_placed order_completed order_complete "
    "order_created order_confirmed order_paid order_success completed_order placed_order place_order new_order sale "
    "sales sold buy bought checkout_completed checkout_complete completed_checkout payment_completed payment_success "
    "payment_succeeded paid kauf bestellung achat compra"
)
_REFUNDS = "refund refunded refunds order_refunded refunded_order return returned returns order_returned chargeback"
LOOKALIKES = {**dict.fromkeys(_PURCHASES.split(), PURCHASE), **dict.fromkeys(_REFUNDS.split(), REFUND)}
"""Name in snake_case -> what such events mostly are."""


def meant_name(name: str) -> str:
    """Return ``refund`` for a name that speaks of giving back, else ``purchase``.

    >>> meant_name("Order Returned"), meant_name("transaction")
    ('refund', 'purchase')
    """
    word: str = snake_case(pl.Series([name]))[0]
    return LOOKALIKES.get(word, REFUND if "refund" in word or "return" in word else PURCHASE)


def purchase_lookalikes(events: pl.DataFrame) -> tuple[bool, dict[str, int]]:
    """Return whether some event is a purchase or refund, and if none is, event name -> records that look like one.

    Args:
        events: ``row`` (of the record), ``event_name``, ``transaction_id`` and ``item_revenue``.

    An event looks like one by its name (``LOOKALIKES``), or where it carries an order's id or an amount. Names of
    GA4's vocabulary such as ``begin_checkout`` say what they are, whatever they carry.
    """
    names = set(events["event_name"].unique())
    if names & {PURCHASE, REFUND}:
        return True, {}
    # Mostly all names are known, and the file, which may be one of thousands of small ones, costs no further call.
    unknown = pl.Series(sorted(names - known_names() - {None}), dtype=pl.String)
    if unknown.is_empty():
        return False, {}
    alike = unknown.filter(snake_case(unknown).is_in(list(LOOKALIKES)))
    carries = pl.col("transaction_id").is_not_null() | (pl.col("item_revenue") != 0).fill_null(value=False)
    looks = pl.col("event_name").is_in(alike.to_list()) | carries & pl.col("event_name").is_in(unknown.to_list())
    found = events.filter(looks).select("event_name", "row").unique()
    return False, dict(found.group_by("event_name").len().iter_rows())
