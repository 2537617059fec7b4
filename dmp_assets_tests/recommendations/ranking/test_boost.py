"""Re-ranking: what is put in a new order, what the order is learnt from, and that nothing later is in it."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from dmp_assets.recommendations.dataset.history_weights import DAY_US, Profile
from dmp_assets.recommendations.dataset.interaction_matrix import Interactions, build_interactions
from dmp_assets.recommendations.models.families import Member
from dmp_assets.recommendations.models.popularity import fit_fallback
from dmp_assets.recommendations.ranking import boost
from dmp_assets.recommendations.ranking.blend import Blend, Choice, best_items, fit_choice
from dmp_assets.recommendations.ranking.boost import (
    Boost,
    BoostNotInstalledError,
    Ranker,
    candidates,
    is_installed,
    split,
)
from dmp_assets.recommendations.ranking.rank_features import moment_of
from dmp_assets.recommendations.ranking.recommend import recommend
from dmp_assets.recommendations.schema.tasks import DISCOVER, REPEAT
from dmp_assets_tests.recommendations.support.item_lines import item_lines, random_lines

INF = np.inf
MEMBERS = (Member("personal", profile=Profile(half_life_days=30.0)), Member("item_knn", (("neighbours", 20),)))
needs_lightgbm = pytest.mark.skipif(not is_installed(), reason="the extra boost (lightgbm) is not installed")


def choice(task: str = REPEAT, days: int = 20) -> Choice:
    return Choice(task, MEMBERS, (0.75, 0.25), "for the test", boost=Boost(days, new_only=task == DISCOVER))


class WorstFirst:
    """Trees that turn the blend's order round: the second feature is the place in it."""

    def predict(self, table: np.ndarray, num_threads: int) -> np.ndarray:  # noqa: ARG002
        return table[:, 1]


def one_person(items: int) -> Interactions:
    """Return ann, who touched i0 last and i1 before, in a catalogue of bob's."""
    rows = [("bob", f"i{item}", "purchase", 0.0) for item in range(items)]
    made = build_interactions(item_lines([*rows, ("ann", "i1", "purchase", 1.0), ("ann", "i0", "purchase", 2.0)]))
    return made.rows(np.array([0]))


def reordered(values: list[float]) -> list[float]:
    block, sums = one_person(len(values)), np.array([values], np.float32)
    Ranker(WorstFirst(), moment_of(block)).reorder(sums, sums[np.newaxis], block)
    return sums[0].tolist()


def test_candidates_swap_their_sums_and_the_rest_keeps_its_own():
    assert reordered([0.5, 0.25, 0.0, -INF, 1.0]) == [0.5, 1.0, 0.0, -INF, 0.25]


def test_candidates_are_the_best_of_the_blend_and_the_newest_of_the_person(monkeypatch):
    monkeypatch.setattr(boost, "CANDIDATES", 1)
    found = candidates(np.array([[0.1, 0.2, 0.5, 0.9]], np.float32), one_person(4))
    assert found.item.tolist() == [3, 0]
    nothing_of_it = candidates(np.array([[0.0, 0.2, 0.5, 0.9]], np.float32), one_person(4))
    assert nothing_of_it.item.tolist() == [3]


def test_equal_sums_are_told_apart_in_the_new_order():
    found = np.array(reordered([0.5, 0.5, 0.5]), np.float32)
    assert np.argsort(-found).tolist() == [2, 1, 0]
    assert np.unique(found).size == 3
    assert np.allclose(found, 0.5, rtol=1e-6)


def test_people_do_not_mix():
    made = build_interactions(random_lines(people=5, items=30))
    sums = np.random.default_rng(3).random(made.shape).astype(np.float32)
    new = sums.copy()
    Ranker(WorstFirst(), moment_of(made)).reorder(new, sums[np.newaxis], made)
    assert np.array_equal(np.sort(new), np.sort(sums))
    assert np.array_equal(np.argsort(new), np.argsort(-sums))


def test_popularity_follows_what_is_reordered():
    block = one_person(4)
    scores = np.array([[[1.0, 0.5, 0.0, -0.5]]], np.float32)
    blend = Blend(MEMBERS[:1], (), np.ones(1, np.float32), Ranker(WorstFirst(), moment_of(block)))
    items, values = best_items(blend, scores, block, np.array([[0.1, 0.1, 0.2, 0.9]], np.float32), 4)
    assert items.tolist() == [[1, 0, 3, 2]]
    assert np.allclose(values, [[1.0, 0.5, -0.1, -0.8]])


@pytest.mark.parametrize(("day", "is_known"), [(79.99, True), (80.0, False)])
def test_the_window_begins_so_many_days_before_the_newest_touch(day: float, is_known: bool):
    rows = [("ann", "a", "purchase", float(n)) for n in range(79)]
    rows += [("bob", "b", "purchase", day), ("bob", "c", "view_item", 99.0), ("bob", "d", "purchase", 100.0)]
    made = build_interactions(item_lines(rows))
    before, taken = split(made, 20)
    assert ("b" in before.items.gather(before.pair_item.astype(np.int64)).to_list()) is is_known
    # Of the window only what was bought counts, whether b among it or not.
    assert made.items.gather(taken.indices.astype(np.int64)).to_list() == (["d"] if is_known else ["b", "d"])


def test_of_a_long_window_only_the_newest_fifth_counts():
    made = build_interactions(item_lines([("ann", f"i{n}", "purchase", float(n)) for n in range(10)]))
    before, taken = split(made, 365)
    assert before.pair_item.size == 8
    assert taken.indices.tolist() == [8, 9]


