"""What is kept from one day to the next: nothing that a change must reach, and never what a later day knows."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from dmp_assets.analytics.schema import Items
from dmp_assets.events.schema import EventItems
from dmp_assets.foundation.settings.recommendations import RecommendationSettings
from dmp_assets.foundation.warehouse.tables import Contract
from dmp_assets.ingest.schema.items import RawItems
from dmp_assets.orders.schema import OrderItems
from dmp_assets.profiles.schema.statements import Demographics
from dmp_assets.recommendations import update
from dmp_assets.recommendations.schema.choice import ModelChoice
from dmp_assets.recommendations.schema.lists import RecommendationCandidates, Recommendations, ServingPaths
from dmp_assets.recommendations.schema.relations import BoughtTogether, ItemNeighbours
from dmp_assets.recommendations.steps import CHOOSE_MODELS, RECOMMEND_ITEMS, RELATE_ITEMS
from dmp_assets.recommendations.update import ChoiceMissingError
from dmp_assets_tests.recommendations.support.factories import DAY, Line, event_items, order_items, shoppers
from dmp_assets_tests.recommendations.support.store import Store

FEW = 18
"""With rex one person too few to judge by: popularity is served without comparing anything."""

PEOPLE = {f"p{n:02}": f"p{n:02}" for n in range(60)} | {"rex": "rex", "sue": "sue"}
HABIT: list[Line] = [
    ("rex", item, DAY - timedelta(days=7 * week)) for week in range(1, 12) for item in ("i00", "bait", "line")
]
"""What rex alone buys together, often enough for a pair beyond chance."""

BEFORE = DAY - timedelta(days=1)
"""A day without lines."""

KEPT = {"choice": "kept", "relations": "kept", "serving": "kept"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return fill(tmp_path, shoppers(FEW))


def fill(folder: Path, rows: list[Line], people: dict[str, str] = PEOPLE) -> Store:
    folder.mkdir(exist_ok=True)
    made = Store(folder)
    made.put_lines([*rows, *HABIT, ("sue", "i00", DAY - timedelta(days=7))])
    made.put_people(people)
    return made


def next_day(store: Store, rows: int = 1) -> date:
    """Add a day with purchases of one item."""
    day = DAY + timedelta(days=1)
    store.put_lines([(f"p{n:02}", "i19", day) for n in range(rows)])
    return day


def assert_equal(one: Store, other: Store, contracts: tuple[Contract, ...]) -> None:
    for contract in contracts:
        assert_frame_equal(one.table(contract).frame(), other.table(contract).frame(), check_row_order=False)


def mentions(store: Store, contract: Contract, word: str) -> bool:
    text = store.table(contract).frame().cast(str).write_csv()
    return word in text


def test_where_nothing_changed_all_is_kept_and_booked_as_up_to_date(store: Store):
    store.run(DAY)
    tables = (*CHOOSE_MODELS.makes, *RELATE_ITEMS.makes, *RECOMMEND_ITEMS.makes)
    before = {contract: (store.commit(contract), store.table(contract).frame()) for contract in tables}
    assert store.run(DAY) == KEPT
    for contract, (commit, frame) in before.items():
        now = store.commit(contract)
        assert now.commit_id > commit.commit_id, "a table that was looked at is up to date"
        assert now.changed_id == commit.changed_id, "what is made of it sees no change"
        assert (now.rows, now.row_hash) == (commit.rows, commit.row_hash)
        assert_frame_equal(store.table(contract).frame(), frame)
    assert store.commit(Recommendations).rows > 0


def test_nothing_is_fitted_where_nothing_changed(store: Store, monkeypatch: pytest.MonkeyPatch):
    store.run(DAY)
    for name in ("choose", "relate", "serve"):
        monkeypatch.setattr(update, name, _refuse)
    assert store.run(DAY) == KEPT


def _refuse(*_given: object, **_named: object) -> None:
    raise AssertionError("this costs time")


def test_a_day_more_serves_everybody_by_the_kept_choice(store: Store):
    store.run(DAY)
    chosen = store.table(ModelChoice).frame()
    day = next_day(store)
    said = store.run(day)
    assert (said["choice"], said["relations"]) == ("kept", "kept")
    assert said["serving"] == "made: changed: as_of, event_items, order_items"
    assert_frame_equal(store.table(ModelChoice).frame(), chosen)
    for contract, made_on in {ModelChoice: DAY, ItemNeighbours: DAY, Recommendations: day, ServingPaths: day}.items():
        assert store.table(contract).frame()["as_of_date"].unique().to_list() == [made_on]
    bought = store.table(RecommendationCandidates).frame().filter(person_id="p00", task="discover")["item_id"]
    assert "i19" not in bought.to_list(), "lists know of the day"


def test_kept_choices_serve_what_they_served_when_they_were_made(tmp_path: Path):
    """Sixty people are enough for blends, whose lists the stored recipe has to make again."""
    store = fill(tmp_path, shoppers())
    store.run(DAY)
    assert "ok" in store.table(ModelChoice).frame()["status"].to_list()
    lists = {contract: store.table(contract).frame() for contract in RECOMMEND_ITEMS.makes}
    store.write(store.piece("serving", DAY, full_refresh=True))
    for contract, frame in lists.items():
        assert_frame_equal(store.table(contract).frame(), frame, check_exact=True)


def test_a_week_later_a_choice_is_due(store: Store):
    store.run(DAY)
    assert store.run(DAY + timedelta(days=6))["choice"] == "kept"
    assert store.run(DAY + timedelta(days=7))["choice"] == "made: the stored choice is 7 days old"
    store.rules = RecommendationSettings(choose_every_days=1)
    assert store.run(DAY + timedelta(days=8))["choice"] == "made: the stored choice is 1 days old"


def test_an_earlier_day_knows_nothing_of_what_was_stored_of_a_later_one(store: Store, tmp_path: Path):
    store.run(DAY)
    earlier = DAY - timedelta(days=1)
    said = store.run(earlier)
    assert said == {
        "choice": f"made: the stored choice knows days up to {DAY}",
        "relations": f"made: the stored tables know days up to {DAY}",
        "serving": "made: changed: as_of, event_items, order_items",
    }
    fresh = fill(tmp_path / "fresh", [row for row in shoppers(FEW) if row[2] < DAY])
    fresh.run(earlier)
    assert_equal(store, fresh, (*CHOOSE_MODELS.makes, ItemNeighbours, BoughtTogether, Recommendations, ServingPaths))


def test_lists_are_not_made_by_a_choice_of_a_later_day_or_by_none(store: Store):
    with pytest.raises(ChoiceMissingError, match="choose first"):
        store.piece("serving", DAY)
    store.run(DAY)
    with pytest.raises(ChoiceMissingError, match="choose first"):
        store.piece("serving", DAY - timedelta(days=1))


@pytest.mark.parametrize("refused", ["denied", "was one who denied"])
def test_who_refuses_leaves_every_table_at_the_next_run(store: Store, tmp_path: Path, refused: str):
    store.deny("sue")
    store.run(DAY)
    assert mentions(store, ItemNeighbours, "bait")
    assert mentions(store, BoughtTogether, "bait")
    assert mentions(store, Recommendations, "rex")
    people = PEOPLE if refused == "denied" else PEOPLE | {"rex": "sue"}
    denied = ("rex", "sue") if refused == "denied" else ("sue",)
    store.put_people(people)
    store.deny(*denied)
    said = store.run(DAY)
    assert said["relations"] == "made: other people refuse"
    for contract in (ItemNeighbours, BoughtTogether, RecommendationCandidates):
        assert not mentions(store, contract, "bait")
    assert not mentions(store, Recommendations, "rex")
    assert set(store.table(RecommendationCandidates).frame().filter(person_id="sue")["excluded_by"]) == {"no_consent"}
    fresh = fill(tmp_path / "fresh", shoppers(FEW), people)
    fresh.deny(*denied)
    fresh.run(DAY)
    assert_equal(store, fresh, (ItemNeighbours, BoughtTogether, Recommendations, ServingPaths))
    assert store.run(DAY) == KEPT


def test_an_item_that_nobody_touched_is_like_others_by_what_it_is_until_somebody_takes_it(store: Store):
    """What who refused took counts as touched by nobody, and a catalogue that lands again as it was changes nothing."""
    tea = [{"item_id": item, "item_category": "tea"} for item in ("i00", "i01", "fresh", "bait")]
    soap = [{"item_id": f"soap{number}", "item_category": f"soap{number}"} for number in range(6)]
    store.put(RawItems, [*tea, *soap])
    store.deny("rex")
    store.run(DAY)
    near = store.table(ItemNeighbours).frame().filter(likeness="content").sort("item_id", "rank")
    assert near.select("item_id", "similar_item_id", "similarity", "people_together").rows() == [
        ("bait", "i00", 1.0, 0),
        ("bait", "i01", 1.0, 0),
        ("bait", "fresh", 1.0, 0),
        ("fresh", "i00", 1.0, 0),
        ("fresh", "i01", 1.0, 0),
        ("fresh", "bait", 1.0, 0),
    ]
    again = [{"path": "other.csv", "line_number": 9} | item for item in tea]
    store.put(RawItems, [*again, *soap])
    assert store.run(DAY) == KEPT | {"serving": "made: changed: raw_items"}
    store.put(RawItems, [*again, *soap[:-1], {"item_id": "soap5", "item_category": "tea"}])
    changed = {"relations": "made: the catalogue changed", "serving": "made: changed: raw_items"}
    assert store.run(DAY) == KEPT | changed
    assert store.run(DAY) == KEPT
    store.deny()
    store.run(DAY)
    near = store.table(ItemNeighbours).frame()
    assert set(near.filter(item_id="bait")["likeness"]) == {"people"}
    assert set(near.filter(likeness="content")["item_id"]) == {"fresh", "soap5"}


def test_who_grants_again_comes_back(store: Store):
    store.deny("rex")
    store.run(DAY)
    assert not mentions(store, BoughtTogether, "bait")
    store.deny()
    assert store.run(DAY)["relations"] == "made: other people refuse"
    assert mentions(store, BoughtTogether, "bait")


def test_who_refused_may_go_on_buying_without_anything_made_again(store: Store):
    """Relations were made without them; only what they did up to that day could be in there."""
    store.deny("rex")
    store.run(DAY)
    day = DAY + timedelta(days=1)
    store.put_lines([("rex", "bait", day)])
    assert store.run(day)["relations"] == "kept"


def test_one_line_in_a_hundred_makes_relations_again(store: Store):
    store.run(DAY)
    day = next_day(store, rows=12)
    assert store.run(day)["relations"].endswith("lines are new or gone")
    assert store.table(ItemNeighbours).frame()["as_of_date"].unique().to_list() == [day]


Change = Callable[[Store], None]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda store: store.put(Items, [{"item_id": "i00", "item_name": "Tea"}]), "items"),
        (lambda store: store.put(Demographics, [{"person_id": "p00", "field": "age_range"}]), "demographics"),
        (lambda store: store.put_people(PEOPLE | {"new": "new"}), "visitors, persons"),
        (lambda store: store.deny("nobody"), "consent"),
        (lambda store: store.put_days(OrderItems, order_items([("sue", "i01", BEFORE)])), "order_items"),
        (lambda store: store.put_events([("sue", "i01", BEFORE)], "view_item"), "event_items"),
    ],
    ids=["names", "demographics", "people", "consent", "orders", "events"],
)
def test_lists_are_made_again_where_an_input_changed(store: Store, change: Change, name: str):
    store.run(DAY)
    change(store)
    assert store.run(DAY) == KEPT | {"serving": f"made: changed: {name}"}
    assert store.run(DAY) == KEPT


def test_a_line_is_bought_by_orders_alone_and_seen_by_events(tmp_path: Path):
    """Events that report the orders are stored beside them, and lines of refunds and cancellations."""
    made = Store(tmp_path)
    made.put_people({"ann": "ann", "bob": "bob"})
    made.put_days(OrderItems, order_items([("ann", "tea", DAY)]))
    seen = [("bob", "tea", DAY), ("ann", "milk", DAY)]
    names = ("purchase", "refund", "order_cancelled", "view_item")
    made.put_days(EventItems, pl.concat(event_items(seen, name) for name in names))
    observed = made.observed(DAY)
    found = observed.lines.select("person_id", "item_id", "is_bought", "event_name").sort(pl.all()).rows()
    assert found == [
        ("ann", "milk", False, "view_item"),
        ("ann", "tea", True, None),
        ("bob", "tea", False, "view_item"),
    ]
    assert observed.items() == 2


def test_the_books_of_a_day_name_both_tables(tmp_path: Path):
    """A day of one table must not look like the same day of the other, and neither may change unseen."""
    made = Store(tmp_path)
    made.put_people({"ann": "ann"})
    made.put_days(OrderItems, order_items([("ann", "tea", DAY)]))
    alone = made.observed(DAY).days()[DAY]
    made.put_events([("ann", "milk", DAY), ("ann", "tea", DAY)], "view_item")
    both = made.observed(DAY).days()[DAY]
    assert (alone.rows, both.rows) == (1, 3)
    assert [part.split(":")[0] for part in both.fingerprint.split()] == ["event_items", "order_items"]
    assert alone.fingerprint in both.fingerprint
    made.put_days(OrderItems, order_items([("ann", "soap", DAY)]))
    assert made.observed(DAY).days()[DAY].fingerprint != both.fingerprint
    assert made.observed(DAY - timedelta(days=1)).days() == {}


def test_orders_of_who_refused_are_told_from_those_of_others(tmp_path: Path):
    made = Store(tmp_path)
    made.put_people({"ann": "ann", "bob": "bob"})
    made.put_days(OrderItems, order_items([("ann", "tea", DAY), ("bob", "tea", DAY)]))
    made.put_events([("ann", "tea", DAY)], "view_item")
    made.deny("ann")
    assert made.observed(DAY).refused_events(DAY).rows == 2
    assert made.observed(DAY).refused_events(DAY - timedelta(days=1)).rows == 0


def test_days_after_the_one_described_change_nothing(store: Store):
    store.run(DAY)
    next_day(store, rows=19)
    assert store.run(DAY) == KEPT


def test_other_settings_or_code_make_everything_again(store: Store):
    store.run(DAY)
    store.made_by = "other code"
    assert {said.split(":")[0] for said in store.run(DAY).values()} == {"made"}
    assert set(store.run(DAY, full_refresh=True).values()) == {"made: asked for"}


def test_an_extra_that_comes_or_goes_makes_a_choice_due(store: Store, monkeypatch: pytest.MonkeyPatch):
    """A choice that needs a missing extra could not be served; one that is new wants to be tried."""
    store.run(DAY)
    is_installed = update.boost.is_installed()
    monkeypatch.setattr(update.boost, "is_installed", lambda: not is_installed)
    assert store.run(DAY)["choice"].startswith("made")


def test_a_table_that_was_never_written_is_made(store: Store):
    """The tables are there, empty, before the first run: they have no commit to keep."""
    store.write(store.piece("choice", DAY))
    assert store.run(DAY) == {
        "choice": "kept",
        "relations": "made: nothing stored yet",
        "serving": "made: nothing stored yet",
    }


def test_people_to_judge_by_make_a_choice_due(store: Store):
    store.run(DAY)
    assert set(store.table(ModelChoice).frame()["status"]) == {"not_enough_data"}
    store.put_lines([*shoppers(), *HABIT])
    assert store.run(DAY)["choice"] == "made: enough people to judge discover and repeat by"
