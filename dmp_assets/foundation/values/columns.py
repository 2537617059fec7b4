"""Column types that every table shares, so that the same quantity has the same type everywhere.

Only types live here: what a column means is said in the ``schema.py`` of its domain.
"""

from typing import Annotated

import polars as pl

MONEY_DECIMALS = 4
"""Money is kept to a ten-thousandth of the currency: unit prices such as 0.0125 stay exact in sums."""

MONEY_UNITS = 10**MONEY_DECIMALS
"""Inside transforms money is a whole number of these units (``Int128``), so sums never round and never overflow."""

MONEY_LIMIT = 10**12
"""No amount that a file states reaches this. It is more than any sale in any currency, and below it a float is right to
a ten-thousandth. What is larger is a barcode or a telephone number in a wrong column."""

QUANTITY_LIMIT = 10**9
"""No number of units reaches this: barcodes have 12 digits and more."""

Instant = Annotated[pl.Datetime, "us", None]
"""A moment in UTC, stored as a naive TIMESTAMP so that no client shifts it to its own zone."""

Money = Annotated[pl.Decimal, 18, MONEY_DECIMALS]
"""One amount as a file states it, below ``MONEY_LIMIT``."""

MoneySum = Annotated[pl.Decimal, 38, MONEY_DECIMALS]
"""What amounts add up to. A thousand amounts at the limit are more units than 64 bits count, and would wrap around."""

Names = Annotated[pl.List, pl.String()]
"""Texts in an order that the column's words give."""
