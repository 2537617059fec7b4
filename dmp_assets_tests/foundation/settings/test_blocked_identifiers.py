"""The table of blocked identifiers and ``dmp identity``: what is written is read, and a bad row names its place."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dmp_assets.commands.app import app
from dmp_assets.foundation.settings.blocked_identifiers import read_blocked, write_blocked
from dmp_assets.foundation.settings.identity import BlockedIdentifier
from dmp_assets.foundation.settings.settings import load_settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError

CONFIGURATION = "start_date: 2024-05-01\nsources: {}\nidentity:\n  blocked:\n    - {type: phone, value: '+49301234'}\n"


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dmp.yaml").write_text(CONFIGURATION)
    monkeypatch.setenv("DMP_CONFIG", str(tmp_path / "dmp.yaml"))
    return tmp_path


def identity(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["identity", *arguments])
    return result.exit_code, " ".join(result.output.split())


def test_what_is_written_is_read(tmp_path: Path) -> None:
    blocked = (
        BlockedIdentifier(type="email", value="a@b.example", reason='said "no, thanks"'),
        BlockedIdentifier(type="device_id", value="x,y"),
    )
    write_blocked(tmp_path / "b.csv", blocked)
    assert read_blocked(tmp_path / "b.csv") == blocked
    assert list(tmp_path.iterdir()) == [tmp_path / "b.csv"]


def test_no_table_blocks_nobody(tmp_path: Path) -> None:
    assert read_blocked(tmp_path / "b.csv") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "b.csv:1: not the header of this table; allowed: 'type,value,reason'"),
        ("type,value\nemail,a\n", "b.csv:1: not the header of this table"),
        ("type,value,reason\nemail,a\n", "b.csv:2: 2 values; allowed: 3"),
        ("type,value,reason\nemail,a,\nmail,b,\n", "b.csv:3: unknown type; allowed: user_id, email, phone"),
        ("type,value,reason\nemail, ,why\n", "b.csv:2: value is empty"),
        ('type,value,reason\nemail,"a,\n', "b.csv: cannot be read as CSV"),
    ],
)
def test_a_bad_row_names_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "b.csv").write_text(text)
    with pytest.raises(ConfigurationError) as error:
        read_blocked(tmp_path / "b.csv")
    assert message in str(error.value)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"type,value,reason\nemail,\xff,\n")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read_blocked(tmp_path / "b.csv")


def test_a_block_is_part_of_the_settings_and_makes_persons_stale(configuration: Path) -> None:
    before = load_settings()
    assert identity("block", "device_id", "kiosk-7", "--reason", "in the shop")[0] == 0
    after = load_settings()
    assert [(one.type, one.value) for one in after.identity.blocked] == [
        ("phone", "+49301234"),
        ("device_id", "kiosk-7"),
    ]
    assert before.fingerprint(["identity.blocked"]) != after.fingerprint(["identity.blocked"])
    assert identity("unblock", "device_id", "kiosk-7")[0] == 0
    assert load_settings().fingerprint(["identity.blocked"]) == before.fingerprint(["identity.blocked"])


def test_a_second_block_changes_nothing(configuration: Path) -> None:
    identity("block", "email", "a@b.example")
    text = (configuration / "blocked_identifiers.csv").read_text()
    assert "blocked already" in identity("block", "email", "a@b.example")[1]
    assert (configuration / "blocked_identifiers.csv").read_text() == text


def test_the_list_shows_both_places(configuration: Path) -> None:
    identity("block", "email", "a@b.example", "--reason", "[bold]test[/bold]")
    code, text = identity("blocked")
    assert code == 0
    for part in ("+49301234", "a@b.example", "[bold]test[/bold]"):
        assert part in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("block", "mail", "a"), "TYPE 'mail'; allowed: user_id, email"),
        (("block", "email", " a"), "VALUE ' a'; allowed: text without spaces around it"),
        (("unblock", "email", "a"), "is not in"),
        (("unblock", "phone", "+49301234"), "is not in"),
    ],
)
def test_a_bad_command_says_what_is_allowed_and_writes_nothing(
    configuration: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, text = identity(*arguments)
    assert (code, message in text) == (2, True), text
    assert not (configuration / "blocked_identifiers.csv").exists()


@pytest.mark.parametrize(
    "text",
    [
        "ann@shop.example,Ann Other,1990-01-01\n",
        "type,value,reason\nann@shop.example,Ann Other,1990-01-01\n",
        "type,value,reason\nann@shop.example\n",
        'type,value,reason\n"ann@shop.example\n',
    ],
)
def test_nothing_is_shown_of_a_file_that_was_put_in_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refusal:
        read_blocked(tmp_path / "b.csv")
    assert "ann@shop.example" not in str(refusal.value)
    assert "Other" not in str(refusal.value)
