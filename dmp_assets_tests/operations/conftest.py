"""Two stacks for all tests of servers: a start is five processes that load Dagster, and takes longer than the tests."""

from collections.abc import Iterator

import pytest

from dmp_assets_tests.operations.support.stacks import Stack


@pytest.fixture(scope="package")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Stack]]:
    """A normal stack and a read-only one, each of which a test asks to run."""
    both = Stack(tmp_path_factory.mktemp("normal")), Stack(tmp_path_factory.mktemp("read_only"), "read-only")
    yield both
    for stack in both:
        stack.end()
