"""What a person sees before any work: extras that are missing, and how a command is typed here."""

from pathlib import Path

import pytest
import typer

from dmp_assets.commands import terminal
from dmp_assets.commands.terminal import as_typed, checked_settings

CONFIGURATION = "start_date: 2024-05-01\nsources: {shop: {kind: items, columns: {item_id: sku}}}\n"


@pytest.fixture(params=[True, False], ids=["checkout", "installed"])
def is_checkout(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(terminal, "is_checkout", lambda: request.param)
    return bool(request.param)


def configure(folder: Path, monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    (folder / "dmp.yaml").write_text(CONFIGURATION + more, encoding="utf-8")
    monkeypatch.setenv("DMP_CONFIG", str(folder / "dmp.yaml"))
    monkeypatch.setattr(terminal, "find_spec", lambda _: None)
    monkeypatch.setattr(terminal.console, "width", 200)


def test_a_missing_extra_that_a_setting_needs_stops_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_checkout: bool
) -> None:
    configure(tmp_path, monkeypatch, "identity: {suggestions: {threshold: 0.95}}\n")
    with pytest.raises(typer.Exit):
        checked_settings()
    cure = "make develop installs it" if is_checkout else "install it with: pip install 'dmp-assets[matching]'"
    assert capsys.readouterr().out == f"dmp.yaml: identity.suggestions needs splink: {cure}\n"


def test_a_missing_extra_that_only_improves_is_said_and_the_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(tmp_path, monkeypatch, "recommendations: {rerank: true}\n")
    assert checked_settings().recommendations.rerank
    assert "recommendations.rerank does nothing without lightgbm: make develop installs it" in capsys.readouterr().err


def test_commands_are_named_as_they_are_typed_here(is_checkout: bool) -> None:
    assert as_typed("dev") == ("make dev" if is_checkout else "dmp dev")
