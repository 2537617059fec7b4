"""Products and Gram matrices against NumPy, and rows that do not depend on others."""

import numpy as np
import pytest

from dmp_assets.recommendations.models.kernels.matrix_product import COLUMNS, ROWS, gram, product


@pytest.mark.parametrize(
    ("rows", "inner", "columns"), [(3, 13, 2 * COLUMNS + 7), (1, 64, COLUMNS), (5, 7, 1), (0, 8, 3)]
)
def test_it_is_the_product_and_each_row_its_own(rows: int, inner: int, columns: int):
    chance = np.random.default_rng(1)
    left = chance.normal(size=(rows, inner)).astype(np.float32)
    right = chance.normal(size=(columns, inner)).astype(np.float32).T
    found = product(left, right)
    assert np.allclose(found, left.astype(float) @ right.astype(float), atol=1e-5)
    for row in range(rows):
        assert np.array_equal(product(left[row : row + 1], right)[0], found[row])
    for column in range(0, columns, 50):
        assert np.array_equal(product(left, right[:, column : column + 1])[:, 0], found[:, column])


def test_a_gram_matrix_of_more_rows_than_are_summed_at_once():
    rows = np.random.default_rng(1).normal(size=(2 * ROWS + 5, 9)).astype(np.float32)
    assert np.allclose(gram(rows), rows.T.astype(float) @ rows, atol=1e-3)
