"""Benchmarks are run seldom: what they take from the product must still be there."""

import importlib
import pkgutil

import pytest

import benchmarks

MODULES = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_what_a_benchmark_takes_from_the_product_is_there(name: str) -> None:
    importlib.import_module(f"benchmarks.{name}")
