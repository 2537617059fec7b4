"""Events of the app in the shape of the GA4 BigQuery export, one JSON object per line.

As such exports write them: 64-bit integers are texts, and fields without a value are left out.
"""

import numpy as np
import polars as pl

from dmp_assets.simulation.catalogue import TOPICS
from dmp_assets.simulation.events import CART, EXTRA, PURCHASE, REFUND, SEARCH, VIEW
from dmp_assets.simulation.files.faults import BROKEN, NONE, UNREADABLE_TIME, spoil_json
from dmp_assets.simulation.files.json_pieces import amount, chosen, joined, when
from dmp_assets.simulation.files.reference_files import user_ids
from dmp_assets.simulation.files.web_records import campaign_text
from dmp_assets.simulation.parameters import CHANNELS, CITIES, COUNTRY_NAMES
from dmp_assets.simulation.randomness import scrambled
from dmp_assets.simulation.world import DAY_US, World

PROPERTY_ZONE = "Europe/Berlin"
NAMES = ("screen_view", "login", "", "search", "view_item", "add_to_cart", "begin_checkout", "purchase", "refund",
         "sign_up", "join_group")  # fmt: skip
SIGN_UP = 9


def ga4_lines(
    events: pl.DataFrame, orders: pl.DataFrame, catalogue: pl.DataFrame, world: World, epoch_us: int
) -> pl.DataFrame:
    """Return the events with their ``line``, ``event_id`` (null: the format has none) and ``event_name``.

    Args:
        events: App events with their faults.
        orders: Online orders, by session.
        catalogue: ``Catalogue.frame``.
        world: Persons and devices.
        epoch_us: The first day, in microseconds since 1970.
    """
    device, person = events["device"].to_numpy(), events["person"].to_numpy()
    days = events["session_start"].to_numpy() // DAY_US
    acquired = scrambled(world.seed, "acquired", person) % np.uint64(len(CHANNELS))
    kind = pl.col("kind")
    frame = events.with_columns(
        stamp_us=pl.col("at_us") + epoch_us,
        session_seconds=(pl.col("session_start") + epoch_us) // 1_000_000,
        event_id=pl.lit(None, dtype=pl.String),
        event_name=chosen(NAMES, pl.when(kind == EXTRA).then(SIGN_UP - 1 + pl.col("extra")).otherwise(kind)),
        browser=world.app_ids(device),
        account=pl.when("identified").then(user_ids(pl.col("person"))),
        lands=_tagged(),
        landing_campaign=pl.when(_tagged()).then(campaign_text()),
        device_id=world.device_ids(device),
        android=pl.Series(world.device_agent[device] == 1),
        country=pl.Series(world.country[person]),
        advertising=pl.Series(world.advertising[person] & (days < world.withdrawal_day[person])),
        acquired=pl.Series(acquired),
    ).join(
        orders.select("session", "transaction_id", "items", "units", order_cents="cents"),
        on="session", how="left", maintain_order="left",
    )  # fmt: skip
    frame = pl.concat([frame, catalogue[events["item"].cast(pl.Int64).clip(0)]], how="horizontal")
    lines = frame.select(line=_line())["line"]
    return frame.with_columns(line=spoil_json(lines, frame["violation"], frame["message"]))


