"""Tables of landing records: what arrived, from which file and line, and what could not be read."""

import pandera.polars as pa
import polars as pl

from dmp_assets.columns import Instant, Money

PURCHASE = "purchase"
REFUND = "refund"

FILE_STATUSES = ("ok", "damaged", "empty", "failed")

RECORD_VIOLATIONS = (
    "Unreadable",
    "Required-Missing",
    "Datatype-Mismatch",
    "Out-Of-Range",
    "Rate-Missing",
    "Unplanned-Event",
    "Additional-Properties",
    "Unknown-Violation",
)


class LandingFiles(pa.DataFrameModel):
    """One row per file under the landing folder: the ledger, written before anything is built from it."""

    path: str = pa.Field(unique=True, description="Path below the landing folder.")
    source: str = pa.Field(description="Source in dmp.yaml that the file belongs to (its first folder).")
    kind: str = pa.Field(description="What the source holds: events, orders, customers, items, campaigns, ...")
    file_id: str = pa.Field(
        description="SHA-256 of the bytes, in hex: the evidence that the file is the one that was read."
    )
    size_bytes: pl.Int64 = pa.Field(ge=0, description="Size on disk in bytes.")
    modified_at: Instant = pa.Field(description="Modification time of the file when it was read (UTC).")
    arrived_at: Instant = pa.Field(
        description="When these bytes were first seen at this path (UTC); kept over later runs."
    )
    status: str = pa.Field(
        isin=FILE_STATUSES, description="ok; damaged (readable part kept); empty; failed (nothing could be read)."
    )
    message: str = pa.Field(nullable=True, description="What is wrong with the file, in words; null where nothing is.")
    physical_lines: pl.Int64 = pa.Field(ge=0, description="Newline-terminated lines in the file (records for Parquet).")
    columns: pl.List(pl.String) = pa.Field(  # type: ignore[valid-type]
        description="Columns of the file, mapped or not, as name:type; of JSON the keys of its first objects."
    )
    records: pl.Int64 = pa.Field(ge=0, description="Records in the file: accepted + rejected.")
    accepted: pl.Int64 = pa.Field(ge=0, description="Records that were read and have a usable time.")
    rejected: pl.Int64 = pa.Field(
        ge=0, description="Records with a violation; each is kept in a quarantine table with its line."
    )
    first_event_date: pl.Date = pa.Field(
        nullable=True, description="First partition that the file touches; null for files without events."
    )
    last_event_date: pl.Date = pa.Field(
        nullable=True, description="Last partition that the file touches; null for files without events."
    )
    reading_id: str = pa.Field(description="Fingerprint of bytes, mapping and reader: equal ids give equal records.")

    class Config:
        """Table facts."""

        strict = True
        metadata = {"table": "ingest.landing_files", "key": ["path"]}


class LandingDays(pa.DataFrameModel):
    """Which days each landing file touches, and with how many records: what a new file makes stale."""

    path: str = pa.Field(description="Path below the landing folder.")
    event_date: pl.Date = pa.Field(description="Partition (UTC day) that records of this file belong to.")
    records: pl.Int64 = pa.Field(gt=0, description="Records of the file in that partition.")
    reading_id: str = pa.Field(description="Fingerprint of the reading, as in landing_files.")

    class Config:
        """Table facts."""

        strict = True
        unique = ["path", "event_date"]
        metadata = {"table": "ingest.landing_days", "key": ["path", "event_date"]}


