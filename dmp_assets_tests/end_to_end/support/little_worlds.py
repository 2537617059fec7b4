"""Worlds with next to nothing in them, as landing files: path -> text."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

CONFIGURATION = """\
start_date: 2026-10-01
end_date: 2026-10-09
base_currency: EUR
sources:
  orders:
    kind: orders
    columns: {event_at: at, transaction_id: nr, event_name: what, user_id: person, item_id: sku, quantity: n,
      item_revenue: paid, status: state}
  web:
    kind: events
    columns: {event_id: id, event_at: at, event_name: name, anonymous_id: cookie, user_id: person, page_url: page,
      item_id: sku}
  app: {kind: events, preset: ga4}
  crm:
    kind: customers
    columns: {user_id: person, email: mail, phone: tel, city: city, age_range: age, household_size: size}
  catalogue: {kind: items, columns: {item_id: sku, item_category: category, item_brand: brand}}
  campaigns: {kind: campaigns, columns: {campaign_id: id, campaign_name: name, start_date: begins, end_date: ends}}
  audiences: {kind: campaign_audiences, columns: {campaign_id: id, user_id: person}}
  ads: {kind: ad_spend, preset: google_ads}
  consents: {kind: consents, columns: {user_id: person, purpose: purpose, status: status, changed_at: at}}
  survey: {kind: survey, columns: {user_id: person, question: asked, answer: said}}
