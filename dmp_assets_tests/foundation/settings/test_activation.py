"""``activation.yaml``: what is refused, and with which words."""

from pathlib import Path

import pytest

from dmp_assets.foundation.settings.activation import load_destinations
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError

HEAD = "version: 1\ndestinations:\n  google:\n    format: google_customer_match\n"


def written(folder: Path, text: str) -> Path:
    file = folder / "activation.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_nothing_is_declared_and_silence_is_no_consent(tmp_path: Path) -> None:
    assert load_destinations(tmp_path / "activation.yaml") == {}
    found = load_destinations(written(tmp_path, HEAD + "    purpose: advertising\n    audiences: [{segment: Lost}]\n"))
    assert found["google"].purpose == ("advertising",)
    assert (found["google"].when_unknown, found["google"].mode, found["google"].schedule) == ("out", "full", None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD, "activation.yaml:3: key 'destinations.google.purpose' is missing"),
        (HEAD + "    purpose: adverts\n", "'adverts' is no purpose of consent; allowed: store_and_access_device"),
        (HEAD + "    purpose: []\n", "at least 1 item"),
        (HEAD + "    purpose: advertising\n    when_unknown: maybe\n", "'maybe': Input should be 'out' or 'in'"),
        (HEAD + "    purpose: advertising\n    mod: full\n", "did you mean 'mode'?"),
        (HEAD + "    purpose: advertising\n    columns: [orders]\n", "laid down by its reader"),
        (HEAD + "    purpose: advertising\n    audiences: [{segment: a, recipe: b}]\n", "one of segment and recipe"),
        (HEAD + "    purpose: advertising\n    schedule: {hour: 6}\n", "a schedule without audiences"),
        (HEAD + "    purpose: advertising\n    schedule: {hour: 24}\n", "less than or equal to 23"),
        (HEAD.replace("google:", "deliveries:"), "a table of the ledger has this name"),
        (HEAD.replace("google:", "../google:"), "not a usable name"),
        (HEAD.replace("google_customer_match", "tiktok"), "'google_customer_match', 'meta_customer_list', 'csv'"),
        ("destination: {}\n", "expected keys such as version and destinations"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_destinations(written(tmp_path, text))
    assert words in str(refused.value)
