"""What each kind of source holds: its table, the columns of its files, and what a record must have."""

from collections.abc import Callable
from functools import cache

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.settings.settings import Source, SourceKind
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.ingest.schema.campaigns import REQUIRED_AD_SPEND, RawAdSpend, RawCampaignAudiences, RawCampaigns
from dmp_assets.ingest.schema.events import RawEvents
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.ingest.schema.orders import RawOrderLines
from dmp_assets.ingest.schema.people import RawConsents, RawCustomers, RawSurveyAnswers, RawThirdPartyAttributes
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.ingest.values.consents import normalise_purpose, normalise_status
from dmp_assets.ingest.web.context import WEB_COLUMNS

_BOOKKEEPING = (
    "event_date",
    "source",
    "kind",
    "path",
    "line_number",
    "part",
    "fingerprint",
    "mapped_fingerprint",
    "records",
)
_DERIVED = (
    "page_host",
    "page_path",
    "referrer_host",
    "channel_group",
    "exchange_rate",
    "rate_date",
    "given_revenue",
    "order_space",
    "flags",
)
"""Columns that are made here, from what the file or dmp.yaml supplies."""
_OF_ALL_FILES = ("fate",)
"""Columns of raw events that no file alone decides."""
_VIOLATION = ("violation_code", "violation_message", "raw_record")

STATUS_WORDS = {"status": pl.String(), "financial_status": pl.String(), "is_test": pl.Boolean()}
"""Columns that the status of an order is decided from, with ``cancelled_at``; only the status itself is stored."""

_ORDERS_ALONE = ("updated_at", "cancelled_at", "refunded_at", "refunded_amount", "tax_included", "line_id")
"""Columns of raw events that say how an order changed, or what its lines are: events of a site do not change."""

ORDER_AMOUNTS = ("refunded_amount", "order_revenue", "order_discount", "shipping", "tax", "order_total")
"""Amounts of a whole order, which stand on one of its lines or on all."""

AMOUNTS = ("price", "item_revenue", "retail_discount", "coupon_discount", "coupon_match_discount", *ORDER_AMOUNTS)
"""Amounts of raw events that are converted to the base currency."""

CONTRACTS: dict[SourceKind, type[TableContract]] = {
    "events": RawEvents,
    "orders": RawEvents,
    "order_lines": RawOrderLines,
    "customers": RawCustomers,
    "items": RawItems,
    "campaigns": RawCampaigns,
    "campaign_audiences": RawCampaignAudiences,
    "ad_spend": RawAdSpend,
    "consents": RawConsents,
    "survey": RawSurveyAnswers,
    "third_party": RawThirdPartyAttributes,
    "rates": RawExchangeRates,
}
"""Kind of source -> the table that its records become."""

EVENT_KINDS: tuple[SourceKind, ...] = ("events", "orders")
"""Kinds whose records are partitioned by day."""

_MADE_HERE = (*EVENT_KINDS, "order_lines")

REFERENCE_TABLES = {kind: model for kind, model in CONTRACTS.items() if kind not in EVENT_KINDS}
"""The other kinds: the newest record of each key counts, on any day."""

REQUIRED: dict[SourceKind, tuple[str, ...]] = {
    "events": ("event_at", "event_name"),
    "orders": ("event_at", "transaction_id"),
    "order_lines": ("transaction_id",),
    "customers": ("user_id",),
    "items": ("item_id",),
    "campaigns": ("campaign_id",),
    "campaign_audiences": ("campaign_id", "user_id"),
    "ad_spend": REQUIRED_AD_SPEND,
    "consents": ("purpose", "status", "changed_at"),
    "survey": ("user_id", "question", "answer"),
    "third_party": ("attribute", "value", "provider"),
    "rates": ("rate_date", "currency", "rate", "reference_currency"),
}

IDENTIFIED_BY: dict[SourceKind, tuple[str, ...]] = {
    "consents": ("user_id", "anonymous_id", "email"),
    "third_party": ("user_id", "email"),
}
"""Kinds whose records are about a person by any one of these."""

