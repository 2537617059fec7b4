"""What a run does, in words: the tag that the list of runs shows, since a run of Dagster has no name."""

from collections.abc import Collection, Iterable
from datetime import date

WHAT_TAG = "dmp/does"
"""The list shows three tags of a run, by the alphabet; this one stands before ``dmp/only_stale``."""

MOST_NAMED = 3


def of_days(days: Collection[date]) -> str:
    """Return the days that a run makes.

    >>> of_days([date(2026, 3, 17)])
    '17 Mar 2026, 1 day of events'
    >>> of_days([date(2026, 3, 16), date(2026, 3, 17)])
    '16 Mar 2026 to 17 Mar 2026, 2 days of events'
    """
    first, last = min(days), max(days)
    span = in_words(first) if first == last else f"{in_words(first)} to {in_words(last)}"
    return f"{span}, {len(days):,} day{'' if len(days) == 1 else 's'} of events"


def of_range(first: date, last: date) -> str:
    """Return the days among which a run finds itself those that it has to make.

    >>> of_range(date(2026, 1, 1), date(2026, 3, 17))
    'what is stale of 1 Jan 2026 to 17 Mar 2026'
    """
    return f"what is stale of {in_words(first)} to {in_words(last)}"


def of_domains(domains: Iterable[str]) -> str:
    """Return the domains of which a run makes tables without days.

    >>> of_domains(["profiles", "segments", "profiles"])
    'tables of profiles, segments'
    """
    names = list(dict.fromkeys(domains))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"tables of {', '.join(names[:MOST_NAMED])}{more}"


def in_words(day: date) -> str:
    """Return a day as people write it.

    >>> in_words(date(2026, 3, 7))
    '7 Mar 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not by strftime, which speaks the language of the machine."""
