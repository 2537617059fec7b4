"""All tables of recommendations from item lines: coherent, without leaks, without those who refused."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, partial

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.analytics.schema import Items
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.profiles.schema.statements import ConsentState, Demographics
from dmp_assets.recommendations.build import Contract, Sources, build_recommendations, serve, tasks_with_enough
from dmp_assets.recommendations.dataset import sittings
from dmp_assets.recommendations.dataset.interaction_matrix import build_interactions
from dmp_assets.recommendations.models.families import Member
from dmp_assets.recommendations.ranking import boost
from dmp_assets.recommendations.ranking.blend import Choice
from dmp_assets.recommendations.schema.choice import ModelChoice, RecommendationMetrics
from dmp_assets.recommendations.schema.lists import RecommendationCandidates, Recommendations, ServingPaths
from dmp_assets.recommendations.schema.relations import BoughtTogether, ItemNeighbours
from dmp_assets.recommendations.schema.tasks import CUTOFFS, LIST_METRICS, PERSON_METRICS, TASKS
from dmp_assets.recommendations.serving.places import with_reasons
from dmp_assets_tests.recommendations.support.factories import DAY, Line, lines, shoppers

Tables = dict[Contract, pl.DataFrame]


def empty(model: Contract) -> pl.DataFrame:
    return pl.DataFrame(schema={name: column.dtype.type for name, column in model.to_schema().columns.items()})


def catalogue(categories: dict[str, str], model: Contract = RawItems) -> pl.DataFrame:
    rows = pl.DataFrame({"item_id": list(categories), "item_category": list(categories.values())})
    return pl.concat([empty(model), rows], how="diagonal")


def build(
    rows: list[Line] | pl.DataFrame,
    extra_people: tuple[str, ...] = (),
    denied: tuple[str, ...] = (),
    ages: dict[str, str] | None = None,
    categories: dict[str, str] | None = None,
    named: dict[str, str] | None = None,
    holdout_days: int = 14,
    as_of_date: date = DAY,
    **rules: object,
) -> Tables:
    """Return the tables, each checked against its contract.

    Args:
        rows: Purchases, or lines.
        extra_people: People without lines.
        denied: People who refused.
        ages: Of people.
        categories: Of the items of a catalogue.
        named: Categories that events alone name, of other items.
        holdout_days: As for ``build_recommendations``.
        as_of_date: The same.
        rules: Settings.
    """
    frame = rows if isinstance(rows, pl.DataFrame) else lines(rows)
    choices = {"person_id": denied, "purpose": ["personalisation"] * len(denied), "status": ["denied"] * len(denied)}
    known = {
        "person_id": list(ages or {}),
        "field": ["age_range"] * len(ages or {}),
        "value": list((ages or {}).values()),
    }
    sources = Sources(
        lines=frame.lazy(),
        people=pl.concat([frame["person_id"], pl.Series("person_id", extra_people, pl.String)]),
        consent=pl.concat([empty(ConsentState), pl.DataFrame(choices)], how="diagonal_relaxed"),
        items=catalogue(categories or {}),
        demographics=pl.concat([empty(Demographics), pl.DataFrame(known)], how="diagonal_relaxed"),
        names=catalogue(named or {}, Items),
    )
    settings = RecommendationSettings.model_validate(rules)
    tables = build_recommendations(sources, as_of_date, holdout_days, settings)
    return {model: model.validate(table, lazy=True) for model, table in tables.items()}


FEW = 19
"""One person too few to judge by, so that popularity is served and no choice is made: what follows it is the same."""

KNOWN = {"extra_people": ("nobody", "young"), "ages": {"young": "19-24", "p00": "19-24"}}


@cache
def shop() -> Tables:
    return build(shoppers(), **KNOWN)


@cache
def small_shop() -> Tables:
    return build(shoppers(FEW), **KNOWN)


def lists(tables: Tables, person: str, task: str = "repeat") -> list[str]:
    of_person = tables[Recommendations].filter(pl.col("person_id") == person, pl.col("task") == task)
    return of_person.sort("rank")["item_id"].to_list()


def test_everybody_has_a_full_list_of_each_task():
    places = shop()[Recommendations].group_by("person_id", "task").agg(pl.len(), pl.col("rank").max())
    assert places.height == 62 * 2
    assert places["len"].to_list() == places["rank"].to_list()
    owned = lines(shoppers()).group_by("person_id").agg(owned=pl.col("item_id").n_unique())
    left = places.join(owned, on="person_id", how="left").with_columns(left=20 - pl.col("owned").fill_null(0))
    wanted = pl.when(pl.col("task") == "discover").then(pl.min_horizontal(10, "left")).otherwise(10)
    assert left.filter(pl.col("len") != wanted).is_empty()


def test_discover_never_shows_what_was_bought_and_repeat_does():
    owned = lines(shoppers()).select("person_id", "item_id").unique()
    shown = shop()[Recommendations].join(owned, on=["person_id", "item_id"], how="semi")
    assert set(shown["task"]) == {"repeat"}


def test_habits_are_found_and_proved_on_days_that_no_choice_has_seen():
    metrics = shop()[RecommendationMetrics].filter(pl.col("task") == "repeat")
    assert set(metrics["status"]) == {"ok"}
    value = {(row["model"], row["metric"], row["k"]): row for row in metrics.rows(named=True)}
    habit = value["personal", "ndcg", 10]
    assert habit["value"] > value["popularity", "ndcg", 10]["value"]
    assert habit["popularity_low"] > 0
    assert habit["difference_to_popularity"] == pytest.approx(habit["value"] - value["popularity", "ndcg", 10]["value"])
    assert value["personal", "ndcg", 10]["difference_to_personal"] == 0
    choice = shop()[ModelChoice].filter("is_chosen", pl.col("task") == "repeat").row(0, named=True)
    assert choice["validation_last_date"] < metrics["holdout_first_date"].min()
    assert choice["train_last_date"] < choice["validation_first_date"]
    assert metrics["holdout_last_date"].max() == DAY
    assert metrics.filter("is_served")["model"].unique().to_list() == [choice["candidate"]]


def test_metrics_have_every_metric_and_cutoff_of_every_model():
    metrics = shop()[RecommendationMetrics]
    cells = metrics.group_by("task", "model").len()
    assert set(cells["len"]) == {len((*PERSON_METRICS, *LIST_METRICS)) * len(CUTOFFS)}
    assert {"popularity", "personal"} <= set(metrics["model"])
    served = metrics.filter("is_served").group_by("task").agg(pl.col("model").n_unique())
    assert dict(served.iter_rows()) == dict.fromkeys(TASKS, 1)


def test_people_without_history_get_their_segment_and_then_everybody():
    """A blend of habits has no opinion on them; with a choice of popularity they would get that."""
    first = shop()[Recommendations].filter(pl.col("rank") == 1, pl.col("task") == "repeat")
    served = {row["person_id"]: (row["served_by"], row["reason"]) for row in first.rows(named=True)}
    assert served["nobody"] == ("popularity", "popular")
    assert served["young"] == ("segment_popularity", "popular in 19-24")


def test_paths_count_everybody_once():
    for task in shop()[ServingPaths].partition_by("task"):
        places = shop()[Recommendations].filter(pl.col("task") == task["task"][0]).height
        assert task["people"].sum() == 62
        assert task["people_rate"].sum() == pytest.approx(1)
        assert task["places"].sum() == places
        assert task["places_rate"].sum() == pytest.approx(1 if places else 0)


def test_who_denied_is_in_no_model_and_gets_no_list():
    """With the lines of those who denied everything about the others is the same, to the last digit."""
    bold: list[Line] = [("rex", f"i{n:02}", DAY - timedelta(days=n)) for n in range(20)]
    bold += [("sue", item, day) for _, item, day in bold] + [("sue", "secret", DAY)]
    tables = build([*shoppers(), *bold], denied=("rex", "sue"), **KNOWN)
    for model in (ItemNeighbours, BoughtTogether, ModelChoice, RecommendationMetrics, Recommendations):
        assert_frame_equal(tables[model], shop()[model], check_exact=True)
    of_bold = tables[RecommendationCandidates].filter(pl.col("person_id").is_in(["rex", "sue"]))
    assert set(of_bold["excluded_by"]) == {"no_consent"}
    assert "secret" not in set(tables[RecommendationCandidates]["item_id"])
    nobody = tables[ServingPaths].filter(pl.col("served_by") == "none")
    # Nobody looks from item to item, so that there is no list of what comes next.
    assert dict(nobody.select("task", "people").iter_rows()) == {"repeat": 2, "discover": 2, "next": 64}


def test_who_looks_from_item_to_item_gets_a_list_of_what_comes_next(monkeypatch):
    """Each item leads to the next of twelve, a minute later."""
    monkeypatch.setattr(sittings, "ENOUGH_PEOPLE", 40)
    looks = [
        (f"p{n:02}", f"i{(n + step) % 12:02}", DAY - timedelta(days=n % 30)) for n in range(60) for step in range(4)
    ]
    frame = lines(looks, "view_item")
    minute = pl.duration(minutes=pl.int_range(pl.len()).over("person_id"))
    tables = build(frame.with_columns(pl.col("event_at") + minute), extra_people=("nobody",))
    lists = tables[Recommendations].filter(task="next")
    first = lists.filter(rank=1).select("person_id", "item_id").sort("person_id").rows()
    assert first == [(f"p{n:02}", f"i{(n + 4) % 12:02}") for n in range(60)]
    assert set(lists["served_by"]) == {"blend"}
    last = pl.DataFrame(looks, schema=["person_id", "item_id", "day"], orient="row").group_by("person_id").last()
    assert lists.join(last, on=["person_id", "item_id"], how="semi").is_empty()
    choice = tables[ModelChoice].filter("is_chosen", task="next").row(0, named=True)
    assert (choice["judged_by"], choice["people"], choice["status"]) == ("per_person", 30, "ok")
    proof = tables[RecommendationMetrics].filter("is_served", task="next", metric="hit_rate", k=5).row(0, named=True)
    assert (proof["value"], proof["people"]) == (1.0, 30)


def test_order_of_rows_and_lines_after_the_day_change_nothing():
    later: list[Line] = [("p00", "i00", DAY + timedelta(days=1)), ("p01", "tomorrow", DAY + timedelta(days=1))]
    rows = lines([*shoppers(), *later]).sample(fraction=1, shuffle=True, seed=3)
    for model, table in build(rows, **KNOWN).items():
        assert_frame_equal(table, shop()[model], check_exact=True)


@pytest.mark.parametrize("known_from", ["categories", "named"])
def test_rules_leave_full_lists_and_say_what_they_took(known_from: str):
    """They hold without a catalogue too, where events and orders name what an item is."""
    categories = {f"i{n:02}": "odd" if n % 2 else "even" for n in range(20)}
    rules = {"blocked_categories": ["odd"], "out_of_stock": ["i00"], "per_person": 5}
    tables = build(shoppers(FEW), **{known_from: categories}, **rules)
    shown = tables[Recommendations]
    assert set(shown["item_id"].str.tail(2).cast(pl.Int64) % 2) == {0}
    assert "i00" not in set(shown["item_id"])
    assert set(shown.filter(pl.col("task") == "repeat").group_by("person_id").len()["len"]) == {5}
    assert set(tables[RecommendationCandidates]["excluded_by"].drop_nulls()) == {"blocked_category", "out_of_stock"}


def test_who_is_short_of_candidates_is_asked_for_more():
    """The twelve best sellers are out of stock, so that three times two candidates are none to show."""
    gone = [f"i{n:02}" for n in range(12)]
    tables = build(shoppers(FEW), out_of_stock=gone, per_person=2, extra_people=("nobody",))
    shown = tables[Recommendations].filter(pl.col("task") == "repeat")
    assert set(shown.group_by("person_id").len()["len"]) == {2}
    assert not set(shown["item_id"]) & set(gone)
    assert tables[RecommendationCandidates]["candidate_rank"].max() > 6


@pytest.mark.parametrize("known_from", ["categories", "named"])
def test_diversity_holds_beyond_the_first_candidates(known_from: str):
    """The sixteen best sellers are of one category, and two places have six candidates, asked for twice."""
    rows: list[Line] = [(f"p{n:02}", f"i{item:02}", DAY) for item in range(19) for n in range(19 - item)]
    categories = {f"i{item:02}": "many" if item < 16 else f"few{item}" for item in range(19)}
    tables = build(rows, **{known_from: categories}, max_per_category=1, per_person=2)
    shown = tables[Recommendations].filter(pl.col("task") == "repeat").group_by("person_id").agg("item_id")
    assert shown["item_id"].to_list() == [["i00", "i16"]] * 19


def test_what_was_bought_lately_waits():
    tables = build(shoppers(FEW), exclude_bought_days=7, per_person=3)
    lately = lines(shoppers(FEW)).filter(pl.col("event_date") > DAY - timedelta(days=7))
    assert lately.height > FEW
    assert tables[Recommendations].join(lately, on=["person_id", "item_id"], how="semi").is_empty()
    assert "bought_recently" in set(tables[RecommendationCandidates]["excluded_by"])


def test_a_boost_is_in_the_score_and_beside_it():
    plain = small_shop()[Recommendations].filter(pl.col("person_id") == "p03", pl.col("task") == "repeat")
    last = plain.sort("rank")["item_id"][-1]
    boosted = build(shoppers(FEW), boosts={last: 100.0}, **KNOWN)[Recommendations]
    row = boosted.filter(pl.col("person_id") == "p03", pl.col("item_id") == last, pl.col("task") == "repeat")
    assert (row["rank"].item(), row["boost"].item()) == (1, 100.0)
    assert row["score"].item() == pytest.approx(100 * plain.filter(pl.col("item_id") == last)["score"].item())


@pytest.mark.parametrize(("tables", "people", "status"), [(small_shop, FEW, "not_enough_data"), (shop, 60, "ok")])
def test_too_few_people_are_not_judged(tables: Callable[[], Tables], people: int, status: str):
    repeat = tables()[RecommendationMetrics].filter(pl.col("task") == "repeat")
    assert set(repeat["status"]) == {status}
    assert set(repeat["people"]) == {people}
    assert repeat["value"].is_null().all() is (status != "ok")
    if status != "ok":
        assert tables()[ModelChoice].filter("is_chosen")["candidate"].to_list() == ["popularity"] * 3


@pytest.mark.skipif(not boost.is_installed(), reason="the extra boost (lightgbm) is not installed")
@pytest.mark.parametrize("wanted", [True, False])
def test_re_ranking_is_tried_where_it_is_asked_for(monkeypatch, wanted: bool):
    monkeypatch.setattr(boost, "MIN_PEOPLE", 20)
    tables = build(shoppers(), rerank=wanted, **KNOWN)
    assert ("reranked" in tables[ModelChoice]["candidate"].to_list()) is wanted


@pytest.mark.parametrize("rows", [[], [("ann", "tea", DAY), ("ann", "milk", DAY)]], ids=["nothing", "one day"])
def test_too_little_is_said_and_served_with_what_there_is(rows: list[Line]):
    tables = build(rows, extra_people=("bob",))
    assert set(tables[RecommendationMetrics]["status"]) == set(tables[ModelChoice]["status"]) == {"not_enough_data"}
    assert lists(tables, "bob") == sorted({item for _, item, _ in rows})
    assert tables[RecommendationMetrics].height == 3 * 2 * 24


def one_day_of_views() -> pl.DataFrame:
    """Return views of one item at 10 and 12 o'clock: there is something to prove by, and no day before to choose on."""
    views = lines([("ann", "tea", DAY)] * 2, "view_item")
    return views.with_columns(pl.col("event_at") - pl.Series([timedelta(hours=2), timedelta()]))


