-- How well do sessions convert to orders, by channel and device?
-- Sessions on web and apps of known and anonymous visitors, without bots. The device is as exact as the tracker says: the
-- platform, such as web, ios or android.
-- Also: conversion rate by channel and device; does mobile traffic convert; order rate of visits from Google or email
-- Empty: Not enough data: no session of web or app is known.
-- channel_group: Default channel group, or (no channel).
-- platform: web, ios, android, ..., or unknown.
-- sessions: Sessions.
-- sessions_with_order: Sessions with an order that counts.
-- conversion_rate: sessions_with_order / sessions, 0..1.
-- revenue: Net sales of the orders, less what was taken back since, base currency.
-- revenue_per_session: revenue / sessions, base currency.
WITH bought AS (SELECT session_id, sum(net_sales) AS revenue FROM orders_of_persons WHERE counts GROUP BY session_id)
SELECT coalesce(s.channel_group, '(no channel)') AS channel_group, coalesce(s.platform, 'unknown') AS platform,
       count(*) AS sessions, count(revenue) AS sessions_with_order,
       round(count(revenue) / count(*), 4) AS conversion_rate,
       coalesce(sum(revenue), 0)::DECIMAL(38, 2) AS revenue,
       round(coalesce(sum(revenue), 0) / count(*), 2) AS revenue_per_session
FROM events.sessions AS s LEFT JOIN bought USING (session_id)
WHERE kind = 'session' AND NOT is_server_side AND NOT is_bot
GROUP BY ALL
ORDER BY count(*) DESC, 1, 2;