class RawEvents(pa.DataFrameModel):
    """One row per landing record of events and order lines, with names and types made equal, nothing dropped.

    A record with several items is one row per item.
    """

    event_date: pl.Date = pa.Field(
        description="Partition: UTC day of the event; the day the file arrived where the time is unusable."
    )
    source: str = pa.Field(description="Source in dmp.yaml.")
    kind: str = pa.Field(
        isin=("events", "orders"), description="events: a record is an event; orders: a record is a line of one."
    )
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file, from 1 (record number for Parquet).")
    part: pl.Int64 = pa.Field(
        ge=0, description="0 for a record that is one row; from 1 for the items of a record that has several."
    )
    event_id: str = pa.Field(
        nullable=True,
        description="The source's id; order lines share their order's; made from the content where absent.",
    )
    fingerprint: pl.Int64 = pa.Field(
        nullable=True, description="Hash of all mapped values: equal for exact duplicates; null where rejected."
    )
    event_name: str = pa.Field(
        nullable=True, description="GA4 event name: purchase, refund, view_item, add_to_cart, ..."
    )
    event_at: Instant = pa.Field(
        nullable=True, description="When it happened (UTC); null where the record has no readable time."
    )
    received_at: Instant = pa.Field(
        nullable=True, description="When the source received it (UTC), where the source says."
    )
    user_id: str = pa.Field(nullable=True, description="Known person id of the source.")
    anonymous_id: str = pa.Field(nullable=True, description="Device or cookie id of the source.")
    transaction_id: str = pa.Field(nullable=True, description="Order id.")
    campaign_id: str = pa.Field(nullable=True, description="Campaign that the source names on the event.")
    coupon: str = pa.Field(nullable=True, description="Coupon code.")
    store_id: str = pa.Field(nullable=True, description="Store or shop.")
    email: str = pa.Field(nullable=True, description="E-mail address, trimmed and case-folded.")
    phone: str = pa.Field(nullable=True, description="Phone number in E.164.")
    device_id: str = pa.Field(nullable=True, description="Device or advertising id of an app.")
    session_id: str = pa.Field(nullable=True, description="The source's own session id.")
    platform: str = pa.Field(nullable=True, description="web, ios, android, ...")
    country: str = pa.Field(nullable=True, description="Country as the source gives it.")
    city: str = pa.Field(nullable=True, description="City as the source gives it.")
    page_url: str = pa.Field(nullable=True, description="Address of the page.")
    page_title: str = pa.Field(nullable=True, description="Title of the page.")
    page_host: str = pa.Field(nullable=True, description="Host of page_url, in lower case.")
    page_path: str = pa.Field(nullable=True, description="Path of page_url.")
    referrer_url: str = pa.Field(nullable=True, description="Address of the page before.")
    referrer_host: str = pa.Field(nullable=True, description="Host of referrer_url, in lower case.")
    search_term: str = pa.Field(nullable=True, description="What was searched for on the site.")
    content_group: str = pa.Field(nullable=True, description="Topic or section of the content.")
    user_agent: str = pa.Field(nullable=True, description="User agent of the browser or app.")
    mkt_source: str = pa.Field(nullable=True, description="Source: given, or of utm_source, click id or referrer.")
    mkt_medium: str = pa.Field(nullable=True, description="Medium: given, or of utm_medium, click id or referrer.")
    mkt_campaign: str = pa.Field(nullable=True, description="Campaign: given, or utm_campaign.")
    mkt_term: str = pa.Field(nullable=True, description="Keyword: given, or utm_term.")
    mkt_content: str = pa.Field(nullable=True, description="Variant of the ad: given, or utm_content.")
    mkt_clickid: str = pa.Field(nullable=True, description="Click id of the ad platform: gclid, fbclid, msclkid, ...")
    mkt_network: str = pa.Field(nullable=True, description="Ad network that the click id belongs to.")
    channel_group: str = pa.Field(nullable=True, description="Default channel group by GA4's rules; null off the web.")
    bot_rule: str = pa.Field(nullable=True, description="Rule by which the user agent is a bot's; null for people.")
    consent: str = pa.Field(nullable=True, description="Consent that the event carries, as JSON: purpose -> choice.")
    sent_at: Instant = pa.Field(nullable=True, description="When the client sent it, by its own clock (UTC).")
    time_zone: str = pa.Field(nullable=True, description="Zone that the source's times are in.")
    currency: str = pa.Field(nullable=True, description="ISO 4217 code of the amounts as given; null: base currency.")
    exchange_rate: pl.Float64 = pa.Field(
        nullable=True, gt=0, description="Base currency per unit of currency; null where nothing was converted."
    )
    rate_date: pl.Date = pa.Field(nullable=True, description="Day on which that rate was published.")
    item_id: str = pa.Field(nullable=True, description="Product of this line.")
    item_name: str = pa.Field(nullable=True, description="Name of the product, as the event gives it.")
    item_brand: str = pa.Field(nullable=True, description="Brand of the product, as the event gives it.")
    item_category: str = pa.Field(nullable=True, description="Category of the product, as the event gives it.")
    price: Money = pa.Field(nullable=True, description="Price of one unit, base currency.")
    quantity: pl.Float64 = pa.Field(nullable=True, description="Units; negative on refunds.")
    item_revenue: Money = pa.Field(nullable=True, description="What was paid for the line, base currency.")
    retail_discount: Money = pa.Field(
        nullable=True, description="Loyalty or shelf discount on the line, base currency, as a positive amount."
    )
    coupon_discount: Money = pa.Field(
        nullable=True, description="Coupon discount on the line, base currency, as a positive amount."
    )
    coupon_match_discount: Money = pa.Field(
        nullable=True, description="The seller's own top-up of a coupon, base currency, as a positive amount."
    )
    flags: str = pa.Field(
        nullable=True, description="Declared rules that the record breaks without being refused, comma separated."
    )
    properties: str = pa.Field(nullable=True, description="Properties of the event as JSON, as the source gives them.")
    violation_code: str = pa.Field(
        nullable=True, isin=RECORD_VIOLATIONS, description="Why the record cannot be used; null for good records."
    )
    violation_message: str = pa.Field(nullable=True, description="The violation in words: column, what was expected.")
    raw_record: str = pa.Field(
        nullable=True, description="The record as it stands in the file, kept only where there is a violation."
    )

    class Config:
        """Table facts."""

        strict = True
        metadata = {"table": "ingest.raw_events", "partition_by": "event_date", "key": ["path", "line_number", "part"]}


