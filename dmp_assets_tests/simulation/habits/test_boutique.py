"""The boutique's files, read with csv alone: what they say of an order, put together by hand, is the truth of it."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from dmp_assets.simulation.habits.reported_orders import SCRIPTS
from dmp_assets.simulation.parameters import PLAIN
from dmp_assets.simulation.run import WorldReport, simulate
from dmp_assets_tests.simulation.conftest import by_line, truth

STATUSES = {
    "Complete": "paid", "Awaiting payment": "pending", "Voided": "cancelled", "Declined": "failed",
    "Returned": "refunded",
}  # fmt: skip
Row = dict[str, str]


def rows(world: WorldReport, source: str) -> Iterator[tuple[str, Row]]:
    for path in sorted((world.out / "landing" / source).iterdir()):
        with path.open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                yield path.name, row


def statements(world: WorldReport) -> dict[str, list[list[Row]]]:
    """Return the different statements of each order, the oldest first, each with its lines."""
    found: dict[str, dict[str, dict[str, list[Row]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for file, row in rows(world, "boutique"):
        found[row["number"]][row["updated"]][file].append(row)
    stated = {}
    for number, versions in found.items():
        for files in versions.values():
            assert all(lines == next(iter(files.values())) for lines in files.values())
        stated[number] = [next(iter(versions[at].values())) for at in sorted(versions)]
    return stated


def true_orders(world: WorldReport) -> pl.DataFrame:
    return truth(world, "orders").filter(pl.col("space") != "kiosk")


def cents(text: str) -> int:
    return round(100 * float(text or 0))


def by_number(world: WorldReport, source: str, key: str) -> dict[str, list[Row]]:
    found = defaultdict(list)
    for _, row in rows(world, source):
        found[row[key]].append(row)
    return found


def test_the_newest_statement_is_what_counts(exports: WorldReport) -> None:
    true = {row["number"]: row for row in true_orders(exports).iter_rows(named=True)}
    stated = statements(exports)
    assert {number for number, row in true.items() if row["space"] == "boutique"} == set(stated)
    for number, versions in stated.items():
        lines, row = versions[-1], true[number]
        head = lines[0]
        status = "test" if head["test"] == "true" else STATUSES[head["state"]]
        counts = status in ("paid", "cancelled", "refunded")
        gross, coupon = sum(cents(line["amount"]) for line in lines), cents(head["discount"])
        charges = cents(head["shipping"]), cents(head["tax"])
        assert cents(head["total"]) == gross - coupon + sum(charges)
        wanted = [gross, coupon, gross - coupon, *charges] if counts else [0] * 5
        names = ("gross_cents", "discounts_cents", "net_cents", "shipping_cents", "tax_cents")
        assert (row["status"], row["counts"], [row[name] for name in names]) == (status, counts, wanted)
        assert (str(row["ordered_at"]), row["account"] or "", row["email"]) == (
            head["created"], head["buyer"], head["mail"],
        )  # fmt: skip


def told(stated: list[list[Row]], memos: list[Row], refunds: list[Row]) -> list[set[tuple[str, int]]]:
    """Return day and amount of what each of three ways tells of an order's refunds."""
    back, grown = 0, set()
    for (head, *_), *_ in ([version] for version in stated):
        if cents(head["refunded"]) > back:
            grown.add((head["refunded_at"][:10], cents(head["refunded"]) - back))
            back = cents(head["refunded"])
    of_memos = {(memo["at"][:10], cents(memo["amount"])) for memo in memos}
    return [grown, of_memos, {(event["at"][:10], cents(event["value"])) for event in refunds}]


