"""What is planted can be found again: the effects of touches and campaigns, tastes and churn."""

import numpy as np
import polars as pl
import pytest

from dmp_assets.simulation.campaigns import campaign_effects, make_campaigns
from dmp_assets.simulation.catalogue import TOPICS, make_catalogue, make_tastes
from dmp_assets.simulation.events import REFUND, unroll
from dmp_assets.simulation.parameters import BLOCK, SEGMENTS
from dmp_assets.simulation.run import WorldReport
from dmp_assets.simulation.sessions import Sessions, draw_sessions, viewed_items
from dmp_assets.simulation.touches import ADDED, BASE, TouchHistory
from dmp_assets.simulation.world import DAY_US, World, make_world
from dmp_assets_tests.simulation.conftest import truth

PEOPLE, DAYS, SEED = 20_000, 24, 3


@pytest.fixture(scope="module")
def people() -> World:
    return make_world(SEED, PEOPLE, DAYS)


@pytest.fixture(scope="module")
def visits(people: World) -> list[Sessions]:
    assert people.people <= BLOCK
    campaigns, history = make_campaigns(people, DAYS), TouchHistory.empty(people.people)
    return [draw_sessions(people, campaigns, history, day, day % 7, 0) for day in range(DAYS)]


def test_least_squares_finds_what_each_touch_adds(people: World, visits: list[Sessions]) -> None:
    free = [day.only(day.campaign < 0) for day in visits]
    counted = np.concatenate([day.counted for day in free])
    segment = people.segment[np.concatenate([day.person for day in free])]
    converts = np.concatenate([day.converts for day in free]).astype(float)
    places = np.flatnonzero(ADDED)
    design = np.column_stack([np.eye(len(SEGMENTS))[segment], counted[:, places]])
    found, *_ = np.linalg.lstsq(design, converts, rcond=None)
    residual = converts - design @ found
    inverse = np.linalg.inv(design.T @ design)
    errors = np.sqrt(np.diag(inverse @ (design.T * residual**2) @ design @ inverse))
    wanted = np.concatenate([BASE, ADDED[places]])
    assert (abs(found - wanted) < 4 * errors).all()
    assert (errors < 0.005).all()


def test_touches_that_count_are_those_of_the_week_before_and_the_own_one(visits: list[Sessions]) -> None:
    for day in (0, 8, 20):
        now = visits[day]
        past = [earlier.only(earlier.campaign < 0) for earlier in visits[max(day - 7, 0) : day]]
        touched = np.zeros((PEOPLE, now.counted.shape[1]), dtype=int)
        for sessions in past:
            np.add.at(touched, (sessions.person, sessions.channel), 1)
        touched = touched[now.person]
        touched[np.arange(len(now.person)), now.channel] += 1
        assert (now.counted == np.minimum(touched, 3)).all()


def test_campaigns_add_the_orders_that_they_should(people: World, visits: list[Sessions]) -> None:
    campaigns = make_campaigns(people, DAYS)
    effects = campaign_effects(campaigns, people)
    assert set(effects["effect"]) == {segment.campaign_effect for segment in SEGMENTS}
    share = effects["holdout"].sum() / (effects["holdout"].sum() + effects["treated"].sum())
    assert abs(share - 0.25) < 0.02
    orders = pl.concat(
        pl.DataFrame({"person": day.person[day.converts], "day": number}) for number, day in enumerate(visits)
    )
    start = int(campaigns.start_days[0])
    window = orders.filter(pl.col("day").is_between(start, start + 6)).group_by("person").agg(orders=pl.len())
    members = campaigns.members.filter(pl.col("campaign") == 0).with_columns(pl.col("person").cast(pl.Int64))
    outcome = members.join(window, on="person", how="left").with_columns(pl.col("orders").fill_null(0))
    outcome = outcome.with_columns(segment=pl.Series(people.segment[outcome["person"].to_numpy()]))
    for number, segment in enumerate(SEGMENTS):
        arms = {
            str(arm): rows["orders"].to_numpy()
            for (arm,), rows in outcome.filter(pl.col("segment") == number).partition_by("arm", as_dict=True).items()
        }
        treated, holdout = arms["treated"], arms["holdout"]
        error = np.sqrt(treated.var() / len(treated) + holdout.var() / len(holdout))
        caused = effects.filter((pl.col("campaign") == 0) & (pl.col("segment") == segment.name)).row(0, named=True)
        assert abs(treated.mean() - holdout.mean() - caused["incremental_orders"] / caused["treated"]) < 4 * error
        expected = segment.campaign_effect * caused["treated"]
        assert caused["incremental_orders"] <= expected + 4 * np.sqrt(expected)
        assert caused["incremental_orders"] >= 0.85 * expected - 4 * np.sqrt(expected)


