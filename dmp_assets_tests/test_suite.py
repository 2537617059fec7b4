"""The suite itself: worlds are built anew when what they are made of changes, and properties run as many as stated."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dmp_assets_tests import conftest
from dmp_assets_tests.support.places import REPOSITORY
from dmp_assets_tests.support.worlds import IN_USE_SECONDS, KEPT, cache_folder, shared_world

FACTORY = """
from pathlib import Path

def build(folder: Path) -> None:
    (folder / "rows.txt").write_text("{rows}")
"""


class Project:
    """A project of one module, one SQL file and one factory, whose world is asked for."""

    def __init__(self, folder: Path) -> None:
        self.root, self.cache = folder / "project", folder / "cache"
        for name in ("dmp_assets/a.py", "sql/views/v.sql", "dmp.yaml", "requirements.lock"):
            self.write(name, "one")
        self.write("dmp_assets_tests/orders/support/factory.py", FACTORY.format(rows="one"))

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def world(self) -> Path:
        """Return the world of the factory as it is now."""
        file = self.root / "dmp_assets_tests/orders/support/factory.py"
        namespace: dict = {}
        exec(compile(file.read_text(), str(file), "exec"), namespace)  # noqa: S102 - the factory of this test
        return shared_world("w", namespace["build"], cache=self.cache, root=self.root)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_world_is_built_once_and_kept(project: Project) -> None:
    first = project.world()
    built = (first / "rows.txt").stat().st_mtime_ns
    assert project.world() == first
    assert (first / "rows.txt").stat().st_mtime_ns == built
    assert (first / "rows.txt").read_text() == "one"


@pytest.mark.parametrize("name", ["dmp_assets/a.py", "sql/views/v.sql", "dmp.yaml", "requirements.lock"])
def test_a_changed_file_of_the_product_gives_another_world(project: Project, name: str) -> None:
    first = project.world()
    project.write(name, "two")
    assert project.world() != first
    project.write(name, "one")
    assert project.world() == first


def test_a_changed_factory_builds_the_world_again(project: Project) -> None:
    first = project.world()
    project.write("dmp_assets_tests/orders/support/factory.py", FACTORY.format(rows="two"))
    assert project.world() != first
    assert (project.world() / "rows.txt").read_text() == "two"


def test_a_world_in_which_a_test_wrote_is_built_again(project: Project) -> None:
    first = project.world()
    (first / "rows.txt").write_text("written by a test")
    assert project.world() == first
    assert (first / "rows.txt").read_text() == "one"


def test_a_build_that_fails_leaves_no_world(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        (folder / "half.txt").touch()
        raise ValueError("as planned")

    with pytest.raises(ValueError, match="as planned"):
        shared_world("w", fails, cache=tmp_path)
    assert [path for path in (tmp_path / "w").iterdir() if path.is_dir() and path.suffix == ""] == []


def test_old_editions_go_and_the_newest_and_those_in_use_stay(project: Project) -> None:
    worlds = []
    for number in range(KEPT + 2):
        project.write("dmp.yaml", str(number))
        worlds.append(project.world())
    assert all(world.is_dir() for world in worlds), "all were asked for a moment ago"
    for number, world in enumerate(worlds):
        long_ago = time.time() - IN_USE_SECONDS - 100 + number
        os.utime(world, (long_ago, long_ago))
    project.world()
    assert [world.is_dir() for world in worlds] == [False, False, *[True] * KEPT]


def test_two_processes_that_need_a_world_build_it_once(tmp_path: Path) -> None:
    script = tmp_path / "ask.py"
    script.write_text(
        "import sys, time\nfrom pathlib import Path\n"
        "from dmp_assets_tests.support.worlds import shared_world\n"
        "def build(folder):\n"
        "    with Path(sys.argv[1], 'builds').open('a') as told: told.write('x')\n"
        "    time.sleep(0.5)\n"
        "shared_world('w', build, cache=Path(sys.argv[1]))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    asking = [subprocess.Popen([sys.executable, str(script), str(tmp_path)], env=environment) for _ in range(3)]
    assert [one.wait() for one in asking] == [0, 0, 0]
    assert (tmp_path / "builds").read_text() == "x"


def test_worlds_lie_in_the_cache_folder_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_folder() == tmp_path / "cache" / "dmp_assets_tests"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "dmp_assets_tests"
    shutil.rmtree(tmp_path / ".cache")
    (tmp_path / ".cache").touch()
    assert cache_folder().is_dir()


@settings(max_examples=80, deadline=None)
@given(st.integers())
def counted(_: int) -> None:
    counted.seen += 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(("profile", "share"), [("default", 40), (conftest.LONG, 80)])
def test_a_property_runs_all_its_examples_in_the_long_suite_and_half_of_them_otherwise(
    profile: str, share: int
) -> None:
    stated = getattr(counted, conftest.EXAMPLES)
    examples = conftest.scaled(stated.max_examples, profile)
    setattr(counted, conftest.EXAMPLES, settings(stated, max_examples=examples))
    counted.seen = 0  # type: ignore[attr-defined]
    try:
        counted()
    finally:
        setattr(counted, conftest.EXAMPLES, stated)
    assert counted.seen == examples == share  # type: ignore[attr-defined]


@given(number=st.integers())
@settings(max_examples=12, deadline=None)
def test_a_property_of_this_session_was_scaled(number: int) -> None:
    chosen = getattr(test_a_property_of_this_session_was_scaled, conftest.EXAMPLES)
    assert chosen.max_examples == conftest.scaled(12, settings.get_current_profile_name())


def test_a_property_of_few_examples_keeps_them_unless_each_is_long() -> None:
    assert [conftest.scaled(examples, "default") for examples in (9, 10, 15, 25)] == [9, 10, 10, 12]
    assert [conftest.scaled(examples, "default") for examples in (1, 2, 4, 8)] == [1, 1, 2, 4]
