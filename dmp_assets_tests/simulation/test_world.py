"""Who is who: identifiers, orders, sessions and catalogue agree between files and truth."""

import csv
from collections import defaultdict
from typing import Any

import polars as pl

from dmp_assets.simulation.run import WorldReport
from dmp_assets_tests.simulation.conftest import by_line, landing_lines, parsed, truth

FUNNEL = ("Product Viewed", "Product Added", "Checkout Started", "Order Completed")


def good_calls(world: WorldReport, records: pl.DataFrame, source: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    known = by_line(records.filter((pl.col("fate") == "good") & pl.col("path").str.starts_with(f"{source}/")))
    found = []
    for path, number, line in landing_lines(world, source):
        call = parsed(line)
        if (path, number) in known and call is not None:
            found.append((known[path, number], call))
    return found


def owners(world: WorldReport) -> dict[tuple[str, str], set[str]]:
    result = defaultdict(set)
    for person, kind, value in truth(world, "identifiers").select("person_id", "type", "value").iter_rows():
        result[kind, value].add(person)
    return result


def test_every_identifier_in_a_file_is_its_persons(world: WorldReport, records: pl.DataFrame) -> None:
    known = owners(world)
    for row, call in good_calls(world, records, "web"):
        if row["browser"] is None:
            assert known["user_id", call["userId"]] == {row["person_id"]}
        elif row["bot"] == "none":
            person = row["person_id"]
            assert person in known["anonymous_id", call["anonymousId"]]
            assert person in known["device_id", call["context"]["device"]["id"]]
            for kind, value in call.get("traits", {}).items():
                if call["type"] == "identify":
                    assert person in known[kind, value]
            if "userId" in call:
                assert known["user_id", call["userId"]] == {person}
        else:
            assert ("anonymous_id", call["anonymousId"]) not in known
    for row, event in good_calls(world, records, "app"):
        assert row["person_id"] in known["user_pseudo_id", event["user_pseudo_id"]]
        assert row["person_id"] in known["device_id", event["device"]["advertising_id"]]


def test_one_device_and_one_address_belong_to_very_many(world: WorldReport) -> None:
    counts = truth(world, "identifiers").group_by("type", "value", "sharing").agg(people=pl.col("person_id").n_unique())
    nodes = counts.filter(pl.col("sharing") == "super_node")
    assert set(nodes["type"]) == {"device_id", "anonymous_id", "email"}
    assert nodes.height == 3
    assert nodes["people"].min() > 10  # type: ignore[operator]
    households = counts.filter(pl.col("sharing") == "household")
    assert 1 < households["people"].max() <= 4  # type: ignore[operator]
    assert counts.filter(pl.col("sharing") == "own")["people"].max() == 1


def test_crm_rows_are_persons_however_the_address_is_spelled(world: WorldReport) -> None:
    known = owners(world)
    seen = set()
    for name in ("customers-1.csv", "customers-2.csv"):
        with (world.out / "landing" / "crm" / name).open() as stream:
            for row in csv.DictReader(stream):
                person = "p" + row["customer_no"][1:]
                assert person in known["email", row["e_mail"].strip().lower()]
                seen.add(person)
    assert seen == set(truth(world, "persons").filter(pl.col("user_id").is_not_null())["person_id"])


def test_orders_in_files_are_the_true_ones_to_the_cent(world: WorldReport, records: pl.DataFrame) -> None:
    true = {row["transaction_id"]: row for row in truth(world, "conversions/*").iter_rows(named=True)}
    items = set(truth(world, "items")["item_id"])
    seen = 0
    for source in ("web", "app"):
        for row, call in good_calls(world, records, source):
            if row["event_name"] not in ("Order Completed", "purchase"):
                continue
            order = call.get("properties") or call["ecommerce"]
            goods = order.get("products") or call["items"]
            fact = true[order.get("order_id") or order["transaction_id"]]
            ids = [line.get("product_id") or line["item_id"] for line in goods]
            assert (fact["source"], fact["person_id"]) == (source, row["person_id"])
            assert round(100 * order.get("revenue", order.get("purchase_revenue", 0))) == fact["cents"]
            assert round(100 * sum(line["price"] * int(line["quantity"]) for line in goods)) == fact["cents"]
            assert set(ids) <= items
            assert len(ids) == len(set(ids))
            seen += 1
    assert seen > 100
    assert world.orders == len(true)


def test_store_lines_sum_to_the_true_orders(world: WorldReport, records: pl.DataFrame) -> None:
    bad = set(records.filter(pl.col("fate") != "good").select("path", "line_number").iter_rows())
    spoiled, sums = set(), defaultdict(int)
    for source, delimiter in (("shop", ";"), ("shop_uk", ",")):
        for path, number, line in landing_lines(world, source):
            values = next(csv.reader([line], delimiter=delimiter))
            if number == 1:
                continue
            if (path, number) in bad:
                spoiled.add(values[0])
            else:
                sums[values[0]] += round(100 * float(values[6].replace(",", ".")))
    true = {row["transaction_id"]: row["cents"] for row in truth(world, "conversions/*").iter_rows(named=True)}
    whole = {order: cents for order, cents in sums.items() if order not in spoiled}
    assert {order: cents for order, cents in whole.items() if not order.startswith("R-")}.items() <= true.items()
    refunded = {order.removeprefix("R-"): -cents for order, cents in whole.items() if order.startswith("R-")}
    assert refunded.items() <= true.items()
    assert refunded


def test_sessions_keep_their_gaps_and_funnels_their_order(world: WorldReport, records: pl.DataFrame) -> None:
    online = records.filter(
        pl.col("fate").is_in(["good", "malformed"]) & (pl.col("bot") == "none") & pl.col("session_id").is_not_null()
        & ~pl.col("event_name").is_in(["Order Refunded", "refund"])
    ).sort("person_id", "event_at")  # fmt: skip
    gaps = online.with_columns(
        gap=pl.col("event_at").diff().over("person_id").dt.total_seconds(),
        same=pl.col("session_id") == pl.col("session_id").shift().over("person_id"),
    )
    assert gaps.filter("same")["gap"].max() < 30 * 60  # type: ignore[operator]
    within_day = gaps.filter(~pl.col("same") & (pl.col("event_at").dt.date() == pl.col("event_at").shift().dt.date()))
    assert within_day["gap"].min() > 30 * 60  # type: ignore[operator]
    steps = online.filter(pl.col("event_name").is_in(FUNNEL)).with_columns(
        step=pl.col("event_name").replace_strict({name: place for place, name in enumerate(FUNNEL)})
    )
    assert steps.filter(pl.col("step") < pl.col("step").shift().over("session_id")).is_empty()
    bought = steps.filter(pl.col("step") == 3)["session_id"]
    assert set(bought) <= set(steps.filter(pl.col("step") == 1)["session_id"])


def test_consent_in_calls_is_the_persons_choice(world: WorldReport, records: pl.DataFrame) -> None:
    people = {row["person_id"]: row for row in truth(world, "persons").iter_rows(named=True)}
    for row, call in good_calls(world, records, "web"):
        if row["bot"] != "none" or row["browser"] is None or row["event_name"] == "Order Refunded":
            continue
        person, choices = people[row["person_id"]], call["context"]["consent"]["categoryPreferences"]
        withdrawn = person["advertising_withdrawn_date"]
        allowed = person["advertising"] and (withdrawn is None or row["event_at"].date() < withdrawn)
        assert (choices["Advertising"], choices["Personalization"]) == (allowed, person["personalisation"])


def test_a_server_reports_some_orders_with_the_account_and_nothing_of_a_browser(
    world: WorldReport, records: pl.DataFrame
) -> None:
    calls = [(row, call) for row, call in good_calls(world, records, "web") if row["account"]]
    served = [(row, call) for row, call in calls if row["browser"] is None]
    assert len(served) > 10
    for row, call in served:
        assert row["event_name"] == "Order Completed"
        assert call.keys().isdisjoint({"anonymousId"})
        assert call["userId"] == row["account"]
        assert call["context"].keys() == {"library"}
    assert sum(row["event_name"] == "Order Completed" for row, _ in calls) > len(served)


def test_spend_is_the_same_in_every_unit(world: WorldReport) -> None:
    spend = truth(world, "spend").group_by("source").agg(pl.col("spend", "clicks").sum()).rows_by_key("source")
    with (world.out / "landing" / "ads_google" / "ad_report.csv").open() as stream:
        google = sum(int(row["cost_micros"]) for row in csv.DictReader(stream)) / 1e6
    with (world.out / "landing" / "ads_facebook" / "insights.csv").open() as stream:
        facebook = sum(float(row["spend"]) for row in csv.DictReader(stream))
    assert abs(google - spend["ads_google"][0][0]) < 0.001
    assert abs(facebook - spend["ads_facebook"][0][0]) < 0.001


def test_rates_are_published_on_working_days_and_some_are_unknown(world: WorldReport) -> None:
    with (world.out / "landing" / "rates" / "eurofxref-hist.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["Date"] for row in rows] == sorted((row["Date"] for row in rows), reverse=True)
    rates = truth(world, "rates")
    assert rates["Date"].dt.weekday().max() <= 5  # type: ignore[operator]
    assert [row["GBP"] for row in rows] == ["N/A" if v is None else str(v) for v in rates["GBP"]]
    assert {row["RUB"] for row in rows} == {"N/A"}
