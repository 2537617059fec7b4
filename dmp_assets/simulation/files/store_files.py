"""Order lines as two tills write them: one German CSV (decimal comma, semicolons), one British (pounds)."""

from dataclasses import dataclass

import polars as pl

from dmp_assets.simulation.catalogue import item_id
from dmp_assets.simulation.files.faults import MISSING_TIME, UNREADABLE_TIME, ragged
from dmp_assets.simulation.files.json_pieces import amount, joined, when


@dataclass(frozen=True)
class Till:
    """How one chain writes its files."""

    source: str
    header: str
    delimiter: str
    time_zone: str
    time_format: str
    decimal: str
    currency: str
    prefix: str


TILLS = (
    Till(
        "shop", "Bonnummer;Zeitpunkt;Filiale;Kundennummer;Artikel;Menge;Betrag;Vorgang", ";", "Europe/Berlin",
        "%d.%m.%Y %H:%M:%S", ",", "EUR", "D",
    ),
    Till(
        "shop_uk", "receipt_no,sold_at,store,loyalty_id,sku,units,amount,kind,currency", ",", "Europe/London",
        "%Y-%m-%d %H:%M:%S", ".", "GBP", "B",
    ),
)  # fmt: skip


def till_lines(lines: pl.DataFrame, till: Till, epoch_us: int) -> pl.DataFrame:
    """Return the order lines with their CSV ``line``, ``event_id`` (the order's) and ``event_name``.

    Args:
        lines: Order lines of that chain with their faults.
        till: How the chain writes them.
        epoch_us: The first day, in microseconds since 1970.
    """
    local = (
        (pl.col("at_us") + epoch_us)
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(till.time_zone)
    )
    sign = when(pl.col("refund"), "-")
    money = joined(sign, amount(pl.col("cents") * pl.col("units")).str.replace(".", till.decimal, literal=True))
    order = joined(when(pl.col("refund"), "R-"), till.prefix, pl.col("order"))
    name = pl.when("refund").then(pl.lit("refund")).otherwise(pl.lit("purchase"))
    violation = pl.col("violation")
    stamp = (
        pl.when(violation == MISSING_TIME).then(pl.lit(""))
        .when(violation == UNREADABLE_TIME).then(pl.lit("32.13.2024 25:61"))
        .otherwise(local.dt.strftime(till.time_format))
    )  # fmt: skip
    customer = when(pl.col("card"), "u", pl.col("person").cast(pl.String).str.zfill(7))
    sku = joined(item_id(0)[:3], pl.col("item").cast(pl.String).str.zfill(5))
    fields = [pl.col("event_id"), stamp, joined(till.prefix, pl.col("person") % 7), customer.fill_null(""), sku,
              joined(sign, pl.col("units")), money, pl.col("event_name")]  # fmt: skip
    if till.header.endswith("currency"):
        fields.append(pl.lit(till.currency))
    frame = lines.with_columns(
        event_id=order, event_name=name, session=pl.lit(None, dtype=pl.Int64), account=customer,
        browser=pl.lit(None, dtype=pl.String), lands=pl.lit(value=False),
        landing_campaign=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    text = frame.select(line=pl.concat_str(fields, separator=till.delimiter))["line"]
    return frame.with_columns(line=ragged(text, frame["violation"], till.delimiter), bot=pl.lit(0, dtype=pl.UInt8))
