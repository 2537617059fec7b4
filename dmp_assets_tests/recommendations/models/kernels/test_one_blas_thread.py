"""BLAS on one thread as long as anybody is within."""

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from dmp_assets.recommendations.models.kernels.one_blas_thread import one_blas_thread


def threads() -> set[int]:
    assert np.ones(2) @ np.ones(2)  # a library that nothing has called yet is not there
    return {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"}


def test_who_leaves_first_takes_the_limit_from_nobody():
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert threads() == {1}
        second.__exit__(None, None, None)
        assert threads() == before == {2}