WORDS: dict[tuple[SourceKind, str], tuple[Callable[[pl.Series], pl.Series], str]] = {
    ("consents", "purpose"): (normalise_purpose, "a purpose such as marketing, analytics or tcf_4"),
    ("consents", "status"): (normalise_status, "granted or denied"),
}
"""Columns whose words become one of ours: how they are read, and what is expected."""

ID_COLUMNS = {
    "event_id",
    "user_id",
    "anonymous_id",
    "device_id",
    "session_id",
    "transaction_id",
    "refunded_order_id",
    "line_id",
    "item_id",
    "store_id",
    "manufacturer_id",
    "mkt_clickid",
    "account_id",
    "campaign_id",
    "ad_group_id",
    "ad_id",
}
"""Columns whose values say which one, in every kind: they are read by ``read_ids``. A coupon's code joins nothing."""

CONTACT_COLUMNS = ("email", "phone")
"""Columns of addresses that reach a person; one that cannot be read is flagged and counted."""

NEVER_FILLED = {
    "event_at",
    "event_id",
    "event_name",
    "received_at",
    "sent_at",
    "user_id",
    "anonymous_id",
    "device_id",
    "session_id",
    "email",
    "phone",
    "transaction_id",
    "refunded_order_id",
    "line_id",
    "cancelled_at",
    "refunded_at",
    "consent",
}
"""Columns that say who, when and which: a filled value would join different people or orders to one."""


def staged_schema(kind: SourceKind) -> dict[str, pl.DataType]:
    """Return column -> Polars type of the staged Parquet: the raw table's, plus the violation columns."""
    columns = {name: column.dtype.type for name, column in _contract(kind).items() if name not in _OF_ALL_FILES}
    return columns | {"part": pl.Int64()} | dict.fromkeys(_VIOLATION, pl.String())


def supplied_schema(source: Source) -> dict[str, pl.DataType]:
    """Return column -> Polars type of what a source's records can hold.

    Args:
        source: With its preset filled in.

    Events and orders mostly have few of the columns. A grocer's lines have no pages and no campaigns, and fifty empty
    columns would double the cost of staging them.
    """
    schema = staged_schema(source.kind)
    if source.kind not in EVENT_KINDS:
        return schema
    given = {*source.columns, *source.constants, *source.fill}
    made = {"event_id", "time_zone", *_BOOKKEEPING, *_VIOLATION}
    made |= {"item_revenue"} if "price" in given else set()
    made |= {"flags"} if source.fill or given & {*CONTACT_COLUMNS, *STATUS_WORDS} else set()
    made |= {"status"} if given & {*STATUS_WORDS, "cancelled_at"} else set()
    made |= {"order_space"} if source.kind == "orders" or source.order_space else set()
    made |= {*WEB_COLUMNS} if given & {"page_url", "referrer_url", "user_agent", *WEB_COLUMNS} else set()
    return {name: dtype for name, dtype in schema.items() if name in given | made}


def mappable_columns(kind: SourceKind) -> dict[str, pl.DataType]:
    """Return column -> Polars type of what a file can supply, in the order of the schema.

    The event id of an order line is its order's, so ``orders`` cannot map one. Only orders are stated again when they
    change, so ``events`` have no ``updated_at``.
    """
    hidden = {*_BOOKKEEPING, *_VIOLATION, *(_DERIVED if kind in _MADE_HERE else ())}
    hidden |= {"orders": {"event_id"}, "events": {*_ORDERS_ALONE}}.get(kind, set())
    columns = {name: dtype for name, dtype in staged_schema(kind).items() if name not in hidden}
    return columns | (STATUS_WORDS if kind == "orders" else {})


def rules_of(kind: SourceKind, column: str) -> list[pa.Check]:
    """Return the rules that the contract of the kind's table has for one column.

    Words of a status have none: they become ours, or count as no status.
    """
    if kind in EVENT_KINDS and column in STATUS_WORDS:
        return []
    checks: list[pa.Check] = _contract(kind)[column].checks
    return checks


@cache
def _contract(kind: SourceKind) -> dict[str, pa.Column]:
    """Return the contract's columns, kept: building them takes 0.1 ms, for every column of every batch."""
    columns: dict[str, pa.Column] = CONTRACTS[kind].to_schema().columns
    return columns
