"""Orders and reversals of the platform held against the truth of a simulated world, to the cent."""

from collections import Counter
from dataclasses import dataclass

import polars as pl

ORDER = (
    "space", "store_id", "number", "record", "status", "counts", "ordered_at", "order_date", "account", "campaign",
    "rate", "gross_cents", "discounts_cents", "net_cents", "shipping_cents", "tax_cents",
)  # fmt: skip
WEB_SPACE, PREFIX = "@web", "BQ"
"""Where orders of the web alone are numbered, and how the numbers of the boutique's orders and memos begin."""
REVERSAL = ("space", "number", "reversal_date", "net_cents", "shipping_cents", "tax_cents")


@dataclass(frozen=True)
class Comparison:
    """How far rows are those of the truth; equal rows count as often as they are there."""

    found: Counter
    true: Counter

    @property
    def precision(self) -> float:
        """Of the rows that were found, the share that is true."""
        return (self.found & self.true).total() / max(self.found.total(), 1)

    @property
    def recall(self) -> float:
        """Of the true rows, the share that was found."""
        return (self.found & self.true).total() / max(self.true.total(), 1)

    def assert_equal(self, scripts: dict[str, str]) -> None:
        """Assert that both are 1; where not, name the scripts that differ, and the first row of each."""
        print(f"precision {self.precision:.4f}, recall {self.recall:.4f} of {self.true.total()}")
        lines = {}
        for whose, rows in (("wrong", self.found - self.true), ("missing", self.true - self.found)):
            for row in sorted(rows, key=str):
                number = row[ORDER.index("number")] if len(row) == len(ORDER) else row[REVERSAL.index("number")]
                lines.setdefault((scripts.get(number, "?"), whose), row)
        assert not lines, "\n".join(f"{script} {whose}: {row}" for (script, whose), row in sorted(lines.items()))


def compare_orders(orders: pl.DataFrame, true: pl.DataFrame) -> Comparison:
    """Return how far the orders are the true ones.

    Args:
        orders: ``Orders``, of any spaces. Those of the true spaces are compared, and those whose number begins as the
            boutique's do, in whatever space they ended.
        true: ``truth/orders`` of a world.
    """
    found = _of_world(orders, true).select(
        "store_id", "record", "status", "counts", "ordered_at", "order_date", space="order_space",
        number="order_number", account="user_id", campaign="mkt_campaign", rate="exchange_rate",
        gross_cents=_cents("gross_sales"), discounts_cents=_cents("discounts"), net_cents=_cents("net_sales"),
        shipping_cents=_cents("shipping"), tax_cents=_cents("taxes"),
    )  # fmt: skip
    record = pl.when(pl.col("space") == WEB_SPACE).then(pl.lit("web")).otherwise(pl.lit("shop"))
    return Comparison(_counted(found, ORDER), _counted(true.with_columns(record=record), ORDER))


def compare_reversals(
    reversals: pl.DataFrame, orders: pl.DataFrame, true: pl.DataFrame, true_orders: pl.DataFrame
) -> Comparison:
    """Return how far the reversals are the true ones; one of no order has no space and is never true.

    Args:
        reversals: ``Reversals``.
        orders: ``Orders``.
        true: ``truth/reversals`` of a world.
        true_orders: ``truth/orders``.
    """
    # A reversal is converted at its order's rate: at that of its own day, a full refund would leave a rest.
    of_orders = orders.select("order_id", "exchange_rate", space="order_space", number="order_number")
    known = _of_world(reversals, true_orders).drop("exchange_rate", strict=False)
    named = known.join(of_orders, on="order_id", how="left")
    found = named.select(
        "space", "reversal_date", number=pl.coalesce("number", "order_number"), net_cents=_cents("sales_reversals"),
        shipping_cents=_cents("shipping"), tax_cents=_cents("taxes"),
    )  # fmt: skip
    spaces = true_orders.filter(pl.col("number").str.starts_with(PREFIX)).select("number", "space")
    return Comparison(_counted(found, REVERSAL), _counted(true.join(spaces, on="number"), REVERSAL))


def _of_world(rows: pl.DataFrame, true: pl.DataFrame) -> pl.DataFrame:
    spaces = true["space"].unique().implode()
    of_space = pl.col("order_space").is_in(spaces) & (pl.col("order_space") != WEB_SPACE)
    is_boutiques = pl.col("order_number").str.starts_with(PREFIX)
    return rows.filter(is_boutiques | of_space if "order_space" in rows.columns else is_boutiques)


def _cents(money: str) -> pl.Expr:
    # Four decimals in full: half a cent too much is a wrong amount too. Of converted amounts each line may be off by a
    # ten-thousandth, which is less than a tenth of a cent over the lines of an order.
    converted = (pl.col(money).cast(pl.Float64) * 100 / pl.col("exchange_rate")).round(1)
    return pl.coalesce(converted, (pl.col(money) * 100).cast(pl.Float64).round(2))


def _counted(rows: pl.DataFrame, columns: tuple[str, ...]) -> Counter:
    cents = [name for name in columns if name.endswith("_cents")]
    rates = [pl.col(name).round(8) for name in columns if name == "rate"]
    # Zero has two signs as a float.
    return Counter(rows.select(columns).with_columns(pl.col(cents).cast(pl.Float64) + 0.0, *rates).rows())
