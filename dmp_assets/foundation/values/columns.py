"""Column types that every table shares, so that the same quantity has the same type everywhere.

Only types live here: what a column means is said in the ``schema.py`` of its domain.
"""

from typing import Annotated

import polars as pl

MONEY_DECIMALS = 4
"""Money is kept to a ten-thousandth of the currency: unit prices such as 0.0125 stay exact in sums."""

MONEY_UNITS = 10**MONEY_DECIMALS
"""Inside transforms money is a whole number of these units (``Int64``), so sums never round."""

Instant = Annotated[pl.Datetime, "us", None]
"""A moment in UTC, stored as a naive TIMESTAMP so that no client shifts it to its own zone."""

Money = Annotated[pl.Decimal, 18, MONEY_DECIMALS]
"""An amount in the base currency of ``dmp.yaml``."""

Names = Annotated[pl.List, pl.String()]
"""Texts in an order that the column's words give."""
