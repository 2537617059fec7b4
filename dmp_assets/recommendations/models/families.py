"""The families of models by name, the small grid tried of each, and how much data each bears."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace

from dmp_assets.recommendations.dataset.history_weights import Profile
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions
from dmp_assets.recommendations.models.ease import MAX_ITEMS, SMALL_CATALOGUE, ease_columns, fit_ease, linear
from dmp_assets.recommendations.models.factors import fit_factors
from dmp_assets.recommendations.models.graph_filter import fit_graph_filter
from dmp_assets.recommendations.models.item_neighbours import ItemItem, fit_item_knn, fit_rp3beta, item_item
from dmp_assets.recommendations.models.personal import Personal
from dmp_assets.recommendations.models.popularity import RECENT_DAYS, fit_popularity
from dmp_assets.recommendations.models.recommender import Recommender
from dmp_assets.recommendations.models.sequences import bears_next_item, fit_covisit, fit_next_item
from dmp_assets.recommendations.models.user_neighbours import fit_user_knn

POPULARITY, PERSONAL, USER_KNN = "popularity", "personal", "user_knn"
ITEM_KNN, RP3BETA, EASE = "item_knn", "rp3beta", "ease"
COVISIT, NEXT_ITEM, GRAPH_FILTER = "covisit", "next_item", "graph_filter"
FACTORS = "factors"

USER_KNN_MAX_PEOPLE = 20_000
"""Everybody is compared with everybody: 60 CPU seconds at this size, and four times that at twice the people."""

MAX_DENSE_CELLS = 3 * MAX_ITEMS**2
"""Cells of the dense matrices of EASE that may be held at once: 1.2 GB."""

MAX_NEIGHBOUR_CELLS = 100_000_000
"""Neighbours of all items that RP3beta may keep: 0.8 GB. In a large catalogue 2,000 of each item find 4 % more of what
people take than 500 do."""

FLAT = Profile()
HALF_LIVES_DAYS = (1.0, 7.0, 30.0, 60.0, 120.0, 240.0)
HISTORY_PROFILES = (FLAT, Profile(half_life_places=3.0), Profile(half_life_places=10.0), Profile(half_life_days=60.0))
SEQUENCE_PROFILES = (Profile(half_life_places=1.0), Profile(half_life_places=3.0), Profile(half_life_places=10.0))

FACTOR_GRID = tuple(
    (("dimensions", dimensions), ("unobserved", weight)) for dimensions, weight in ((64, 1.0), (64, 0.1), (128, 0.3))
)
"""The first is the best of 40 tried, or within a standard error of it, on films, on a grocer's products and categories
and on a gift shop's; the second where people have one taste of many (0.205 against 0.192); the third has more room,
which few people do not fill."""

Fitted = Callable[[Profile], Recommender]
"""What was fitted, waiting for the profile that is scored with: several profiles share one fit."""


@dataclass(frozen=True, order=True)
class Member:
    """One model to fit: its family, what is fitted with and the profile that is scored with."""

    family: str
    parameters: tuple[tuple[str, float], ...] = ()
    profile: Profile = FLAT

    def __str__(self) -> str:
        """Return the family and its parameters, as ``ease(l2=500, half_life_places=10)``."""
        decay = [(field.name, getattr(self.profile, field.name)) for field in fields(self.profile)]
        shown = [*self.parameters, *((name, value) for name, value in decay if value is not None)]
        inside = ", ".join(f"{name}={value:g}" for name, value in shown)
        return f"{self.family}({inside})" if inside else self.family


def candidates(interactions: Interactions, copies: int = 1) -> list[Member]:
    """Return the members to try for *repeat* and *discover*: all grids of the families that bear the data's size.

    Args:
        interactions: What they are fitted on.
        copies: How many fits of each are held at once.
    """
    found = [Member(POPULARITY), Member(POPULARITY, (("days", RECENT_DAYS),))]
    found += [Member(PERSONAL, profile=Profile(half_life_days=days)) for days in HALF_LIVES_DAYS]
    found += _grid(ITEM_KNN, [(("neighbours", 100),)], HISTORY_PROFILES)
    found += _grid(RP3BETA, [(("neighbours", _neighbours(interactions)),)], HISTORY_PROFILES)
    columns = ease_columns(interactions).size
    strengths = (100.0, 500.0, 2000.0) if columns <= SMALL_CATALOGUE else (500.0,)
    if columns <= MAX_ITEMS and len(strengths) * copies * columns**2 <= MAX_DENSE_CELLS:
        found += _grid(EASE, [(("l2", strength),) for strength in strengths], HISTORY_PROFILES)
    if interactions.shape[1] > SMALL_CATALOGUE:
        found += _grid(GRAPH_FILTER, [(("neighbours", 500), ("tastes", 256))], (FLAT, Profile(half_life_days=60.0)))
    found += _grid(COVISIT, [(("neighbours", 200),)], SEQUENCE_PROFILES)
    if bears_next_item(interactions):
        found += _grid(NEXT_ITEM, [(("l2", 100.0),)], SEQUENCE_PROFILES)
    if interactions.shape[0] <= USER_KNN_MAX_PEOPLE:
        found += _grid(USER_KNN, [(("neighbours", 100),)], HISTORY_PROFILES)
    is_many = interactions.shape[0] > USER_KNN_MAX_PEOPLE
    found += [Member(FACTORS, chosen) for chosen in (FACTOR_GRID if is_many else FACTOR_GRID[:-1])]
    return found


def next_candidates(interactions: Interactions, copies: int = 1) -> list[Member]:
    """Return the members to try for *next*: those that read the order of touches, or the newest of them.

    Args:
        interactions: What they are fitted on.
        copies: How many fits of each are held at once.
    """
    found = [Member(POPULARITY, (("any_touch", 1), ("days", RECENT_DAYS))), Member(POPULARITY, (("any_touch", 1),))]
    found += [Member(PERSONAL, profile=Profile(half_life_days=days)) for days in HALF_LIVES_DAYS[:2]]
    found += _grid(COVISIT, [(("neighbours", 200),)], SEQUENCE_PROFILES)
    found += _grid(ITEM_KNN, [(("neighbours", 100),)], SEQUENCE_PROFILES)
    found += _grid(RP3BETA, [(("neighbours", 500),)], SEQUENCE_PROFILES)
    if bears_next_item(interactions) and copies == 1:
        found += _grid(NEXT_ITEM, [(("l2", 100.0),)], SEQUENCE_PROFILES)
    return found


def _neighbours(interactions: Interactions) -> int:
    """Return how many neighbours of an item RP3beta keeps: more where the catalogue is too large for EASE."""
    is_large = ease_columns(interactions).size > MAX_ITEMS
    return min(2_000, MAX_NEIGHBOUR_CELLS // interactions.shape[1]) if is_large else 500


def fit_members(interactions: Interactions, members: Iterable[Member]) -> dict[Member, Recommender]:
    """Return the model of each member; members that differ in profile only share one fit."""
    fitted: dict[tuple[str, tuple[tuple[str, float], ...]], Fitted] = {}
    models: dict[Member, Recommender] = {}
    for member in members:
        key = (member.family, member.parameters)
        if key not in fitted:
            fitted[key] = _FIT[member.family](interactions, dict(member.parameters))
        models[member] = fitted[key](member.profile)
    return models


def _grid(
    family: str, parameters: Iterable[tuple[tuple[str, float], ...]], profiles: Iterable[Profile]
) -> list[Member]:
    return [Member(family, chosen, profile) for chosen in parameters for profile in profiles]


def _popularity(interactions: Interactions, parameters: Mapping[str, float]) -> Fitted:
    days = parameters.get("days")
    days = None if days is None else int(days)
    model = fit_popularity(interactions, days, any_touch="any_touch" in parameters)
    return lambda _profile: model


def _personal(_interactions: Interactions, _parameters: Mapping[str, float]) -> Fitted:
    return Personal


def _item_knn(interactions: Interactions, parameters: Mapping[str, float]) -> Fitted:
    return _sparse(item_item(fit_item_knn(interactions, int(parameters["neighbours"])), FLAT))


def _rp3beta(interactions: Interactions, parameters: Mapping[str, float]) -> Fitted:
    return _sparse(item_item(fit_rp3beta(interactions, int(parameters["neighbours"])), FLAT))


def _sparse(model: ItemItem) -> Fitted:
    return lambda profile: replace(model, profile=profile)


def _ease(interactions: Interactions, parameters: Mapping[str, float]) -> Fitted:
    columns, said = fit_ease(interactions, parameters["l2"])
    return lambda profile: linear(columns, said, interactions.shape[1], profile)


def _graph_filter(interactions: Interactions, parameters: Mapping[str, float]) -> Fitted:
    model = fit_graph_filter(interactions, FLAT, int(parameters["neighbours"]), int(parameters["tastes"]))
    return lambda profile: replace(model, profile=profile, near=replace(model.near, profile=profile))


def _factors(interactions: Interactions, parameters: Mapping[str, float]) -> Fitted:
    model = fit_factors(interactions, int(parameters["dimensions"]), parameters["unobserved"])
    return lambda _profile: model


def _covisit(interactions: Interactions, parameters: Mapping[str, float]) -> Fitted:
    return _sparse(item_item(fit_covisit(interactions, int(parameters["neighbours"])), FLAT))


def _next_item(interactions: Interactions, parameters: Mapping[str, float]) -> Fitted:
    columns, said = fit_next_item(interactions, parameters["l2"])
    return lambda profile: linear(columns, said, interactions.shape[1], profile)


def _user_knn(interactions: Interactions, parameters: Mapping[str, float]) -> Fitted:
    return lambda profile: fit_user_knn(interactions, profile, int(parameters["neighbours"]))


_FIT: Mapping[str, Callable[[Interactions, Mapping[str, float]], Fitted]] = {
    POPULARITY: _popularity,
    PERSONAL: _personal,
    ITEM_KNN: _item_knn,
    RP3BETA: _rp3beta,
    EASE: _ease,
    USER_KNN: _user_knn,
    COVISIT: _covisit,
    NEXT_ITEM: _next_item,
    GRAPH_FILTER: _graph_filter,
    FACTORS: _factors,
}
