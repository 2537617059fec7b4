"""Stored profiles updated with their days: in either mode the tables are those of all days at once."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from dmp_assets.events.schema import DailyActivity
from dmp_assets.foundation.incremental.plan import Mode
from dmp_assets.foundation.incremental.update import Update, update
from dmp_assets.foundation.values.days import Days
from dmp_assets.profiles.assets import attention_of_everybody
from dmp_assets.profiles.charts import category_attention
from dmp_assets.profiles.schema.activity import ProfileHistory
from dmp_assets.profiles.schema.interests import Affinities
from dmp_assets.profiles.schema.orders import OrdersOfPersons
from dmp_assets.profiles.schema.profiles import Profiles
from dmp_assets.profiles.schema.sums import RunningSums
from dmp_assets.profiles.sums.event_tables import EventTables
from dmp_assets.profiles.sums.sum_up import PersonEvents
from dmp_assets_tests.foundation.warehouse.support.factories import query
from dmp_assets_tests.profiles.support.store import USUAL, VISITORS, Order, Store, crowd, on


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def mode(done: Update) -> Mode:
    assert done.metadata["mode"] == done.plan.mode
    assert done.is_full_refresh == all(made.replaced is None for made in done.tables.values())
    return done.plan.mode


def begun(store: Store, *days: int) -> None:
    """Store days of everybody and make the profiles."""
    for day in days:
        store.put_day(day, crowd(day))
    assert mode(store.update(days[-1])) == Mode.FULL_REFRESH
    store.assert_is_refreshed(days[-1])


def test_attention_of_everybody_is_known_where_some_peoples_affinities_are_replaced(store: Store) -> None:
    begun(store, 0, 5)
    store.put_day(6, [(6, "a", 0, 1), (6, "a", 1, 2)])
    made = update(store.step(6)).tables[Affinities]
    assert made.replaced is not None
    found = attention_of_everybody(made, store.table(Affinities))
    store.update(6)
    affinities = store.table(Affinities).frame()
    wanted = category_attention(affinities)
    assert wanted["people"].sum() == affinities.filter(pl.col("attribute") == "item_category")["person_id"].n_unique()
    assert_frame_equal(found, wanted, check_row_order=False)


def test_a_further_day_is_added_to_the_sums_of_those_who_did_something(store: Store) -> None:
    begun(store, 0, 5)
    store.put_day(6, [(6, "a", 0, 1), (6, "a", 4, 2)])
    done = store.update(6)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 1)
    assert done.metadata["because"] == "1 days added, 0 changed"
    store.assert_is_refreshed(6)


@pytest.mark.parametrize("most_rows", [1, 150])
def test_all_days_are_summed_in_periods_of_so_many_rows(
    store: Store, most_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (0, 1, 5, 20, 45):
        store.put_day(day, crowd(day))
    store.put_day(46, [(46, "a", 0, 1)])
    summed: list[Days] = []
    of_days = EventTables.of_days

    def of_period(self: EventTables, visitors: pl.DataFrame, days: Days) -> PersonEvents:
        summed.append(days)
        return of_days(self, visitors, days)

    with monkeypatch.context() as patch:
        patch.setattr("dmp_assets.profiles.sums.basis.MOST_ROWS", most_rows)
        patch.setattr(EventTables, "of_days", of_period)
        assert mode(store.update(45)) == Mode.FULL_REFRESH
    assert len(summed) > 2
    assert (summed[0].first, summed[-1].last) == (on(0), on(45))
    store.assert_is_refreshed(45)


def test_nothing_new_changes_nothing(store: Store) -> None:
    begun(store, 0, 5)
    books = "SELECT table_name, rows, row_hash FROM ops.current_commits WHERE table_name LIKE 'profiles%' ORDER BY ALL"
    before = query(store.warehouse, books)
    done = store.update(5)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 0)
    assert query(store.warehouse, books) == before


def test_a_month_that_ends_gets_its_snapshot_and_the_others_stay(store: Store) -> None:
    begun(store, 0, 5)
    store.put_day(20, [(20, "a", 0, 1)])
    assert mode(store.update(20)) == Mode.INCREMENTAL
    store.assert_is_refreshed(20)
    assert store.table(ProfileHistory).frame()["as_of_date"].unique().to_list() == [date(2024, 1, 31)]
    store.update(45)
    store.assert_is_refreshed(45)
    assert store.table(ProfileHistory).frame()["as_of_date"].n_unique() == 2


def test_an_earlier_day_that_changed_or_was_removed_recomputes_those_of_that_day(store: Store) -> None:
    begun(store, 0, 1, 2, 20)
    store.put_day(3, [(3, "b", 0, 2)])
    done = store.update(20)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 1)
    store.assert_is_refreshed(20)
    store.put_day(3, [(3, "c", 0, 1)])
    assert store.update(20).metadata["people summed"] == 2
    store.assert_is_refreshed(20)
    store.put_day(3, [])
    assert store.update(20).metadata["people summed"] == 1
    store.assert_is_refreshed(20)


def test_who_gains_or_loses_an_identifier_with_a_past_is_recomputed(store: Store) -> None:
    begun(store, 0, 5, 20)
    store.people = {**USUAL, "b": "pa"}
    done = store.update(20)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 2)
    store.assert_is_refreshed(20)
    store.people = {**USUAL, "b": [(None, "pb"), (3, "pa")]}
    assert store.update(20).metadata["people summed"] == 2
    store.assert_is_refreshed(20)


def test_who_moves_and_does_something_new_in_one_update_is_summed_once(store: Store) -> None:
    begun(store, 0, 5, 20)
    store.people = {**USUAL, "b": "pa"}
    store.put_day(21, [(21, "b", 0, 1), (21, "c", 0, 2)])
    done = store.update(21)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 3)
    store.assert_is_refreshed(21)


def test_a_new_identifier_of_somebody_known_is_added_without_the_past(store: Store) -> None:
    begun(store, 0, 5)
    store.people = {**USUAL, "z": "pa"}
    store.put_day(6, [(6, "z", 0, 1)])
    past = store.table(DailyActivity)
    done = store.update(6)
    assert done.metadata["people summed"] == 1
    assert past.frame().height > done.tables[RunningSums].rows.height
    store.assert_is_refreshed(6)


def test_another_brand_in_the_catalogue_recomputes_those_of_the_item(store: Store) -> None:
    for day in (0, 5):
        store.put_day(day, [(day, name, 0, 1) for name in VISITORS[1:]] + [(day, "a", 0, 2)])
    store.update(5)
    store.brands = {**store.brands, "i2": "umbrella", "i9": "nobody bought this"}
    done = store.update(5)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 1)
    assert "umbrella" in store.table(Affinities).frame()["value"].to_list()
    store.assert_is_refreshed(5)


def test_another_category_in_the_catalogue_recomputes_those_who_bought_the_item(store: Store) -> None:
    for day in (0, 5):
        store.put_day(day, [(day, name, 0, 1) for name in VISITORS])
    # No event names the item: a's order is the shop's alone.
    store.put({**store.orders, "only": Order(5, "a", 2)}, store.orders)
    store.update(5)
    store.categories = {**store.categories, "i2": "wine"}
    done = store.update(5)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 1)
    assert "wine" in store.table(Profiles).frame().filter(person_id="pa")["top_categories"].item()
    store.assert_is_refreshed(5)


def of_one(store: Store, person: str) -> tuple[object, ...]:
    """Return orders, revenue and refunds of a person, and the numbers of the orders."""
    sums = store.table(RunningSums).frame().filter(person_id=person).select("orders", "revenue", "refunds")
    numbers = store.table(OrdersOfPersons).frame().filter(person_id=person).sort("order_number")
    return *(sums.row(0) if sums.height else ()), numbers["order_id"].to_list()


def test_an_order_that_changes_stops_counting_or_is_removed_recomputes_its_buyer(store: Store) -> None:
    begun(store, 0, 1, 2, 20)
    changed = dict(store.orders)
    gone = Order(3, "b", 2, counts=False)
    for order, people in ((Order(3, "b", 1), 1), (Order(3, "b", 2), 1), (gone, 1), (None, 0)):
        store.put({name: one for name, one in {**changed, "late": order}.items() if one}, store.orders)
        done = store.update(20)
        assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, people)
        store.assert_is_refreshed(20)
        counts = order is not None and order.counts
        assert of_one(store, "pb") == ((1, order.value + 1, 0, ["late"]) if counts else (0, 0, 0, []))


def test_another_status_of_an_old_order_recomputes_nobody_and_other_amounts_its_buyer_alone(store: Store) -> None:
    begun(store, 0, 5, 20)
    name, order = next((name, one) for name, one in store.orders.items() if (one.day, one.visitor) == (5, "a"))
    for changed, people in ((replace(order, status="refunded"), 0), (replace(order, discounts=7), 1)):
        store.put({**store.orders, name: changed}, store.orders)
        done = store.update(20)
        assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, people)
        store.assert_is_refreshed(20)


def test_an_order_that_moves_to_another_day_or_buyer_is_numbered_for_whose_it_is(store: Store) -> None:
    begun(store, 0, 5, 20)
    mine = of_one(store, "pa")
    for order in (Order(3, "a", 1), Order(21, "a", 1), Order(2, "c", 1)):
        store.put({**store.orders, "moving": order}, store.orders)
        assert mode(store.update(21)) == Mode.INCREMENTAL
        store.assert_is_refreshed(21)
    assert of_one(store, "pa") == mine
    assert of_one(store, "pc")[-1] == ["moving"]


def test_a_late_reversal_lowers_the_revenue_of_its_own_day(store: Store) -> None:
    begun(store, 0, 5, 20)
    orders, revenue, refunds, numbers = of_one(store, "pa")
    store.put({**store.reversals, "late": Order(7, "a", 1)}, store.reversals)
    done = store.update(20)
    assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 1)
    assert of_one(store, "pa") == (orders, revenue - 2, refunds + 1, numbers)
    store.assert_is_refreshed(20)


def test_a_late_change_of_reversals_recomputes_those_who_have_any_and_not_everybody_of_the_day(store: Store) -> None:
    begun(store, 0, 5, 20)
    refunded = store.table(RunningSums).frame().filter(pl.col("refunds") > 0)["person_id"]
    assert refunded.len() == 3
    name = next(name for name, one in store.reversals.items() if one.day == 5)
    for order in (Order(5, "b", 1), Order(5, "b", 2), Order(20, "b", 1), None):
        others = {other: one for other, one in store.reversals.items() if other != name}
        store.put(others if order is None else {**others, name: order}, store.reversals)
        done = store.update(20)
        assert (mode(done), done.metadata["people summed"]) == (Mode.INCREMENTAL, 4)
        store.assert_is_refreshed(20)


def test_whoever_only_bought_or_got_money_back_has_a_profile_until_that_is_gone(store: Store) -> None:
    begun(store, 0, 5, 20)
    store.people = {**USUAL, "buyer": "pbuyer", "taker": "ptaker"}
    orders, reversals = dict(store.orders), dict(store.reversals)
    store.put({**orders, "only": Order(3, "buyer", 1)}, store.orders)
    store.put({**reversals, "only": Order(4, "taker", 1)}, store.reversals)
    assert mode(store.update(20)) == Mode.INCREMENTAL
    store.assert_is_refreshed(20)
    people = store.table(Profiles).frame().filter(pl.col("person_id").is_in(["pbuyer", "ptaker"]))
    assert people.select("orders", "revenue", "active_days").rows() == [(1, 2, 0), (0, -2, 0)]
    store.put(orders, store.orders)
    store.put(reversals, store.reversals)
    assert mode(store.update(20)) == Mode.INCREMENTAL
    store.assert_is_refreshed(20)
    assert store.table(OrdersOfPersons).frame().filter(person_id="pbuyer").is_empty()


def test_an_order_older_than_the_first_event_of_its_account_is_counted_when_the_account_is_somebodys(
    store: Store,
) -> None:
    begun(store, 0, 5)
    store.put({**store.orders, "early": Order(3, "z", 1)}, store.orders)
    assert mode(store.update(5)) == Mode.INCREMENTAL
    store.people = {**USUAL, "z": "pa"}
    store.put_day(6, [(6, "z", 1, 1)])
    assert mode(store.update(6)) == Mode.INCREMENTAL
    assert "early" in of_one(store, "pa")[-1]
    store.assert_is_refreshed(6)


def test_a_merge_numbers_the_orders_of_both_again(store: Store) -> None:
    for day in (0, 5, 20):
        store.put_day(day, [*crowd(day), (day, "b", 0, 2)])
    store.update(20)
    assert [len(of_one(store, person)[-1]) for person in ("pa", "pb")] == [3, 3]
    store.people = {**USUAL, "b": "pa"}
    assert mode(store.update(20)) == Mode.INCREMENTAL
    assert len(of_one(store, "pa")[-1]) == 6
    assert of_one(store, "pb") == ([],)
    store.assert_is_refreshed(20)


def test_only_the_orders_of_those_who_ordered_are_written_again(store: Store) -> None:
    begun(store, 0, 5)
    store.put_day(6, [(6, "a", 0, 1), (6, "b", 1, 1)])
    made = store.update(6).tables[OrdersOfPersons]
    assert made.replaced is not None
    assert made.replaced["person_id"].to_list() == ["pa"]
    assert made.rows["order_number"].to_list() == [1, 2, 3]
    store.assert_is_refreshed(6)


def test_changes_of_many_people_are_a_full_refresh(store: Store) -> None:
    begun(store, 0, 5)
    store.put_day(6, crowd(6))
    done = store.update(6)
    assert (mode(done), done.metadata["because"]) == (Mode.FULL_REFRESH, "it concerns more than 25% of the people")
    store.people = {**USUAL, **dict.fromkeys("abcdef", "q")}
    assert mode(store.update(6)) == Mode.FULL_REFRESH
    store.assert_is_refreshed(6)


def test_other_settings_and_an_earlier_day_are_a_full_refresh(store: Store) -> None:
    begun(store, 0, 5)
    store.settings = "others"
    assert store.update(5).metadata["because"] == "the settings, the code or the layout of the tables changed"
    assert store.update(0).metadata["because"] == f"the stored tables count a later day, {on(5)}"
    store.assert_is_refreshed(0)
    assert store.update(0, full_refresh=True).metadata["because"] == "asked for"


@settings(max_examples=4, deadline=None)
@given(st.randoms(use_true_random=False))
def test_whatever_happens_the_tables_are_those_of_all_days(tmp_path_factory, chance: Random) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    begun(store, 0, 3)
    modes, day = [], 3
    for _ in range(6):
        what = chance.choice(["day", "day", "late", "people", "catalogue", "later", "order", "order", "reversal"])
        names = chance.sample(VISITORS, 2)
        if what == "day":
            day += chance.randint(1, 9)
            store.put_day(day, [(day, name, chance.randint(0, 4), chance.randint(0, 2)) for name in names])
        elif what == "late":
            late = chance.randint(1, day)
            store.put_day(late, [(late, name, chance.randint(0, 4), chance.randint(0, 2)) for name in names[:1]])
        elif what == "people":
            one = chance.choice([None, "q", [(None, "q"), (2, "r")]])
            store.people = {**store.people, names[0]: one}
        elif what == "catalogue":
            store.brands = {**store.brands, f"i{chance.randint(0, 2)}": chance.choice(["acme", "globex", None])}
            store.categories = {**store.categories, f"i{chance.randint(0, 2)}": chance.choice(["tea", "v1", None])}
        elif what in ("order", "reversal"):
            many = store.orders if what == "order" else store.reversals
            name = chance.choice([*many, "another", "one more"])
            at, counts = chance.randint(0, day + 2), chance.random() < 0.7
            said = {"status": chance.choice(["paid", "refunded"]), "discounts": chance.choice([None, 0, 3])}
            one = Order(at, names[0], chance.randint(0, 2), counts, **said)
            kept = {other: order for other, order in many.items() if other != name}
            store.put({**kept, **({} if chance.random() < 0.2 else {name: one})}, many)
        else:
            day += 12
        modes.append(mode(store.update(day)))
        store.assert_is_refreshed(day)
