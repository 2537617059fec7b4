"""Acquisition: who comes, from where, what it costs, and who buys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from dmp_assets.foundation.pages.blocks import (
    Block,
    Chart,
    Column,
    Figures,
    Headline,
    Kind,
    NotEnough,
    Periods,
    Table,
    Text,
    Tone,
)
from dmp_assets.foundation.pages.charts import bars, lines
from dmp_assets.foundation.pages.comparison import Measured, compared, measured, relative
from dmp_assets.foundation.pages.page import CHOSEN_PERIOD, PERIODS, WINDOWS, Edition, Page, Period, windows

ALL = """SELECT min(event_date) FILTER (kind = 'session' AND NOT is_bot AND NOT is_server_side) AS first_day,
       count(*) FILTER (kind = 'session' AND is_bot) AS bots,
       count(*) FILTER (kind = 'session' AND is_server_side AND NOT is_bot) AS server_side,
       count(*) FILTER (kind = 'shop_visit') AS shop_visits
FROM events.sessions WHERE event_date <= $last_day"""

_IN_WINDOWS = f"JOIN {WINDOWS} AS windows ON event_date BETWEEN windows.first_day AND windows.last_day"

VISITS = f"""WITH sold AS (SELECT session_id, orders, net_sales FROM sessions_and_orders WHERE orders > 0),
visits AS (
    SELECT s.event_date, s.is_engaged, coalesce(s.first_page_path, '') AS page,
           coalesce(s.channel_group, '(no channel)') AS channel_group,
           coalesce(v.person_id, s.visitor_id) AS visitor, coalesce(sold.orders, 0) AS orders,
           coalesce(sold.net_sales, 0) AS revenue
    FROM events.sessions AS s LEFT JOIN sold USING (session_id)
    LEFT JOIN identity.visitors AS v
      ON v.visitor_id = s.visitor_id AND s.started_at >= coalesce(v.effective_at, '-infinity')
     AND s.started_at < coalesce(v.superseded_at, 'infinity')
    WHERE s.kind = 'session' AND NOT s.is_bot AND NOT s.is_server_side AND s.event_date <= $last_day
),
known AS (SELECT *, min(event_date) OVER (PARTITION BY visitor) AS first_visit_date FROM visits)
SELECT window_key, first_day, channel_group, page, count(*) AS sessions, count(DISTINCT visitor) AS visitors,
       count(DISTINCT visitor) FILTER (first_visit_date >= first_day) AS new_visitors,
       count(DISTINCT visitor) FILTER (first_visit_date < first_day) AS returning_visitors,
       avg(is_engaged::INTEGER) AS engaged_rate, sum(orders)::BIGINT AS orders,
       sum(revenue)::DECIMAL(38, 4) AS revenue, sum(orders) / count(*) AS conversion_rate
FROM known {_IN_WINDOWS}
GROUP BY GROUPING SETS ((window_key, first_day), (window_key, first_day, channel_group), (window_key, first_day, page))
ORDER BY window_key, sessions DESC, channel_group, page"""
"""Visits and what was ordered in them: of all, by channel, by landing page. A person with several browsers is one
visitor, and new where the first visit in the data is of the period."""

LEFT_OUT = f"""SELECT window_key, count(*) FILTER (is_bot) AS bots, count(*) FILTER (NOT is_bot) AS server_side
FROM events.sessions {_IN_WINDOWS} WHERE kind = 'session' AND (is_bot OR is_server_side) GROUP BY ALL"""

CHANNELS = f"""SELECT window_key, channel_group, sum(sessions)::BIGINT AS sessions, sum(orders)::BIGINT AS orders,
       sum(revenue)::DECIMAL(38, 4) AS revenue, sum(new_buyers)::BIGINT AS new_buyers,
       CASE WHEN count(*) FILTER (spend IS NULL AND (impressions IS NOT NULL OR clicks IS NOT NULL)) = 0
            THEN sum(spend)::DECIMAL(38, 4) END AS spend
FROM channel_performance {_IN_WINDOWS} WHERE ends_with(window_key, ' now') GROUP BY ALL
HAVING sum(sessions) > 0 OR sum(orders) > 0 OR count(spend) > 0
ORDER BY window_key, sessions DESC, orders DESC, channel_group"""
"""A day of which the spend is not known makes that of the period unknown."""

TOUCHES = f"""WITH buyers AS (
    SELECT window_key, first_touch_channel_group AS first_touch, last_touch_channel_group AS last_touch
    FROM (SELECT order_date AS event_date, first_touch_channel_group, last_touch_channel_group
          FROM orders_of_persons WHERE is_first_order) AS firsts {_IN_WINDOWS} WHERE ends_with(window_key, ' now')
)
SELECT window_key, coalesce(channel_group, '') AS channel_group, sum(is_first) AS first_touches,
       sum(1 - is_first) AS last_touches
