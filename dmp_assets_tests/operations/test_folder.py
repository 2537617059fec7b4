"""The folder is its owner's; the analysts' file is its readers'."""

import grp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dmp_assets.foundation.settings.settings import load_settings
from dmp_assets.foundation.settings.strict_yaml import ConfigurationError
from dmp_assets.foundation.warehouse.edition.readers import Readers, UnknownGroupError
from dmp_assets.operations.folder import close_to_others, in_words
from dmp_assets_tests.support.factories import CONFIGURATION, shop


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_there_is_closed_once_and_landing_files_are_left_alone(tmp_path: Path) -> None:
    settings = shop(tmp_path)
    for name in ("staging", "dagster_home", "runs"):
        (settings.data_dir / name).mkdir()
    for name in ("warehouse.duckdb", "dmp.duckdb", "landing/a.csv"):
        (settings.data_dir / name).write_bytes(b"x")
    assert close_to_others(settings)
    modes = {path.name: mode_of(path) for path in settings.data_dir.rglob("*")}
    assert modes == {
        "staging": 0o700,
        "dagster_home": 0o700,
        "runs": 0o700,
        "warehouse.duckdb": 0o600,
        "dmp.duckdb": 0o640,
        "landing": 0o755,
        "a.csv": 0o644,
    }
    assert not close_to_others(settings)
    (settings.data_dir / "staging" / "later").mkdir()
    assert mode_of(settings.data_dir / "staging" / "later") == 0o700
    group = grp.getgrgid(settings.published_path.stat().st_gid).gr_name
    assert f", the group {group} (0640); all else" in in_words(settings)


@pytest.mark.parametrize(("given", "mode"), [('"0640"', 0o640), ("0644", 0o644), ('"600"', 0o600)])
def test_a_mode_is_octal_as_text_or_as_yaml_reads_it(tmp_path: Path, given: str, mode: int) -> None:
    assert shop(tmp_path, f"{CONFIGURATION}published_mode: {given}\n").published_mode == mode


@pytest.mark.parametrize("given", ['"0666"', "0646", '"0660"', "640", '"0040"', "true", '"rw-r-----"'])
def test_a_mode_that_others_write_by_is_refused(tmp_path: Path, given: str) -> None:
    (tmp_path / "dmp.yaml").write_text(f"{CONFIGURATION}published_mode: {given}\n")
    with pytest.raises(ConfigurationError, match=r'published_mode.* allowed: "0600", "0640" or "0644"'):
        load_settings(tmp_path / "dmp.yaml")


def test_a_group_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownGroupError, match="there is no group 'nobody-knows' on this machine"):
        Readers(group="nobody-knows").admit_to(tmp_path)
