"""A small shop whose amounts are as large as they may be, and what they add up to in Python's own numbers."""

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from dmp_assets.foundation.settings.settings import Settings
from dmp_assets_tests.end_to_end.support.savings import without_recommendations
from dmp_assets_tests.support.factories import land, shop

CONFIGURATION = """\
start_date: 2024-05-01
end_date: 2024-06-02
base_currency: EUR
contact_cost: {default: 0.5}
sources:
  orders:
    kind: orders
    columns:
      {event_at: at, transaction_id: order, user_id: person, item_id: item, quantity: n, price: price,
       coupon_discount: less, coupon: coupon, currency: currency, shipping: shipping, tax: tax, event_name: what,
       refunded_order_id: of}
  parts:
    kind: orders
    columns: {event_at: at, transaction_id: order, user_id: person, order_discount: less, currency: currency}
  part_lines:
    kind: order_lines
    order_space: parts
    columns: {transaction_id: order, item_id: item, quantity: n, price: price}
  web:
    kind: events
    columns:
      {event_id: id, event_at: at, event_name: name, user_id: person, anonymous_id: browser, campaign_id: campaign,
       transaction_id: order, item_id: item, item_revenue: paid}
  rates:
    kind: rates
    columns: {rate_date: day, currency: code, rate: rate, reference_currency: base}
  campaigns: {kind: campaigns, columns: {campaign_id: campaign, campaign_name: name}}
  sent: {kind: campaign_audiences, columns: {campaign_id: campaign, user_id: person}}
  ads:
    kind: ad_spend
    columns:
      {date: day, platform: platform, account_id: account, campaign_id: campaign, level: level, spend: cost,
       conversion_value: value, currency: currency, clicks: clicks}
"""

TOP = Decimal("999999999999.9999")
"""The largest amount that is taken in."""

AMOUNTS = 10_000
LINES = 2_000
"""Lines of the one order with many: a tenth of them would be more ten-thousandths than 64 bits count."""

RATE = Decimal(2)
"""Euro for a dollar; a power of two, so that converting is exact."""

_ORDERS = "what,at,order,of,person,item,n,price,less,coupon,currency,shipping,tax"


class Sums:
    """What the orders of the shop add up to."""

    def __init__(self) -> None:
        self.gross: dict[str, Decimal] = defaultdict(Decimal)
        self.off: dict[str, Decimal] = defaultdict(Decimal)
        self.extra: dict[str, Decimal] = defaultdict(Decimal)
        self.day: dict[str, str] = {}
        self.person: dict[str, str] = {}
        self.back: dict[str, Decimal] = {}
        self.back_day: dict[str, str] = {}

    @property
    def net(self) -> dict[str, Decimal]:
        """Return order -> net sales."""
        return {order: self.gross[order] - self.off[order] for order in self.gross}

    def by(self, label: dict[str, str], *, label_of_back: dict[str, str] | None = None) -> dict[str, Decimal]:
        """Return net sales less reversals by a label of the orders; of reversals by a label of their own."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for order, amount in self.net.items():
            found[label[order]] += amount
        for order, amount in self.back.items():
            found[(label_of_back or label)[order]] -= amount
        return dict(found)


def large_shop(folder: Path) -> tuple[Settings, Sums]:
    """Return the settings of the shop, whose files lie in its landing folder, and its sums."""
    sums = Sums()
    settings = shop(folder, without_recommendations(CONFIGURATION))
    land(settings, _order_files(sums) | _web_files() | _ad_files())
    return settings, sums


def _order_files(sums: Sums) -> dict[str, str]:
    rows, apart, headers = [], [], []

    def sell(
        order: str, day: str, person: str, price: Decimal, *, n: int = 1, off: Decimal = Decimal(0), **more: str
    ) -> None:
        rate = RATE if more.get("currency") == "USD" else Decimal(1)
        taken = f"{off},SPRING" if off else ","
        extra = more.get("extra", "")
        rows.append(
            f"purchase,{day} 10:00:00,{order},,{person},i{len(rows) % 7},{n},{price},{taken},"
            f"{more.get('currency', '')},{extra},{extra}"
        )
        key = f"orders:{order}"
        sums.gross[key] += price * n * rate
        sums.off[key] += off * rate
        sums.day[key], sums.person[key] = day, person
        sums.extra[key] = Decimal(extra or 0) * rate

    for number in range(AMOUNTS - LINES):
        sell(f"s{number}", "2024-05-02", "p1", TOP - Decimal(number) / 10_000)
    for number in range(LINES):
        sell("many", "2024-05-02", "p1", TOP - number, off=TOP / 2 - Decimal("0.00005"), extra=str(TOP))
    sell("units", "2024-05-03", "p2", Decimal("142857142857.1428"), n=7)
    sell("usd", "2024-05-03", "p3", Decimal("249999999999.9999"), n=2, currency="USD")
    for number in range(2, 9):
        sell(f"small{number}", f"2024-05-1{number}", f"p{number}", Decimal("5.90"), n=number)
    sell("june", "2024-06-01", "p9", Decimal("5.90"))
    for order in ("s0", "many", "usd"):
        key = f"orders:{order}"
        sums.back[key], sums.back_day[key] = sums.net[key], "2024-05-20"
        rows.append(f"refund,2024-05-20 10:00:00,back-{order},{order},{sums.person[key]},,,,,,,,")
    apart += [f"a1,i{number % 7},1,{TOP}" for number in range(1_000)]
    headers.append(f"2024-05-04 10:00:00,a1,p4,{TOP},")
    sums.gross["parts:a1"], sums.off["parts:a1"] = TOP * 1_000, TOP
    sums.day["parts:a1"], sums.person["parts:a1"] = "2024-05-04", "p4"
    return {
        "orders/o.csv": "\n".join([_ORDERS, *rows]) + "\n",
        "parts/o.csv": "\n".join(["at,order,person,less,currency", *headers]) + "\n",
        "part_lines/l.csv": "\n".join(["order,item,n,price", *apart]) + "\n",
        "rates/r.csv": f"day,code,rate,base\n2024-05-03,USD,{1 / RATE},EUR\n",
    }


def _web_files() -> dict[str, str]:
    coupons = [("p1", "c1"), ("p1", "c2"), ("p1", "c3")]
    events = [
        {
            "id": f"r{place}",
            "at": "2024-05-02 09:00:00",
            "name": "coupon_redemption",
            "person": person,
            "campaign": campaign,
        }
        for place, (person, campaign) in enumerate(coupons)
    ]
    events += [
        {"id": f"v{place}", "at": "2024-05-02 09:30:00", "name": "view_item", "person": "p1", "browser": "b1",
         "item": f"i{place}", "paid": str(TOP)}
        for place in range(7)
    ]  # fmt: skip
    bought = {"browser": "b2", "order": "w1", "item": "i1", "paid": str(TOP)}
    events += [{"id": "w", "at": "2024-05-05 09:30:00", "name": "purchase", **bought}]
    return {"web/e.ndjson": "\n".join(map(json.dumps, events)) + "\n"}


def _ad_files() -> dict[str, str]:
    lines = [f"2024-05-02,google_ads,a,c1,campaign,{TOP},{TOP},EUR,1"] * LINES
    return {
        "ads/a.csv": "\n".join(["day,platform,account,campaign,level,cost,value,currency,clicks", *lines]) + "\n",
        "campaigns/c.csv": "campaign,name\nc1,Spring\nc2,Summer\nc3,Autumn\n",
        "sent/s.csv": "campaign,person\nc1,p1\nc1,p2\n",
    }
