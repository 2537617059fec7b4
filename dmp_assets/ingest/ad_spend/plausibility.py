"""Reports whose money is probably in the wrong unit: costs per click that no network has."""

import polars as pl

MICROS = 1_000_000

LOWEST_COST_PER_CLICK = 0.001
"""Dollars. Average clicks below a tenth of a cent are not sold, even in the cheapest networks."""

HIGHEST_COST_PER_CLICK = LOWEST_COST_PER_CLICK * MICROS
"""1,000 dollars. The dearest search words cost a few hundred. The span is a whole million on purpose: every true cost
inside it falls outside when micros are read as units, or units as micros."""

LOWEST_COST_PER_MILLE = 0.05
"""Dollars for a thousand impressions; remnant display starts around ten cents."""

HIGHEST_COST_PER_MILLE = LOWEST_COST_PER_MILLE * MICROS
"""50,000 dollars: clicks of 200 dollars on a quarter of the impressions. The span is a million here too."""

ENOUGH_CLICKS = 100
ENOUGH_IMPRESSIONS = 5_000
"""A report with spend that is too low is suspect only from one of these on: a few free clicks are no evidence."""

UNITS_PER_DOLLAR = {
    10: ("CZK", "DKK", "EGP", "MXN", "NOK", "SEK", "THB", "TRY", "TWD", "UAH", "UYU", "ZAR"),
    100: ("BDT", "DZD", "HUF", "INR", "ISK", "JMD", "JPY", "KES", "KZT", "LKR", "PHP", "PKR", "RSD", "RUB"),
    1_000: ("ARS", "CLP", "COP", "CRC", "KRW", "MMK", "NGN", "TZS", "UGX", "XAF", "XOF"),
    10_000: ("IDR", "KHR", "LAK", "PYG", "UZS", "VND"),
    100_000: ("IRR", "LBP"),
}
"""Order of magnitude of a dollar in other currencies, by powers of ten: bounds a million wide need no rate. Where a
currency is missing here or not named, one unit of it counts as a dollar."""

_SCALES = {code: float(scale) for scale, codes in UNITS_PER_DOLLAR.items() for code in codes}
_ACCOUNT = ("platform", "account_id", "currency", "level", "breakdown_by")


def unit_suspects(spend: pl.DataFrame) -> pl.DataFrame:
    """Return the reports whose spend is probably in the wrong unit, with their cost per click and per thousand.

    Reports are judged file by file, so that one wrong delivery does not drown among right ones. They are also judged
    over all files of an account, because single files may be too small to judge. A report is suspect where each measure
    that it has (clicks, impressions) is beyond its bound, on the same side. Errors of less than a million, such as
    cents for units, stay inside the bounds and are not found.

    Args:
        spend: Rows of ``RawAdSpend``.

    Returns:
        ``platform, account_id, currency, level, breakdown_by, path`` (null: all files), ``spend, clicks,
        impressions, cost_per_click, cost_per_mille`` in the account's currency, ``verdict``: ``too high`` (micros
        read as units) or ``too low`` (units read as micros).
    """
    by_file = _totals(spend, [*_ACCOUNT, "path"])
    by_account = _totals(spend, list(_ACCOUNT)).with_columns(path=pl.lit(None, dtype=pl.String))
    totals = pl.concat([by_file, by_account.select(by_file.columns)])
    clicks, shown, cost = pl.col("clicks"), pl.col("impressions"), pl.col("spend").cast(pl.Float64)
    measured = totals.with_columns(
        cost_per_click=pl.when(clicks > 0).then(cost / clicks),
        cost_per_mille=pl.when(shown > 0).then(cost / shown * 1000),
    )
    scale = pl.col("currency").replace_strict(_SCALES, default=1.0, return_dtype=pl.Float64)
    high = _beyond(pl.col("cost_per_click") / scale > HIGHEST_COST_PER_CLICK, "cost_per_click") & _beyond(
        pl.col("cost_per_mille") / scale > HIGHEST_COST_PER_MILLE, "cost_per_mille"
    )
    low = _beyond(pl.col("cost_per_click") / scale < LOWEST_COST_PER_CLICK, "cost_per_click") & _beyond(
        pl.col("cost_per_mille") / scale < LOWEST_COST_PER_MILLE, "cost_per_mille"
    )
    measurable = pl.col("cost_per_click").is_not_null() | pl.col("cost_per_mille").is_not_null()
    evidence = (clicks >= ENOUGH_CLICKS) | (shown >= ENOUGH_IMPRESSIONS)
    verdict = pl.when(measurable & high).then(pl.lit("too high")).when(evidence & low).then(pl.lit("too low"))
    suspects = measured.with_columns(verdict=verdict).filter(pl.col("verdict").is_not_null())
    return suspects.sort(*_ACCOUNT, "path", nulls_last=True)


def _totals(spend: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return sums over the rows with a spend: clicks of a report without costs say nothing about its unit."""
    stated = spend.filter(pl.col("spend").is_not_null())
    return stated.group_by(keys).agg(pl.col("spend", "clicks", "impressions").sum())


def _beyond(outside: pl.Expr, measure: str) -> pl.Expr:
    return outside | pl.col(measure).is_null()
