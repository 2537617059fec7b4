"""Suppression lists are read whole, or stop the delivery without a word of whom they name."""

from pathlib import Path

import polars as pl
import pytest

from dmp_assets.activation.suppressions import SuppressionError, read_suppressions

SECRET = "ann"
HASH = "AB" * 32


def lists(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def test_contacts_ids_and_hashes_of_all_lists_are_read_once(tmp_path: Path) -> None:
    lists(
        tmp_path,
        a__csv=f"\ufeffEmail,reason\nAnn@Shop.org ,left\n\n{HASH},\nann@shop.org,again\n",
        b__csv=f'phone,person_id\n"0049 151 12345675",\n{HASH},p1\n,p2\n',
        c__CSV="customer_id\n0017\n",
    )
    assert read_suppressions(tmp_path).rows() == [
        ("email", "ann@shop.org"),
        ("email_sha256", HASH.lower()),
        ("phone", "+4915112345675"),
        ("phone_sha256", HASH.lower()),
        ("person_id", "p1"),
        ("person_id", "p2"),
        ("customer_id", "0017"),
    ]


def test_no_folder_is_no_list(tmp_path: Path) -> None:
    assert read_suppressions(tmp_path / "none").schema == {"kind": pl.String, "value": pl.String}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", ":1: ", "allowed: email or phone or person_id or customer_id"),
        ("emial\nann@shop.org\n", ":1: ", "not the header"),
        ("ann@shop.org\n", ":1: ", "not the header"),
        ("email,mobile\nann@shop.org,1\n", ":1: ", "not the header"),
        ("email,email\nann@shop.org,ann@shop.org\n", ":1: ", "not the header"),
        ("reason\nann\n", ":1: ", "not the header"),
        ("email\nb@shop.org\nann at shop.org\n", ":3: ", "not an e-mail"),
        (f"email\n{'ab' * 31} ann\n", ":2: ", "64 hex digits"),
        ("phone\n0151 ann 12345675\n", ":2: ", "not a phone"),
        ("email,reason\nann@shop.org\n", ":2: ", "1 values; allowed: 2"),
        ("email,reason\n,ann left\n", ":2: ", "no value"),
        ('email\n"ann@shop.org\n', ":2: ", "not CSV"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_without_its_value(
    tmp_path: Path, text: str, place: str, words: str
) -> None:
    lists(tmp_path, bad__csv=text)
    with pytest.raises(SuppressionError) as refused:
        read_suppressions(tmp_path)
    assert f"bad.csv{place}" in str(refused.value)
    assert words in str(refused.value)
    assert SECRET not in str(refused.value).replace(str(tmp_path), "")


def test_a_file_that_is_no_list_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"email\n\xff\xfe\n")
    with pytest.raises(SuppressionError, match="not UTF-8"):
        read_suppressions(tmp_path)
    (tmp_path / "list.csv").unlink()
    lists(tmp_path, list__txt="email\nann@shop.org\n")
    with pytest.raises(SuppressionError, match="not a CSV file"):
        read_suppressions(tmp_path)
    (tmp_path / "list.txt").unlink()
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere")
    with pytest.raises(SuppressionError, match=r"gone\.csv"):
        read_suppressions(tmp_path)
