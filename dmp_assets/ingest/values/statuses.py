"""Words for the status of an order: those that shops, payment services and tills write, and the source's own."""

from collections.abc import Mapping

import polars as pl

from dmp_assets.ingest.values.event_names import snake_case
from dmp_assets.ingest.values.texts import read_text, trim

_WORDS = {
    "paid": "paid partially_paid paid_partially partially_refunded refunded_partially partial_refund completed "
    "complete processing shipped delivered fulfilled closed sent dispatched succeeded success successful approved "
    "captured settled invoiced bezahlt abgeschlossen versendet versandt geliefert in_bearbeitung payé payée terminée "
    "expédiée livrée",
    "pending": "pending pending_payment authorized authorised partially_authorized on_hold onhold holded unpaid "
    "awaiting_payment draft checkout_draft payment_review requires_payment_method requires_confirmation "
    "requires_action requires_capture reminded ausstehend unbezahlt offen zahlung_ausstehend impayée en_attente "
    "en_attente_de_paiement",
    "cancelled": "cancelled canceled voided void storniert abgebrochen annulé annulée",
    "refunded": "refunded returned fully_refunded erstattet zurückerstattet remboursé remboursée",
    "failed": "failed declined payment_failed expired denied rejected uncollectible fehlgeschlagen abgelehnt "
    "échoué échouée refusée",
    "test": "test",
}
STATUSES = {word: status for status, words in _WORDS.items() for word in words.split()}
"""Word in snake_case -> our status. Of WooCommerce's export the leading ``wc-`` is cut off."""

_SILENT = "unfulfilled partial partially_fulfilled partially_shipped unshipped restocked scheduled"
SILENT = frozenset(_SILENT.split())
"""Words of delivery, which say nothing of the payment: an order that waits for its parcel is no pending one."""

STRENGTH = ("test", "cancelled", "failed", "pending", "refunded", "paid")
"""Our statuses, strongest first: of several that a record names the first counts."""


def read_statuses(words: pl.Series, own: Mapping[str, str]) -> tuple[pl.Series, pl.Series]:
    """Return our status of each word, and which words nobody knows; null where a word says nothing.

    Args:
        words: As the source writes them; the distinct ones are enough.
        own: The source's word -> ours, case and spaces ignored; it wins over the vocabulary.

    >>> statuses, unknown = read_statuses(pl.Series(["wc-completed", "B2", "unfulfilled", "?"]), {"b2": "pending"})
    >>> statuses.to_list(), unknown.to_list()
    (['paid', 'pending', None, None], [False, False, False, True])
    """
    given = trim(read_text(words))
    if given.null_count() == len(given):
        return given.cast(pl.String), given.is_not_null()
    folded = {_spaceless(pl.Series([theirs]))[0]: ours for theirs, ours in own.items()}

    snake = snake_case(given).str.strip_prefix("wc_")
    found = snake.replace_strict(STATUSES | dict.fromkeys(SILENT, ""), default=None, return_dtype=pl.String)
    found = _spaceless(given).replace_strict(folded, default=None, return_dtype=pl.String).fill_null(found)
    return found.set(found == "", None), given.is_not_null() & found.is_null()


def strongest_status(statuses: list[pl.Series]) -> pl.Series:
    """Return the strongest of the statuses that each record names (``STRENGTH``); null where it names none.

    >>> strongest_status([pl.Series(["paid", "paid", None]), pl.Series(["pending", None, None])]).to_list()
    ['pending', 'paid', None]
    """
    cases = [
        pl.when(pl.any_horizontal((status == name).fill_null(value=False) for status in statuses)).then(pl.lit(name))
        for name in STRENGTH
    ]
    return pl.select(pl.coalesce(cases).alias("status")).to_series()


def _spaceless(words: pl.Series) -> pl.Series:
    return words.str.replace_all(r"\s+", "").str.to_lowercase()
