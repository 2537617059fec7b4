"""What is pinned: two locks that agree, with hashes, and with no address of a registry."""

import re
import tomllib

from dmp_assets.foundation.settings.bundled import PROJECT_DIR

PIN = re.compile(r"^([a-z0-9._-]+)==([^ ]+)", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def text(name: str) -> str:
    return (PROJECT_DIR / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall(text(name)))


def asked_for(*extras: str) -> set[str]:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    return {found[0].lower().replace("_", "-") for one in wanted if (found := NAME.match(one))}


def test_tests_run_on_the_versions_that_the_demo_runs_on() -> None:
    running, developing = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: developing.get(name) for name in running} == running


def test_all_that_is_asked_for_is_pinned() -> None:
    assert asked_for("demo", "build") - set(pins("requirements.lock")) == set()
    assert asked_for("demo", "build", "dev", "boost", "matching") - set(pins("requirements-dev.lock")) == set()


def test_running_installs_no_tools_of_development() -> None:
    assert (
        pins("requirements.lock").keys() & {"hypothesis", "import-linter", "mypy", "pytest", "ruff", "splink"} == set()
    )


def test_every_pin_has_hashes_and_no_lock_names_a_registry() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"^(?=[a-z0-9])", text(name), flags=re.MULTILINE)[1:]
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
        assert re.findall(r"https?://|file:|--(?:extra-)?index-url|--find-links", text(name)) == []
