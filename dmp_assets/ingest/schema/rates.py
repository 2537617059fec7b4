"""Table of exchange rates."""

import pandera.polars as pa
import polars as pl

from dmp_assets.foundation.values.contracts import TableContract

RATE_LIMIT = 1e9
"""No currency is published at so much for one unit of the reference: 1,400,000 rials are a euro."""


class RawExchangeRates(
    TableContract,
    table="ingest.raw_exchange_rates",
    key=("rate_date", "currency", "reference_currency"),
    subject="none",
):
    """Exchange rates, by which amounts in other currencies are converted.

    One row per published exchange rate; of a rate published twice, the one in the last file and line.
    """

    rate_date: pl.Date = pa.Field(description="Day that the rate was published for.")
    currency: str = pa.Field(str_matches="^[A-Z]{3}$", description="ISO 4217 code.")
    rate: pl.Float64 = pa.Field(
        ge=1 / RATE_LIMIT, le=RATE_LIMIT, description="Units of currency for one unit of reference_currency."
    )
    reference_currency: str = pa.Field(str_matches="^[A-Z]{3}$", description="ISO 4217 code; EUR for rates of the ECB.")
    source: str = pa.Field(description="Source in dmp.yaml.")
    path: str = pa.Field(description="Landing file.")
    line_number: pl.Int64 = pa.Field(ge=1, description="Physical line in the file.")
    part: pl.Int64 = pa.Field(
        ge=0, description="Place of the rate in a line with several, from 1; 0 where it is alone."
    )
