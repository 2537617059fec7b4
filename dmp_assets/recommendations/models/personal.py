"""The person's own items: how often and how lately. The strongest single signal where people buy again."""

from dataclasses import dataclass

import numpy as np

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, Positions
from dmp_assets.recommendations.models.recommender import Scores, dense


@dataclass(frozen=True)
class Personal:
    """The person's profile as scores. Where bought items are masked, touched and unbought ones remain."""

    profile: Profile
    reason_kind: str = "own"

    def scores(self, interactions: Interactions) -> Scores:
        """Return each item's weight in the person's profile; 0 for items never touched."""
        return dense(self.profile.weights(interactions))

    def causes(self, interactions: Interactions, people: Positions, items: Positions) -> Positions:  # noqa: ARG002
        """Return the items themselves."""
        return items.astype(np.int64)
