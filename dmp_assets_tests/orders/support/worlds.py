"""Random worlds of reports: reloads, two sources, re-exports, shared and reused numbers, refunds, currencies."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from dmp_assets.orders.schema import CANCELLATION, REFUND
from dmp_assets_tests.orders.support.reports import Report, older, shop, web

FIRST = datetime(2026, 10, 1)  # noqa: DTZ001 -- naive UTC
DAYS = 20


def world(chance: Random, orders: int) -> list[Report]:
    """Return the reports of some orders; two reports never have one id and day."""
    reports = [report for number in range(orders) for report in _of_order(chance, number)]
    named = {(report.row["event_date"], report.row["report_id"]): report for report in reports}
    return list(named.values())


def _of_order(chance: Random, number: int) -> list[Report]:
    at = FIRST + timedelta(minutes=chance.randrange(DAYS * 1440))
    # Few numbers, so that stores, customers and days share them.
    name = str(chance.choice([number, number, chance.randrange(4)]))
    lines = [(f"i{chance.randrange(6)}", chance.randrange(0, 4000) / 100) for _ in range(chance.randrange(1, 4))]
    total = sum(amount for _, amount in lines)
    buyer = {"user_id": f"u{chance.randrange(9)}"} if chance.random() < 0.7 else {}
    browser = {"anonymous_id": f"c{chance.randrange(9)}"}
    found: list[Report] = []
    if chance.random() < 0.7:
        found += _of_shop(chance, name, at, lines, total, buyer)
    if chance.random() < 0.7 or not found:
        for minutes in [0, 3, 200 * 1440][: chance.randrange(1, 4)]:
            seen = at + timedelta(minutes=minutes, seconds=number)
            source = chance.choice(["web", "web", "app"])
            written = chance.choice([name, f"#{name}"])
            found.append(web(written, _text(seen), [("", total)], source=source, **buyer, **browser))
    if chance.random() < 0.2:
        back = at + timedelta(days=chance.randrange(0, 9), seconds=number)
        kind = chance.choice([REFUND, REFUND, CANCELLATION])
        found.append(web(name, _text(back), [("", total / 2)], report_kind=kind, **browser))
    return found


def _of_shop(
    chance: Random, name: str, at: datetime, lines: list[tuple[str, float]], total: float, buyer: dict[str, str]
) -> list[Report]:
    facts = {
        "store_id": chance.choice([None, None, "s1", "s2"]),
        "source": chance.choice(["shop", "shop", "tills"]),
        "status": chance.choice([None, None, "paid", "pending", "cancelled", "refunded", "test"]),
        "shipping": chance.choice([None, 4.9]),
        "taxes": chance.choice([None, 1.9]),
        "order_discount": chance.choice([None, 0.55]),
        "order_revenue": chance.choice([None, None, round(total * 0.9, 2)]),
        "is_tax_included": chance.choice([None, True]),
        **chance.choice([{}, {"currency": "USD", "exchange_rate": 0.8137}]),
    }
    known = shop(name, _text(at), lines, **facts, **buyer)
    found = [known]
    if chance.random() < 0.4:
        last = at + timedelta(days=chance.randrange(1, 9))
        found = [replace(known, row=known.row | {"refunded_amount": round(total, 2), "updated_at": last})]
        for part in range(chance.randrange(3)):
            moment = at + timedelta(hours=part + 1)
            found.append(
                older(known, f"{part}.csv", refunded_amount=round(total * part / 3, 2), updated_at=_text(moment))
            )
    for memo in range(chance.choice([0, 0, 0, 1, 3])):
        back = at + timedelta(days=memo, hours=chance.randrange(1, 9))
        again = {name: facts[name] for name in ("store_id", "source", "currency", "exchange_rate") if name in facts}
        found.append(shop(name, _text(back), [("i1", round(total / 3, 2))], report_kind=REFUND, **again, **buyer))
    return found


def _text(at: datetime) -> str:
    return at.isoformat()