contact_cost: {default: 0.5}
identity: {suggestions: {threshold: 0.9}}
recommendations: {rerank: true, new_items: 1}
"""
"""Every kind of source in one configuration, so that worlds differ by their files alone."""

FIRST = datetime(2026, 10, 5, 9)  # noqa: DTZ001 -- naive UTC
COLUMNS = {
    "orders": "at,nr,what,person,sku,n,paid,state",
    "web": "id,at,name,cookie,person,page,sku",
    "crm": "person,mail,tel,city,age,size",
    "catalogue": "sku,category,brand",
    "campaigns": "id,name,begins,ends",
    "audiences": "id,person",
    "ads": "date,customer_id,campaign_id,currency_code,impressions,clicks,cost_micros",
    "consents": "person,purpose,status,at",
    "survey": "person,asked,said",
}

Files = dict[str, str]


def table(source: str, *lines: str) -> Files:
    """Return one CSV file of a source."""
    return {f"{source}/a.csv": "\n".join([COLUMNS[source], *lines]) + "\n"}


def moment(number: int = 0, days: int = 0) -> str:
    """Return the time of the ``number``th minute of a day; day 0 is that of most worlds."""
    return (FIRST + timedelta(days=days, minutes=number)).isoformat(" ")


def order(number: int, **changes: object) -> str:
    """Return an order line by a person of their own, for an item of its own."""
    given = {"at": moment(number), "nr": number, "what": "purchase", "person": f"p{number}", "sku": f"s{number}"}
    return ",".join(str(one) for one in (given | {"n": 1, "paid": f"{number + 1}.50", "state": ""} | changes).values())


def look(number: int, **changes: object) -> str:
    """Return an event of a browser of its own, on an item of its own."""
    given = {"id": f"e{number}", "at": moment(number), "name": "view_item", "cookie": f"c{number}", "person": ""}
    page = f"https://shop.example/{number}?utm_source=google&utm_medium=cpc&utm_campaign=autumn"
    return ",".join(str(one) for one in (given | {"page": page, "sku": f"s{number}"} | changes).values())


def account(number: int, **changes: object) -> str:
    """Return a CRM row."""
    given = {"person": f"p{number}", "mail": f"name{number}@mail.org", "tel": f"+4930123{number:04d}", "city": "Ulm"}
    return ",".join(str(one) for one in (given | {"age": "25-34", "size": 2} | changes).values())


def spent(number: int, **changes: object) -> str:
    """Return a line of an ad report."""
    given = {"date": f"2026-10-{number + 1:02d}", "account": 1, "campaign": number, "currency": "EUR"}
    return ",".join(str(one) for one in (given | {"shown": 100, "clicks": 3, "cost": 4_500_000} | changes).values())


def app_day(count: int, **changes: object) -> Files:
    """Return one day file of a GA4 export."""
    micros = 1_791_190_800_000_000
    events = [
        {
            "event_date": "20261005",
            "event_timestamp": micros + number * 60_000_000,
            "event_name": "purchase" if number % 3 == 2 else "page_view",
            "user_pseudo_id": f"d{number // 3}",
            "event_params": [{"key": "ga_session_id", "value": {"int_value": number // 3}}],
            **({"ecommerce": {"transaction_id": f"T{number}", "purchase_revenue": 9.5}} if number % 3 == 2 else {}),
            **changes,
        }
        for number in range(count)
    ]
    return {"app/events_20261005.ndjson": "".join(json.dumps(event) + "\n" for event in events)}


def orders(lines: Iterable[str]) -> Files:
    """Return the orders of a world."""
    return table("orders", *lines)


def people_of_one_day(count: int, **changes: object) -> Files:
    """Return orders of one day by as many people, each with the same items."""
    return orders(order(n, sku=f"s{n % 4}", **changes) for n in range(count))


WORLDS: dict[str, Callable[[], Files]] = {
    "nothing at all": dict,
    "a header alone": lambda: orders([]),
    "a single order": lambda: orders([order(1)]),
    "a single event": lambda: table("web", look(1)),
    "two events": lambda: table("web", look(1), look(2, cookie="c1")),
    "three people with one event each": lambda: table("web", *map(look, range(3))),
    "one day": lambda: people_of_one_day(60),
    "one moment": lambda: people_of_one_day(60, at=moment()),
    "nine of ten on the first day": lambda: orders(order(n, sku=f"s{n % 4}", at=moment(n, n // 54)) for n in range(60)),
    "a busy opening and quiet days": lambda: orders(
        order(n, person=f"p{n % 50}", sku=f"s{n % 5}", at=moment(n, 0 if n < 150 else n % 4 + 1)) for n in range(160)
    ),
    "few lines over few days": lambda: orders(
        order(n, person=f"p{n % 30}", sku=f"s{n % 7}", at=moment(n, n // 30)) for n in range(90)
    ),
    "one person": lambda: orders(order(n, person="p1", sku=f"s{n % 3}", at=moment(n, n % 4)) for n in range(12)),
    "one item": lambda: orders(order(n, person=f"p{n % 30}", sku="s1", at=moment(n, n % 4)) for n in range(120)),
    "one person and one item": lambda: orders(order(n, person="p1", sku="s1", at=moment(n, n % 4)) for n in range(9)),
    "people who are all equal": lambda: orders(order(n, sku="s1", at=moment(), paid=5) for n in range(60)),
    "amounts of nothing": lambda: people_of_one_day(60, paid=0, n=0),
    "orders that are all cancelled": lambda: people_of_one_day(60, state="cancelled"),
    "orders without items": lambda: orders(order(n, sku="", at=moment(n, n % 4)) for n in range(60)),
    "orders of nobody": lambda: orders(order(n, person="", at=moment(n, n % 4)) for n in range(60)),
    "refunds alone": lambda: people_of_one_day(8, what="refund", paid=-4),
    "everything quarantined": lambda: orders(order(n, at="soon", paid="much") for n in range(12)),
    "looks without an order": lambda: table(
        "web", *(look(n, cookie=f"c{n % 30}", sku=f"s{n % 5}", at=moment(n, n % 4)) for n in range(120))
    ),
    "pages alone": lambda: table("web", *(look(n, name="page_view", sku="") for n in range(12))),
    "one day of an app": lambda: app_day(9),
    "events after the last day": lambda: orders(order(n, at="2027-01-05 09:00:00") for n in range(3)),
    "events before the first day": lambda: orders(order(n, at="2020-01-05 09:00:00") for n in range(3)),
    "accounts alone": lambda: table("crm", *map(account, range(3))),
    "accounts that are all alike": lambda: table(
        "crm", *(account(n, mail=f"name{n // 20}@mail.org", tel=f"+493012345{n // 20:02d}") for n in range(120))
    ),
    "accounts with a telephone alone": lambda: table(
        "crm", *(account(n, mail="", city="", age="", size="") for n in range(120))
    ),
    "accounts with the telephone of a shop": lambda: table(
        "crm", *(account(n, mail="", tel="+49301234567") for n in range(120))
    ),
    "ads alone": lambda: table("ads", *map(spent, range(3))),
    "ads that cost nothing": lambda: table("ads", *(spent(n, shown=0, clicks=0, cost=0) for n in range(3))),
    "campaigns alone": lambda: table("campaigns", "8,Autumn,2026-10-01,2026-10-09", "9,,,"),
    "campaigns to people whom nobody saw": lambda: (
        table("campaigns", "8,Autumn,2026-10-01,2026-10-09") | table("audiences", "8,p1", "8,p2")
    ),
    "products alone": lambda: table("catalogue", "s1,TEA,Ostfriesen", "s2,,"),
    "consents alone": lambda: table(
        "consents", f"p1,marketing,denied,{moment()}", f"p2,personalisation,denied,{moment()}"
    ),
    "people who all refused": lambda: (
        people_of_one_day(30) | table("consents", *(f"p{n},personalisation,denied,{moment()}" for n in range(30)))
    ),
    "answers alone": lambda: table("survey", "p1,nps,9"),
    "a little of everything": lambda: (
        orders([order(1), order(2, at=moment(1, 1))])
        | table("web", look(1, person="p1"), look(2))
        | app_day(3)
        | table("crm", account(1))
        | table("catalogue", "s1,TEA,Ostfriesen", "s9,TEA,")
        | table("campaigns", "8,Autumn,2026-10-01,2026-10-09")
        | table("audiences", "8,p1")
        | table("ads", spent(4, campaign=8))
        | table("consents", f"p1,marketing,granted,{moment()}")
        | table("survey", "p1,nps,9")
    ),
}
"""World -> its landing files."""
