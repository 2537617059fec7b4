"""Causes: the touch that says most for an item, whichever form what items say is kept in."""

import numpy as np
from scipy import sparse

from dmp_assets.recommendations.models.kernels.loudest import loudest_dense
from dmp_assets.recommendations.models.kernels.mixed_rows import mixed_rows
from dmp_assets.recommendations.models.recommender import NO_CAUSE


def test_of_equal_touches_the_first_is_named_and_of_none_nobody():
    own = sparse.csr_matrix(np.array([[1, 1, 0], [0, 0, 0]], np.float32))
    said = np.array([[0, 0, 2], [0, 0, 2], [0, 0, 0]], np.float32)
    people, items = np.array([0, 0, 1]), np.array([2, 1, 2])
    expected = [0, NO_CAUSE, NO_CAUSE]
    assert mixed_rows(sparse.csr_matrix(said)).loudest(own, people, items).tolist() == expected
    assert loudest_dense(own, said, np.arange(3, dtype=np.int32), people, items).tolist() == expected
