"""Files of exchange rates: wide and long, and every record accounted for."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.rates.rate_files import RATES, melt_rates, with_rates


def test_a_wide_file_gives_one_row_per_rate() -> None:
    frame = pl.DataFrame({"Date": ["2024-05-03", "2024-05-02"], "USD": ["1.0765", "1.0698"], "JPY": ["164.5", "N/A"]})
    assert melt_rates(frame.with_columns(pl.lit(None).alias(""))).rows() == [
        (0, 1, "2024-05-03", "USD", "1.0765"),
        (0, 2, "2024-05-03", "JPY", "164.5"),
        (1, 1, "2024-05-02", "USD", "1.0698"),
    ]


def test_names_are_found_with_spaces_around_them_and_in_any_case() -> None:
    frame = pl.DataFrame({" DATE": ["03 May 2024"], " USD": [" 1.0765 "], " gbp ": ["0.85"], "Remark": ["x"]})
    assert melt_rates(frame).rows() == [(0, 1, "03 May 2024", "USD", "1.0765"), (0, 2, "03 May 2024", "GBP", "0.85")]


def test_a_column_of_days_is_no_currency() -> None:
    assert melt_rates(pl.DataFrame({"Day": ["2024-05-03"], "USD": ["2"]})).rows() == [(0, 1, "2024-05-03", "USD", "2")]


def test_long_files_keep_their_records() -> None:
    frame = pl.DataFrame({"date": ["2024-05-03"] * 2, "currency": ["usd", None], "rate": ["1.0765", "N/A"]})
    assert melt_rates(frame).rows() == [(0, 1, "2024-05-03", "USD", "1.0765"), (1, 1, "2024-05-03", None, None)]
    statistical = pl.DataFrame({"TIME_PERIOD": ["2024-05-03"], "CURRENCY": ["USD"], "OBS_VALUE": [1.0765]})
    assert melt_rates(statistical).rows() == [(0, 1, "2024-05-03", "USD", "1.0765")]


def test_a_record_without_rates_is_one_row_that_can_be_refused() -> None:
    frame = pl.DataFrame({"Date": ["2024-05-03", None], "USD": ["N/A", ""], "JPY": [None, "-"]})
    assert melt_rates(frame).rows() == [(0, 1, "2024-05-03", None, None), (1, 1, None, None, None)]
    assert melt_rates(pl.DataFrame({"Date": ["2024-05-03"]})).rows() == [(0, 1, "2024-05-03", None, None)]
    assert melt_rates(pl.DataFrame({"a": ["1"]})).rows() == [(0, 1, None, None, None)]


def test_an_unreadable_rate_stays_as_it_is() -> None:
    assert melt_rates(pl.DataFrame({"Date": ["x"], "USD": ["1.0.7"]})).rows() == [(0, 1, "x", "USD", "1.0.7")]


def test_all_shapes_have_the_same_types() -> None:
    wanted = {"row": pl.Int64, "part": pl.Int64, "rate_date": pl.String, "currency": pl.String, "rate": pl.String}
    wide = pl.DataFrame({"Date": ["2024-05-03"], "USD": [1.25], "JPY": [None]})
    long = pl.DataFrame({"date": ["2024-05-03"], "currency": ["USD"], "rate": [1.25]})
    for frame in (wide, long, wide.clear(), long.clear(), pl.DataFrame({"Date": ["x"]})):
        assert dict(melt_rates(frame).schema) == wanted
        assert with_rates(frame).height == frame.height


def test_the_list_of_rates_belongs_to_its_record() -> None:
    frame = pl.DataFrame({"Date": ["a", "b", "c"], "USD": ["1", "N/A", "3"], "JPY": ["4", None, None]})
    listed = with_rates(frame)[RATES].to_list()
    assert [[rate["rate"] for rate in rates] for rates in listed] == [["1", "4"], [None], ["3"]]
    assert [rates[0]["rate_date"] for rates in listed] == ["a", "b", "c"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["1", "2.5", "N/A", None]), st.sampled_from(["3", "", None])), max_size=20))
def test_no_record_and_no_rate_is_lost(cells: list[tuple[str | None, str | None]]) -> None:
    frame = pl.DataFrame(
        {"Date": ["d"] * len(cells), "USD": [cell[0] for cell in cells], "JPY": [cell[1] for cell in cells]},
        schema={"Date": pl.String, "USD": pl.String, "JPY": pl.String},
    )
    melted = melt_rates(frame)
    given_rates = sum(value not in (None, "", "N/A") for cell in cells for value in cell)
    assert melted["row"].unique().sort().to_list() == list(range(len(cells)))
    assert melted["rate"].drop_nulls().len() == given_rates
    assert melted.select("row", "part").is_unique().all()
