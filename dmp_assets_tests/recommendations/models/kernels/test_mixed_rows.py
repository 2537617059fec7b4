"""Rows held dense or sparse: the same products, the same causes, and no trace of the block a person stands in."""

import numpy as np
import pytest
from scipy import sparse

from dmp_assets.recommendations.models.kernels import mixed_rows as module
from dmp_assets.recommendations.models.kernels.mixed_rows import mixed_rows
from dmp_assets.recommendations.models.recommender import NO_CAUSE

CHANCE = np.random.default_rng(3)
FILLED = np.array([0.0, 0.02, 0.1, 0.3, 0.6, 1.0] * 5)
"""Share of each row that is filled, from nothing to everything."""
SAID = (CHANCE.random((30, 3_000)) * (CHANCE.random((30, 3_000)) < FILLED[:, np.newaxis])).astype(np.float32)
OWN = sparse.random(40, 30, 0.3, format="csr", dtype=np.float32, random_state=5)


def times(made: module.MixedRows, own: sparse.csr_matrix) -> np.ndarray:
    out = np.zeros((own.shape[0], 3_000), np.float32)
    made.add_product(own, out)
    return out


@pytest.mark.parametrize("full", [0.0, 0.2, 2.0], ids=["all dense", "both", "all sparse"])
def test_what_is_held_how_changes_neither_matrix_nor_product_nor_cause(monkeypatch, full: float):
    monkeypatch.setattr(module, "FULL", full)
    made = mixed_rows(sparse.csr_matrix(SAID))
    assert made.full_rows.tolist() == np.flatnonzero(((SAID > 0).mean(axis=1) >= full) & (FILLED > 0)).tolist()
    assert made.tocsr().toarray().tolist() == SAID.tolist()
    assert np.allclose(times(made, OWN), OWN.toarray() @ SAID, rtol=1e-5)
    people, items = (grid.ravel() for grid in np.indices((40, 200)))
    parts = OWN.toarray()[people] * SAID[:, items].T
    expected = np.where(parts.max(axis=1) > 0, parts.argmax(axis=1), NO_CAUSE)
    assert made.loudest(OWN, people, items).tolist() == expected.tolist()


def test_a_person_alone_gets_the_floats_of_the_batch():
    made = mixed_rows(sparse.csr_matrix(SAID))
    assert 0 < made.full_rows.size < np.count_nonzero(FILLED)
    batch = times(made, OWN)
    for person in range(40):
        assert times(made, OWN[[person]]).tobytes() == batch[[person]].tobytes()