def test_a_caused_order_is_made_once_and_by_a_treated_person(people: World, visits: list[Sessions]) -> None:
    planned = make_campaigns(people, DAYS).members.filter(pl.col("order_day") >= 0)
    assert set(planned["arm"]) == {"treated"}
    made = sorted(
        (number, int(person))
        for number, day in enumerate(visits)
        for person in day.person[(day.campaign >= 0) & day.converts]
    )
    assert made == sorted(planned.select("order_day", "person").iter_rows())


def test_people_look_at_items_as_their_tastes_say(people: World, visits: list[Sessions]) -> None:
    catalogue, tastes = make_catalogue(SEED, PEOPLE), make_tastes(SEED, PEOPLE)
    assert np.allclose(catalogue.factors.sum(axis=0), 1)
    assert np.allclose(tastes.sum(axis=1), 1, atol=1e-5)
    seen, expected, views = np.zeros(catalogue.items), np.zeros(catalogue.items), 0
    for number, day in enumerate(visits):
        seen += np.bincount(viewed_items(day, catalogue, tastes, SEED, (number, 0)), minlength=catalogue.items)
        weight = np.bincount(day.person, weights=day.views, minlength=PEOPLE)
        expected += catalogue.factors @ (weight @ tastes)
        views += day.views.sum()
    assert seen.sum() == views
    common = expected > 20
    # Pearson's chi-squared over its degrees of freedom is 1 where the model holds.
    assert abs(((seen - expected)[common] ** 2 / expected[common]).mean() - 1) < 0.2
    assert len(TOPICS) == tastes.shape[1]


def test_people_leave_at_the_rates_of_their_segments(people: World) -> None:
    for number, segment in enumerate(SEGMENTS):
        there = (people.segment == number) & (people.first_day == 0)
        left = (people.churn_day[there] < DAYS).mean()
        expected = 1 - (1 - segment.churn_rate) ** (DAYS - 1)
        assert abs(left - expected) < 4 * np.sqrt(expected * (1 - expected) / there.sum())


def test_sessions_of_a_person_start_far_enough_apart(visits: list[Sessions]) -> None:
    for day in visits:
        same = np.diff(day.person) == 0
        assert (np.diff(day.start_us)[same] >= (40 + 31) * 60 * 1_000_000).all()


def test_nobody_sends_back_after_leaving_or_the_last_day(people: World, visits: list[Sessions]) -> None:
    catalogue, tastes, refunds = make_catalogue(SEED, PEOPLE), make_tastes(SEED, PEOPLE), 0
    for number, day in enumerate(visits):
        items = viewed_items(day, catalogue, tastes, SEED, (number, 0))
        events = unroll(people, day, items, catalogue.frame(), (number, 0), DAYS - 1).events
        back = events.filter(pl.col("kind") == REFUND)
        days = back["at_us"].to_numpy() // DAY_US
        assert (days < np.minimum(people.churn_day[back["person"].to_numpy()], DAYS)).all()
        refunds += back.height
    assert refunds > 20


def test_contributions_of_an_order_sum_to_its_probability(world: WorldReport) -> None:
    conversions = truth(world, "conversions/*").filter(pl.col("probability").is_not_null())
    parts = truth(world, "contributions/*").group_by("transaction_id").agg(pl.col("added_probability", "share").sum())
    both = conversions.join(parts, on="transaction_id", how="full")
    assert both.null_count().select("person_id", "share").row(0) == (0, 0)
    assert (both["added_probability"] - both["probability"]).abs().max() < 1e-9  # type: ignore[operator]
    assert (both["share"] - 1).abs().max() < 1e-9  # type: ignore[operator]
    caused = both.filter(pl.col("campaign_id").is_not_null())
    assert set(caused["base_probability"]) == {0.0}
