"""Event names of other vocabularies to GA4's and back, from one shipped table (``event_names.csv``)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import polars as pl

from dmp_assets.ingest.schema.events import CANCELLATION, PURCHASE, REFUND
from dmp_assets.ingest.values.texts import read_text, trim

TABLE = Path(__file__).with_name("event_names.csv")

NO_NAMES: Mapping[str, str] = MappingProxyType({})
"""For a source without names of its own."""

ORDER_NAMES = (
    f"{PURCHASE} (or sale, order, invoice, ...), {REFUND} (or return, credit note, storno, ...) or {CANCELLATION} (or "
    "cancelled, void, ...); other names by event_names of the source"
)
"""What is expected of the name of an order's line."""

_WORD_BOUNDARIES = ((r"([\p{Ll}\p{N}])(\p{Lu})", "${1}_${2}"), (r"(\p{Lu})(\p{Lu}\p{Ll})", "${1}_${2}"))
_NO_WORD = r"[^\p{L}\p{M}\p{N}]+"


def to_event_name(names: pl.Series, vocabulary: str) -> pl.Series:
    """Return the GA4 name of each event name; one that the table does not know becomes snake_case.

    Args:
        names: Names as the source gives them; case, spaces and punctuation do not matter.
        vocabulary: ``segment``, ``snowplow``, ``social`` or ``orders``.

    Raises:
        ValueError: The vocabulary is not in the table.

    >>> to_event_name(pl.Series(["Product Viewed", "productViewed", "Quiz Started"]), "segment").to_list()
    ['view_item', 'view_item', 'quiz_started']
    """
    known = event_names(vocabulary)
    snake = snake_case(names)
    return snake.replace_strict(known, default=None, return_dtype=pl.String).fill_null(snake)


def to_our_name(names: pl.Series, own: Mapping[str, str], vocabulary: str | None = None) -> pl.Series:
    """Return our name of each event name: by the source's own words, else by a vocabulary, else as it stands.

    Args:
        names: Names as the source gives them.
        own: The source's name -> ours, matched exactly, else ignoring case and spaces around it. A name that fits two
            words only by ignoring case fits none. What the vocabulary makes of a name can be named here too.
        vocabulary: As in ``to_event_name``; None for none.

    >>> to_our_name(pl.Series(["Sale", "RETURN ", "view"]), {"Sale": "purchase", "Return": "refund"}).to_list()
    ['purchase', 'refund', 'view']
    """
    rest = names if vocabulary is None else to_event_name(names, vocabulary)
    if not own:
        return rest
    mapped = _own_name(names, own)
    if vocabulary is not None:
        rest = _own_name(rest, own).fill_null(rest)
    return mapped.fill_null(rest)


def to_order_name(names: pl.Series, own: Mapping[str, str]) -> pl.Series:
    """Return what a line of an order is: purchase, refund or order_cancelled; null for a name that says none of these.

    Args:
        names: As the source gives them; case, spaces and punctuation do not matter.
        own: The source's name -> ours, as in ``to_our_name``.

    >>> to_order_name(pl.Series(["SALE", "Credit-Note", "void", "Umtausch"]), {"umtausch": "refund"}).to_list()
    ['purchase', 'refund', 'order_cancelled', 'refund']
    """
    snake = snake_case(to_our_name(names, own))
    return snake.replace_strict(event_names("orders"), default=None, return_dtype=pl.String)


@cache
def known_names() -> frozenset[str]:
    """Return the GA4 names in the table, but for those of purchases and refunds, and the grocer's coupon."""
    return frozenset(_table()["event_name"]) - {PURCHASE, REFUND} | {"coupon_redemption"}


def _own_name(names: pl.Series, own: Mapping[str, str]) -> pl.Series:
    exact = {theirs.strip(): ours.strip() for theirs, ours in own.items()}
    folded: dict[str, set[str]] = {}
    for theirs, ours in exact.items():
        folded.setdefault(theirs.lower(), set()).add(ours)
    single = {theirs: next(iter(ours)) for theirs, ours in folded.items() if len(ours) == 1}
    given = trim(read_text(names))
    mapped = given.replace_strict(exact, default=None, return_dtype=pl.String)
    return mapped.fill_null(given.str.to_lowercase().replace_strict(single, default=None, return_dtype=pl.String))


def from_event_name(names: pl.Series, vocabulary: str) -> pl.Series:
    """Return the vocabulary's first name in the table for each GA4 name; null where it has none.

    Raises:
        ValueError: The vocabulary is not in the table.

    >>> from_event_name(pl.Series(["purchase", "quiz_started"]), "segment").to_list()
    ['Order Completed', None]
    """
    rows = _rows(vocabulary).unique("event_name", keep="first", maintain_order=True)
    theirs = dict(rows.select("event_name", "their_name").iter_rows())
    return names.replace_strict(theirs, default=None, return_dtype=pl.String)


def event_names(vocabulary: str) -> Mapping[str, str]:
    """Return the vocabulary's names, in snake_case, with their GA4 names.

    Raises:
        ValueError: The vocabulary is not in the table.
    """
    rows = _rows(vocabulary)
    return MappingProxyType(dict(zip(snake_case(rows["their_name"]), rows["event_name"], strict=True)))


def snake_case(names: pl.Series) -> pl.Series:
    """Return names in lower case with words joined by underscores; one without letters and digits stays.

    >>> snake_case(pl.Series(["Product Viewed", "HTTPError 404", "addToCart", "?"])).to_list()
    ['product_viewed', 'http_error_404', 'add_to_cart', '?']
    """
    given = trim(read_text(names))
    words = given
    for boundary, joined in _WORD_BOUNDARIES:
        words = words.str.replace_all(boundary, joined)
    snake = words.str.replace_all(_NO_WORD, "_").str.strip_chars("_").str.to_lowercase()
    return snake.zip_with(snake != "", given)


@cache
def _table() -> pl.DataFrame:
    return pl.read_csv(TABLE, infer_schema=False)


def _rows(vocabulary: str) -> pl.DataFrame:
    rows = _table().filter(pl.col("vocabulary") == vocabulary)
    if rows.is_empty():
        allowed = ", ".join(_table()["vocabulary"].unique(maintain_order=True))
        raise ValueError(f"unknown vocabulary {vocabulary!r}; allowed: {allowed}")
    return rows