FROM (SELECT window_key, first_touch AS channel_group, 1 AS is_first FROM buyers
      UNION ALL SELECT window_key, last_touch, 0 FROM buyers)
GROUP BY ALL ORDER BY window_key, first_touches DESC, last_touches DESC, channel_group"""

DAYS = """SELECT event_date AS day, CASE WHEN has_data THEN coalesce(sessions, 0) END AS value
FROM calendar_days LEFT JOIN (
    SELECT event_date, count(*) AS sessions FROM events.sessions
    WHERE kind = 'session' AND NOT is_bot AND NOT is_server_side GROUP BY event_date
) USING (event_date)
WHERE event_date > $last_day - INTERVAL 365 DAY AND event_date <= $last_day ORDER BY day"""

SHOWN: tuple[tuple[str, Kind, Tone], ...] = (
    ("sessions", "number", "good"),
    ("visitors", "number", "good"),
    ("new_visitors", "number", "good"),
    ("returning_visitors", "number", "good"),
    ("engaged_rate", "percent", "good"),
    ("orders", "number", "good"),
    ("conversion_rate", "percent", "good"),
    ("revenue", "money", "good"),
)

PAGES_SHOWN = 50
FEW = 30
"""Rates of fewer sessions stand in no sentence."""


@dataclass(frozen=True)
class _Answers:
    """What the edition says of every period."""

    edition: Edition
    first_day: date
    last_day: date

    def of(self, query: str, period: Period) -> pl.DataFrame:
        """Return the rows of a query over windows for a period."""
        return self._asked[query].filter(pl.col("window_key") == f"{period.key} now").drop("window_key")

    def visits(self, period: Period, by: str) -> pl.DataFrame:
        """Return the visits of a period by channel or landing page."""
        return self.of(VISITS, period).filter(pl.col(by).is_not_null())

    @cached_property
    def _asked(self) -> dict[str, pl.DataFrame]:
        values = windows(PERIODS, self.last_day)
        queries = (VISITS, LEFT_OUT, CHANNELS, TOUCHES)
        return {query: self.edition.ask(query, last_day=self.last_day, **values) for query in queries}

    @cached_property
    def days(self) -> pl.DataFrame:
        return self.edition.ask(DAYS, last_day=self.last_day)

    def measured(self, name: str, period: Period) -> Measured:
        """Return a figure in a period, before, and a year ago."""
        all_visits = self._asked[VISITS].filter(pl.col("channel_group").is_null() & pl.col("page").is_null())
        return measured(all_visits, name, period.key, self.first_day)


def build_acquisition(edition: Edition) -> Iterator[Block]:
    """Yield what the visits of the chosen period led to, then figures, channels, pages and touches of every period."""
    words = edition.words
    found = edition.ask(ALL, last_day=edition.last_day).row(0, named=True)
    if edition.last_day is None or found["first_day"] is None:
        yield Headline(words("acquisition.nothing"))
        yield NotEnough(words("acquisition.no_sessions", **found))
        return
    answers = _Answers(edition, found["first_day"], edition.last_day)
    yield Headline(_headline(answers, CHOSEN_PERIOD))
    yield Periods({period.key: list(_blocks(answers, period)) for period in PERIODS})


def _headline(answers: _Answers, period: Period) -> str:
    words = answers.edition.words
    sessions, conversion = (answers.measured(name, period) for name in ("sessions", "conversion_rate"))
    if not sessions.now:
        return words("acquisition.nothing_in", days=period.days)
    orders = answers.measured("orders", period).now
    if sessions.now < FEW:
        return words("acquisition.few", sessions=sessions.now, orders=orders, days=period.days)
    said = words("acquisition.led", sessions=sessions.now, orders=orders, days=period.days, share=conversion.now)
    change = relative(sessions.now, sessions.before)
    if change is None or (sessions.before or 0) < FEW:
        return said
    name = "acquisition.more" if change >= 0 else "acquisition.less"
    return f"{said} {words(name, share=abs(change), days=period.days)}"


def _blocks(answers: _Answers, period: Period) -> Iterator[Block]:
    words = answers.edition.words
    first = answers.last_day - timedelta(days=period.days - 1)
    if first < answers.first_day:
        yield Text(words("acquisition.begins", day=answers.first_day))
    left_out = answers.of(LEFT_OUT, period).to_dicts()
    if not answers.measured("sessions", period).now:
        yield NotEnough(words("acquisition.nothing_in", days=period.days))
    else:
        yield Figures(
            [
                compared(words, name, words(f"acquisition.{name}"), answers.measured(name, period), kind, more_is=tone)
                for name, kind, tone in SHOWN
            ]
        )
        yield Text(words("acquisition.left_out", **(left_out[0] if left_out else {"bots": 0, "server_side": 0})))
        yield _days(answers, first)
    yield from _channels(answers, period)
    yield from _landing_pages(answers, period)
    yield from _touches(answers, period)


def _days(answers: _Answers, first: date) -> Chart:
    words = answers.edition.words
    days = answers.days.filter(pl.col("day") >= max(first, answers.first_day))
    columns = [Column("day", words("site.day"), "day"), Column("value", words("acquisition.sessions"), "number")]
    table = Table("sessions-by-day", words("acquisition.sessions_by_day"), columns, days, query=_shown(DAYS, answers))
    title = words("acquisition.by_day", sessions=days["value"].mean())
    return Chart("sessions", title, lines(days, "number", label=words("acquisition.sessions")), table)


def _channels(answers: _Answers, period: Period) -> Iterator[Block]:
    words = answers.edition.words
    rates = answers.visits(period, "channel_group").select("channel_group", "conversion_rate")
    rows = answers.of(CHANNELS, period).join(rates, on="channel_group", how="left", maintain_order="left")
    if rows.is_empty():
        return
    cost = pl.when(pl.col("new_buyers") > 0).then(pl.col("spend").cast(pl.Float64) / pl.col("new_buyers"))
    named = rows.with_columns(_named(answers, rows["channel_group"]), cost_per_new_buyer=cost)
    kinds: Sequence[tuple[str, Kind]] = (
        ("sessions", "number"),
        ("orders", "number"),
        ("conversion_rate", "percent"),
        ("revenue", "money"),
        ("new_buyers", "number"),
        ("spend", "money"),
        ("cost_per_new_buyer", "money"),
    )
    columns = [
        Column("name", words("acquisition.channel")),
        *(Column(name, words(f"acquisition.{name}"), kind) for name, kind in kinds),
    ]
    query = f"SELECT * FROM channel_performance WHERE event_date BETWEEN {_days_of(answers, period)}"
    note = words("acquisition.channels_note")
    if rows["spend"].null_count() == rows.height:
        note += " " + words("acquisition.no_spend")
    table = Table("channels", words("acquisition.channels"), columns, named, note, query)
    visited = named.filter(pl.col("sessions") > 0)
    if visited["sessions"].sum() < FEW:
        yield table
        return
    share = visited["sessions"][0] / visited["sessions"].sum()
    title = words("acquisition.largest_channel", channel=visited["name"][0], share=share)
    drawing = bars(visited.select("name", value="sessions"), "number", label=words("acquisition.sessions"))
    yield Chart("sessions-by-channel", title, drawing)
    yield table


def _landing_pages(answers: _Answers, period: Period) -> Iterator[Block]:
    words = answers.edition.words
    pages = answers.visits(period, "page")
    known = pages.filter(pl.col("page") != "").head(PAGES_SHOWN)
    if known.is_empty():
        yield NotEnough(words("acquisition.no_pages"))
        return
    columns = [
        Column("page", words("acquisition.page")),
        Column("sessions", words("acquisition.sessions"), "number"),
        Column("engaged_rate", words("acquisition.engaged_rate"), "percent"),
        Column("orders", words("acquisition.orders"), "number"),
        Column("conversion_rate", words("acquisition.conversion_rate"), "percent"),
        Column("revenue", words("acquisition.revenue"), "money"),
    ]
    unknown = pages.filter(pl.col("page") == "")["sessions"].sum()
    note = words("acquisition.pages_note", sessions=unknown)
    yield Table("landing-pages", words("acquisition.landing_pages"), columns, known, note)


def _touches(answers: _Answers, period: Period) -> Iterator[Block]:
    words = answers.edition.words
    rows = answers.of(TOUCHES, period)
    buyers = rows["first_touches"].sum()
    known = rows.filter(pl.col("channel_group") != "")
    if not known.select(pl.sum_horizontal("first_touches", "last_touches").sum()).item():
        yield NotEnough(words("acquisition.no_touches", buyers=buyers))
        return
    named = rows.with_columns(_named(answers, rows["channel_group"]))
    columns = [
        Column("name", words("acquisition.channel")),
        Column("first_touches", words("acquisition.first_touches"), "number"),
        Column("last_touches", words("acquisition.last_touches"), "number"),
    ]
    title = words("acquisition.touches", buyers=buyers, known=known["first_touches"].sum())
    yield Table("touches", title, columns, named, words("acquisition.touches_note"))


def _named(answers: _Answers, names: pl.Series) -> pl.Series:
    return pl.Series("name", [answers.edition.words.named("acquisition.channel_names", name) for name in names])


def _days_of(answers: _Answers, period: Period) -> str:
    window = period.window(answers.last_day)
    return f"DATE '{window['first']}' AND DATE '{window['last']}'"


def _shown(query: str, answers: _Answers) -> str:
    return query.replace("$last_day", f"DATE '{answers.last_day}'")


ACQUISITION = Page("acquisition", build_acquisition)
