"""``dmp.yaml`` of a simulated world: where its sources are and how they are to be read."""

from collections.abc import Mapping
from datetime import date

import yaml

SOURCES: dict[str, dict[str, object]] = {
    "web": {"kind": "events", "preset": "segment"},
    "app": {"kind": "events", "preset": "ga4"},
    "shop": {
        "kind": "orders",
        "preset": "columns",
        "delimiter": ";",
        "decimal_comma": True,
        "time_zone": "Europe/Berlin",
        "time_formats": ["%d.%m.%Y %H:%M:%S"],
        "columns": {
            "transaction_id": "Bonnummer", "event_at": "Zeitpunkt", "store_id": "Filiale", "user_id": "Kundennummer",
            "item_id": "Artikel", "quantity": "Menge", "item_revenue": "Betrag", "event_name": "Vorgang",
        },
        "constants": {"currency": "EUR"},
    },
    "shop_uk": {
        "kind": "orders",
        "preset": "columns",
        "time_zone": "Europe/London",
        "columns": {
            "transaction_id": "receipt_no", "event_at": "sold_at", "store_id": "store", "user_id": "loyalty_id",
            "item_id": "sku", "quantity": "units", "item_revenue": "amount", "event_name": "kind",
            "currency": "currency",
        },
    },
    "rates": {"kind": "rates", "preset": "ecb"},
    "crm": {
        "kind": "customers",
        "preset": "columns",
        "columns": {
            "user_id": "customer_no", "email": "e_mail", "phone": "telephone", "country": "country", "city": "town",
            "age_range": "age_band", "updated_at": "last_modified",
        },
    },
    "consents": {
        "kind": "consents",
        "preset": "columns",
        "columns": {"user_id": "user_id", "purpose": "purpose", "status": "status", "changed_at": "changed_at"},
    },
    "survey": {
        "kind": "survey",
        "preset": "columns",
        "columns": {
            "user_id": "user_id", "question": "question", "answer": "answer", "scale": "scale",
            "answered_at": "answered_at",
        },
    },
    "items": {
        "kind": "items",
        "preset": "columns",
        "columns": {"item_id": "sku", "item_name": "title", "item_brand": "brand", "item_category": "category"},
    },
    "campaigns": {
        "kind": "campaigns",
        "preset": "columns",
        "columns": {name: name for name in ("campaign_id", "campaign_name", "campaign_type", "start_date", "end_date")},
    },
    "campaign_audiences": {
        "kind": "campaign_audiences",
        "preset": "columns",
        "columns": {"campaign_id": "campaign_id", "user_id": "user_id"},
    },
    "ads_google": {"kind": "ad_spend", "preset": "google_ads"},
    "ads_facebook": {"kind": "ad_spend", "preset": "facebook_ads"},
}  # fmt: skip
"""Source -> its entry."""


def configuration(start: date, exports: Mapping[str, object]) -> str:
    """Return the text of ``dmp.yaml``, with the entries of exports behind the main sources'."""
    content = {"start_date": start, "base_currency": "EUR", "data_dir": ".", "sources": {**SOURCES, **exports}}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
