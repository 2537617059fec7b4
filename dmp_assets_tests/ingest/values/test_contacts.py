"""E-mail addresses, phone numbers and keys: what becomes equal, what stays apart, what is refused."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets.ingest.values.contacts import normalise_email, normalise_key, normalise_phone


def email(text: str) -> str | None:
    value: str | None = normalise_email(pl.Series([text]))[0]
    return value


def phone(text: object, country: str | None = None) -> str | None:
    value: str | None = normalise_phone(pl.Series([text]), country)[0]
    return value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Ana.Lee@Example.COM ", "ana.lee@example.com"),
        ("\u00a0ana@example.com\u00a0", "ana@example.com"),
        ("ana+news@gmail.com", "ana+news@gmail.com"),
        ("a.n.a@gmail.com", "a.n.a@gmail.com"),
        ("JÖRG@MÜNCHEN.DE", "jörg@münchen.de"),
        ("o'neil&co=x@sub.example.co.uk", "o'neil&co=x@sub.example.co.uk"),
        ("a@b.co", "a@b.co"),
        ("Ana Lee <Ana@example.com>", "ana@example.com"),
        ('"Lee, Ana" < ana@example.com >', "ana@example.com"),
        ("<ana@example.com>", "ana@example.com"),
        ("'ana@example.com' <ana@example.com>", "ana@example.com"),
        ("mailto:ana@example.com", "ana@example.com"),
        ("MAILTO:Ana@Example.com?subject=Hello&cc=b@c.de", "ana@example.com"),
        ("Ana <mailto:ana@example.com>", "ana@example.com"),
        ("a@xn--mnchen-3ya.xn--p1ai", "a@xn--mnchen-3ya.xn--p1ai"),
    ],
)
def test_equal_addresses_have_one_spelling(text: str, expected: str) -> None:
    assert email(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "ana@",
        "@example.com",
        "ana@example",
        "ana@@example.com",
        "a@b@example.com",
        ".ana@example.com",
        "ana.@example.com",
        "an..a@example.com",
        "an a@example.com",
        "ana@-example.com",
        "ana@example-.com",
        "ana@example..com",
        "ana@example.com.",
        "ana@example.123",
        "ana@192.168.0.1",
        "bob@example.com <ana@example.com>",
        "Ana <ana@example.com>, Bob <bob@example.com>",
        "mailto:ana@example.com,bob@example.com",
        "ana@example.com;bob@example.com",
        "Ana <>",
        "ana@example.com, bob@example.com",
        "an\u200ba@example.com",
        "an\x00a@example.com",
        '"ana"@example.com',
    ],
)
def test_what_is_no_address_becomes_null(text: str) -> None:
    assert email(text) is None


def test_wide_letters_become_narrow() -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in "ANA@example.com")
    assert email(wide) == "ana@example.com"


def test_lengths_of_addresses_from_both_sides() -> None:
    assert email("a" * 64 + "@example.com") is not None
    assert email("a" * 65 + "@example.com") is None
    assert email("a@" + "b" * 63 + ".com") is not None
    assert email("a@" + "b" * 64 + ".com") is None
    longest = "a@" + ".".join(["b" * 60] * 4)
    assert len(longest) == 245
    assert email(f"{longest}.{'c' * 8}") is not None
    assert email(f"{longest}.{'c' * 9}") is None


@settings(deadline=None)
@given(st.lists(st.text() | st.emails() | st.none()))
def test_normalising_an_address_twice_changes_nothing(texts: list[str | None]) -> None:
    once = normalise_email(pl.Series("email", texts, dtype=pl.String))
    assert normalise_email(once).equals(once)
    assert len(once) == len(texts)
    assert once.name == "email"


@settings(deadline=None)
@given(st.emails())
def test_usual_addresses_are_kept(address: str) -> None:
    local, _, domain = address.partition("@")
    expected = None if domain.rpartition(".")[2].isdigit() else f"{local}@{domain}".casefold()
    assert email(address) == expected


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("+44 20 7946 0018", None, "+442079460018"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("020 7946 0018", " gb ", "+442079460018"),
        ("020 7946 0018", "UK", "+442079460018"),
        ("00 44 20 7946 0018", "DE", "+442079460018"),
        ("(0)30 901820", "DE", "+4930901820"),
        ("1-650-253-0000 ext. 12", "US", "+16502530000"),
        ("tel:+16502530000", "DE", "+16502530000"),
        ("٠٢٠ ٧٩٤٦ ٠٠١٨", "GB", "+442079460018"),
        (6502530000, "US", "+16502530000"),
        (6502530000.0, "US", "+16502530000"),
        ("6502530000.0", "US", "+16502530000"),
        ("4915112345679.0", "DE", "+4915112345679"),
        ("4915112345679", "DE", "+4915112345679"),
        ("4930901820", "DE", "+4930901820"),
        ("3912345678", "IT", "+393912345678"),
        ("4.91512E+12", "DE", None),
        ("4,91512E+12", "DE", None),
        ("4.915112345679E12", "DE", None),
        ("020 7946 0018", None, None),
        ("020 7946 0018", "XX", None),
        ("020 7946 001", "GB", None),
        ("020 7946 00188", "GB", None),
        ("+999 1234567", "GB", None),
        ("none", "GB", None),
        ("", "GB", None),
        ("1" * 300, "GB", None),
    ],
)
def test_phone_numbers_become_e164_or_null(text: object, country: str | None, expected: str | None) -> None:
    assert phone(text, country) == expected


def test_each_phone_number_is_read_with_its_own_country() -> None:
    values = pl.Series("phone", ["030 901820", "030 901820", "+4930901820", "030 901820", None])
    countries = pl.Series(["DE", None, None, "de", "DE"])
    read = normalise_phone(values, countries)
    assert read.to_list() == ["+4930901820", None, "+4930901820", "+4930901820", None]
    assert read.name == "phone"


def test_no_phone_numbers_give_none() -> None:
    assert normalise_phone(pl.Series([], dtype=pl.String), "GB").to_list() == []
    assert normalise_phone(pl.Series([None], dtype=pl.Null), "GB").to_list() == [None]


@settings(deadline=None)
@given(st.lists(st.text() | st.from_regex(r"\+?[0-9 ()-]{4,18}", fullmatch=True)))
def test_normalising_a_phone_number_twice_changes_nothing(texts: list[str]) -> None:
    once = normalise_phone(pl.Series(texts, dtype=pl.String), "GB")
    assert normalise_phone(once, None).equals(once)


def test_keys_differ_by_more_than_case_and_spaces() -> None:
    keys = pl.Series("k", [" AB1", "ab1 ", "ab 1", "ÀB", "àb", "①", 7], strict=False, dtype=pl.String)
    assert normalise_key(keys).to_list() == ["ab1", "ab1", "ab 1", "àb", "àb", "①", "7"]