@pytest.mark.parametrize(
    ("frame", "items"),
    [(lines([], "view_item"), []), (one_day_of_views(), ["tea"]), (lines([("ann", "tea", DAY)], "refund"), [])],
    ids=["no item lines", "one day of views", "nothing but a refund"],
)
def test_a_shop_without_lines_to_choose_on_gets_every_table(frame: pl.DataFrame, items: list[str]):
    tables = build(frame, extra_people=("bob",))
    assert set(tables[RecommendationMetrics]["status"]) == set(tables[ModelChoice]["status"]) == {"not_enough_data"}
    assert lists(tables, "bob") == items
    assert tasks_with_enough(frame, DAY, 14) == set()


def test_nobody_gives_empty_lists():
    tables = build([])
    assert tables[Recommendations].is_empty()
    assert tables[ServingPaths]["people"].sum() == 0


def test_new_items_take_the_last_places_of_discover_lists_by_what_people_like():
    categories = {f"i{n:02}": "tea" if n % 2 else "milk" for n in range(20)} | {"n1": "tea", "n2": "milk", "n3": "tea"}
    tables = build(shoppers(FEW), categories=categories, per_person=5, new_items=2, out_of_stock=["n3"], **KNOWN)
    shown = tables[Recommendations]
    new = shown.filter(pl.col("served_by") == "content")
    assert set(new["task"]) == {"discover"}
    assert set(new["item_id"]) == {"n1", "n2"}
    assert set(new["rank"]) == {4, 5}
    assert set(new["reason"]) == {"new in tea", "new in milk"}
    # Who has no history likes nothing in particular.
    assert set(new["person_id"]) == {f"p{n:02}" for n in range(FEW)}
    assert set(shown.group_by("person_id", "task").len()["len"]) == {5}
    assert shown.group_by("person_id", "task").agg(pl.col("rank").n_unique() == pl.col("rank").max())["rank"].all()
    assert small_shop()[Recommendations].filter(pl.col("served_by") == "content").is_empty()


