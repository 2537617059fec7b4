"""Numbers of orders that differ in their writing alone: a shop's ``#1001`` is the ``1001`` of its web site."""

import polars as pl

from dmp_assets.orders.schema import SALE, SHOP, WEB_SPACE


def form(number: str) -> pl.Expr:
    """Return a column of numbers without what shops, trackers and spreadsheets add or lose.

    That is signs of a number, spaces, leading zeros and the case of letters.

    >>> numbers = pl.DataFrame({"number": ["#1001", " 1001", "0001001", "web-07", "WEB-07"]})
    >>> numbers.select(form("number")).to_series().to_list()
    ['1001', '1001', '1001', 'web-07', 'web-07']
    """
    return pl.col(number).str.to_lowercase().str.replace_all(r"\s", "").str.strip_chars_start("#0")


def numbers_of_one_form(numbers: pl.DataFrame, known: pl.LazyFrame) -> pl.DataFrame:
    """Return the known numbers (``order_number``) that differ from some of these in their writing alone, and these.

    >>> known = pl.LazyFrame({"order_number": ["#1", "2", "1"]})
    >>> sorted(numbers_of_one_form(pl.DataFrame({"order_number": ["1"]}), known)["order_number"])
    ['#1', '1']
    """
    if numbers.is_empty():
        return numbers
    forms = numbers.select(form=form("order_number")).unique().lazy()
    written = known.select("order_number", form=form("order_number")).join(forms, on="form", how="semi")
    return pl.concat([numbers, written.select("order_number").collect(engine="streaming")]).unique()


def in_one_writing(reports: pl.DataFrame, lines_apart: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the reports and lines with the shop's writing of their number, where only one can be meant.

    Args:
        reports: All ``OrderReports`` of some forms.
        lines_apart: ``RawOrderLines`` of the same.

    A report of the web, a refund and a line of a file of its own take the writing of the only sold number of their
    form: of their own space, where they name one, else of all shops. Where a shop itself has 7 and 007, nothing is
    taken for anything else. Numbers that no shop has get the first writing, if no source has two of them.
    """
    numbers = pl.concat([reports.filter("is_numbered")["order_number"], lines_apart["transaction_id"]]).unique()
    forms = pl.DataFrame({"order_number": numbers}).with_columns(form=form("order_number"))
    several = forms.filter(pl.col("form").is_duplicated())
    if several.is_empty():
        return reports, lines_apart
    named = reports.filter("is_numbered").join(several, on="order_number", how="inner")
    is_sold = (pl.col("record") == SHOP) & (pl.col("report_kind") == SALE)
    sold = named.filter(is_sold).select("order_space", "order_number", "form").unique()
    scope = ["order_space", "form"]
    of_space = _only(sold, scope)
    meant = pl.concat(
        [
            of_space,
            of_space.with_columns(order_space=pl.lit(f"{WEB_SPACE}/") + pl.col("order_space")),
            _only(sold, ["form"]).select(order_space=pl.lit(WEB_SPACE), form="form", meant="meant"),
        ]
    )
    sold_places = sold.select(pl.concat_str(pl.lit(f"{WEB_SPACE}/"), "order_space").alias("order_space"), "form")
    anywhere = sold.select(pl.lit(WEB_SPACE).alias("order_space"), "form")
    is_web = pl.col("record") != SHOP
    web = named.filter(is_web).join(pl.concat([sold_places, anywhere]).unique(), on=scope, how="anti")
    mapping = pl.concat([meant, _first(web, scope)])
    return (
        _renamed(reports, several, mapping, "order_number", ~is_sold & pl.col("is_numbered")),
        _renamed(lines_apart, several, mapping, "transaction_id", pl.lit(value=True)),
    )


def _only(sold: pl.DataFrame, scope: list[str]) -> pl.DataFrame:
    """Return the number of each scope that has one number alone."""
    counted = sold.group_by(scope).agg(numbers=pl.col("order_number").n_unique(), meant=pl.col("order_number").min())
    return counted.filter(pl.col("numbers") == 1).drop("numbers")


def _first(web: pl.DataFrame, scope: list[str]) -> pl.DataFrame:
    """Return the first writing of each form in which every source has one writing alone."""
    is_plain = (pl.col("order_number").n_unique().over(*scope, "source") == 1).all().over(scope)
    plain = web.filter(is_plain).sort("reported_at", "order_number")
    return plain.group_by(scope).agg(meant=pl.col("order_number").first())


def _renamed(
    rows: pl.DataFrame, several: pl.DataFrame, mapping: pl.DataFrame, number: str, is_asked: pl.Expr
) -> pl.DataFrame:
    forms = several.rename({"order_number": number})
    found = rows.join(forms, on=number, how="left", maintain_order="left").join(
        mapping, on=["order_space", "form"], how="left", maintain_order="left"
    )
    meant = pl.when(is_asked & pl.col("meant").is_not_null()).then("meant").otherwise(number)
    return found.with_columns(meant.alias(number)).select(rows.columns)
