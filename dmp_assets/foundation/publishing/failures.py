"""The guard around all that Dagster calls: an exception leaves it as a failure in our words, and nothing else."""

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar

import dagster as dg

from dmp_assets.foundation.publishing.causes import cause_of, kept_whole, may_pass

Function = TypeVar("Function", bound=Callable[..., Any])


def as_failure(error: BaseException, where: str) -> dg.Failure:
    """Return the failure that stands for an exception: where, and ``cause_of``; the exception is no part of it.

    Args:
        error: The exception. A failure keeps its own words, which say where.
        where: Step, tables and days, or whatever was at work.

    It is tried again where another attempt may succeed (``may_pass``). The stack is kept: it shows code, no values.
    """
    cause = cause_of(error)
    words = cause if isinstance(error, dg.Failure) else f"{where}: {cause}"
    failure = dg.Failure(words + kept_whole(error), allow_retries=may_pass(error))
    return failure.with_traceback(error.__traceback__)


def guarded(where: Callable[..., str]) -> Callable[[Function], Function]:
    """Return the decorator that lets a function, or a generator, raise failures in our words only.

    Args:
        where: Says what was at work, of the function's arguments.

    Dagster stores the text of an exception, and of those that it came from, in its event log, where it outlives the
    rows. So the failure is raised outside of the ``except``: inside, the exception would stay its context.
    """

    def decorate(function: Function) -> Function:
        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                failure = _failure_of(error, where, args)
            raise failure

        @wraps(function)
        def run_on(*args: Any, **kwargs: Any) -> Iterator[Any]:
            try:
                yield from function(*args, **kwargs)
            except BaseException as error:
                failure = _failure_of(error, where, args)
            else:
                return
            raise failure

        return run_on if inspect.isgeneratorfunction(function) else run  # type: ignore[return-value]

    return decorate


def _failure_of(error: BaseException, where: Callable[..., str], args: tuple[Any, ...]) -> dg.Failure:
    """Return the failure; interrupts and the like go on as they are.

    A panic of Polars is no ``Exception``, and would end the process instead of the step.
    """
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error
    return as_failure(error, where(*args))
