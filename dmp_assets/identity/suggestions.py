"""Accounts of the CRM that may be one person's without a shared identifier: pairs with a probability."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dmp_assets.identity.rules import IdentityRules
from dmp_assets.identity.schema.persons import USER
from dmp_assets.identity.schema.resolution import SuggestedEdges

OFF, OK = "off", "ok"
NOT_ENOUGH_DATA, NO_COMMON_COLUMNS = "not_enough_data", "no_common_columns"

MIN_RECORDS = 100
"""Fewer records do not show how often two strangers agree."""

MAX_SHARED = 20
"""A value that more records have does not distinguish people (info@, the number of a shop). It is compared as if it
were missing, and no pairs are made of it, so that a record is in at most 19 pairs of each of the 6 keys."""

SAMPLED_PAIRS = 500_000
RULES_FIND = 0.6
"""Share of the pairs of one person that have the same phone number, or the same e-mail name and city. An assumption:
it sets how many such pairs are expected, and by it the scale of all probabilities."""

_SAME_PERSON = {
    # Column -> how often two records of one person are equal, nearly equal and alike in it; the rest is different.
    "email_name": (0.55, 0.30, 0.08),
    "phone": (0.60, 0.10),
    "city": (0.85,),
    "age_range": (0.90,),
    "household_size": (0.80,),
}
"""Assumed, not learned: what is learned without labels from a CRM without duplicates is noise. People move, give
another number and mistype; most duplicates have the same name in another mailbox."""

_KEYS = {
    "key_name": ("email_name",),
    "key_phone_end": ("phone_end",),
    "key_phone_start": ("phone_start",),
    "key_start_city": ("name_start", "city"),
    "key_end_city": ("name_end", "city"),
    "key_start_end": ("name_start", "name_end"),
}


@dataclass(frozen=True)
class Suggestions:
    """Pairs, and how they came about."""

    edges: pl.DataFrame
    """``SuggestedEdges``."""
    status: str
    """ok, off, not_enough_data (under 100 records with an e-mail or a phone number) or no_common_columns (no record
    has either)."""
    records: int
    """Records that were compared."""
    expected_pairs: int = 0
    """Pairs of one person that are expected among them."""


def suggest_edges(customers: pl.DataFrame, rules: IdentityRules, threshold: float, seed: int) -> Suggestions:
    """Return pairs of accounts that are one person's with at least this probability; none is merged.

    Args:
        customers: ``RawCustomers``, in any order; e-mail and phone in the spelling that events have them in.
        rules: Their blocked values: blocked accounts are left out, a blocked e-mail or phone number is none.
        threshold: Least probability, 0..1.
        seed: Of the sample of pairs that shows how often strangers are alike.

    Fellegi and Sunter (1969), by splink: the odds that two records are one person's are the odds of any two records
    times, for each column that both have, how often records of one person agree in it over how often strangers do.
    The latter is what any two records show less the pairs of one person among them. Columns: the e-mail's part before
    @ without what follows a +, phone, city, age_range and household_size.

    Raises:
        ImportError: splink is not installed; the message names the extra.
    """
    records = _comparable(customers, rules)
    if records.is_empty():
        return Suggestions(_empty(), NO_COMMON_COLUMNS, 0)
    if records.height < MIN_RECORDS:
        return Suggestions(_empty(), NOT_ENOUGH_DATA, records.height)
    columns = [name for name in _SAME_PERSON if records[name].drop_nulls().n_unique() > 1]
    pairs, expected = _scored(records, columns, threshold, seed)
    evidence = pl.concat_str(*(_in_words(name) for name in columns), separator=", ", ignore_nulls=True)
    a, b = pl.min_horizontal("user_id_l", "user_id_r"), pl.max_horizontal("user_id_l", "user_id_r")
    edges = pairs.with_columns(type_a=pl.lit(USER), value_a=a, type_b=pl.lit(USER), value_b=b, evidence=evidence)
    ordered = edges.select(*SuggestedEdges.to_schema().columns).sort("value_a", "value_b")
    return Suggestions(ordered, OK, records.height, expected)


def no_suggestions() -> Suggestions:
    """Return the result where suggestions are off."""
    return Suggestions(_empty(), OFF, 0)


def _empty() -> pl.DataFrame:
    return pl.DataFrame(schema={name: c.dtype.type for name, c in SuggestedEdges.to_schema().columns.items()})


def _comparable(customers: pl.DataFrame, rules: IdentityRules) -> pl.DataFrame:
    """Return the records with an e-mail or a phone number: the compared columns, and the keys of pairs."""
    given = customers.with_columns(
        pl.when(rules.block_rule(pl.lit(kind), pl.col(kind)).is_null()).then(kind).alias(kind)
        for kind in (USER, "email", "phone")
    )
    name = pl.col("email").str.extract(r"^([^@+]+)")
    texts = [pl.col(column).str.strip_chars().str.to_lowercase() for column in ("city", "age_range", "household_size")]
    rows = (
        given.drop_nulls(USER)
        .select(USER, name.alias("email_name"), "phone", *texts)
        .with_columns(_telling(pl.col(column)) for column in ("email_name", "phone"))
    )
    parts = {
        "name_start": pl.col("email_name").str.head(4),
        "name_end": pl.col("email_name").str.tail(4),
        "phone_start": pl.col("phone").str.head(-2),
        "phone_end": pl.col("phone").str.tail(6),
    }
    keys = [_telling(pl.concat_str(*made_of, separator=" ")).alias(key) for key, made_of in _KEYS.items()]
    reachable = rows.filter(pl.col("email_name").is_not_null() | pl.col("phone").is_not_null())
    return reachable.with_columns(**parts).with_columns(keys).drop(*parts).sort(USER)


def _telling(value: pl.Expr) -> pl.Expr:
    return pl.when(pl.len().over(value) <= MAX_SHARED).then(value)


def _scored(records: pl.DataFrame, columns: list[str], threshold: float, seed: int) -> tuple[pl.DataFrame, int]:
    """Return the pairs that splink finds, and how many are expected."""
    try:
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    except ImportError:
        raise ImportError(
            "suggested edges need splink: install the extra with `pip install dmp-assets[matching]`"
        ) from None
    database = DuckDBAPI()
    # Sums of floats and the seeded sample are the same in every run on one thread only.
    database.duckdb_con.execute("SET threads = 1")
    rows = database.register(records.to_arrow())
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name=USER,
        comparisons=_comparisons(columns),
        blocking_rules_to_generate_predictions=[block_on(key) for key in _KEYS],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )
    sampler = Linker(rows, settings, log_level=None)
    sampler.training.estimate_u_using_random_sampling(SAMPLED_PAIRS, seed=seed, min_count_per_level=None, num_chunks=1)
    model = sampler.misc.save_model_to_json()
    expected = _expected(records)
    _settle(model, records, expected)
    found = Linker(rows, model, log_level=None).inference.predict(threshold_match_probability=threshold)
    pairs = pl.DataFrame(found.as_pyarrow_table())
    database.duckdb_con.close()
    return pairs, expected


def _comparisons(columns: list[str]) -> list[Any]:
    """Return the levels of each comparison: equal, one typing error apart, of like beginning, different."""
    import splink.comparison_level_library as levels
    from splink.comparison_library import CustomComparison

    def comparison(column: str) -> Any:
        kinds = [
            levels.ExactMatchLevel(column),
            levels.DamerauLevenshteinLevel(column, 1),
            levels.JaroWinklerLevel(column, 0.92),
        ]
        shares = _SAME_PERSON[column]
        judged = [kind.configure(m_probability=share) for kind, share in zip(kinds[: len(shares)], shares, strict=True)]
        rest = levels.ElseLevel().configure(m_probability=1 - sum(shares))
        return CustomComparison([levels.NullLevel(column), *judged, rest], output_column_name=column)

    return [comparison(column) for column in columns]


def _expected(records: pl.DataFrame) -> int:
    """Return the expected pairs of one person: those that two simple rules find, over ``RULES_FIND``."""
    same = [
        records.drop_nulls(on).join(records.drop_nulls(on), on=on).filter(pl.col("user_id") < pl.col("user_id_right"))
        for on in (["phone"], ["email_name", "city"])
    ]
    found = pl.concat([pairs.select("user_id", "user_id_right") for pairs in same]).n_unique()
    return round(found / RULES_FIND)


def _settle(model: dict[str, Any], records: pl.DataFrame, expected: int) -> None:
    """Put how often strangers agree, and the odds of any two records, into splink's model.

    splink counts the pairs of one person among the strangers, and in a small CRM they are most of the pairs that agree.
    A level that its sample has not seen, it scores as if it were no evidence.
    """
    pairs = records.height * (records.height - 1) / 2
    # One more than expected: no evidence could move odds of nil.
    share = (expected + 1) / pairs
    model["probability_two_random_records_match"] = share
    for comparison in model["comparisons"]:
        column = comparison["output_column_name"]
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for place, level in enumerate(levels):
            agree = _equal_share(records[column]) if place == 0 else level.get("u_probability") or 0.0
            strangers = (agree - share * level["m_probability"]) / (1 - share)
            level["u_probability"] = max(strangers, 1 / pairs)


def _equal_share(values: pl.Series) -> float:
    """Return the share of pairs of records with this value that have the same one.

    >>> _equal_share(pl.Series(["a", "a", "b", None]))
    0.3333333333333333
    """
    counts = values.drop_nulls().value_counts()["count"].cast(pl.Float64)
    total = float(counts.sum())
    return float((counts * (counts - 1)).sum()) / (total * (total - 1))


def _in_words(column: str) -> pl.Expr:
    weight = pl.col(f"mw_{column}")
    return pl.when(weight > 0).then(pl.lit(f"{column} agrees")).when(weight < 0).then(pl.lit(f"{column} differs"))