class RawCustomers(pa.DataFrameModel):
    """One row per customer that a CRM source describes; the newest record of each ``user_id``."""

    user_id: str = pa.Field(unique=True, description="Known person id.")
    email: str = pa.Field(nullable=True, description="E-mail address as given.")
    phone: str = pa.Field(nullable=True, description="Phone number as given.")
    country: str = pa.Field(nullable=True, description="Country as given.")
    city: str = pa.Field(nullable=True, description="City as given.")
    age_range: str = pa.Field(nullable=True, description="Age band.")
    income_range: str = pa.Field(nullable=True, description="Yearly income band.")
    home_ownership: str = pa.Field(nullable=True, description="Owner, renter, ...")
    marital_status: str = pa.Field(nullable=True, description="Marital status.")
    household_size: str = pa.Field(nullable=True, description="Persons in the household, as a band.")
    household_composition: str = pa.Field(nullable=True, description="Adults and children in words.")
    children: str = pa.Field(nullable=True, description="Children in the household, as a band.")
    updated_at: Instant = pa.Field(
        nullable=True, description="When the source last changed the record (UTC), where it says."
    )
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")

    class Config:
        """Table facts."""

        strict = True
        metadata = {"table": "ingest.raw_customers", "key": ["user_id"]}


class RawItems(pa.DataFrameModel):
    """One row per product of the catalogue; the newest record of each ``item_id``."""

    item_id: str = pa.Field(unique=True, description="Product id.")
    item_name: str = pa.Field(nullable=True, description="Product name.")
    item_brand: str = pa.Field(nullable=True, description="Brand.")
    item_department: str = pa.Field(nullable=True, description="Widest grouping of the catalogue.")
    item_category: str = pa.Field(nullable=True, description="Category: the level that profiles and reports use.")
    item_category2: str = pa.Field(nullable=True, description="Sub-category.")
    manufacturer_id: str = pa.Field(nullable=True, description="Maker.")
    package_size: str = pa.Field(nullable=True, description="Package size as given.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")

    class Config:
        """Table facts."""

        strict = True
        metadata = {"table": "ingest.raw_items", "key": ["item_id"]}


class RawCampaigns(pa.DataFrameModel):
    """One row per campaign with its dates."""

    campaign_id: str = pa.Field(unique=True, description="Campaign id.")
    campaign_name: str = pa.Field(nullable=True, description="Name that people use.")
    campaign_type: str = pa.Field(nullable=True, description="Type of campaign, as the source names it.")
    start_date: pl.Date = pa.Field(nullable=True, description="First day.")
    end_date: pl.Date = pa.Field(nullable=True, description="Last day, inclusive.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")

    class Config:
        """Table facts."""

        strict = True
        metadata = {"table": "ingest.raw_campaigns", "key": ["campaign_id"]}


class RawCampaignAudiences(pa.DataFrameModel):
    """One row per person that a campaign was sent to."""

    campaign_id: str = pa.Field(description="Campaign id.")
    user_id: str = pa.Field(description="Known person id.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")

    class Config:
        """Table facts."""

        strict = True
        unique = ["campaign_id", "user_id"]
        metadata = {"table": "ingest.raw_campaign_audiences", "key": ["campaign_id", "user_id"]}


class RejectedRecords(pa.DataFrameModel):
    """Records of sources that are no events which could not be used, with the reason.

    Records of events go to ``events.quarantined_events`` instead, day by day.
    """

    source: str = pa.Field(description="Source in dmp.yaml.")
    kind: str = pa.Field(description="What the source holds.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")
    violation_code: str = pa.Field(isin=RECORD_VIOLATIONS, description="Kind of violation.")
    violation_message: str = pa.Field(description="The violation in words.")
    raw_record: str = pa.Field(nullable=True, description="The record as it stands in the file.")

    class Config:
        """Table facts."""

        strict = True
        metadata = {"table": "ingest.rejected_records", "key": ["path", "line_number"]}
