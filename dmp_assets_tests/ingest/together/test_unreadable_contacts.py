"""Addresses and numbers of people that are read, or flagged and counted: none vanishes without a trace."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from dmp_assets.foundation.settings.settings import Source
from dmp_assets_tests.ingest.support.cases import good, read_case, written
from dmp_assets_tests.ingest.support.landing import Landing, rejects, small

CUSTOMERS = Source(kind="customers", columns={"user_id": "no", "email": "email", "phone": "phone", "country": "land"})
HINT = (
    "event_name: 40 records of one name look like a purchase, and the file has no purchase and no refund; if they are, "
    "add the name to event_names of the source; it is shown by: SELECT unnest(values_seen) FROM ingest.landing_files "
    "WHERE path = 'shop/e.csv'"
)


def test_contacts_that_cannot_be_read_are_flagged_and_counted(tmp_path: Path) -> None:
    found = read_case("unreadable-contacts", tmp_path)
    (orders, records), (crm, customers) = found["orders/o.csv"], found["crm/c.csv"]
    assert records.select("email", "flags").rows() == [
        ("a1@mail.org", None),
        ("a2@mail.org", None),
        (None, "unreadable_email"),
        ("a7@mail.org", None),
        (None, None),
    ]
    assert orders.remarks == ["column 'email' (email): 1 of 4 cannot be read, the first on line 4"]
    assert (crm.status, crm.rejected) == ("ok", 0)
    assert crm.remarks == [
        "column 'email' (email): 5 of 10 cannot be read, the first on line 4",
        "column 'phone' (phone): 4 of 10 cannot be read, the first on line 2",
    ]
    emails = dict(customers.filter(pl.col("email").is_not_null()).select("user_id", "email").iter_rows())
    assert emails == {"1": "a1@mail.org", "2": "a2@mail.org", "7": "a7@mail.org", "8": "a8+news@mail.org"} | {
        "12": "a12@mäil.org"
    }
    numbers = dict(customers.filter(pl.col("phone").is_not_null()).select("user_id", "phone").iter_rows())
    expected = {"2": "2", "5": "5", "6": "6", "7": "7", "8": "8", "9": "9"}
    assert numbers == {
        user: f"+491511234567{digit}" if user != "8" else "+4915112345678" for user, digit in expected.items()
    }


def test_one_content_gives_equal_records_from_csv_json_and_parquet(landing: Landing) -> None:
    ids = ["12345.0", "'00123", '="00124"', "9.44E+17", "\u200bA", "#N/A", "00125", "undefined", None]
    emails = ["Ana <a@b.org>", "mailto:c@d.org", "a@b.org;c@d.org", "n/a", "#REF!", "x", "e@f.org", None, ""]
    rows = [{"no": no, "email": email, "phone": "4.9E+12", "land": "DE"} for no, email in zip(ids, emails, strict=True)]
    found = []
    for name in ("c.csv", "c.ndjson", "c.parquet"):
        reading, staged = landing.read(written(rows, name, landing), CUSTOMERS)
        texts = [remark.partition(", the first")[0] for remark in reading.remarks]
        found.append((staged.drop("path", "line_number", "raw_record").rows(), texts))
    assert found[0] == found[1] == found[2]
    assert found[0][1][0] == "column 'email' (email): 2 of 5 cannot be read"


VARIANTS = [
    (["a@b.org", "c@d"], "column 'email' (email): 1 of 2 cannot be read, the first on line 3"),
    (["n/a", "-", "keine", "a@b.org"], None),
    (["N/A", "#N/A", "null", "[object Object]", "(none)"], None),
    (["Bob <a@b.org>", "a@b.org, c@d.org"], "column 'email' (email): 1 of 2 cannot be read, the first on line 3"),
    (["a@b.org,", "x", "n.a."], "column 'email' (email): 2 of 2 cannot be read, the first on line 2"),
    (["MAILTO:a@b.org?subject=Hi", "a@b..org"], "column 'email' (email): 1 of 2 cannot be read, the first on line 3"),
]


@pytest.mark.parametrize(("emails", "remark"), VARIANTS)
def test_unreadable_addresses_are_counted_per_column(landing: Landing, emails: list[str], remark: str | None) -> None:
    lines = [f'{number},"{email}"' for number, email in enumerate(emails)]
    reading, _ = landing.read(landing.put("c.csv", ["no,email", *lines]), CUSTOMERS)
    assert reading.remarks == ([] if remark is None else [remark])


def test_remarks_do_not_depend_on_the_size_of_batches(landing: Landing) -> None:
    source = Source(kind="events", columns={"event_at": "at", "event_name": "what", "user_id": "who", "email": "mail"})
    hidden = "\u200b"
    lines = [
        f"2024-05-02,{'transaction' if number % 3 else 'view'},u{number}{hidden * (number % 5 == 4)},"
        f"{'broken' if number % 7 == 6 else f'a{number}@b.org'}"
        for number in range(60)
    ]
    file = landing.put("e.csv", ["at,what,who,mail", *lines])
    whole, _ = landing.read(file, source)
    for size in (1, 7, 13):
        shutil.rmtree(landing.root / "staging")
        pieces, _ = landing.read(file, source, limits=small(batch_records=size))
        assert pieces.remarks == whole.remarks
    assert whole.remarks == [
        "column 'mail' (email): 8 of 60 cannot be read, the first on line 8",
        HINT,
        "column 'who' (user_id): 12 values, the first on line 6, had invisible characters, which were left out",
    ]


def test_a_phone_that_cannot_be_read_raises_its_flag(landing: Landing) -> None:
    source = Source(kind="events", country="DE", columns={"event_at": "at", "event_name": "what", "phone": "tel"})
    numbers = ["4915112345679.0", "4.91512E+12", "n/a", "'+4915112345675", "\u202a+4915112345675\u202c", "12"]
    lines = [f"2024-05-02,view_item,{number}" for number in numbers]
    reading, staged = landing.read(landing.put("e.csv", ["at,what,tel", *lines]), source)
    assert staged["phone"].to_list() == ["+4915112345679", None, None, "+4915112345675", "+4915112345675", None]
    assert staged["flags"].to_list() == [None, "unreadable_phone", None, None, None, "unreadable_phone"]
    assert reading.remarks[0] == "column 'tel' (phone): 2 of 5 cannot be read, the first on line 3"


def test_a_consent_whose_address_cannot_be_read_stays_refused(landing: Landing) -> None:
    columns = {"email": "mail", "purpose": "for", "status": "is", "changed_at": "at"}
    lines = [
        "mail,for,is,at",
        "a@b.org;c@d.org,analytics,granted,2024-05-02",
        "A <a@b.org>,analytics,denied,2024-05-02",
    ]
    reading, staged = landing.read(landing.put("c.csv", lines), Source(kind="consents", columns=columns))
    assert rejects(staged)[2][0] == "Required-Missing"
    assert good(staged)["email"].to_list() == ["a@b.org"]
    assert reading.remarks == ["column 'mail' (email): 1 of 2 cannot be read, the first on line 2"]
