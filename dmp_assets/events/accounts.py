"""Orders of several accounts under one number and day: an event per account, so the money stays with each customer."""

import narwhals.stable.v2 as nw

from dmp_assets.events.portable import Frame

EVENT = ["event_date", "event_id"]
_PLACE = ["event_date", "path", "line_number", "part"]
SEPARATOR = "|"
"""Between an order's id and its account. No id that ingest makes has the sign: in a number it is written %7C."""


def shared_numbers(records: Frame) -> Frame:
    """Return event_date and event_id of the orders whose kept lines name different accounts or addresses.

    Args:
        records: Landing records with their fate, any number of whole days.

    Mostly there are none, and ``with_accounts`` would change nothing.
    """
    named = _lines(records).with_columns(account=nw.coalesce("user_id", "email")).filter(~nw.col("account").is_null())
    return _of_several(named)


def with_accounts(records: Frame) -> Frame:
    """Return the records, the kept lines of each order whose lines name several accounts with an id per account.

    Args:
        records: Landing records with their fate, any number of whole days.

    An account is the user_id, else the e-mail address; an address that another line has beside its user_id is that
    account too. The order's id then ends in a bar and the account. Lines without an account stay with the only one
    there is. Where there are several nobody can say whose they are, and they are an event of their own under the id as
    it is.

    The id is not made so at reading: a corrected statement that names another account must replace the older one, and
    statements are compared by their ids.
    """
    shared = _lines(records).join(shared_numbers(records), on=EVENT, how="semi")
    # By one of its user_ids: an address with two of them says nothing of which, and the smaller is taken in any order.
    owners = shared.filter(~nw.col("user_id").is_null() & ~nw.col("email").is_null())
    owners = owners.group_by(*EVENT, "email").agg(owner=nw.col("user_id").min())
    owned = shared.join(owners, on=[*EVENT, "email"], how="left").with_columns(
        account=nw.coalesce("user_id", "owner", "email")
    )
    owned = owned.filter(~nw.col("account").is_null())
    parted = owned.join(_of_several(owned), on=EVENT, how="semi")
    endings = parted.select(*_PLACE, ending=nw.concat_str(nw.lit(SEPARATOR), nw.col("account")))
    ended = nw.concat_str(nw.col("event_id"), nw.col("ending"))
    # Left: all other records stay as they are.
    changed = records.join(endings, on=_PLACE, how="left")
    return changed.with_columns(event_id=nw.coalesce(ended, nw.col("event_id"))).drop("ending")


def _lines(records: Frame) -> Frame:
    return records.filter((nw.col("kind") == "orders") & (nw.col("fate") == "kept"))


def _of_several(named: Frame) -> Frame:
    ends = named.group_by(*EVENT).agg(least=nw.col("account").min(), most=nw.col("account").max())
    return ends.filter(nw.col("least") != nw.col("most")).select(*EVENT)
