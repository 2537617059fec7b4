"""How the suite runs: how many examples a property gets, and which tests one of several workers takes together."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

LONG = "long"
"""The profile of ``make test-long``: a property runs all the examples that it states."""

SHARE, LEAST = 2, 10
"""Otherwise it runs half of them, and at least ten: with a quarter, three of fourteen planted faults went unseen."""

COSTLY = 8
"""Who states so few examples or fewer does so because each is long: of these half are enough."""

EXAMPLES = "_hypothesis_internal_use_settings"
"""Where Hypothesis keeps a test's settings; ``test_suite.py`` fails when it keeps them elsewhere."""

LONGEST = ("operations/", "end_to_end/test_demo", "end_to_end/", "events/together/", "profiles/sums/")
"""Start first, so that no worker is left with a long file at the end; servers wait while the demo computes."""

settings.register_profile(LONG)


@pytest.fixture(scope="session", autouse=True)
def one_process() -> Iterator[None]:
    """Read landing files in the test's own process: another takes a second of CPU to start, for each reading.

    Tests of the processes call ``read_together`` themselves, and a test that starts a command has them anyway.
    """
    with pytest.MonkeyPatch.context() as patch:
        place = "dmp_assets.ingest.landing.ledger.read_together"
        patch.setattr(place, lambda files: [file.read() for file in files])
        yield


@pytest.fixture(scope="session", autouse=True)
def no_report() -> Iterator[None]:
    """Publish the file without the report: its pages take seconds, and some hundred tests publish.

    A command that a test starts makes it, so the demo has one. Tests of the report make it themselves.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dmp_assets.orchestration.publication.report_folder", lambda *_: None)
        yield


def scaled(examples: int, profile: str) -> int:
    """Return how many of a property's examples are run under a profile."""
    if profile == LONG:
        return examples
    least = 1 if examples <= COSTLY else min(examples, LEAST)
    return max(least, examples // SHARE)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    profile = settings.get_current_profile_name()
    for item in items:
        stated = getattr(getattr(item, "obj", None), EXAMPLES, None)
        # Parameters share one function, which is scaled once.
        if stated is None or item.get_closest_marker("all_examples"):
            continue
        if not hasattr(item.obj, "_is_scaled"):
            setattr(item.obj, EXAMPLES, settings(stated, max_examples=scaled(stated.max_examples, profile)))
            item.obj._is_scaled = True
    if profile != LONG:
        for item in [item for item in items if item.get_closest_marker("long")]:
            items.remove(item)
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next((place for place, word in enumerate(LONGEST) if word in item.nodeid), len(LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return a scheduler that gives a worker whole files, and groups across files where a mark says so."""
    from xdist.scheduler import LoadGroupScheduling

    class ByFileOrGroup(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            scope: str = super()._split_scope(nodeid)
            return scope.split("::", 1)[0] if scope == nodeid else scope

    if config.getoption("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False  # files with few tests are here the long ones
    return ByFileOrGroup(config, log)