def test_new_items_take_no_more_places_than_their_category_may_have():
    categories = {f"i{n:02}": f"kind{n}" for n in range(20)} | {"n1": "kind0", "n2": "tea", "n3": "tea", "n4": "tea"}
    catalogued = {**categories, "i00": "tea", "i01": "kind0"}
    tables = build(shoppers(FEW), categories=catalogued, per_person=6, new_items=3, max_per_category=2)
    places = tables[RecommendationCandidates].filter(pl.col("rank").is_not_null(), task="discover")
    assert places.group_by("person_id", "item_category").len()["len"].max() == 2
    assert places.group_by("person_id").agg(pl.col("rank").n_unique() == pl.col("rank").max())["rank"].all()
    new = places.filter(served_by="content")
    assert set(new["item_category"]) == {"kind0", "tea"}


def test_what_the_models_leave_out_is_not_new(monkeypatch):
    """Of a catalogue that is too large for them the least touched items are no candidates, and have been bought."""
    monkeypatch.setattr("dmp_assets.recommendations.build.build_interactions", partial(build_interactions, max_items=5))
    categories = dict.fromkeys([*(f"i{n:02}" for n in range(20)), "n1"], "tea")
    shown = build(shoppers(FEW), categories=categories, per_person=5, new_items=2)[Recommendations]
    assert set(shown.filter(served_by="content")["item_id"]) == {"n1"}


