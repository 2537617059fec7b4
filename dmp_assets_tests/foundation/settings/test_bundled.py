"""Files that ship beside the modules: at the top of a checkout, inside the package that a wheel brings."""

from pathlib import Path

import pytest

from dmp_assets.foundation.settings import bundled as rooms
from dmp_assets.foundation.settings import settings
from dmp_assets.foundation.settings.bundled import PROJECT_DIR, bundled, is_checkout
from dmp_assets.foundation.settings.settings import DEMO_CONFIG, config_path, load_settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DMP_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "is_checkout", lambda: False)


@pytest.mark.parametrize(
    "name", ["dagster.yaml", "workspace.yaml", "dmp.yaml", "traits.yaml", "sql/views", "sql/checks"]
)
def test_a_checkout_uses_the_files_at_its_top(name: str) -> None:
    assert is_checkout()
    assert bundled(name) == PROJECT_DIR / name
    assert bundled(name).exists()


def test_an_installed_package_uses_its_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_COPIES_DIR", tmp_path)
    assert not is_checkout()
    assert bundled("dmp.yaml") == tmp_path / "dmp.yaml"


def test_a_checkout_falls_back_to_its_own_configuration(elsewhere: Path) -> None:
    assert config_path() == PROJECT_DIR / "dmp.yaml"


def test_an_installed_package_falls_back_to_the_demo_of_the_folder(elsewhere: Path, installed: None) -> None:
    assert config_path() == DEMO_CONFIG
    with pytest.raises(ConfigurationError, match=r"dmp-demo/dmp\.yaml: no such file; .* or try `dmp demo`"):
        load_settings()


def test_a_configuration_of_the_folder_wins_over_the_demo(elsewhere: Path, installed: None) -> None:
    (elsewhere / "dmp.yaml").touch()
    assert config_path() == Path("dmp.yaml")
