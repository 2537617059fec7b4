-- How many sessions do people need before their first order?
-- Sessions on web and apps of a person up to the first order of the data, the one of the order among them. 0: bought
-- without a session that is known to be theirs, for example in a shop.
-- Also: visits before the first purchase; how long do people think before they buy; path to conversion
-- Empty: Not enough data: no session of web or app of a known person.
-- sessions: 0 to 9, or 10 and more.
-- buyers: Persons whose first order came after so many sessions.
-- buyers_rate: Share of all buyers, 0..1.
-- median_days: Half of them had their first session at most so many days before the order.
WITH firsts AS (SELECT person_id, ordered_at FROM orders_of_persons WHERE counts AND order_sequence = 1),
visits AS (
    SELECT v.person_id, s.started_at FROM events.sessions AS s JOIN identity.visitors AS v
      ON v.visitor_id = s.visitor_id AND s.started_at >= coalesce(v.effective_at, '-infinity')
     AND s.started_at < coalesce(v.superseded_at, 'infinity')
    WHERE s.kind = 'session' AND NOT s.is_server_side AND NOT s.is_bot
),
counted AS (
    SELECT f.person_id, count(s.started_at) AS n, date_diff('day', min(s.started_at), f.ordered_at) AS days
    FROM firsts AS f LEFT JOIN visits AS s ON s.person_id = f.person_id AND s.started_at <= f.ordered_at
    WHERE EXISTS (FROM visits) GROUP BY f.person_id, f.ordered_at
)
SELECT CASE WHEN n < 10 THEN n::VARCHAR ELSE '10 and more' END AS sessions, count(*) AS buyers,
       round(count(*) / sum(count(*)) OVER (), 4) AS buyers_rate, median(days) AS median_days
FROM counted
GROUP BY ALL
ORDER BY min(n);
