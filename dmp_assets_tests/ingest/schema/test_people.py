"""Consents, survey answers, third-party attributes and rates: words, scores, and what their tables allow."""

from datetime import date, datetime
from typing import Any

import pandera.errors
import polars as pl
import pytest

from dmp_assets.foundation.values.consent_purposes import PURPOSES, TCF_PURPOSES
from dmp_assets.foundation.values.contracts import TableContract
from dmp_assets.foundation.warehouse.tables import Table
from dmp_assets.ingest.schema.people import RawConsents, RawSurveyAnswers, RawThirdPartyAttributes
from dmp_assets.ingest.schema.rates import RawExchangeRates
from dmp_assets.ingest.values.consents import normalise_purpose, normalise_status
from dmp_assets.ingest.values.surveys import score_answers

CONTRACTS = (RawConsents, RawSurveyAnswers, RawThirdPartyAttributes, RawExchangeRates)
NOON = datetime(2024, 5, 1, 12)  # noqa: DTZ001 -- instants are naive UTC throughout
FILE = {"source": "s", "path": "s/a.csv", "line_number": 2}
CONSENT = FILE | {"user_id": "u1", "purpose": "analytics", "status": "granted", "changed_at": NOON}
RATE = FILE | {"rate_date": date(2024, 5, 3), "currency": "USD", "rate": 1.25, "reference_currency": "EUR", "part": 1}


def rows(model: type[TableContract], *records: dict[str, Any]) -> pl.DataFrame:
    schema = Table(model).polars_schema
    return model.validate(pl.DataFrame([dict.fromkeys(schema) | record for record in records], schema=schema))


@pytest.mark.parametrize("model", CONTRACTS)
def test_every_table_has_a_key_a_type_and_words_for_each_column(model: type[TableContract]) -> None:
    table = Table(model)
    assert table.qualified_name.startswith("ingest.raw_")
    assert table.create_statements()
    assert all(column.description for column in table.columns)
    assert {*table.key} <= {column.name for column in table.columns}
    assert table.key == model.__config__.unique  # type: ignore[union-attr]


def test_the_history_of_consents_is_kept() -> None:
    later = CONSENT | {"changed_at": datetime(2024, 6, 1), "status": "denied"}  # noqa: DTZ001
    assert rows(RawConsents, CONSENT, later, CONSENT | {"status": "denied"}).height == 3
    by_email = CONSENT | {"user_id": None, "email": "a@example.com"}
    assert rows(RawConsents, by_email, by_email | {"email": "b@example.com"}).height == 2


@pytest.mark.parametrize("wrong", [{"status": "maybe"}, {"purpose": "fun"}, {"changed_at": None}])
def test_a_consent_of_unknown_words_or_time_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(pandera.errors.SchemaError):
        rows(RawConsents, CONSENT | wrong)


def test_one_consent_twice_is_refused_even_without_a_user_id() -> None:
    with pytest.raises(pandera.errors.SchemaError):
        rows(RawConsents, CONSENT | {"user_id": None}, CONSENT | {"user_id": None})


@pytest.mark.parametrize("wrong", [{"rate": 0.0}, {"rate": -1.0}, {"currency": "usd"}, {"currency": "USDX"}])
def test_an_impossible_rate_is_refused(wrong: dict[str, Any]) -> None:
    assert rows(RawExchangeRates, RATE, RATE | {"currency": "JPY"}).height == 2
    with pytest.raises(pandera.errors.SchemaError):
        rows(RawExchangeRates, RATE | wrong)


@pytest.mark.parametrize(("score", "allowed"), [(0.0, True), (1.0, True), (None, True), (1.01, False), (-0.01, False)])
def test_scores_and_confidences_are_shares(score: float | None, allowed: bool) -> None:
    answer = FILE | {"user_id": "u1", "question": "q", "answer": "a", "score": score}
    attribute = FILE | {"user_id": "u1", "attribute": "a", "value": "v", "provider": "p", "confidence": score}
    for model, record in ((RawSurveyAnswers, answer), (RawThirdPartyAttributes, attribute)):
        if allowed:
            assert rows(model, record).height == 1
        else:
            with pytest.raises(pandera.errors.SchemaError):
                rows(model, record)


@pytest.mark.parametrize(
    ("word", "purpose"),
    [
        ("1", "store_and_access_device"),
        (" Purpose 9 ", "understand_audiences"),
        ("TCF-11", "select_basic_content"),
        ("12", None),
        ("0", None),
        ("Advertising", "advertising"),
        ("DataSharing", "data_sharing"),
        ("ad_user_data", "data_sharing"),
        ("ad_personalization", "personalised_advertising"),
        ("Personalization", "personalisation"),
        ("Strictly Necessary", "necessary"),
        ("all", None),
        ("", None),
    ],
)
def test_purposes_in_the_words_of_sources(word: str, purpose: str | None) -> None:
    assert normalise_purpose(pl.Series([word])).to_list() == [purpose]


def test_every_purpose_is_known_by_its_own_name_and_number() -> None:
    assert normalise_purpose(pl.Series(PURPOSES)).to_list() == list(PURPOSES)
    assert normalise_purpose(pl.Series(list(TCF_PURPOSES))).to_list() == list(TCF_PURPOSES.values())


@pytest.mark.parametrize(
    "vocabulary",
    [
        ["Advertising", "Analytics", "Functional", "DataSharing"],
        ["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage", "functionality_storage"],
        ["necessary", "preferences", "statistics", "marketing"],
    ],
)
def test_the_purposes_of_one_source_stay_apart(vocabulary: list[str]) -> None:
    purposes = normalise_purpose(pl.Series(vocabulary))
    assert purposes.null_count() == 0
    assert purposes.n_unique() == len(vocabulary)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("GRANTED", "granted"),
        ("opt in", "granted"),
        (True, "granted"),
        (1, "granted"),
        ("Opted-Out", "denied"),
        (False, "denied"),
        (0, "denied"),
        ("REVOKED", "denied"),
        ("expired", "denied"),
        ("pending", None),
        ("implicit_consent", None),
        ("allow_selected", None),
        ("not granted", None),
        (None, None),
    ],
)
def test_choices_in_the_words_of_sources(word: object, status: str | None) -> None:
    assert normalise_status(pl.Series("status", [word])).to_list() == [status]


@pytest.mark.parametrize(
    ("answer", "scale", "score"),
    [
        ("1", "1-5", 0.0),
        ("5", "1-5", 1.0),
        ("4.5", "1 - 5", 0.875),
        ("5 - very satisfied", "1-5", 1.0),
        ("3/5", "1-5", 0.5),
        ("0", "1-5", None),
        ("6", "1-5", None),
        ("4,5", "1-5", None),
        ("9", "0..10", 0.9),
        ("0", "-2 to 2", 0.5),
        ("-2", "-2-2", 0.0),
        ("1", "5-1", 1.0),
        ("5", "5-1", 0.0),
        ("5", "5-5", None),
        ("Yes", "yes/no", 1.0),
        ("no", "Yes/No", 0.0),
        ("maybe", "yes/no", None),
        ("Strongly agree", "agreement", 1.0),
        ("disagree", "agreement", 0.25),
        ("blue", None, None),
        ("4", "stars", None),
        (None, "1-5", None),
    ],
)
def test_answers_score_from_lowest_to_highest(answer: str | None, scale: str | None, score: float | None) -> None:
    answers, scales = pl.Series("answer", [answer], dtype=pl.String), pl.Series([scale], dtype=pl.String)
    scored = score_answers(answers, scales)
    assert scored.to_list() == [score]
    assert (scored.name, scored.dtype) == ("answer", pl.Float64)