def _line() -> pl.Expr:
    kind, channel = pl.col("kind"), pl.col("channel")
    source, medium = [c.source for c in CHANNELS], [c.medium for c in CHANNELS]
    collected = when(
        _tagged(),
        ',"collected_traffic_source":{"manual_campaign_name":"', campaign_text(), '","manual_source":"',
        chosen(source, channel), '","manual_medium":"', chosen(medium, channel), '"}',
    )  # fmt: skip
    acquired = pl.col("acquired")
    return joined(
        "{", _times(), '"event_name":"', pl.col("event_name"), '","event_params":[', _parameters(), "]",
        when(pl.col("identified"), ',"user_id":"', pl.col("account"), '"'),
        ',"user_pseudo_id":"', pl.col("browser"), '","privacy_info":{"analytics_storage":"Yes","ads_storage":"',
        pl.when("advertising").then(pl.lit("Yes")).otherwise(pl.lit("No")), '","uses_transient_token":"No"}',
        ',"device":{"category":"mobile","operating_system":"',
        pl.when("android").then(pl.lit("Android")).otherwise(pl.lit("iOS")),
        '","advertising_id":"', pl.col("device_id"), '"},"geo":{"country":"', chosen(COUNTRY_NAMES, pl.col("country")),
        '","city":"', chosen(CITIES, pl.col("country")), '"},"traffic_source":{"name":"',
        chosen([c.campaign or "(direct)" for c in CHANNELS], acquired), '","medium":"',
        chosen([c.medium or "(none)" for c in CHANNELS], acquired), '","source":"',
        chosen([c.source or "(direct)" for c in CHANNELS], acquired), '"}', collected,
        ',"stream_id":"4711","platform":"', pl.when("android").then(pl.lit("ANDROID")).otherwise(pl.lit("IOS")), '"',
        when(kind == PURCHASE, ',"ecommerce":{"total_item_quantity":"', pl.col("units"), '","purchase_revenue":',
             amount(pl.col("order_cents")), ',"transaction_id":"', pl.col("transaction_id"), '"}'),
        when(kind == REFUND, ',"ecommerce":{"total_item_quantity":"', pl.col("units"), '","refund_value":',
             amount(pl.col("order_cents")), ',"transaction_id":"', pl.col("transaction_id"), '"}'),
        ',"items":[', _items(), "]}",
    )  # fmt: skip


def _tagged() -> pl.Expr:
    """Return which events name a source: an app has no pages that could."""
    return pl.col("first") & chosen([c.source for c in CHANNELS], pl.col("channel")).is_not_null()


def _times() -> pl.Expr:
    """Return day (in the property's zone) and instant (UTC), as the violation wants them."""
    at = pl.col("stamp_us")
    local = at.cast(pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone(PROPERTY_ZONE)
    good = joined('"event_date":"', local.dt.strftime("%Y%m%d"), '","event_timestamp":"', at, '",')
    violation = pl.col("violation")
    return (
        pl.when(violation.is_in([NONE, BROKEN])).then(good)
        .when(violation == UNREADABLE_TIME).then(pl.lit('"event_date":"20241345","event_timestamp":"soon",'))
    )  # fmt: skip


def _parameters() -> pl.Expr:
    kind = pl.col("kind")
    money = when(kind >= PURCHASE, ',{"key":"currency","value":{"string_value":"EUR"}},{"key":"value","value":'
                 '{"double_value":', amount(pl.col("order_cents")), '}},{"key":"transaction_id","value":',
                 '{"string_value":"', pl.col("transaction_id"), '"}}')  # fmt: skip
    goods = when(kind.is_between(VIEW, CART), ',{"key":"currency","value":{"string_value":"EUR"}},{"key":"value",'
                 '"value":{"double_value":', amount(pl.col("cents")), "}}")  # fmt: skip
    search = when(kind == SEARCH, ',{"key":"search_term","value":{"string_value":"',
                  chosen(TOPICS, pl.col("session") % len(TOPICS)), '"}}')  # fmt: skip
    return joined(
        '{"key":"ga_session_id","value":{"int_value":"', pl.col("session_seconds"), '"}},',
        '{"key":"engagement_time_msec","value":{"int_value":"',
        pl.col("message") % 30_000, '"}}', money, goods, search,
    )  # fmt: skip


def _items() -> pl.Expr:
    kind = pl.col("kind")
    one = joined('{"item_id":"', pl.col("item_id"), '","item_name":', pl.col("name_json"), ',"item_brand":',
                 pl.col("brand_json"), ',"item_category":"', pl.col("category"), '","price":', amount(pl.col("cents")),
                 ',"quantity":"1"}')  # fmt: skip
    return pl.when(kind.is_between(VIEW, CART)).then(one).when(kind >= PURCHASE).then(pl.col("items"))
