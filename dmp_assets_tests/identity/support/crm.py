"""A CRM with planted duplicates: people who signed up twice, with slips of the finger and other mailboxes."""

import random

import polars as pl

from dmp_assets.ingest.schema.people import RawCustomers

FIRST = ("anna", "ben", "carla", "david", "elena", "frank", "greta", "henry", "irene", "jonas", "karin", "lukas",
         "maria", "nina", "oscar", "paula", "rosa", "simon")  # fmt: skip
LAST = ("adler", "becker", "conrad", "dorn", "ebert", "fischer", "graf", "hansen", "jung", "keller", "lang", "maurer",
        "otto", "peters", "richter", "vogel")  # fmt: skip
CITIES = ("Berlin", "Hamburg", "Munich", "Cologne", "Leipzig", "Bremen", "Dresden", "Essen")
AGES = ("18-24", "25-34", "35-44", "45-54", "65+")

Pair = tuple[str, str]


def customers(people: int, duplicates: float, seed: int = 1) -> tuple[pl.DataFrame, set[Pair]]:
    """Return ``RawCustomers``, and the accounts of those people who have two; ``duplicates`` is their share."""
    chance = random.Random(seed)
    rows, twice = [], set()
    for number in range(people):
        person = _person(chance)
        rows.append(_record(chance, f"u{number}", person))
        if chance.random() < duplicates:
            rows.append(_record(chance, f"v{number}", _again(chance, person)))
            twice.add((f"u{number}", f"v{number}"))
    return raw_customers(rows), twice


def raw_customers(rows: list[dict[str, str | None]]) -> pl.DataFrame:
    """Return the rows in the columns of ``RawCustomers``, null where they say nothing."""
    schema = {name: column.dtype.type for name, column in RawCustomers.to_schema().columns.items()}
    places = {"source": "crm", "path": "crm/a.csv"}
    full = [
        {name: row.get(name) for name in schema} | places | {"line_number": n} for n, row in enumerate(rows, start=2)
    ]
    return pl.DataFrame(full, schema=schema)


def _person(chance: random.Random) -> dict[str, str | None]:
    first, last, year = chance.choice(FIRST), chance.choice(LAST), chance.randrange(50, 99)
    name = chance.choice([f"{first}.{last}", f"{first[0]}.{last}{year}", f"{first}{last}{chance.randrange(999)}"])
    return {
        "email": f"{name}@{chance.choice(['a.com', 'b.com', 'c.com'])}",
        "phone": f"+4915{chance.randrange(10**8, 10**9)}",
        "city": chance.choice(CITIES),
        "age_range": chance.choice(AGES),
        "household_size": chance.choice("12345"),
    }


def _again(chance: random.Random, person: dict[str, str | None]) -> dict[str, str | None]:
    """Return the person as it signs up a second time: never with the same e-mail, seldom with the same number."""
    number = chance.choice([person["phone"], f"+4915{chance.randrange(10**8, 10**9)}", None, None])
    name, domain = str(person["email"]).split("@")
    slipped = chance.random() < 0.5
    other = chance.random() < 0.6 or not slipped
    return person | {
        "email": f"{_slip(chance, name) if slipped else name}@{'d.com' if other else domain}",
        "phone": number,
        "city": person["city"] if chance.random() < 0.9 else chance.choice(CITIES),
    }


def _slip(chance: random.Random, text: str) -> str:
    place = chance.randrange(1, len(text) - 1)
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return chance.choice([swapped, text[:place] + text[place + 1 :]])


def _record(chance: random.Random, user_id: str, person: dict[str, str | None]) -> dict[str, str | None]:
    kept = {name: value if chance.random() < 0.9 else None for name, value in person.items()}
    return {**kept, "user_id": user_id, "country": "DE"}