def test_what_was_taken_back_is_in_the_truth_once_however_often_it_is_told(exports: WorldReport) -> None:
    true = defaultdict(set)
    for row in truth(exports, "reversals").iter_rows(named=True):
        whole = row["net_cents"] + row["shipping_cents"] + row["tax_cents"]
        true[row["number"]].add((str(row["reversal_date"]), whole))
    stated, memos = statements(exports), by_number(exports, "boutique_memos", "order")
    web = by_number(exports, "boutique_web", "order")
    several = 0
    for number in true_orders(exports)["number"]:
        refunds = [event for event in web[number] if event["what"] == "refund"]
        ways = told(stated.get(number, []), memos[number], refunds)
        several += sum(map(bool, ways)) == 3
        found = set.union(*ways)
        head = stated[number][-1][0] if number in stated else {"cancelled_at": ""}
        if head["cancelled_at"]:
            found |= {(head["cancelled_at"][:10], cents(head["total"]))}
        assert found == true[number], number
    assert several > 5


def test_the_site_reports_purchases_again_and_from_the_server(exports: WorldReport) -> None:
    orders = {row["number"]: row for row in true_orders(exports).iter_rows(named=True)}
    late, served, bought = 0, 0, Counter()
    for number, events in by_number(exports, "boutique_web", "order").items():
        purchases = [event for event in events if event["what"] == "purchase"]
        if not number:
            continue
        bought[len(purchases)] += 1
        times = [datetime.fromisoformat(event["at"]) for event in purchases]
        late += max(times) - min(times) > timedelta(days=7)
        for event in purchases:
            served += not event["visitor"]
            assert event["visitor"] or event["customer"]
            assert event["customer"] == (orders[number]["account"] or "")
    assert late > 3
    assert served > 10
    assert bought.keys() >= {1, 2, 3}


def test_an_orders_campaign_is_that_of_the_session_of_its_first_event(exports: WorldReport) -> None:
    places = truth(exports, "records/boutique_web/*").select("path", "line_number", web_event_id="event_id")
    sessions = truth(exports, "session_records/*").join(places, on=["path", "line_number"])
    known = sessions.join(truth(exports, "sessions/*").select("session", "landing_campaign"), on="session")
    orders = true_orders(exports).filter(pl.col("web_event_id").is_not_null())
    both = orders.join(known, on="web_event_id")
    assert both.height == orders.height
    assert both["campaign"].to_list() == both["landing_campaign"].to_list()


def test_every_script_is_played_and_order_numbers_are_of_the_boutique_alone(exports: WorldReport) -> None:
    orders = true_orders(exports)
    assert set(orders["script"]) == set(SCRIPTS)
    assert orders["number"].is_unique().all()
    others = truth(exports, "records/*/*").filter(~pl.col("path").str.starts_with("boutique"))
    assert not others["event_id"].is_in(orders["number"].implode()).any()


def test_older_statements_are_superseded_and_equal_ones_repeat_the_first(exports: WorldReport) -> None:
    known = by_line(truth(exports, "records/boutique/*"))
    newest = {number: versions[-1][0]["updated"] for number, versions in statements(exports).items()}
    seen: Counter = Counter()
    for path in sorted((exports.out / "landing" / "boutique").iterdir()):
        with path.open(encoding="utf-8") as stream:
            lines = list(csv.DictReader(stream))
        first = {row["number"] for row in lines if (row["number"], row["updated"]) not in seen}
        for line, row in enumerate(lines, start=2):
            fate = known[f"boutique/{path.name}", line]["fate"]
            is_newest, is_first = row["updated"] == newest[row["number"]], row["number"] in first
            assert fate == ("superseded" if not is_newest else "good" if is_first else "duplicate")
        seen.update((row["number"], row["updated"]) for row in lines)


def test_a_plain_world_has_no_boutique(tmp_path) -> None:
    plain = simulate(20, 2, 3, tmp_path / "plain", habits=PLAIN)
    assert not any(path.name.startswith("boutique") for path in (plain.out / "landing").iterdir())
    assert not (plain.out / "truth" / "orders.parquet").exists()
    assert "boutique" not in (plain.out / "dmp.yaml").read_text(encoding="utf-8")