def test_reasons_are_words_for_their_kind():
    shown = pl.DataFrame(
        {
            "task": ["repeat", "next", "discover", "discover", "discover", "discover", "discover", "discover"],
            "reason_kind": ["own", "own", "own", "item", "item", "people", "segment", "popular"],
            "because": [None, None, None, "1", "2", None, "35-44", None],
        }
    )
    names = pl.DataFrame({"item_id": ["1", "2"], "item_name": ["oat milk", None]})
    assert with_reasons(shown, names)["reason"].to_list() == [
        "had before",
        "looked at or bought lately",
        "looked at, not bought yet",
        "goes with oat milk",
        "goes with 2",
        "people with like histories have it",
        "popular in 35-44",
        "popular",
    ]


def test_reasons_call_items_as_item_catalogue_does_where_events_alone_name_them():
    frame = lines(shoppers(12))
    called = {"i00": ("Tea", "CUPS"), "i01": (None, "CUPS")}
    items = [{"item_id": one, "item_name": name, "item_category": kind} for one, (name, kind) in called.items()]
    names = pl.concat([empty(Items), pl.DataFrame(items)], how="diagonal")
    sources = Sources(
        frame.lazy(), frame["person_id"], empty(ConsentState), empty(RawItems), empty(Demographics), names
    )
    near = Choice("discover", (Member("item_knn", (("neighbours", 5),)),), (1.0,), "chosen")
    shown = serve(sources, {"discover": near}, DAY, RecommendationSettings())[Recommendations]
    words = dict(shown.filter(reason_kind="item").select("because", "reason").unique().rows())
    assert (words["i00"], words["i01"], words["i02"]) == ("goes with Tea", "goes with CUPS (i01)", "goes with i02")


def test_reasons_name_items_that_the_person_has():
    owned = lines(shoppers()).select("person_id", because="item_id").unique()
    named = shop()[Recommendations].filter(pl.col("reason_kind") == "item")
    assert named.join(owned, on=["person_id", "because"], how="anti").is_empty()