def test_where_nobody_purchases_every_touch_is_taken():
    made = build_interactions(item_lines([("ann", f"i{n}", "view_item", float(n)) for n in range(10)]))
    assert split(made, 365)[1].indices.tolist() == [8, 9]


def lessons(monkeypatch, lines: pl.LazyFrame, task: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the trees would be taught: features, labels and sizes of groups."""
    taught = {}

    def dataset(table: np.ndarray, labels: np.ndarray, group: np.ndarray, **_: object) -> None:
        taught.update(table=table, labels=labels, group=group)

    fake = SimpleNamespace(Dataset=dataset, train=lambda *_: WorstFirst())
    monkeypatch.setattr(boost, "is_installed", lambda: True)
    monkeypatch.setattr(boost, "import_module", lambda _: fake)
    monkeypatch.setattr(boost, "MIN_PEOPLE", 20)
    fit_choice(build_interactions(lines), choice(task))
    return taught["table"], taught["labels"], taught["group"]


@pytest.mark.parametrize("task", [REPEAT, DISCOVER])
def test_nothing_of_the_window_is_in_a_feature(monkeypatch, task: str):
    lines = random_lines(touches=3_000).collect()
    cut = lines["event_at"].max().timestamp() - 20 * DAY_US / 1e6
    is_later = pl.col("event_at").dt.timestamp("ms") / 1e3 >= cut
    # The same people at the same times, and other items: all that may change is what is predicted.
    exchanged = pl.when(is_later).then(pl.col("item_id").sort_by("event_at").reverse()).otherwise("item_id")
    other = lines.with_columns(item_id=exchanged)
    table, labels, groups = lessons(monkeypatch, lines.lazy(), task)
    table_of_other, labels_of_other, groups_of_other = lessons(monkeypatch, other.lazy(), task)
    assert np.array_equal(table, table_of_other, equal_nan=True)
    assert np.array_equal(groups, groups_of_other)
    assert groups.sum() == labels.size == table.shape[0]
    assert not np.array_equal(labels, labels_of_other)


@pytest.mark.parametrize(("task", "has_own"), [(REPEAT, True), (DISCOVER, False)])
def test_what_was_bought_teaches_repeat_alone(monkeypatch, task: str, has_own: bool):
    table, _, _ = lessons(monkeypatch, random_lines(touches=3_000), task)
    # After sum, place and both members: the person's touches of the item.
    assert np.isfinite(table[:, 4]).any() == has_own


def test_labels_are_what_the_person_took_in_the_window(monkeypatch):
    # Everybody has a and b; in the window even people take a, odd ones b.
    rows = [(f"p{n:02}", item, "purchase", float(day)) for n in range(40) for day in range(5) for item in "ab"]
    rows += [(f"p{n:02}", "ab"[n % 2], "purchase", 30.0) for n in range(40)]
    _, labels, groups = lessons(monkeypatch, item_lines(rows), REPEAT)
    assert groups.tolist() == [2] * 40
    assert labels.reshape(40, 2).tolist() == [[1, 0], [0, 1]] * 20


@pytest.mark.parametrize(("least", "learns"), [(60, True), (61, False)])
def test_too_few_people_teach_nothing(monkeypatch, least: int, learns: bool):
    rows = [(f"p{n:02}", "ab"[n % 2], "purchase", day) for n in range(60) for day in (0.0, 1.0, 2.0, 3.0, 30.0)]
    monkeypatch.setattr(boost, "is_installed", lambda: True)
    fake = SimpleNamespace(Dataset=lambda *_, **__: None, train=lambda *_: WorstFirst())
    monkeypatch.setattr(boost, "import_module", lambda _: fake)
    monkeypatch.setattr(boost, "MIN_PEOPLE", least)
    assert (fit_choice(build_interactions(item_lines(rows)), choice()).ranker is not None) is learns


def test_a_blend_without_candidates_teaches_nothing(monkeypatch):
    # Personal frequency alone has no opinion on what was never touched.
    monkeypatch.setattr(boost, "MIN_PEOPLE", 20)
    monkeypatch.setattr(boost, "is_installed", lambda: True)
    alone = Choice(DISCOVER, MEMBERS[:1], (1.0,), "for the test", boost=Boost(20, new_only=True))
    assert fit_choice(build_interactions(random_lines(touches=3_000)), alone).ranker is None


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(boost, "is_installed", lambda: False)
    with pytest.raises(BoostNotInstalledError, match=r"dmp-assets\[boost\]"):
        fit_choice(build_interactions(random_lines()), choice())


@needs_lightgbm
@pytest.mark.parametrize("task", [REPEAT, DISCOVER])
def test_neither_the_order_of_lines_nor_the_size_of_blocks_matters(monkeypatch, task: str):
    monkeypatch.setattr(boost, "MIN_PEOPLE", 20)
    lines = random_lines(touches=3_000)
    shuffled = lines.collect().sample(fraction=1, shuffle=True, seed=4).lazy()

    def lists(of: pl.LazyFrame, **more) -> pl.DataFrame:
        made = build_interactions(of)
        blend = fit_choice(made, choice(task))
        return pl.concat(recommend(blend, made, fit_fallback(made), task=task, per_person=10, **more))

    one = lists(lines)
    assert one.filter(pl.col("served_by") == "blend").height
    assert one.equals(lists(shuffled))
    assert one.equals(lists(lines, block_people=7))
